//! Who may change the state of a running service.

use std::net::IpAddr;

use poem::{
    Endpoint, Middleware, Request, Result,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
};

use crate::{problem::Problem, tokens::Tokens};

/// Headers by which a proxy says that it passes on another's request, besides `X-Forwarded-*`.
const FORWARDING: [&str; 3] = ["forwarded", "via", "x-real-ip"];
const FORWARDING_PREFIX: &str = "x-forwarded-";
/// Where a browser says from which page a request comes (W3C Fetch Metadata).
const FETCH_SITE: &str = "sec-fetch-site";
/// The name in the log of those who need no token.
const LOCAL: &str = "local";

/// Lets operators through to routes that change state, and nobody else. Who came through is logged.
///
/// It is put around single routes: `put(change.with(operators))`.
#[derive(Debug, Clone)]
pub struct Operators(Rule);

#[derive(Debug, Clone)]
enum Rule {
    Tokens(Tokens),
    Local { setting: &'static str },
}

impl Operators {
    /// Those with a token: `Authorization: Bearer TOKEN` (RFC 6750). Others are answered with 401.
    pub fn with_tokens(tokens: Tokens) -> Operators {
        Operators(Rule::Tokens(tokens))
    }

    /// Those on the machine itself: requests from loopback that neither a proxy passed on nor a
    /// page of another site sent. Others are answered with 403 and told to configure `setting`.
    pub fn local(setting: &'static str) -> Operators {
        Operators(Rule::Local { setting })
    }

    /// The name of the operator who sent `request`.
    fn admit(&self, request: &Request) -> Result<&str, Problem> {
        match &self.0 {
            Rule::Tokens(tokens) => bearer(request.headers())
                .and_then(|token| tokens.holder(token))
                .ok_or_else(unauthorized),
            Rule::Local { .. } if is_local(request) => Ok(LOCAL),
            Rule::Local { setting } => Err(forbidden(setting)),
        }
    }
}

impl<E: Endpoint> Middleware<E> for Operators {
    type Output = OperatorEndpoint<E>;

    fn transform(&self, inner: E) -> OperatorEndpoint<E> {
        OperatorEndpoint {
            operators: self.clone(),
            inner,
        }
    }
}

/// A route that only [`Operators`] reach.
#[derive(Debug)]
pub struct OperatorEndpoint<E> {
    operators: Operators,
    inner: E,
}

impl<E: Endpoint> Endpoint for OperatorEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> Result<E::Output> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        match self.operators.admit(&request) {
            // Told beforehand: what is done may be to log less.
            Ok(operator) => tracing::info!(operator, method, path, "operator action"),
            Err(problem) => {
                let status_code = problem.status().as_u16();
                tracing::warn!(status_code, method, path, "operator action refused");
                return Err(problem.into());
            }
        }
        self.inner.call(request).await
    }
}

/// The token of the request, unless it names several.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = given.next()?.to_str().ok()?.trim().split_once(' ')?;
    let alone = given.next().is_none();
    (alone && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

fn is_local(request: &Request) -> bool {
    let peer = request.remote_addr().as_socket_addr();
    let loopback = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    loopback && !is_forwarded(request.headers()) && !is_of_another_site(request.headers())
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .map(|name| name.as_str())
        .any(|name| name.starts_with(FORWARDING_PREFIX) || FORWARDING.contains(&name))
}

/// Whether a browser says so, or names an origin that is not on this machine: a page whose name
/// was pointed at this machine after it was loaded counts as the same site (DNS rebinding).
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let foreign_site = |site: &HeaderValue| site != "same-origin" && site != "none";
    headers.get_all(FETCH_SITE).iter().any(foreign_site)
        || !headers.get_all(header::ORIGIN).iter().all(is_on_loopback)
}

fn is_on_loopback(origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(|text| text.parse().ok());
    origin.is_some_and(|origin: Uri| {
        let host = origin.host().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: IpAddr| address.is_loopback();
        host == "localhost" || address.parse().is_ok_and(is_loopback)
    })
}

fn unauthorized() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED)
        .detail("This needs the token of an operator: Authorization: Bearer TOKEN.")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn forbidden(setting: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN).detail(format!(
        "Without tokens of operators, only requests of the machine itself may do this, neither \
         passed on by a proxy nor sent by another site's page. To do it from elsewhere, name a \
         file of tokens in {setting} and send Authorization: Bearer TOKEN."
    ))
}

#[cfg(test)]
mod tests;
