//! Where values come from: file, `.env`, environment and flags, each made into one layer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dotenv;
use super::errors::{Flaw, Mistakes};
use super::file::{self, Raw};
use super::keys::{self, KEYS};
use super::mask::mask_url;
use super::variables::{Place, Variables};

/// Variable that names the configuration file when no flag does.
const FILE_VARIABLE: &str = "PRODUCTS_CONFIG";

/// Everything that the configuration is read from. Later fields win over earlier ones, and `.env`
/// in the working directory stands between file and environment.
#[derive(Clone, Default)]
pub struct Sources {
    /// Configuration file (`--config`); else `PRODUCTS_CONFIG` of the environment or `.env`.
    pub file: Option<PathBuf>,
    /// Folder of `.env`, and what relative paths are relative to.
    pub working_dir: PathBuf,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Flags in order, a later one winning: `("--host", …)`, `("--port", …)`, or the dotted key of
    /// a `--set`.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The sources of this process: its working directory, its environment, and what its command
    /// line gave.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self {
            file,
            working_dir: PathBuf::new(),
            environment: std::env::vars_os()
                .map(|(name, value)| (lossy(name), lossy(value)))
                .collect(),
            flags,
        }
    }
}

/// Splits the argument of `--set` into key and value, for the command line's parser.
///
/// # Errors
///
/// [`AssignmentError`] without a `=`.
pub fn parse_assignment(text: &str) -> Result<(String, String), AssignmentError> {
    let (key, value) = text.split_once('=').ok_or(AssignmentError)?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// The argument of `--set` has no `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write section.key=value, such as server.port=8000")]
pub struct AssignmentError;

/// A value somebody gave, unread, and where.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) content: Content,
    /// Where it was given, for people.
    pub(super) origin: String,
}

/// A value itself or the file that holds it, which is read only if nothing overrides it.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Raw(Raw),
    Path(PathBuf),
}

/// What one source, or all of them together, gave.
pub(super) type Layer = BTreeMap<&'static str, Given>;

/// Reads all sources and lays them over each other.
pub(super) fn merge(sources: &Sources, mistakes: &mut Mistakes) -> Layer {
    let dotenv = dotenv::read(&sources.working_dir, mistakes);
    let mut merged = match config_file(sources, &dotenv) {
        Some((path, origin)) => file_layer(&sources.working_dir, &path, &origin, mistakes),
        None => Layer::new(),
    };
    for (variables, place) in [
        (&dotenv, Place::DotEnv),
        (&sources.environment, Place::Process),
    ] {
        let reader = Variables {
            variables,
            place,
            working_dir: &sources.working_dir,
        };
        merged.extend(reader.layer(mistakes));
    }
    merged.extend(flag_layer(&sources.flags, mistakes));
    merged
}

/// The configuration file and who named it.
fn config_file(sources: &Sources, dotenv: &BTreeMap<String, String>) -> Option<(PathBuf, String)> {
    let named = |variables: &BTreeMap<String, String>, place: Place| {
        let path = variables
            .get(FILE_VARIABLE)
            .filter(|path| !path.is_empty())?;
        Some((PathBuf::from(path), place.describe(FILE_VARIABLE)))
    };
    let flag = sources
        .file
        .clone()
        .map(|path| (path, "--config".to_owned()));
    flag.or_else(|| named(&sources.environment, Place::Process))
        .or_else(|| named(dotenv, Place::DotEnv))
}

fn file_layer(working_dir: &Path, path: &Path, named_by: &str, mistakes: &mut Mistakes) -> Layer {
    let origin = path.display().to_string();
    let entries = file::read(&working_dir.join(path)).unwrap_or_else(|flaw| {
        mistakes.add(&origin, named_by, flaw);
        Vec::new()
    });
    let mut layer = Layer::new();
    for (name, raw) in entries {
        let Some(key) = keys::find(&name) else {
            // An empty section says nothing, and nothing wrong; YAML's has the empty text.
            let empty = raw == Raw::Table || raw == Raw::Text(String::new());
            if !(empty && keys::is_section(&name)) {
                mistakes.add(&name, &origin, unknown_key(&name));
            }
            continue;
        };
        let given = Given {
            content: Content::Raw(raw),
            origin: origin.clone(),
        };
        if layer.insert(key.name, given).is_some() {
            mistakes.add(
                &name,
                &origin,
                Flaw::new("is given twice", "remove one of them"),
            );
        }
    }
    layer
}

fn flag_layer(flags: &[(String, String)], mistakes: &mut Mistakes) -> Layer {
    let mut layer = Layer::new();
    for (name, value) in flags {
        let own = KEYS.iter().find(|key| key.flag == Some(name.as_str()));
        let origin = match own {
            Some(_) => name.clone(),
            None => "--set".to_owned(),
        };
        match own.or_else(|| keys::find(name)) {
            Some(key) => {
                let content = Content::Raw(Raw::Text(value.clone()));
                layer.insert(key.name, Given { content, origin });
            }
            // Somebody may have written a URL where the key belongs.
            None => mistakes.add(&mask_url(name), &origin, unknown_key(name)),
        }
    }
    layer
}

fn unknown_key(name: &str) -> Flaw {
    if keys::is_section(name) {
        return Flaw::new(
            "is a section, not a key",
            format!("give its keys, as in {name}.KEY"),
        );
    }
    let known = KEYS.iter().map(|key| key.name.to_owned());
    Flaw::new("is no known key", keys::suggest(name, known))
}
