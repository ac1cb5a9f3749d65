//! Environment variables, of the process or of `.env`.
//!
//! A key's long name goes before its short one, and either may end in `_FILE` to name a file that
//! holds the value. An empty variable counts only where empty means something (an empty list, a
//! value unset); elsewhere it is as good as absent, since that is how compose files and charts
//! write "no value".

use std::collections::BTreeMap;
use std::path::Path;

use super::dotenv;
use super::errors::{Flaw, Mistakes};
use super::file::Raw;
use super::keys::{self, FILE_SUFFIX, KEYS, Key, PREFIX};
use super::sources::{Content, Given, Layer};

/// Which variables they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// The lines of `.env`.
    DotEnv,
    /// The process's environment.
    Process,
}

impl Place {
    /// The variable and its place, for people.
    pub(super) fn describe(self, variable: &str) -> String {
        match self {
            Self::DotEnv => format!("{variable} in {}", dotenv::FILE_NAME),
            Self::Process => format!("environment variable {variable}"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::DotEnv => dotenv::FILE_NAME,
            Self::Process => "environment",
        }
    }
}

/// The variables of one place.
pub(super) struct Variables<'a> {
    pub(super) variables: &'a BTreeMap<String, String>,
    pub(super) place: Place,
    /// What the paths in `_FILE` variables are relative to.
    pub(super) working_dir: &'a Path,
}

impl Variables<'_> {
    /// What they give; variables with the prefix that belong to no key are mistakes.
    pub(super) fn layer(&self, mistakes: &mut Mistakes) -> Layer {
        self.refuse_unknown(mistakes);
        let mut layer = Layer::new();
        for key in &KEYS {
            let long = self.lookup(key, &key.variable(), mistakes);
            let short = key
                .short
                .and_then(|short| self.lookup(key, short, mistakes));
            if let Some(given) = long.or(short) {
                layer.insert(key.name, given);
            }
        }
        layer
    }

    /// The value of a variable or the file that its `_FILE` twin names.
    fn lookup(&self, key: &Key, variable: &str, mistakes: &mut Mistakes) -> Option<Given> {
        let twin = format!("{variable}{FILE_SUFFIX}");
        let value = self
            .variables
            .get(variable)
            .filter(|value| key.kind.allows_empty() || !value.trim().is_empty());
        let path = self
            .variables
            .get(&twin)
            .filter(|path| key.kind.may_be_in_a_file() && !path.is_empty());
        if value.is_some() && path.is_some() {
            let flaw = Flaw::new(
                format!("is given by {variable} and by {twin}"),
                "unset one of them",
            );
            mistakes.add(key.name, self.place.name(), flaw);
        }
        let (content, variable) = match (value, path) {
            (Some(value), _) => (Content::Raw(Raw::Text(value.clone())), variable),
            (None, Some(path)) => (Content::Path(self.working_dir.join(path)), twin.as_str()),
            (None, None) => return None,
        };
        Some(Given {
            content,
            origin: self.place.describe(variable),
        })
    }

    fn refuse_unknown(&self, mistakes: &mut Mistakes) {
        let is_known = |name: &str, stem: &str| {
            KEYS.iter().any(|key| {
                let variable = key.variable();
                variable == name || (variable == stem && key.kind.may_be_in_a_file())
            })
        };
        for name in self
            .variables
            .keys()
            .filter(|name| name.starts_with(PREFIX))
        {
            let stem = name.strip_suffix(FILE_SUFFIX).unwrap_or(name);
            if !is_known(name, stem) {
                let remedy = keys::suggest(stem, KEYS.iter().map(Key::variable));
                let flaw = Flaw::new("is no known variable", remedy);
                mistakes.add(name, self.place.name(), flaw);
            }
        }
    }
}
