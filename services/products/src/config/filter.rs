//! Which log directives are accepted.

use super::errors::Flaw;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Checks a list of log directives, each a level or `target=level`; every list that passes is one
/// that the log filter takes.
///
/// A lone word that is no level is refused. The filter would take it for a target at TRACE, so
/// that `warning` would mean silence.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    for directive in text.split(',').map(str::trim) {
        check(directive).map_err(|problem| {
            let levels = LEVELS.join(", ");
            Flaw::new(
                problem,
                format!("write a level ({levels}) or directives such as info,products=debug"),
            )
        })?;
    }
    Ok(text.to_owned())
}

fn check(directive: &str) -> Result<(), String> {
    let (target, level) = match directive.split_once('=') {
        Some((target, level)) => (Some(target), level),
        None => (None, directive),
    };
    if !LEVELS.iter().any(|name| name.eq_ignore_ascii_case(level)) {
        return Err(format!("has {level:?} where a level belongs"));
    }
    match target {
        Some(target) if !is_target(target) => Err(format!("has {target:?} where a target belongs")),
        _ => Ok(()),
    }
}

/// Whether it is the path of a crate or module.
fn is_target(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'))
}
