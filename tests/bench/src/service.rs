//! How much the whole service answers, as it is shipped: `benchmark` asks it from another processor.

mod program;
mod request;

use std::time::Duration;

use anyhow::Result;
use benchmark::results::EndpointResult;
use e2e::{Launch, Service, Store};

use self::{program::Program, request::Request};
use crate::{
    connection::Connection, filling, processor::Apart, sample::Sample, table::Table, turns,
};

/// An odd number: the median is then what one of the rounds measured.
const ROUNDS: usize = 9;

/// How long one request is sent to one service in one round.
const TURN: Duration = Duration::from_millis(1500);

/// Connections, each of which sends as soon as it has its last answer.
const USERS: u32 = 16;

/// Products that are there before anything is measured.
const PRODUCTS: u32 = 1_000;

/// Prints how much the service answers on each database, and writes a report of a run on SQLite.
///
/// # Errors
/// When the programs that it needs are missing.
///
/// # Panics
/// When a request fails.
pub(crate) async fn run() -> Result<()> {
    let program = Program::named()?;
    let apart = Apart::new();
    let postgres = apart.among_servers(crate::postgres)?;
    let mut subjects = Vec::new();
    for store in crate::stores(&postgres) {
        subjects.push(Subject::start(store, &apart).await);
    }
    let turns = subjects.len() * Request::ALL.len();
    for round in 0..ROUNDS {
        for turn in turns::order(round, turns) {
            let request = turn / subjects.len();
            let subject = turn % subjects.len();
            subjects[subject].take_turn(&program, request);
        }
    }
    for subject in &subjects {
        subject.print();
    }
    let sqlite = &subjects[0].service;
    sqlite.forget_output();
    program.report(sqlite.address());
    Ok(())
}

/// The service on one database, and what came of each request to it.
struct Subject {
    store: Store,
    service: Service,
    outcomes: [Outcome; Request::ALL.len()],
}

/// What came of one request, round by round.
#[derive(Default)]
struct Outcome {
    /// From one answer to the next, of all users together.
    interval: Sample,
    p50: Sample,
    p99: Sample,
}

impl Subject {
    async fn start(store: Store, apart: &Apart) -> Self {
        let service = Launch::new().processor(apart.servers).on(&store).await;
        let mut connection = Connection::open(service.address()).await;
        filling::fill(&mut connection, PRODUCTS).await;
        Self {
            store,
            service,
            outcomes: Default::default(),
        }
    }

    /// Has one of [`Request::ALL`] sent for a while.
    fn take_turn(&mut self, program: &Program, request: usize) {
        self.service.forget_output();
        let result = program.measure(self.service.address(), Request::ALL[request]);
        self.outcomes[request].push(&result);
    }

    fn print(&self) {
        let mut table = Table::new(&["request", "a second", "p50", "p99", "time to liveness"]);
        let [.., liveness] = &self.outcomes;
        for (request, outcome) in Request::ALL.iter().zip(&self.outcomes) {
            table.row([
                request.to_string(),
                format!("{:.0}", 1e3 / outcome.interval.median_ms()),
                format!("{:.2} ms", outcome.p50.median_ms()),
                format!("{:.2} ms", outcome.p99.median_ms()),
                outcome.interval.over(&liveness.interval).to_string(),
            ]);
        }
        let store = &self.store;
        println!("service, {store}: {USERS} users, {ROUNDS} rounds of {TURN:?}\n{table}");
    }
}

impl Outcome {
    fn push(&mut self, result: &EndpointResult) {
        let seconds = Duration::from_secs_f64;
        self.interval
            .push(seconds(result.requests_per_second.recip()));
        self.p50.push(seconds(result.p50_response_time));
        self.p99.push(seconds(result.p99_response_time));
    }
}
