//! How long an outage of the database is felt, and how fast the service tells of its health meanwhile.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Account, Exchange, Launch, Outage, Service, Store};
use servers::{Postgres, Proxy};
use tokio::select;
use tokio::time::{Instant, sleep_until};

use crate::{connection::Connection, filling, sample::Sample, table::Table};

/// How often each health route is asked.
const PACE: Duration = Duration::from_millis(20);

/// How often this program looks whether it is late itself.
const TICK: Duration = Duration::from_millis(1);

/// Has services on one port and on two see each outage, and prints how long what took.
///
/// # Errors
/// When PostgreSQL or a proxy cannot be started.
///
/// # Panics
/// When the service does not notice an outage, does not recover, or leaves a request unanswered.
pub(crate) async fn run() -> Result<()> {
    let postgres = crate::postgres()?;
    let mut times = Table::new(&[
        "database",
        "ports",
        "not ready",
        "slowest refusal",
        "ready again",
        "all served",
        "last refusal",
        "bench late",
    ]);
    let mut health = Table::new(&[
        "health route",
        "database",
        "p99, 1 port",
        "slowest",
        "p99, 2 ports",
        "slowest",
    ]);
    for outage in Outage::ALL {
        let (one, late) = watch(&postgres, outage, 1).await?;
        let (two, late_with_two) = watch(&postgres, outage, 2).await?;
        times.row(told(outage, 1, &one, late));
        times.row(told(outage, 2, &two, late_with_two));
        let (one, two) = (answers_of_health(&one), answers_of_health(&two));
        for (route, one) in one.iter().filter(|_| outage.lasts()) {
            let cells =
                [one, &two[route]].map(|sample| [0.99, 1.0].map(|q| milliseconds(sample, q)));
            let [[p99, slowest], [p99_of_two, slowest_of_two]] = cells;
            let database = outage.to_string();
            health.row([
                route.clone(),
                database,
                p99,
                slowest,
                p99_of_two,
                slowest_of_two,
            ]);
        }
    }
    println!("outage, PostgreSQL: 64 clients, default settings\n{times}\n{health}");
    Ok(())
}

fn milliseconds(sample: &Sample, fraction: f64) -> String {
    format!("{:.2} ms", sample.quantile_ms(fraction))
}

/// What the clients saw, and how late this program was itself at most.
async fn watch(postgres: &Postgres, outage: Outage, ports: u32) -> Result<(Account, Duration)> {
    let proxy = Proxy::start(postgres.address()).context("start the proxy")?;
    let store = Store::through(&proxy, postgres.database());
    let service = start(&store, ports).await;
    let mut connection = Connection::open(service.address()).await;
    connection.create(filling::product(1)).await;
    let mut late = Duration::ZERO;
    let account = select! {
        account = outage.watch(&service, &proxy, PACE) => account,
        never = measure_lateness(&mut late) => match never {},
    };
    Ok((account, late))
}

/// The delay of what happens on this thread, which is in every measure.
async fn measure_lateness(late: &mut Duration) -> Infallible {
    loop {
        let due = Instant::now() + TICK;
        sleep_until(due).await;
        *late = due.elapsed().max(*late);
    }
}

async fn start(store: &Store, ports: u32) -> Service {
    match ports {
        1 => Launch::new().on(store).await,
        _ => Launch::new().on_two_ports(store).await,
    }
}

fn told(outage: Outage, ports: u32, account: &Account, late: Duration) -> [String; 8] {
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    let never = || "never".to_owned();
    [
        outage.to_string(),
        ports.to_string(),
        account.to_unready().map_or_else(never, seconds),
        seconds(account.slowest_refusal()),
        account.to_ready().map_or_else(never, seconds),
        seconds(account.to_served()),
        seconds(account.to_last_refusal()),
        format!("{:.2} ms", late.as_secs_f64() * 1e3),
    ]
}

/// How long each health route took while the database was away.
fn answers_of_health(account: &Account) -> BTreeMap<String, Sample> {
    let mut routes: BTreeMap<String, Sample> = BTreeMap::new();
    let during = |probe: &&Exchange| (account.began..account.ended).contains(&probe.sent);
    for probe in account.probes.iter().filter(during) {
        let answer = probe.answer.as_ref();
        let answer = answer.unwrap_or_else(|_| panic!("no answer: {probe:?}"));
        let sample = routes.entry(answer.request.clone()).or_default();
        sample.push(probe.took);
    }
    routes
}
