//! The one request middleware: names the request, measures it, logs it, all in one pass.

mod body;
mod client;
mod cut;
mod families;
mod method;
mod series;
mod table;
mod watch;

use std::sync::Arc;

use ipnet::IpNet;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result, http::Method};
use tracing::Instrument;

pub use self::cut::cutting;
pub(crate) use self::families::HttpFamilies;
use self::{table::Table, watch::Watch};
use crate::{Metrics, context, identity, traces::RequestSpan};

/// A route that is known before the first request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSpec {
    /// The method that the route answers.
    pub method: Method,
    /// The path with its parameters in braces, `/things/{thing_id}`; a last parameter that
    /// may contain slashes is written `{*name}` and labelled `{name}`.
    pub template: String,
    /// The status codes whose series exist, at zero, from the first scrape on.
    pub statuses: Vec<u16>,
    /// Whether requests are logged at DEBUG only: probes and scrapes.
    pub quiet: bool,
}

/// Two templates that cannot be told apart, or one that is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("route template `{template}`: {reason}")]
pub struct RoutesError {
    /// The template that was refused.
    pub template: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The middleware. Put it around everything else, so that it sees each answer as the client does.
///
/// It gives every response `X-Correlation-ID` and `X-Process-Time`, turns errors into their
/// responses, counts and times by route template, and writes one log line per request. Counter,
/// time and gauge move when the head of the answer is there; sizes and line come once its body is
/// through, before the client can have read its end.
#[derive(Clone)]
pub struct Http {
    table: Arc<Table>,
    management: bool,
    trusted_proxies: Arc<[IpNet]>,
}

impl Http {
    /// Knows `routes` by their templates; any other path is labelled `unmatched`.
    ///
    /// # Errors
    ///
    /// [`RoutesError`] when a template is malformed or two of them match the same paths.
    pub fn new(
        metrics: &Metrics,
        routes: impl IntoIterator<Item = RouteSpec>,
    ) -> Result<Self, RoutesError> {
        Ok(Self {
            table: Arc::new(Table::new(metrics.http().clone(), routes)?),
            management: false,
            trusted_proxies: Arc::new([]),
        })
    }

    /// Says that these are management routes: measured, but not counted in
    /// `inprogress_requests`.
    #[must_use]
    pub fn management(mut self, management: bool) -> Self {
        self.management = management;
        self
    }

    /// States how many requests are let in at the same time: `http_max_inflight_requests`.
    #[must_use]
    pub fn max_in_flight(self, requests: usize) -> Self {
        let limit = i64::try_from(requests).unwrap_or(i64::MAX);
        self.table.families.max_in_flight.with(&[]).set(limit);
        self
    }

    /// Believes `X-Forwarded-For` when the peer is in one of `networks`, and only then.
    #[must_use]
    pub fn trusted_proxies(mut self, networks: Vec<IpNet>) -> Self {
        self.trusted_proxies = networks.into();
        self
    }
}

impl<E: Endpoint> Middleware<E> for Http {
    type Output = Measured<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Measured {
            inner,
            http: self.clone(),
        }
    }
}

/// An endpoint with [`Http`] around it.
pub struct Measured<E> {
    inner: E,
    http: Http,
}

impl<E: Endpoint> Endpoint for Measured<E> {
    type Output = Response;

    // Not an async function: each of these keeps its arguments beside what it makes of them, and
    // here both are large.
    fn call(&self, mut req: Request) -> impl Future<Output = Result<Response>> + Send {
        let mut request = identity::identify(req.headers());
        let place = self.http.table.place(req.method(), req.uri().path());
        let quiet = self.http.table.is_quiet(place);
        let span = RequestSpan::begin(request.inbound.as_ref(), quiet);
        request.span = span.ids();
        let request = Arc::new(request);
        let within = span.tracing();
        let watch = Watch::start(&self.http, &mut req, Arc::clone(&request), place, span);
        let answer = async move {
            watch.log_start();
            let response = match self.inner.call(req).await {
                Ok(response) => response.into_response(),
                Err(error) => error.into_response(),
            };
            Ok(watch.answer(response))
        };
        context::scope(request, answer.instrument(within))
    }
}
