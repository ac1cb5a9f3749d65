//! Where a service is.

use std::{fmt, str::FromStr};

use hyper::{Uri, http::uri::Scheme};
use thiserror::Error;

/// `http://HOST[:PORT]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BaseUrl {
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    /// 80 unless given.
    pub(super) port: u16,
    /// `HOST[:PORT]` as it stands in the header.
    pub(super) authority: String,
}

/// `http://HOST[:PORT]/PATH`, perhaps with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) base: BaseUrl,
    pub(super) path: String,
}

/// Why something is no such URL. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum UrlError {
    /// It cannot be read.
    #[error("is no URL; write it like http://localhost:8000")]
    Malformed,
    /// It is another scheme, or none.
    #[error("must begin with http://")]
    Scheme,
    /// It asks for TLS, which no port of the service speaks.
    #[error(
        "https:// is not supported: name the service itself, which speaks HTTP, and not a proxy in front of it"
    )]
    Encrypted,
    /// It has a user.
    #[error("must have no user in it; write a token into a file and name it with --token-file")]
    User,
    /// It goes on after host and port.
    #[error("must end after the port")]
    Path,
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, _) = text.split_once("://").ok_or(UrlError::Scheme)?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(UrlError::Encrypted);
        }
        if text.contains('@') {
            return Err(UrlError::User);
        }
        let uri: Uri = text.parse().map_err(|_| UrlError::Malformed)?;
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(UrlError::Scheme);
        }
        let authority = uri.authority().ok_or(UrlError::Malformed)?;
        let (host, port) = (authority.host(), authority.port_u16());
        if host.is_empty() || (port.is_none() && host != authority.as_str()) {
            return Err(UrlError::Malformed);
        }
        let base = BaseUrl {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.unwrap_or(80),
            authority: authority.to_string(),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            base,
            path: path.to_owned(),
        })
    }
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url: Url = text.parse()?;
        if url.path != "/" {
            return Err(UrlError::Path);
        }
        Ok(url.base)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_to_connect_and_what_to_ask() {
        for (text, host, port, path) in [
            ("http://products", "products", 80, "/"),
            (
                "http://products.shop.svc:8000/",
                "products.shop.svc",
                8000,
                "/",
            ),
            ("http://[::1]:9000/metrics?a=b", "::1", 9000, "/metrics?a=b"),
        ] {
            let url: Url = text.parse().unwrap();

            let found = (url.base.host.as_str(), url.base.port, url.path.as_str());
            assert_eq!(found, (host, port, path), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_url_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", UrlError::Scheme),
            ("products:8000", UrlError::Scheme),
            ("ftp://products", UrlError::Scheme),
            ("https://products", UrlError::Encrypted),
            ("HTTPS://products", UrlError::Encrypted),
            ("http://", UrlError::Malformed),
            ("http://:80", UrlError::Malformed),
            ("http://products:99999", UrlError::Malformed),
            ("http://two words", UrlError::Malformed),
            ("http://me:secret@products", UrlError::User),
            ("http://products/v1", UrlError::Path),
            ("http://products?a=b", UrlError::Path),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(reason), "{text}");
        }
    }
}
