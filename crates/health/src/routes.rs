//! The endpoints. Each answers from what is known already, in microseconds.

use poem::{
    IntoResponse, Response, Route,
    endpoint::make_sync,
    http::{Method, StatusCode, header},
    web::Json,
};
use serde::Serialize;

use crate::{
    Health,
    report::{Report, Summary},
    verdict::{Overall, not_ready},
};

/// How one endpoint answers.
type Answer = fn(&Health) -> Response;

struct Endpoint {
    path: &'static str,
    statuses: &'static [u16],
    answer: Answer,
}

const ENDPOINTS: [Endpoint; 8] = [
    Endpoint::new("/health", &[200], summary),
    Endpoint::new("/health/detailed", &[200, 503], detailed),
    Endpoint::new("/health/live", &[200, 503], live),
    Endpoint::new("/livez", &[200, 503], live),
    Endpoint::new("/health/ready", &[200, 503], ready),
    Endpoint::new("/readyz", &[200, 503], ready),
    Endpoint::new("/health/startup", &[200, 503], startup),
    Endpoint::new("/startupz", &[200, 503], startup),
];

impl Endpoint {
    const fn new(path: &'static str, statuses: &'static [u16], answer: Answer) -> Self {
        Self {
            path,
            statuses,
            answer,
        }
    }
}

pub(crate) fn specs() -> Vec<(Method, &'static str, &'static [u16])> {
    let spec = |endpoint: &Endpoint| (Method::GET, endpoint.path, endpoint.statuses);
    ENDPOINTS.iter().map(spec).collect()
}

pub(crate) fn build(health: &Health) -> Route {
    ENDPOINTS.iter().fold(Route::new(), |routes, endpoint| {
        let health = health.clone();
        let answer = endpoint.answer;
        routes.at(
            endpoint.path,
            poem::get(make_sync(move |_| answer(&health))),
        )
    })
}

fn respond(status: StatusCode, body: impl Serialize + Send) -> Response {
    Json(body)
        .with_status(status)
        .with_header(header::CACHE_CONTROL, "no-store")
        .into_response()
}

fn refuse(status: &'static str, reason: String) -> Response {
    respond(StatusCode::SERVICE_UNAVAILABLE, Refusal { status, reason })
}

/// Alive is whoever can say so, and whose runtime turns; what it depends on is another matter.
fn live(health: &Health) -> Response {
    if health.is_stalled() {
        return refuse("not alive", "event loop stalled".to_owned());
    }
    respond(StatusCode::OK, State { status: "alive" })
}

fn ready(health: &Health) -> Response {
    match not_ready(health) {
        None => respond(StatusCode::OK, State { status: "ready" }),
        Some(reason) => refuse("not ready", reason),
    }
}

fn startup(health: &Health) -> Response {
    let waiting_for = health.waiting_for();
    let (code, status) = if waiting_for.is_empty() {
        (StatusCode::OK, "started")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting")
    };
    respond(
        code,
        Startup {
            status,
            waiting_for,
        },
    )
}

fn summary(health: &Health) -> Response {
    let findings = health.look();
    respond(StatusCode::OK, Summary::of(health, &findings))
}

fn detailed(health: &Health) -> Response {
    let findings = health.look();
    let report = Report::of(health, &findings);
    let status = match report.status {
        Overall::Healthy => StatusCode::OK,
        Overall::Degraded | Overall::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    respond(status, report)
}

#[derive(Serialize)]
struct State {
    status: &'static str,
}

#[derive(Serialize)]
struct Refusal {
    status: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct Startup {
    status: &'static str,
    waiting_for: Vec<&'static str>,
}
