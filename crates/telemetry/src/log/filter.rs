//! The filter, with the mistakes that `EnvFilter` would take for something else refused.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use super::LogError;

/// Parses a level or a list of directives.
///
/// A bare word that is no level means "everything from the target of that name, and nothing
/// else" to `EnvFilter`: a mistyped level would silence the whole service.
pub(super) fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    let refused = |reason: String| LogError::Filter {
        filter: filter.to_owned(),
        reason,
    };
    let directives: Vec<_> = filter.split(',').map(str::trim).collect();
    for directive in &directives {
        let is_level = !directive.is_empty() && directive.parse::<LevelFilter>().is_ok();
        if !is_level && !directive.contains(['=', '[']) {
            return Err(refused(format!(
                "`{directive}` is neither a level (off, error, warn, info, debug, trace) \
                 nor `target=level`"
            )));
        }
    }
    EnvFilter::builder()
        .parse(directives.join(","))
        .map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_are_taken() {
        for filter in [
            "INFO",
            "info",
            "off",
            "info,products=debug",
            "info, sqlx::query=warn",
        ] {
            assert!(parse(filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        for filter in [
            "",
            "verbose",
            "info,,debug",
            "info,products",
            "products=loud",
            "=info",
        ] {
            let error = parse(filter).map(drop).expect_err(filter).to_string();

            assert!(
                error.starts_with(&format!("log filter `{filter}`: ")),
                "{error}"
            );
        }
    }
}
