//! One request from its head to the end of its answer, or to whatever ends it before.

use std::{
    net::IpAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use poem::{
    Request, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri},
};
use tracing::Level;

use super::{
    Http,
    body::{self, Received},
    client::{self, client_ip},
    cut::is_cutting,
    table::{Place, Table},
};
use crate::{
    context::{self, RequestContext},
    excerpt::excerpt,
    identity,
    traces::{self, RequestSpan, TRACEPARENT},
};

const PROCESS_TIME: HeaderName = HeaderName::from_static("x-process-time");

/// What nginx, and now everybody, calls a request whose client left before the answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Follows one request. Dropping it ends the request: sizes are recorded and the line is written;
/// without an answer until then, its client left (499), its handler panicked (500) or the server,
/// which stops, cut it (503).
pub(super) struct Watch {
    table: Arc<Table>,
    place: Place,
    management: bool,
    request: Arc<RequestContext>,
    method: Method,
    uri: Uri,
    client_ip: Option<IpAddr>,
    span: RequestSpan,
    started: Instant,
    received: Received,
    /// Bytes of the answer's body that were handed to the connection.
    pub(super) sent: u64,
    head: Option<Head>,
}

/// The head of an answer, and how long it took.
#[derive(Clone, Copy)]
struct Head {
    status: u16,
    elapsed: Duration,
}

impl Watch {
    pub(super) fn start(
        http: &Http,
        req: &mut Request,
        request: Arc<RequestContext>,
        place: Place,
        span: RequestSpan,
    ) -> Box<Self> {
        let started = Instant::now();
        let client_ip = client_ip(req, &http.trusted_proxies);
        let route = http.table.route(place);
        span.describe(req, route, client_ip, request.correlation_id());
        let watch = Box::new(Self {
            table: Arc::clone(&http.table),
            place,
            management: http.management,
            request,
            method: req.method().clone(),
            uri: req.uri().clone(),
            client_ip,
            span,
            started,
            received: Received::follow(req),
            sent: 0,
            head: None,
        });
        // From here on the end is sure to come, which takes it back.
        if !watch.management {
            watch.table.families.in_progress.inc();
        }
        watch
    }

    /// Records the head of `response`, gives it what every head has, and goes on with its body.
    pub(super) fn answer(mut self: Box<Self>, mut response: Response) -> Response {
        let status = response.status();
        let Head { elapsed, .. } = self.head_is_known(status.as_u16());
        let headers = response.headers_mut();
        headers.insert(PROCESS_TIME, process_time(elapsed));
        if let Ok(id) = HeaderValue::from_str(self.request.correlation_id()) {
            headers.insert(identity::CORRELATION_ID, id);
        }
        if let Some(traceparent) = traces::traceparent_of(&self.request) {
            headers.insert(TRACEPARENT, traceparent);
        }
        if has_body(&self.method, status) {
            body::follow(&mut response, self);
        }
        response
    }

    /// Runs `work` as work for this request, below its span.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        context::within(&self.request, || self.span.within(work))
    }

    /// Counts and times the answer. It happens once to every request, whatever becomes of it.
    fn head_is_known(&mut self, status: u16) -> Head {
        let elapsed = self.started.elapsed();
        self.table.observe(self.place, status, elapsed);
        self.span.end(status);
        if !self.management {
            self.table.families.in_progress.dec();
        }
        *self.head.insert(Head { status, elapsed })
    }

    /// Says that it begins. The end is logged in any case.
    pub(super) fn log_start(&self) {
        tracing::debug!(
            function = "log_start",
            method = &*excerpt(self.method.as_str()),
            path = &*excerpt(self.uri.path()),
            client_ip = self.client_ip.map(client::text),
            "Request started"
        );
    }

    /// Says that the server ended it, which its status alone does not.
    fn log_cut(&self) {
        tracing::warn!(
            function = "log_cut",
            method = &*excerpt(self.method.as_str()),
            path = &*excerpt(self.uri.path()),
            endpoint = self.table.endpoint(self.place),
            duration_seconds = self.started.elapsed().as_secs_f64(),
            client_ip = self.client_ip.map(client::text),
            "Request cut: the server stops"
        );
    }

    fn log_end(&self, Head { status, elapsed }: Head) {
        // The level of an event is fixed where it is written, so there are two of them.
        macro_rules! completed {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    function = "log_end",
                    method = &*excerpt(self.method.as_str()),
                    path = &*excerpt(self.uri.path()),
                    endpoint = self.table.endpoint(self.place),
                    status_code = status,
                    duration_seconds = elapsed.as_secs_f64(),
                    response_bytes = self.sent,
                    client_ip = self.client_ip.map(client::text),
                    "Request completed"
                )
            };
        }
        if self.table.is_quiet(self.place) {
            completed!(Level::DEBUG);
        } else {
            completed!(Level::INFO);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let cut = self.request.is_cut() || is_cutting();
        let head = self.head.unwrap_or_else(|| {
            self.head_is_known(if thread::panicking() {
                StatusCode::INTERNAL_SERVER_ERROR.as_u16()
            } else if cut {
                StatusCode::SERVICE_UNAVAILABLE.as_u16()
            } else {
                CLIENT_CLOSED_REQUEST
            })
        });
        let received = self.received.bytes();
        self.table.observe_sizes(self.place, received, self.sent);
        self.within(|| {
            if cut {
                self.log_cut();
            }
            self.log_end(head);
        });
    }
}

/// Whether the connection sends the body of such an answer (RFC 9110 §6.4.1).
fn has_body(method: &Method, status: StatusCode) -> bool {
    let never = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    method != Method::HEAD && !never && !status.is_informational()
}

/// Seconds with six decimals, `0.000123`.
fn process_time(elapsed: Duration) -> HeaderValue {
    let (mut seconds, mut micros) = (itoa::Buffer::new(), itoa::Buffer::new());
    // The digit in front keeps the zeros behind it.
    let micros = micros.format(1_000_000 + elapsed.subsec_micros());
    let text = [seconds.format(elapsed.as_secs()), ".", &micros[1..]].concat();
    HeaderValue::try_from(text).expect("digits and a point are a header value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_duration_is_a_decimal_number_of_seconds() {
        for (elapsed, text) in [
            (Duration::ZERO, "0.000000"),
            (Duration::from_nanos(123_456), "0.000123"),
            (Duration::MAX, "18446744073709551615.999999"),
        ] {
            assert_eq!(process_time(elapsed), text);
        }
    }
}
