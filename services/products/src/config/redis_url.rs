//! Which Redis URLs are accepted.

use redis::IntoConnectionInfo;

use super::errors::Flaw;

const REMEDY: &str = "write redis://USER:PASSWORD@HOST:6379/0, or rediss:// for TLS (special \
                      characters in user and password percent-encoded)";

/// Checks a Redis URL with the driver's own parser, so that what passes here is understood there.
/// The flaw never quotes it, nor what the driver says about it.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    if !text.starts_with("redis://") && !text.starts_with("rediss://") {
        let problem = "does not begin with redis:// or rediss://";
        return Err(Flaw::new(problem, REMEDY));
    }
    text.into_connection_info()
        .map_err(|_| Flaw::new("is not a Redis URL", REMEDY))?;
    Ok(text.to_owned())
}
