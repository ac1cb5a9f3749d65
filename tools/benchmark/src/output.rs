//! Results as files.

mod csv;
mod html;
mod json;

#[cfg(test)]
pub(crate) mod example;

use std::{
    fs::Permissions,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use tempfile::{Builder, NamedTempFile};

use crate::results::Results;

/// What a file of results is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// All of it, to `schema/results.json`.
    Json,
    /// A row for each endpoint and level.
    Csv,
    /// A page to look at, with charts.
    Html,
}

/// A file whose name does not say what it is to be written as.
#[derive(Debug, thiserror::Error)]
#[error("{}: the name of a file of results ends in .json, .csv or .html", .0.display())]
pub struct UnknownFormat(PathBuf);

impl Format {
    /// The format that the extension of a file stands for, in upper or lower case.
    ///
    /// # Errors
    ///
    /// The extension is none of those known.
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        let extension = path.extension().unwrap_or_default();
        match extension.to_string_lossy().to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "html" => Ok(Self::Html),
            _ => Err(UnknownFormat(path.to_owned())),
        }
    }
}

/// Makes sure that results can be written to a file, before they are there.
///
/// # Errors
///
/// The extension is unknown, the folder is missing or cannot be written to, or the file is a folder.
pub fn check(path: &Path) -> anyhow::Result<()> {
    Format::of(path)?;
    beside(path).map(drop)
}

/// Writes results to a file in the format that its extension stands for. A file that is there
/// already is replaced when the new one is complete.
///
/// # Errors
///
/// Those of [`check`], and what the system says of a full disk.
pub fn write(results: &Results, path: &Path) -> anyhow::Result<()> {
    let contents = match Format::of(path)? {
        Format::Json => json::render(results)?,
        Format::Csv => csv::render(results)?,
        Format::Html => html::render(results)?,
    };
    replace(path, &contents)
}

/// Puts a file there whole or not at all.
///
/// # Errors
///
/// The folder is missing or cannot be written to, the file is a folder, or the disk is full.
pub(crate) fn replace(path: &Path, contents: &str) -> anyhow::Result<()> {
    let mut file = beside(path)?;
    file.write_all(contents.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// An empty file in the same folder, which is gone when dropped.
fn beside(path: &Path) -> anyhow::Result<NamedTempFile> {
    ensure!(!path.is_dir(), "{} is a folder", path.display());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A temporary file is its owner's alone unless told otherwise; the umask still applies.
    Builder::new()
        .prefix(".results-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write to the folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_extension_decides() {
        let cases = [
            ("results.json", Some(Format::Json), "JSON"),
            ("a.b/results.CSV", Some(Format::Csv), "upper case"),
            ("report.html", Some(Format::Html), "HTML"),
            ("results.xml", None, "an unknown extension"),
            ("json", None, "a name without an extension"),
            (".json", None, "a hidden file without an extension"),
        ];

        for (path, expected, reason) in cases {
            assert_eq!(Format::of(Path::new(path)).ok(), expected, "{reason}");
        }
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left_behind() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("results.json");
        fs::write(&path, "old").expect("the folder is writable");

        write(&example::results(), &path).expect("the folder is writable");

        let written = fs::read_to_string(&path).expect("the file is there");
        assert!(written.starts_with('{'), "{written}");
        let names: Vec<_> = fs::read_dir(folder.path())
            .expect("the folder is readable")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["results.json"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = folder.path().join("missing/results.json");
        let taken = folder.path().join("taken.json");
        fs::create_dir(&taken).expect("the folder is writable");

        for path in [missing, taken] {
            let error = check(&path).expect_err("nothing can be written there");

            let shown = if path.is_dir() {
                &path
            } else {
                path.parent().unwrap_or(&path)
            };
            let message = format!("{error:#}");
            assert!(message.contains(&*shown.to_string_lossy()), "{message}");
        }
    }
}
