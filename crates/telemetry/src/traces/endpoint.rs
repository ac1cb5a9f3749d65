//! The collector's address, with its credentials taken out of it.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use poem::http::Uri;
use tonic::transport::{self, ClientTlsConfig};

use super::TraceError;

/// Where to export to.
pub(super) struct Endpoint {
    /// `scheme://host:port`, without user and password.
    pub(super) origin: String,
    /// The value of the `authorization` header, when there is a user.
    pub(super) authorization: Option<String>,
}

/// Checks what [`TraceSettings::otlp_endpoint`](crate::TraceSettings) may be; the collector is not
/// asked.
///
/// # Errors
///
/// [`TraceError::Endpoint`] with what is wrong, which never quotes `url`.
pub fn check_endpoint(url: &str) -> Result<(), TraceError> {
    Endpoint::parse(url).map(drop)
}

impl Endpoint {
    /// Takes `http://` and `https://` URLs without a path: gRPC has its own, and who writes
    /// `/v1/traces` means OTLP/HTTP, which listens elsewhere.
    pub(super) fn parse(text: &str) -> Result<Self, TraceError> {
        const NO_URL: TraceError = TraceError::Endpoint("is no http:// or https:// URL");
        let url: Uri = text.parse().map_err(|_| NO_URL)?;
        let scheme = url.scheme_str().unwrap_or_default();
        let authority = url.authority().ok_or(NO_URL)?;
        let (user, address) = match authority.as_str().rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority.as_str()),
        };
        let has_port = address.len() > authority.host().len();
        if !matches!(scheme, "http" | "https")
            || authority.host().is_empty()
            || (has_port && authority.port_u16().is_none())
        {
            return Err(NO_URL);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || text.contains('#') {
            return Err(TraceError::Endpoint(
                "has something after the host, which OTLP/gRPC has no use for",
            ));
        }
        let endpoint = Self {
            origin: format!("{scheme}://{address}"),
            authorization: user.map(basic),
        };
        endpoint.target()?;
        Ok(endpoint)
    }

    /// What to connect to, with TLS that trusts nobody yet where it is encrypted.
    pub(super) fn target(&self) -> Result<transport::Endpoint, TraceError> {
        let target = transport::Endpoint::from_shared(self.origin.clone())
            .map_err(|_| TraceError::Endpoint("is no URL"))?;
        if !self.is_encrypted() {
            return Ok(target);
        }
        target
            .tls_config(ClientTlsConfig::new())
            .map_err(|_| TraceError::Endpoint("names a host that no certificate can be of"))
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
            "http://collector#hunter2",
            "http://collector:hunter2",
            "http://ada:hunter2@",
            "http://collector:",
            "http://collector:99999",
            "https://-hunter2..example:4317",
        ] {
            let error = Endpoint::parse(text).err().expect(text).to_string();

            assert!(error.starts_with("the OTLP endpoint "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
