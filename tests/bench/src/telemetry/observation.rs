//! What recording costs, without a server around it.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use poem::{
    Endpoint, EndpointExt, Request, Response, Route,
    endpoint::make_sync,
    http::{Method, uri::Uri},
};
use telemetry::{Http, Metrics, MetricsSettings, RouteSpec};

use crate::{sample::Sample, table::Table};

const ROUNDS: usize = 50;

/// Repetitions in one round: some milliseconds.
const REPETITIONS: u32 = 20_000;

/// Prints what an observation costs whose handles are known, and what the whole middleware adds
/// to an endpoint that does nothing, with the access log filtered out.
pub(super) async fn run() {
    let metrics = Metrics::new(&MetricsSettings::default()).expect("the defaults are valid");
    let (bare, measured) = (routes(), routes().with(http(&metrics)));
    let (mut observation, mut endpoint, mut middleware) =
        (Sample::default(), Sample::default(), Sample::default());
    let observe = observer(&metrics);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        (0..REPETITIONS).for_each(|_| observe());
        observation.push(begin.elapsed() / REPETITIONS);
        endpoint.push(call(&bare).await);
        middleware.push(call(&measured).await);
    }
    let nanoseconds = |sample: &Sample| sample.median_ms() * 1e6;
    let mut table = Table::new(&["counter and histogram", "the whole middleware"]);
    table.row([
        format!("{:.0} ns", nanoseconds(&observation)),
        format!(
            "{:.0} ns",
            nanoseconds(&middleware) - nanoseconds(&endpoint)
        ),
    ]);
    println!("recording: {REPETITIONS} times a round, {ROUNDS} rounds\n{table}");
}

/// What is recorded of a request once its handles are found.
fn observer(metrics: &Metrics) -> impl Fn() {
    let registry = metrics.registry();
    let counter = registry.counter("bench_total", "Observations.");
    let bounds = MetricsSettings::default().duration_buckets;
    let histogram = registry.histogram("bench_seconds", "Observations.", &bounds);
    let (counter, histogram) = counter
        .and_then(|counter| Ok((counter, histogram?)))
        .expect("the names are valid and free");
    move || {
        counter.inc();
        histogram.observe(black_box(0.0012));
    }
}

fn routes() -> Route {
    let nothing = make_sync(|_| Response::default());
    Route::new().at("/products/:product_id", poem::get(nothing))
}

fn http(metrics: &Metrics) -> Http {
    let spec = RouteSpec {
        method: Method::GET,
        template: "/products/{product_id}".to_owned(),
        statuses: vec![200],
        quiet: false,
    };
    Http::new(metrics, [spec]).expect("the template is valid")
}

/// How long one call takes, request and response made and dropped.
async fn call(endpoint: &impl Endpoint<Output = Response>) -> Duration {
    let begin = Instant::now();
    for _ in 0..REPETITIONS {
        let request = Request::builder()
            .uri(Uri::from_static("/products/7"))
            .finish();
        black_box(endpoint.get_response(request).await);
    }
    begin.elapsed() / REPETITIONS
}
