//! `products smoke-test`: tries a running service from outside, for `helm test` and deploy scripts.
//!
//! It needs no configuration and no tool but this executable. What it did is printed step by step;
//! the first step that fails ends it. The product that it creates is deleted again, whatever happens.

mod address;
mod answer;
mod api;
mod cache;
mod line;
mod metrics;
mod request;
mod sample;
mod scrape;
mod step;
mod token;

use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use hyper::header::HeaderValue;
use server::signalled;
use tokio::{runtime::Builder, select};

use self::{
    address::{BaseUrl, Url},
    answer::Answer,
    line::Line,
    request::Request,
    sample::Sample,
    step::{step, until},
};
use crate::config::parse_duration;

/// The longest `--wait`.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Check {
    /// Create, read, replace, patch, find and delete a product, conditional requests included
    Api(Target),
    /// See reads come from the cache, and never be older than a write
    Cache(Target),
    /// See requests counted, and the metrics there that operators need
    Metrics(Scraped),
}

/// Which service, and where its metrics are.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Scraped {
    #[command(flatten)]
    target: Target,

    /// Where metrics are scraped, such as http://products:9000/metrics
    #[arg(long, value_name = "URL")]
    metrics_url: Url,
}

/// Which service, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Target {
    /// Where the API is: http://HOST[:PORT]
    #[arg(long, value_name = "URL")]
    url: BaseUrl,

    /// Longest wait for the service to be ready, and for what shows only after a while
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_wait)]
    wait: Duration,

    /// File with nothing but a token, sent as `Authorization: Bearer TOKEN`
    #[arg(long, value_name = "FILE", value_parser = token::read)]
    token_file: Option<HeaderValue>,
}

impl Target {
    fn line(&self) -> Line {
        self.line_to(&self.url)
    }

    fn line_to(&self, url: &BaseUrl) -> Line {
        Line::new(url.clone(), self.token_file.clone())
    }

    /// The API answers from its database. Its readiness proper may be told on another port only.
    async fn await_ready(&self, line: &mut Line) -> anyhow::Result<Answer> {
        step(
            "ready",
            until(self.wait, async || {
                line.send(Request::get("/products?limit=1"))
                    .await?
                    .expect_status(200)
            }),
        )
        .await
    }
}

/// Runs a check to its end; a signal ends it before.
///
/// # Errors
/// The first step that failed: what was asked, what was expected and what came.
pub fn run(check: &Check) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(carry_out(check));
    // A look-up of a name that hangs is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn carry_out(check: &Check) -> anyhow::Result<()> {
    let mut sample = Sample::new();
    let (Check::Api(target) | Check::Cache(target) | Check::Metrics(Scraped { target, .. })) =
        check;
    let outcome = {
        let work = async {
            match check {
                Check::Api(target) => api::check(target, &mut sample).await,
                Check::Cache(target) => cache::check(target, &mut sample).await,
                Check::Metrics(scraped) => metrics::check(scraped).await,
            }
        };
        select! {
            outcome = work => outcome,
            signal = signalled() => Err(anyhow!("stopped by {}", signal?)),
        }
    };
    if outcome.is_err() {
        sample.clear_away(&mut target.line()).await;
    }
    outcome
}

fn parse_wait(text: &str) -> Result<Duration, String> {
    parse_duration(text, &(Duration::ZERO..=LONGEST))
        .map_err(|flaw| format!("{}; {}", flaw.problem, flaw.remedy))
}
