//! What telemetry costs: one look-up served with more and more of it, and what a scrape costs.

mod load;
mod observation;
mod variant;

use std::time::Duration;

use servers::Collector;

pub(crate) use self::variant::{Serve, serve};
use self::{load::Load, variant::Variant};
use crate::{child::Child, processor::Apart, sample::Sample, table::Table, turns};

const ROUNDS: usize = 30;

/// Requests to one server in one round: a second or less of its work.
const REQUESTS: usize = 20_000;

/// Far more eager than any monitoring system: the usual interval is 15 s.
const SCRAPE_INTERVAL: Duration = Duration::from_millis(100);

/// Prints what a request costs with more and more telemetry, what one observation costs, and what
/// being scraped costs.
///
/// # Panics
/// When a server answers otherwise than it should.
pub(crate) async fn run() {
    let apart = Apart::new();
    let collector = Collector::start().expect("a port is free");
    requests(&apart, &collector).await;
    scrapes(&apart, &collector).await;
    observation::run().await;
}

/// One server, the connections to it, and what its requests cost it.
struct Subject {
    variant: Variant,
    child: Child,
    load: Load,
    cost: Sample,
}

impl Subject {
    async fn start(variant: Variant, apart: &Apart, collector: &Collector) -> Self {
        let collector = collector.url();
        let arguments = ["serve", variant.name(), "--collector", &collector];
        let child = Child::start(&arguments, apart.servers);
        let load = Load::open(child.address()).await;
        Self {
            variant,
            child,
            load,
            cost: Sample::default(),
        }
    }

    async fn take_turn(&mut self) {
        let before = self.child.processor_time();
        self.load.send(REQUESTS).await;
        let spent = self.child.processor_time() - before;
        self.cost.push(spent / REQUESTS as u32);
    }
}

async fn requests(apart: &Apart, collector: &Collector) {
    let mut subjects = Vec::new();
    for variant in Variant::ALL {
        subjects.push(Subject::start(variant, apart, collector).await);
    }
    for round in 0..ROUNDS {
        for turn in turns::order(round, subjects.len()) {
            subjects[turn].take_turn().await;
        }
    }
    let cost = |variant| {
        let subject = subjects.iter().find(|subject| subject.variant == variant);
        &subject.expect("every variant was measured").cost
    };
    let mut table = Table::new(&["server", "CPU a request", "to the route", "to bare poem"]);
    for subject in &subjects {
        table.row([
            subject.variant.to_string(),
            format!("{:.2} µs", subject.cost.median_ms() * 1e3),
            subject.cost.over(cost(subject.variant.base())).to_string(),
            subject.cost.over(cost(Variant::Poem)).to_string(),
        ]);
    }
    println!("telemetry: {REQUESTS} requests a round, {ROUNDS} rounds\n{table}");
}

/// Rounds with and without somebody who scrapes all the time.
async fn scrapes(apart: &Apart, collector: &Collector) {
    let mut subject = Subject::start(Variant::Everything, apart, collector).await;
    let address = subject.child.address();
    let (mut scrape, mut text_bytes) = (Sample::default(), 0);
    let (mut quiet, mut scraped) = (Sample::default(), Sample::default());
    for round in 0..ROUNDS {
        let mut watched = round.count_ones() % 2 == 1;
        for _ in 0..2 {
            if watched {
                let scraping = load::scrape(address, SCRAPE_INTERVAL, |timed| {
                    text_bytes = timed.answer.body.len();
                    scrape.push(timed.elapsed);
                });
                scraped.push(subject.load.send_beside(REQUESTS, scraping).await);
            } else {
                quiet.push(subject.load.send(REQUESTS).await);
            }
            watched = !watched;
        }
    }
    let mut table = Table::new(&[
        "scrape",
        "its text",
        "p99 of requests",
        "p99 when scraped",
        "ratio",
    ]);
    table.row([
        format!("{:.2} ms", scrape.median_ms()),
        format!("{} kB", text_bytes / 1000),
        format!("{:.2} ms", quiet.median_ms()),
        format!("{:.2} ms", scraped.median_ms()),
        scraped.over(&quiet).to_string(),
    ]);
    println!("scrapes: one every {SCRAPE_INTERVAL:?}, {ROUNDS} rounds\n{table}");
}
