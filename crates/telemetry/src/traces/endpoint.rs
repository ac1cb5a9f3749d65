//! The collector's address, with its credentials taken out of it.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use poem::http::Uri;

use super::TraceError;

/// Where to export to.
pub(super) struct Endpoint {
    /// `scheme://host:port`, without user and password.
    pub(super) origin: String,
    /// The value of the `authorization` header, when there is a user.
    pub(super) authorization: Option<String>,
}

impl Endpoint {
    /// Takes `http://` and `https://` URLs without a path: gRPC has its own, and who writes
    /// `/v1/traces` means OTLP/HTTP, which listens elsewhere.
    pub(super) fn parse(text: &str) -> Result<Self, TraceError> {
        let url: Uri = text
            .parse()
            .map_err(|_| TraceError::Endpoint("it is no URL"))?;
        let scheme = url
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"))
            .ok_or(TraceError::Endpoint("it is no http:// or https:// URL"))?;
        let authority = url.authority().map_or("", |authority| authority.as_str());
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if url.host().is_none_or(str::is_empty) {
            return Err(TraceError::Endpoint("it names no host"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(TraceError::Endpoint(
                "OTLP over gRPC has no path and no query",
            ));
        }
        Ok(Self {
            origin: format!("{scheme}://{host}"),
            authorization: user.map(basic),
        })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

/// The `user:password` of a URL as RFC 7617 wants it.
fn basic(user: &str) -> String {
    let plain: Vec<u8> = percent_decode_str(user).collect();
    format!("Basic {}", BASE64_STANDARD.encode(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_address() {
        let table = [
            ("http://collector:4317", "http://collector:4317", None),
            ("http://collector:4317/", "http://collector:4317", None),
            (
                "https://ada:p%40ss@[::1]:4317",
                "https://[::1]:4317",
                Some("Basic YWRhOnBAc3M="),
            ),
        ];
        for (text, origin, authorization) in table {
            let endpoint = Endpoint::parse(text).unwrap();

            assert_eq!(endpoint.origin, origin, "{text}");
            assert_eq!(endpoint.authorization.as_deref(), authorization, "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused_without_being_quoted() {
        for text in [
            "",
            "collector:4317",
            "grpc://hunter2@collector:4317",
            "http://",
            "http://collector:4318/v1/traces",
            "http://collector?token=hunter2",
        ] {
            let error = Endpoint::parse(text).err().expect(text).to_string();

            assert!(error.starts_with("OTLP endpoint: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
