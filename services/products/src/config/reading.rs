//! From what was given for a key to its checked value.

use super::errors::Flaw;
use super::file::Raw;
use super::keys::Key;
use super::mask::mask_endpoint;
use super::sources::{Content, Given};
use super::value::Value;

/// Longest value that a message quotes in full, in characters.
const LONGEST_QUOTE: usize = 60;

/// Reads and checks a value; the flaw quotes it unless it is secret, and without what looks like a
/// secret in any case: people put secrets where they do not belong.
pub(super) fn parse(key: &Key, given: &Given) -> Result<Value, Flaw> {
    let text = text(key, given)?;
    let text = text.trim();
    let value = if text.is_empty() && !key.kind.allows_empty() {
        Err(Flaw::new("is empty", "write a value, or leave the key out"))
    } else if text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
        Err(Flaw::new(
            "has a control character or is not UTF-8",
            "write it on one line, in UTF-8",
        ))
    } else {
        key.kind
            .parse(text)
            .map_err(|flaw| without_secret(key, text, flaw))
    };
    value.map_err(|flaw| Flaw {
        problem: format!("{} {}", quote(key, text), flaw.problem),
        remedy: flaw.remedy,
    })
}

/// The text of a value, from wherever it is kept; an array becomes a list with commas.
fn text(key: &Key, given: &Given) -> Result<String, Flaw> {
    match &given.content {
        Content::Raw(Raw::Text(text)) => Ok(text.clone()),
        Content::Raw(Raw::List(items)) if key.kind.is_list() => Ok(items.join(",")),
        Content::Raw(Raw::List(_)) => Err(Flaw::new("is a list", "write a single value")),
        Content::Raw(Raw::Table) => Err(Flaw::new("is a table", "write a value")),
        Content::Path(path) => std::fs::read_to_string(path).map_err(|error| {
            let name = if key.kind.is_secret() {
                // People put the secret itself where its file belongs.
                "the file that it names".to_owned()
            } else {
                shown(&path.display().to_string())
            };
            Flaw::new(
                format!("{name} cannot be read: {error}"),
                "name a readable file that holds the value",
            )
        }),
    }
}

/// The flaw of `text`. It may quote a part of it, so that where there is a secret, the flaw is that
/// of the text without it.
fn without_secret(key: &Key, text: &str, flaw: Flaw) -> Flaw {
    let shown = shown(text);
    if key.kind.is_secret() || shown == text {
        return flaw;
    }
    key.kind.parse(&shown).err().unwrap_or(flaw)
}

fn quote(key: &Key, text: &str) -> String {
    if key.kind.is_secret() || text.is_empty() {
        return "the value".to_owned();
    }
    let text = shown(text);
    let mut quote: String = text.chars().take(LONGEST_QUOTE).collect();
    if quote.len() < text.len() {
        quote.push('…');
    }
    format!("{quote:?}")
}

/// `text` as it may be shown. A lone URL's user info goes even with blanks in it, which in a log
/// would end the URL.
fn shown(text: &str) -> String {
    telemetry::redact(&mask_endpoint(text)).into_owned()
}
