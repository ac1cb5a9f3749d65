//! Which events are logged: the grammar of filters, and mistakes in them.

use std::{fmt, str::FromStr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use super::level;

/// Levels by the names they may have; `warning` is what other ecosystems call `warn`.
const LEVELS: [(&str, LevelFilter); 7] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("warning", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// A level (`INFO`), or directives with commas between them: `info,sqlx=debug`.
///
/// A directive is a level for everything, or `target=level` for the modules whose path begins
/// with `target`; the longest target that fits an event decides. Levels are `off`, `error`,
/// `warn` (or `warning`), `info`, `debug` and `trace`, in any case. A lone word that is no level
/// is refused, so that a mistyped level does not silence a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
    targets: Targets,
}

/// What is wrong with a [`Filter`], and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "log filter `{filter}` {problem}: write a level (off, error, warn, info, debug, trace) or \
     directives such as info,sqlx=debug"
)]
pub struct FilterError {
    /// The filter as it was given.
    pub filter: String,
    /// What is wrong with it: "has `loud` where a level belongs".
    pub problem: String,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut targets = Targets::new();
        for directive in text.split(',') {
            targets = add(targets, directive).map_err(|problem| FilterError {
                filter: text.to_owned(),
                problem,
            })?;
        }
        Ok(Self {
            text: text.to_owned(),
            // Whoever changes the level leaves a trace, whatever the filter.
            targets: targets.with_target(level::TARGET, LevelFilter::INFO),
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }
}

fn add(targets: Targets, directive: &str) -> Result<Targets, String> {
    let Some((target, level)) = directive.split_once('=') else {
        return Ok(targets.with_default(parse_level(directive)?));
    };
    let target = target.trim();
    if !is_target(target) {
        return Err(format!("has `{target}` where a target belongs"));
    }
    Ok(targets.with_target(target, parse_level(level)?))
}

fn parse_level(word: &str) -> Result<LevelFilter, String> {
    let word = word.trim();
    LEVELS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, level)| *level)
        .ok_or_else(|| format!("has `{word}` where a level belongs"))
}

/// Whether it can be the path of a crate or module, or a target such as `sqlx::query`.
fn is_target(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn the_longest_target_decides_and_levels_have_any_case() {
        let table = [
            ("INFO", "things", Level::INFO, true, "a level"),
            ("info", "things", Level::DEBUG, false, "above the level"),
            ("off", "things", Level::ERROR, false, "off"),
            ("Warning", "things", Level::WARN, true, "the alias"),
            ("warning", "things", Level::INFO, false, "the alias"),
            ("info,a=debug", "a::b", Level::DEBUG, true, "below a target"),
            ("info,a=debug", "b", Level::DEBUG, false, "beside a target"),
            ("info, a = off", "a", Level::ERROR, false, "blanks"),
            (
                "a=trace,a::b=warn",
                "a::b::c",
                Level::INFO,
                false,
                "the longest",
            ),
            ("a=trace", "b", Level::ERROR, false, "no level for the rest"),
            (
                "off",
                level::TARGET,
                Level::INFO,
                true,
                "changes of the level",
            ),
        ];
        for (text, target, level, enabled, why) in table {
            let filter: Filter = text.parse().unwrap();

            let found = filter.targets().would_enable(target, &level);

            assert_eq!(found, enabled, "{text}: {target} {level} ({why})");
            assert_eq!(filter.to_string(), text);
        }
    }

    #[test]
    fn mistakes_are_refused_by_name_and_with_a_remedy() {
        for (text, wrong) in [
            ("", "``"),
            ("verbose", "`verbose`"),
            ("fatal", "`fatal`"),
            ("3", "`3`"),
            ("info,,debug", "``"),
            ("info,things", "`things`"),
            ("sqlx=loud", "`loud`"),
            ("=info", "``"),
            ("a b=info", "`a b`"),
            ("[span]=debug", "`[span]`"),
            ("a=info=debug", "`info=debug`"),
        ] {
            let error = text.parse::<Filter>().expect_err(text);

            assert!(
                error.problem.starts_with(&format!("has {wrong} ")),
                "{error}"
            );
            assert!(error.to_string().ends_with("such as info,sqlx=debug"));
        }
    }
}
