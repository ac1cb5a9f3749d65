//! What is said of an event's fields in every format: which keys are the line's own, which values
//! nobody may read, and how an error is put into words.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

use tracing::field::Field;

/// The field that tracing keeps an event's message in.
pub(super) const MESSAGE: &str = "message";

/// What is written instead of a secret.
pub(super) const REDACTED: &str = "***REDACTED***";

/// Keys whose values are secrets, lower case with `_`.
const SECRETS: [&str; 9] = [
    "password",
    "token",
    "api_key",
    "ssn",
    "credit_card",
    "authorization",
    "cookie",
    "secret",
    "set_cookie",
];

/// Whether the value under `key` is a secret, in any case and with `-` or `_`. Of a dotted key
/// the last part decides.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.rsplit('.').next().unwrap_or(key);
    SECRETS.iter().any(|secret| is_same(key, secret))
}

fn is_same(key: &str, secret: &str) -> bool {
    key.len() == secret.len()
        && key.bytes().zip(secret.bytes()).all(|(given, known)| {
            given.eq_ignore_ascii_case(&known) || (given == b'-' && known == b'_')
        })
}

/// Whether `key` is written by the line itself, so that an event's field of that name must give
/// way. The ids of a request are, where there is a request.
pub(super) fn is_reserved(key: &str, in_request: bool) -> bool {
    match key {
        "timestamp" | "level" | "logger" | "module" | "file" | "line" => true,
        "correlation_id" | "request_id" | "trace_id" => in_request,
        _ => false,
    }
}

/// The key of a field; one that is a Rust keyword is written without its `r#`.
pub(super) fn key_of(field: &Field) -> &'static str {
    field.name().trim_start_matches("r#")
}

/// An error with all its causes on one line.
pub(super) struct Chain<'a>(pub(super) &'a dyn Error);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_in_every_spelling() {
        for key in [
            "password",
            "Api-Key",
            "API_KEY",
            "Set-Cookie",
            "user.password",
        ] {
            assert!(is_secret(key), "{key}");
        }
        for key in ["passwords", "tokens_left", "path", "api", "cookie.name", ""] {
            assert!(!is_secret(key), "{key}");
        }
    }
}
