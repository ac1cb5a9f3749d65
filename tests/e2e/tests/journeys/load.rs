//! The load test against the service it is made for.

mod comparison;
mod crud;
mod levels;
mod outage;
mod stop;
mod totals;

use e2e::{Client, Service};
use servers::{Scrape, poll_until};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(30);

/// What the service has counted so far.
async fn scrape(service: &Service) -> Scrape {
    let answer = service.management().get("/metrics").await.expect(200);
    Scrape::parse(&answer.body)
}

/// Waits until the service has answered the list so many times: a run is well under way.
async fn await_answers(api: &Client, answers: f64) {
    let series = "http_requests_total{endpoint=\"/products\",method=\"GET\",status_code=\"200\"}";
    poll_until("answers", DEADLINE, || async {
        let found = api.metric(series).await;
        if found >= answers { Ok(()) } else { Err(found) }
    })
    .await;
}
