//! What is said of an event's fields in every format: which keys are the line's own, what the
//! message is, and how an error is put into words.

use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter, Write as _},
};

use tracing::{
    Event,
    field::{Field, Visit},
};

/// The field that tracing keeps an event's message in.
pub(super) const MESSAGE: &str = "message";

/// The field of an error or a panic.
pub(super) const EXCEPTION: &str = "exception";

/// The field that sqlx says in what others say in the message: `SELECT … FROM …`.
const SUMMARY: &str = "summary";

/// Whether `key` is written by the line itself, so that an event's field of that name must give
/// way.
pub(super) fn is_reserved(key: &str) -> bool {
    matches!(
        key,
        "timestamp" | "level" | "logger" | "module" | "file" | "line"
    )
}

/// Whether the field `name` is what a record of the crate `log` carries of its origin.
pub(super) fn is_origin(name: &str) -> bool {
    matches!(
        name,
        "log.target" | "log.module_path" | "log.file" | "log.line"
    )
}

/// The key of a field that is a field of the line: not the message, and not the origin of a record.
/// One that is a Rust keyword is written without its `r#`.
pub(super) fn key_of(field: &Field) -> Option<&'static str> {
    let name = field.name();
    let written = name != MESSAGE && !is_origin(name);
    written.then(|| name.strip_prefix("r#").unwrap_or(name))
}

/// Puts the message of `event` into `text`; of an event without one its summary or, when there
/// is none either, its `logger`.
pub(super) fn write_message(event: &Event<'_>, logger: &str, text: &mut String) {
    for name in [MESSAGE, SUMMARY] {
        event.record(&mut Only { name, text });
        if !text.is_empty() {
            return;
        }
    }
    text.push_str(logger);
}

/// Writes one field.
struct Only<'a> {
    name: &'static str,
    text: &'a mut String,
}

impl Visit for Only<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.name {
            self.text.push_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == self.name {
            // Writing into memory does not fail, but a value's own formatting may: then what
            // there is of it is written.
            let _ = write!(self.text, "{value:?}");
        }
    }
}

/// An error with all its causes on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn Error);

impl Display for Chain<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(out, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
