//! Which log directives are accepted.

use super::errors::Flaw;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Checks a list of log directives: a level, or `target=level`.
///
/// A lone word that is no level is refused. The filter itself would take it for a target at
/// TRACE, so that `warning` would mean silence.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    let levels = LEVELS.join(", ");
    for directive in text.split(',').map(str::trim) {
        let level = directive
            .rsplit_once('=')
            .map_or(directive, |(_, level)| level);
        if !LEVELS.iter().any(|name| name.eq_ignore_ascii_case(level)) {
            return Err(Flaw::new(
                format!("has {level:?} where a level belongs"),
                format!("write a level ({levels}), or directives such as info,products=debug"),
            ));
        }
    }
    Ok(text.to_owned())
}
