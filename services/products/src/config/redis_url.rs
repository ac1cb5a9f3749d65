//! Which Redis URLs are accepted.

use crate::cache::{RedisFailure, RedisRemote};

use super::errors::Flaw;

const REMEDY: &str = "write redis://USER:PASSWORD@HOST:6379/0, or rediss:// for TLS (special \
                      characters in user and password percent-encoded)";

/// Checks a Redis URL as the cache will read it, the file of `sslrootcert` included. The flaw never
/// quotes it, nor what the driver says about it.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    match RedisRemote::new(&text.into(), "") {
        Ok(_) => Ok(text.to_owned()),
        Err(RedisFailure::Authority(problem)) => {
            let remedy = "name a file of certificates (PEM) that the service may read";
            let problem = format!("has an `sslrootcert` that cannot be used: {problem}");
            Err(Flaw::new(problem, remedy))
        }
        Err(RedisFailure::Url(problem) | RedisFailure::Server(problem)) => {
            Err(Flaw::new(problem, REMEDY))
        }
    }
}
