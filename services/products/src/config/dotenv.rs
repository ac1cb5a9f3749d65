//! The `.env` file of the working directory.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use super::errors::{Flaw, Mistakes};
use super::keys::{FILE_SUFFIX, KEYS};

/// Name of the file, in the working directory.
pub(super) const FILE_NAME: &str = ".env";

/// Reads the variables of `.env` without touching the process's environment; a later line wins
/// over an earlier one, and a missing file has none.
///
/// Lines that cannot be read count as mistakes only when they are about this service: the file
/// may be shared with other programs. Values are never quoted.
pub(super) fn read(directory: &Path, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    match std::fs::read_to_string(directory.join(FILE_NAME)) {
        Ok(text) => parse(text.trim_start_matches('\u{feff}'), mistakes),
        // A folder of this name is a Python environment.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
            BTreeMap::new()
        }
        Err(error) => {
            let flaw = Flaw::new(
                format!("cannot be read: {error}"),
                "make it a readable file of NAME=value lines, or remove it",
            );
            mistakes.add(FILE_NAME, "working directory", flaw);
            BTreeMap::new()
        }
    }
}

fn parse(text: &str, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let taken = Cell::new(0);
    let lines = LineByLine {
        rest: text.as_bytes(),
        taken: &taken,
    };
    let mut variables = BTreeMap::new();
    let mut entries = dotenvy::from_read_iter(lines);
    loop {
        let begun = taken.get();
        match entries.next() {
            None => return variables,
            Some(Ok((name, value))) => {
                variables.insert(name, value);
            }
            Some(Err(_)) => report(text, begun..taken.get(), mistakes),
        }
    }
}

/// Tells of an entry that cannot be read, by the first of its lines that is about this service.
fn report(text: &str, lines: Range<usize>, mistakes: &mut Mistakes) {
    let concerned = text
        .lines()
        .enumerate()
        .take(lines.end)
        .skip(lines.start)
        .find(|(_, line)| concerns_service(line));
    if let Some((index, _)) = concerned {
        let flaw = Flaw::new(
            "cannot be read",
            "write NAME=value, in single quotes when it has spaces, #, $ or backslashes, \
             and close every quote",
        );
        mistakes.add(&format!("line {}", index + 1), FILE_NAME, flaw);
    }
}

fn concerns_service(line: &str) -> bool {
    let line = line.trim_start();
    let entry = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let end = entry.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &entry[..end.unwrap_or(entry.len())];
    let stem = name.strip_suffix(FILE_SUFFIX).unwrap_or(name);
    name.starts_with("PRODUCTS") || KEYS.iter().any(|key| key.short == Some(stem))
}

/// Hands out a line at a time and counts them: the parser's errors do not say where they are.
struct LineByLine<'a> {
    rest: &'a [u8],
    taken: &'a Cell<usize>,
}

impl Read for LineByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let line_end = self.rest.iter().position(|byte| *byte == b'\n');
        let line = line_end.map_or(self.rest.len(), |end| end + 1);
        let length = line.min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
        if length == line && length > 0 {
            self.taken.set(self.taken.get() + 1);
        }
        Ok(length)
    }
}
