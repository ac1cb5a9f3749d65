//! One request from its head to the head of its answer, or to whatever ends it before.

use std::{
    net::IpAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use http_body::Body as _;
use http_body_util::combinators::BoxBody;
use poem::{
    Request, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri},
};
use tracing::Level;

use super::{Http, client::client_ip, table::Row};
use crate::{context::RequestContext, identity};

const PROCESS_TIME: HeaderName = HeaderName::from_static("x-process-time");

/// What nginx, and now everybody, calls a request whose client left before the answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Follows one request. Dropping it unfinished lowers the gauge and records that the client
/// left (499) or the handler panicked (500).
pub(super) struct Watch<'a> {
    http: &'a Http,
    row: &'a Row,
    request: Arc<RequestContext>,
    method: Method,
    uri: Uri,
    client_ip: Option<IpAddr>,
    started: Instant,
    finished: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn start(http: &'a Http, req: &Request, request: Arc<RequestContext>) -> Self {
        if !http.management {
            http.table.families.in_progress.inc();
        }
        let uri = req.uri().clone();
        let watch = Self {
            http,
            row: http.table.row(uri.path()),
            request,
            method: req.method().clone(),
            uri,
            client_ip: client_ip(req, &http.trusted_proxies),
            started: Instant::now(),
            finished: false,
        };
        watch.log_start();
        watch
    }

    /// Records `response` and gives it the headers that every response has.
    pub(super) fn finish(mut self, mut response: Response) -> Response {
        self.finished = true;
        let elapsed = self.started.elapsed();
        let bytes = body_bytes(&mut response);
        self.record(response.status().as_u16(), elapsed, bytes);
        let headers = response.headers_mut();
        headers.insert(PROCESS_TIME, process_time(elapsed));
        if let Ok(id) = HeaderValue::from_str(&self.request.correlation_id) {
            headers.insert(identity::CORRELATION_ID, id);
        }
        response
    }

    fn record(&self, status: u16, elapsed: Duration, bytes: Option<u64>) {
        let table = &self.http.table;
        table.observe(self.row, &self.method, status, elapsed);
        self.log_end(status, elapsed, bytes);
    }

    fn log_start(&self) {
        tracing::debug!(
            function = "start",
            method = %self.method,
            path = self.uri.path(),
            client_ip = self.client_ip.map(tracing::field::display),
            "Request started"
        );
    }

    fn log_end(&self, status: u16, elapsed: Duration, bytes: Option<u64>) {
        // The level of an event is fixed where it is written, so there are two of them.
        macro_rules! completed {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    function = "finish",
                    method = %self.method,
                    path = self.uri.path(),
                    endpoint = self.row.label,
                    status_code = status,
                    duration_seconds = elapsed.as_secs_f64(),
                    response_bytes = bytes,
                    client_ip = self.client_ip.map(tracing::field::display),
                    "Request completed"
                )
            };
        }
        if self.row.is_quiet(&self.method) {
            completed!(Level::DEBUG);
        } else {
            completed!(Level::INFO);
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.http.management {
            self.http.table.families.in_progress.dec();
        }
        if self.finished {
            return;
        }
        let status = if thread::panicking() {
            StatusCode::INTERNAL_SERVER_ERROR.as_u16()
        } else {
            CLIENT_CLOSED_REQUEST
        };
        self.record(status, self.started.elapsed(), None);
    }
}

/// The length of the body where it is known before it is sent.
fn body_bytes(response: &mut Response) -> Option<u64> {
    let body: BoxBody<_, _> = response.take_body().into();
    let bytes = body.size_hint().exact();
    response.set_body(body);
    bytes
}

/// Seconds with six decimals, `0.000123`.
fn process_time(elapsed: Duration) -> HeaderValue {
    let text = format!("{}.{:06}", elapsed.as_secs(), elapsed.subsec_micros());
    HeaderValue::from_str(&text).expect("digits and a point are a header value")
}
