//! Why Redis could not be used, without its password.

use redis::{Client, RedisError, parse_redis_url};

/// Why Redis could not be used. It says nothing of credentials, nor of what was to be stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RedisFailure {
    /// The URL cannot be used, and why.
    #[error("the URL of Redis {0}")]
    Url(String),
    /// The file that the URL names as `sslrootcert` cannot be used.
    #[error("the certificates of `sslrootcert` cannot be used: {0}")]
    Authority(String),
    /// The server could not be reached, or it refused.
    #[error("{0}")]
    Server(String),
}

/// Whether a key holds something that is not even text.
pub(super) fn is_wrong_type(error: &RedisError) -> bool {
    let errors = error.clone().into_server_errors();
    errors.is_some_and(|errors| errors.iter().any(|(_, error)| error.code() == "WRONGTYPE"))
}

/// What no message may show.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// The password of a URL, as it is written there and as it is sent.
    pub(super) fn of(url: &str, client: &Client) -> Self {
        let url = parse_redis_url(url);
        let written = url.as_ref().and_then(|url| url.password());
        let sent = client.get_connection_info().redis_settings().password();
        let secrets = [written, sent].into_iter().flatten();
        Self(
            secrets
                .filter(|secret| !secret.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// What may be said of an error.
    pub(super) fn failure(&self, error: &RedisError) -> RedisFailure {
        let text = match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            _ => error.to_string(),
        };
        // A server that does not know a command repeats what it was sent.
        let (text, _) = text.split_once(", with args").unwrap_or((&text, ""));
        let hide = |text: String, secret: &String| text.replace(secret, "***");
        RedisFailure::Server(self.0.iter().fold(text.to_owned(), hide))
    }
}
