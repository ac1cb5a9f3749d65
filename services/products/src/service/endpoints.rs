//! The two endpoints: what clients see, and what the people see who run the service.

use std::time::Duration;

use poem::{
    EndpointExt, Request, Route, get,
    http::{Method, StatusCode},
};
use server::{App, Limits, Operators, Origins, Problem, RouteTable, guard, guard_past, split};
use telemetry::{Http, RouteSpec};
use tokio_util::sync::CancellationToken;

use super::Service;
use crate::{api, config::Auth};

/// Statuses besides the documented successes whose series exist from the start.
const FAILURES: [u16; 3] = [500, 503, 504];
/// When a client that came before the database is told to come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) struct Endpoints {
    pub(super) api: App,
    /// For the management port; the same routes are part of `api` where there is none.
    pub(super) management: App,
}

/// The endpoints of `service`; products are answered for once it has `started`.
pub(super) fn build(service: &Service, started: &CancellationToken) -> anyhow::Result<Endpoints> {
    let one_port = service.config.server.management_port.is_none();
    let management = management(service)?;
    Ok(Endpoints {
        api: split(api(service, started)?, management.clone(), one_port),
        management,
    })
}

/// Correlation and measurement, then limits, then routes.
fn api(service: &Service, started: &CancellationToken) -> anyhow::Result<App> {
    let server = &service.config.server;
    let operations = api::operations();
    let table = RouteTable::new(
        operations
            .iter()
            .map(|(method, path, _)| (method.clone(), path)),
    )?;
    let limits = Limits::new(
        server.max_request_size,
        server.max_in_flight,
        server.request_timeout,
    )
    .cut_by(&service.lifecycle);
    let specs = operations
        .into_iter()
        .map(|(method, template, mut statuses)| {
            statuses.extend(FAILURES);
            RouteSpec {
                method,
                template,
                statuses,
                quiet: false,
            }
        });
    let http = Http::new(&service.metrics, specs)?
        .max_in_flight(server.max_in_flight)
        .trusted_proxies(server.trusted_proxies.clone());
    let origins = Origins::new(server.cors_origins.iter().cloned());
    let started = started.clone();
    let metrics = server.management_port.is_none() && service.config.metrics.enabled;
    let routes = api::routes(service.catalogue.clone(), metrics)
        .before(move |request| std::future::ready(admit(request, &started)));
    let known = api::known(service.catalogue.clone());
    let guarded = guard_past(known, routes, limits, table, &origins);
    Ok(App::new(guarded.with(http)))
}

fn admit(request: Request, started: &CancellationToken) -> poem::Result<Request> {
    let needs_database = request.uri().path().starts_with("/products");
    if needs_database && !started.is_cancelled() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .detail("The service is starting; it waits for its database.")
            .retry_after(RETRY_AFTER)
            .into());
    }
    Ok(request)
}

fn management(service: &Service) -> anyhow::Result<App> {
    let server = &service.config.server;
    let mut routes = Route::new().nest("/", service.health.routes());
    let mut operations: Vec<(Method, &str, Vec<u16>)> = health::Health::specs()
        .into_iter()
        .map(|(method, path, statuses)| (method, path, statuses.to_vec()))
        .collect();
    if service.config.metrics.enabled {
        routes = routes.at("/metrics", get(service.metrics.endpoint()));
        operations.push((Method::GET, "/metrics", vec![200]));
    }
    let change = service
        .log_level
        .change()
        .with(operators(&service.config.auth));
    routes = routes.at("/loglevel", get(service.log_level.show()).put(change));
    operations.push((Method::GET, "/loglevel", vec![200]));
    operations.push((Method::PUT, "/loglevel", vec![200]));
    let table = RouteTable::new(
        operations
            .iter()
            .map(|(method, path, _)| (method.clone(), *path)),
    )?;
    let lifecycle = &service.lifecycle;
    let limits =
        Limits::management(server.max_request_size, lifecycle.draining()).cut_by(lifecycle);
    let specs = operations
        .into_iter()
        .map(|(method, path, statuses)| RouteSpec {
            method,
            template: path.to_owned(),
            statuses,
            // Probes and scrapes; a change of the log is worth a line.
            quiet: path != "/loglevel",
        });
    let http = Http::new(&service.metrics, specs)?
        .management(true)
        .trusted_proxies(server.trusted_proxies.clone());
    Ok(App::new(
        guard(routes, limits, table, &Origins::default()).with(http),
    ))
}

/// Who may change the state of the running service.
fn operators(auth: &Auth) -> Operators {
    match &auth.management_tokens {
        Some(tokens) => Operators::with_tokens(tokens.clone()),
        None => Operators::local(Auth::MANAGEMENT_TOKEN_FILE),
    }
}
