//! Where requests go.

use std::{fmt, str::FromStr};

use hyper::{Uri, http::uri::Scheme};

/// A base URL: scheme, host, port and a path that all endpoints are below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: String,
    /// Whether the connection is encrypted.
    pub(crate) tls: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// `host:port` as it stands in the header.
    pub(crate) authority: String,
    prefix: String,
}

/// What is wrong with a base URL; what may be a password is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BaseUrlError {
    /// It cannot be read at all.
    #[error("`{0}` is not a URL; write it like http://localhost:8000")]
    Malformed(String),
    /// It has another scheme, or none.
    #[error("`{0}` must begin with http:// or https://")]
    Scheme(String),
    /// It has something that requests cannot be put behind.
    #[error("`{0}` must not have {1}")]
    Excess(String, &'static str),
}

const CREDENTIALS: &str = "a user; credentials go into --header 'Authorization: ...'";

impl BaseUrl {
    /// The request target of `path`, which begins with a slash.
    pub(crate) fn target(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let excess = |what| BaseUrlError::Excess(without_user(text), what);
        let malformed = || match text.contains('@') {
            true => excess(CREDENTIALS),
            false => BaseUrlError::Malformed(text.to_owned()),
        };
        let scheme = || BaseUrlError::Scheme(without_user(text));
        if !text.contains("://") {
            return Err(scheme());
        }
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err(scheme()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        if authority.as_str().contains('@') {
            return Err(excess(CREDENTIALS));
        }
        if uri.query().is_some() {
            return Err(excess("a query; it belongs to the endpoints"));
        }
        let host = authority.host();
        let port = authority.port_u16();
        if host.is_empty() || (port.is_none() && host != authority.as_str()) {
            return Err(malformed());
        }
        let standard = if tls { 443 } else { 80 };
        Ok(Self {
            text: text.to_owned(),
            tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.unwrap_or(standard),
            authority: authority.as_str().to_owned(),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A URL as far as everybody may read it.
pub(crate) fn without_user(url: &str) -> String {
    let Some((user, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| user.starts_with(scheme));
    format!("{}***@{host}", scheme.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_says_where_to_connect_and_what_to_ask() {
        for (text, tls, host, port, target) in [
            ("http://localhost:8000", false, "localhost", 8000, "/a?b=c"),
            ("http://localhost", false, "localhost", 80, "/a?b=c"),
            ("https://shop.example/", true, "shop.example", 443, "/a?b=c"),
            ("http://[::1]:9/v1/", false, "::1", 9, "/v1/a?b=c"),
        ] {
            let url: BaseUrl = text.parse().unwrap();

            let found = (url.tls, url.host.as_str(), url.port);
            assert_eq!(found, (tls, host, port), "{text}");
            assert_eq!(url.target("/a?b=c"), target, "{text}");
            assert_eq!(url.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "must begin with http://"),
            ("localhost:8000", "must begin with http://"),
            ("ftp://localhost", "must begin with http://"),
            ("http://", "is not a URL"),
            ("http://:80", "is not a URL"),
            ("http://localhost:99999", "is not a URL"),
            ("http://local host", "is not a URL"),
            ("http://localhost/?a=b", "must not have a query"),
        ] {
            let error = text.parse::<BaseUrl>().unwrap_err().to_string();

            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        let advice = "--header 'Authorization: ...'";
        for (text, shown, said, why) in [
            (
                "http://me:secret@host/a",
                "`http://***@host/a`",
                advice,
                "a password",
            ),
            (
                "https://secret@host",
                "`https://***@host`",
                advice,
                "a token",
            ),
            (
                "http://me:secr/et@host",
                "`http://***@host`",
                advice,
                "a slash in it",
            ),
            (
                "http://me:secr@et@host",
                "`http://***@host`",
                advice,
                "an at sign in it",
            ),
            (
                "http://me:secr et@host",
                "`http://***@host`",
                advice,
                "a blank in it",
            ),
            (
                "ftp://me:secret@host",
                "`***@host`",
                "must begin",
                "another scheme",
            ),
            ("me:secret@host", "`***@host`", "must begin", "no scheme"),
        ] {
            let error = text.parse::<BaseUrl>().unwrap_err().to_string();

            assert!(error.starts_with(shown), "{why}: {error}");
            assert!(error.contains(said), "{why}: {error}");
        }
    }
}
