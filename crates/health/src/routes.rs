//! The endpoints. Each answers from what is known already, in microseconds.

use std::collections::BTreeMap;

use chrono::{SecondsFormat, Utc};
use poem::{
    IntoResponse, Response, Route,
    endpoint::make_sync,
    http::{Method, StatusCode, header},
    web::Json,
};
use serde::Serialize;

use crate::{
    Health,
    check::Status,
    verdict::{Overall, not_ready},
};

/// How one endpoint answers.
type Answer = fn(&Health) -> Response;

struct Endpoint {
    path: &'static str,
    statuses: &'static [u16],
    answer: Answer,
}

const ENDPOINTS: [Endpoint; 7] = [
    Endpoint::new("/health", &[200], overall),
    Endpoint::new("/health/live", &[200], live),
    Endpoint::new("/livez", &[200], live),
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

/// Alive is whoever can say so; what it depends on is another matter.
fn live(_: &Health) -> Response {
    respond(StatusCode::OK, State { status: "alive" })
}

fn ready(health: &Health) -> Response {
    match not_ready(health) {
        None => respond(StatusCode::OK, State { status: "ready" }),
        Some(reason) => respond(
            StatusCode::SERVICE_UNAVAILABLE,
            NotReady {
                status: "not ready",
                reason,
            },
        ),
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

fn overall(health: &Health) -> Response {
    let checks = health.checks();
    let body = Whole {
        status: Overall::of(checks.iter().map(AsRef::as_ref)),
        timestamp: Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
        version: health.version(),
        checks: checks
            .iter()
            .map(|check| (check.name.as_str(), check.status()))
            .collect(),
    };
    respond(StatusCode::OK, body)
}

#[derive(Serialize)]
struct State {
    status: &'static str,
}

#[derive(Serialize)]
struct NotReady {
    status: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct Startup {
    status: &'static str,
    waiting_for: Vec<&'static str>,
}

#[derive(Serialize)]
struct Whole<'a> {
    status: Overall,
    timestamp: String,
    version: &'a str,
    checks: BTreeMap<&'a str, Status>,
}
