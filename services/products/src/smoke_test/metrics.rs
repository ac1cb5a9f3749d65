//! Requests are counted, and the metrics are there that operators need.

use std::collections::HashMap;

use super::{Answer, Line, Request, Scraped, Target, Url, scrape::Scrape, step, until};

/// What alerts and dashboards look at first; all of it is there from the first scrape on.
const FAMILIES: [(&str, &str); 16] = [
    ("http_requests_total", "counter"),
    ("http_request_duration_seconds", "histogram"),
    ("inprogress_requests", "gauge"),
    ("http_max_inflight_requests", "gauge"),
    ("db_queries_total", "counter"),
    ("db_query_duration_seconds", "histogram"),
    ("db_pool_checked_out_connections", "gauge"),
    ("db_pool_max_connections", "gauge"),
    ("items_created_total", "counter"),
    ("health_ready", "gauge"),
    ("event_loop_stall_seconds", "histogram"),
    ("log_messages_total", "counter"),
    ("process_cpu_seconds_total", "counter"),
    ("process_resident_memory_bytes", "gauge"),
    (STARTED, "gauge"),
    ("build_info", "gauge"),
];

/// What Prometheus takes.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4";

/// What replicas differ in.
const STARTED: &str = "process_start_time_seconds";

const COUNTER: &str = "http_requests_total";

/// The labels of the requests that are sent here.
const LABELS: [(&str, &str); 3] = [
    ("method", "GET"),
    ("endpoint", "/products"),
    ("status_code", "200"),
];

/// Carries it out.
///
/// # Errors
/// The first step that failed.
pub(super) async fn check(scraped: &Scraped) -> anyhow::Result<()> {
    let (target, metrics) = (&scraped.target, &scraped.metrics_url);
    let scraper = &mut target.line_to(&metrics.base);
    target.await_ready(&mut target.line()).await?;
    let seen = until(target.wait, async || scrape(scraper, metrics).await);
    step("scrape", seen).await?;
    step("rise", rise(target, scraper, metrics)).await?;
    Ok(())
}

/// A scrape with all families in it.
async fn scrape(scraper: &mut Line, metrics: &Url) -> anyhow::Result<Answer> {
    let answer = scraper.send(Request::get(&metrics.path)).await?;
    let answer = answer.expect_status(200)?;
    let media_type = answer.header("Content-Type")?;
    if !media_type.starts_with(MEDIA_TYPE) {
        return Err(answer.unexpected(&format!("Content-Type: {MEDIA_TYPE}"), media_type));
    }
    let scrape = Scrape(&answer.body);
    let missing = FAMILIES.map(|(name, kind)| format!("# TYPE {name} {kind}"));
    match missing.iter().find(|line| !scrape.has(line)) {
        Some(line) => Err(answer.unexpected(&format!("the line {line}"), "none")),
        None => Ok(answer),
    }
}

/// Requests until one of them is seen in the count.
///
/// With several replicas the request and the scrape may meet two of them. Each request has a
/// connection of its own, the scrapes have one together, and only counts of one replica are compared.
async fn rise(target: &Target, scraper: &mut Line, metrics: &Url) -> anyhow::Result<String> {
    let mut first = HashMap::new();
    let labels = LABELS.map(|(label, value)| format!("{label}=\"{value}\""));
    let series = format!("{COUNTER}{{{}}}", labels.join(","));
    until(target.wait, async || {
        let request = Request::get("/products?limit=1");
        target.line().send(request).await?.expect_status(200)?;
        let answer = scrape(scraper, metrics).await?;
        let scrape = Scrape(&answer.body);
        let Some(count) = scrape.sum(COUNTER, &LABELS) else {
            return Err(answer.unexpected(&series, "none"));
        };
        let replica = scrape.sum(STARTED, &[]).map(f64::to_bits);
        let before = *first.entry(replica).or_insert(count);
        if count > before {
            return Ok(format!("{series} from {before} to {count}"));
        }
        let expected = format!("{series} to rise above {before}");
        Err(answer.unexpected(&expected, &count.to_string()))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_among_those_that_the_service_has() {
        let lists = [
            include_str!("../../../../crates/health/metrics.txt"),
            include_str!("../../../../crates/telemetry/metrics.txt"),
        ];
        for (name, kind) in FAMILIES {
            let wanted = format!("{name} {kind}");
            let mut lines = lists.iter().flat_map(|list| list.lines());

            assert!(lines.any(|line| line.starts_with(&wanted)), "{wanted}");
        }
    }
}
