//! An event as one JSON object, formatted by hand: the stock layer builds maps, looks spans up
//! and costs several times as much.

use std::{
    error::Error,
    fmt::{Arguments, Debug, Display, Write as _},
    io::Write as _,
};

use chrono::Utc;
use tracing::{
    Event, Level,
    field::{Field, Visit},
};

use super::{
    clock,
    escape::{self, JsonText},
    fields::{Chain, MESSAGE, REDACTED, is_reserved, is_secret, key_of},
    panic::{self, Panic},
};
use crate::context;

/// Appends `event` and the end of its line.
pub(super) fn write(line: &mut Vec<u8>, event: &Event<'_>) {
    let metadata = event.metadata();
    head(line, metadata.level().as_str(), metadata.target());
    line.extend_from_slice(b",\"message\":\"");
    event.record(&mut Message(line));
    line.push(b'"');
    let module = metadata.module_path().unwrap_or(metadata.target());
    origin(line, module, metadata.file(), metadata.line());
    let in_request = ids(line);
    event.record(&mut Fields { line, in_request });
    line.extend_from_slice(b"}\n");
}

/// Appends a panic and the end of its line.
pub(super) fn write_panic(line: &mut Vec<u8>, panic: &Panic<'_>) {
    head(line, Level::ERROR.as_str(), panic::LOGGER);
    text(line, "message", panic::MESSAGE);
    origin(line, panic::LOGGER, panic.file, panic.line);
    ids(line);
    text(line, "exception", &panic.exception);
    line.extend_from_slice(b"}\n");
}

fn head(line: &mut Vec<u8>, level: &str, logger: &str) {
    line.extend_from_slice(b"{\"timestamp\":\"");
    clock::write(line, Utc::now());
    line.push(b'"');
    text(line, "level", level);
    text(line, "logger", logger);
}

fn origin(line: &mut Vec<u8>, module: &str, file: Option<&str>, number: Option<u32>) {
    text(line, "module", module);
    if let Some(file) = file {
        text(line, "file", within_package(file));
    }
    if let Some(number) = number {
        // Writing into memory does not fail, here and below.
        let _ = write!(line, ",\"line\":{number}");
    }
}

/// A dependency's file without the folder that the building machine kept it in.
fn within_package(file: &str) -> &str {
    let package = file
        .rfind("/src/")
        .and_then(|sources| file[..sources].rfind('/'));
    match package {
        Some(slash) if file.starts_with('/') => &file[slash + 1..],
        _ => file,
    }
}

/// Writes the ids of the current request, and says whether there is one.
fn ids(line: &mut Vec<u8>) -> bool {
    let Some(request) = context::current_request() else {
        return false;
    };
    text(line, "correlation_id", &request.correlation_id);
    text(line, "request_id", &request.request_id);
    if let Some(trace) = &request.trace_id {
        text(line, "trace_id", trace);
    }
    true
}

fn text(line: &mut Vec<u8>, key: &str, value: &str) {
    line.extend_from_slice(b",\"");
    line.extend_from_slice(key.as_bytes());
    line.extend_from_slice(b"\":\"");
    escape::json(line, value);
    line.push(b'"');
}

/// Writes the event's message and nothing else.
struct Message<'a>(&'a mut Vec<u8>);

impl Visit for Message<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == MESSAGE {
            escape::json(self.0, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == MESSAGE {
            let _ = write!(JsonText(self.0), "{value:?}");
        }
    }
}

/// Writes the event's own fields at the top level. Numbers and truths stay what they are.
struct Fields<'a> {
    line: &'a mut Vec<u8>,
    in_request: bool,
}

impl Fields<'_> {
    /// Writes the key, and says whether the value is still to be written.
    fn key(&mut self, field: &Field) -> bool {
        let name = key_of(field);
        if name == MESSAGE {
            return false;
        }
        self.line.extend_from_slice(b",\"");
        if is_reserved(name, self.in_request) {
            self.line.extend_from_slice(b"field.");
        }
        escape::json(self.line, name);
        self.line.extend_from_slice(b"\":");
        let secret = is_secret(name);
        if secret {
            let _ = write!(self.line, "\"{}\"", REDACTED);
        }
        !secret
    }

    fn bare(&mut self, field: &Field, value: impl Display) {
        if self.key(field) {
            let _ = write!(self.line, "{value}");
        }
    }

    fn quoted(&mut self, field: &Field, value: Arguments<'_>) {
        if self.key(field) {
            self.line.push(b'"');
            let _ = JsonText(self.line).write_fmt(value);
            self.line.push(b'"');
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.bare(field, value);
        } else {
            // JSON has no such number.
            self.quoted(field, format_args!("{value}"));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.bare(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.bare(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.key(field) {
            self.line.push(b'"');
            escape::json(self.line, value);
            self.line.push(b'"');
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.quoted(field, format_args!("{}", Chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.quoted(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::within_package;

    #[test]
    fn a_dependencys_file_is_named_from_its_package_on() {
        for (file, shown) in [
            (
                "/home/me/.cargo/registry/src/index/sqlx-0.9.0/src/pool/inner.rs",
                "sqlx-0.9.0/src/pool/inner.rs",
            ),
            (
                "services/products/src/main.rs",
                "services/products/src/main.rs",
            ),
            ("/lib.rs", "/lib.rs"),
        ] {
            assert_eq!(within_package(file), shown);
        }
    }
}
