//! The configuration file: TOML or YAML, flattened to dotted keys.

use std::collections::HashMap;
use std::path::Path;

use config::{File, FileFormat, Source, Value, ValueKind};

use super::errors::Flaw;

/// What stands behind a key in a file, or in any other source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw {
    /// Text, or a number or switch in its text form.
    Text(String),
    /// An array of such.
    List(Vec<String>),
    /// Something that is the value of no key.
    Table,
}

/// Reads a file into its dotted keys, sorted by name; a key given in two spellings comes twice.
///
/// # Errors
///
/// A flaw of the file as a whole: unreadable, of an unknown format or syntactically wrong. It
/// never quotes the file's text, which may hold secrets.
pub(super) fn read(path: &Path) -> Result<Vec<(String, Raw)>, Flaw> {
    let format = format_of(path)?;
    let text = std::fs::read_to_string(path).map_err(|error| {
        Flaw::new(
            format!("cannot be read: {error}"),
            "name a readable TOML or YAML file",
        )
    })?;
    let table = File::from_str(&text, format)
        .collect()
        .map_err(|error| syntax_flaw(&error.to_string(), format))?;
    let mut keys = Vec::new();
    flatten("", table, &mut keys);
    keys.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keys)
}

fn format_of(path: &Path) -> Result<FileFormat, Flaw> {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str() {
        Some("toml") => Ok(FileFormat::Toml),
        Some("yaml" | "yml") => Ok(FileFormat::Yaml),
        _ => Err(Flaw::new(
            "is neither TOML nor YAML by its name",
            "name a file that ends in .toml, .yaml or .yml",
        )),
    }
}

/// Keeps where and what of a parser's message and drops the lines it quotes between them.
fn syntax_flaw(message: &str, format: FileFormat) -> Flaw {
    let what = if message.starts_with("invalid type") {
        "the top level is no table of sections".to_owned()
    } else {
        let lines: Vec<&str> = message.trim_end().lines().collect();
        match lines.as_slice() {
            [place, .., reason] => format!("{place}: {reason}"),
            _ => message.to_owned(),
        }
    };
    let name = match format {
        FileFormat::Toml => "TOML",
        _ => "YAML",
    };
    Flaw::new(
        format!("cannot be parsed: {what}"),
        format!("write {name}, as products.example.toml shows the keys"),
    )
}

fn flatten(prefix: &str, table: HashMap<String, Value>, keys: &mut Vec<(String, Raw)>) {
    for (name, value) in table {
        let path = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value.kind {
            ValueKind::Table(table) if !table.is_empty() => flatten(&path, table, keys),
            kind => keys.push((path, raw(kind))),
        }
    }
}

fn raw(kind: ValueKind) -> Raw {
    match kind {
        ValueKind::Array(items) => items
            .into_iter()
            .map(|item| scalar(item.kind))
            .collect::<Option<_>>()
            .map_or(Raw::Table, Raw::List),
        kind => scalar(kind).map_or(Raw::Table, Raw::Text),
    }
}

/// The text of a scalar; YAML's null is the empty text.
fn scalar(kind: ValueKind) -> Option<String> {
    match kind {
        ValueKind::Table(_) | ValueKind::Array(_) => None,
        ValueKind::Nil => Some(String::new()),
        // `{:?}` keeps the point, so that 8000.0 is not taken for a whole number.
        ValueKind::Float(number) => Some(format!("{number:?}")),
        kind => Some(kind.to_string()),
    }
}
