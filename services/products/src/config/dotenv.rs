//! The `.env` file of the working directory.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::errors::{Flaw, Mistakes};
use super::keys::KEYS;

/// Name of the file, in the working directory.
pub(super) const FILE_NAME: &str = ".env";

/// Reads the variables of `.env` without touching the process's environment; a later line wins
/// over an earlier one, and a missing file has none.
///
/// Lines that cannot be read count as mistakes only when they are about this service: the file
/// may be shared with other programs. Values are never quoted.
pub(super) fn read(directory: &Path, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let path = directory.join(FILE_NAME);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // A folder of this name is a Python environment.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
            return BTreeMap::new();
        }
        Err(error) => {
            let flaw = Flaw::new(
                format!("cannot be read: {error}"),
                "make it a readable file of NAME=value lines, or remove it",
            );
            mistakes.add(FILE_NAME, "working directory", flaw);
            return BTreeMap::new();
        }
    };
    parse(text.trim_start_matches('\u{feff}'), mistakes)
}

fn parse(text: &str, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for entry in dotenvy::from_read_iter(text.as_bytes()) {
        match entry {
            Ok((name, value)) => {
                variables.insert(name, value);
            }
            Err(dotenvy::Error::LineParse(rest, _)) => report(text, &rest, mistakes),
            Err(_) => unreachable!("reading from memory cannot fail"),
        }
    }
    variables
}

/// Finds the line that a parser's error is about by its text, which is all the error has.
fn report(text: &str, rest: &str, mistakes: &mut Mistakes) {
    let first = rest.lines().next().unwrap_or_default();
    let found = text
        .lines()
        .enumerate()
        .find(|(_, line)| line.ends_with(first.trim_end()) || line.contains(first));
    let origin = found.map_or_else(
        || FILE_NAME.to_owned(),
        |(index, _)| format!("{FILE_NAME} line {}", index + 1),
    );
    if rest.lines().any(concerns_service) || found.is_some_and(|(_, line)| concerns_service(line)) {
        let flaw = Flaw::new(
            "cannot be read",
            "write NAME=value, in single quotes when it has spaces, #, $, quotes or backslashes",
        );
        mistakes.add(FILE_NAME, &origin, flaw);
    }
}

fn concerns_service(line: &str) -> bool {
    let line = line.trim_start();
    let name = line.strip_prefix("export ").unwrap_or(line).trim_start();
    name.starts_with("PRODUCTS")
        || KEYS
            .iter()
            .filter_map(|key| key.short)
            .any(|short| name.starts_with(short))
}
