//! Which OTLP endpoints are accepted.

use poem::http::Uri;

use super::errors::Flaw;

const REMEDY: &str = "write http://HOST:4317 or https://USER:PASSWORD@HOST:4317";

/// Checks the URL of an OTLP/gRPC receiver; the flaw never quotes it.
///
/// A path is refused, since gRPC has its own and would pass over this one: who writes `/v1/traces`
/// means OTLP/HTTP, which listens elsewhere.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    let no_url = || Flaw::new("is no http:// or https:// URL", REMEDY);
    let url: Uri = text.parse().map_err(|_| no_url())?;
    if !matches!(url.scheme_str(), Some("http" | "https")) {
        return Err(no_url());
    }
    let authority = url.authority().ok_or_else(no_url)?;
    let host_and_port = match authority.as_str().rsplit_once('@') {
        Some((_, rest)) => rest,
        None => authority.as_str(),
    };
    let has_port = host_and_port.len() > authority.host().len();
    if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
        return Err(no_url());
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || text.contains('#') {
        return Err(Flaw::new(
            "has something after the host, which OTLP/gRPC has no use for",
            REMEDY,
        ));
    }
    Ok(text.to_owned())
}
