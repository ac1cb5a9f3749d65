//! Outages of the database, and what the clients of the service see of them.

use std::fmt;
use std::time::{Duration, Instant};

use reqwest::Method;
use servers::{Proxy, poll_until};

use crate::Service;
use crate::account::{Account, READINESS};
use crate::crowd::{Crowd, Exchange, Request};

/// Clients of the API.
const CLIENTS: usize = 64;

/// How often each of them asks.
const PACE: Duration = Duration::from_millis(200);

/// What they ask: the first product has to be there.
const PRODUCTS: [Request; 3] = [
    (
        Method::POST,
        "/products",
        r#"{"name":"Acknowledged","price":1,"amount":1}"#,
    ),
    (Method::GET, "/products/1", ""),
    (Method::GET, "/products?limit=5", ""),
];

/// What the service is asked about its health.
const PROBES: [Request; 8] = [
    (Method::GET, "/health", ""),
    (Method::GET, "/health/live", ""),
    (Method::GET, "/livez", ""),
    (Method::GET, READINESS, ""),
    (Method::GET, "/readyz", ""),
    (Method::GET, "/health/startup", ""),
    (Method::GET, "/startupz", ""),
    (Method::GET, "/health/detailed", ""),
];

/// Requests that each client has answered well after an outage before it is over.
const CALM: usize = 10;

/// Longest wait for a change that the clients see.
const DEADLINE: Duration = Duration::from_secs(60);

/// How a database is gone, behind a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Connections end, and new ones end at once.
    Cut,
    /// It takes everything and answers nothing; what it was sent it answers when it is back.
    Silent,
    /// It answers nothing, and what is back after a while knows nothing of the old connections.
    Lost,
    /// As [`Outage::Lost`], but for new connections it is back at once.
    Moved,
}

impl Outage {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cut, Self::Silent, Self::Lost, Self::Moved];

    /// Whether the database is away for long enough that all see it.
    pub fn lasts(self) -> bool {
        self != Self::Moved
    }

    /// Has the clients of a ready service see the outage of its database from before its
    /// beginning until all of them are served again. Its health is asked about every `pace`.
    ///
    /// # Panics
    /// When the service does not notice it, or does not recover.
    pub async fn watch(self, service: &Service, proxy: &Proxy, pace: Duration) -> Account {
        let api = service.address();
        let operators = service.management().address();
        let products = Crowd::start(api, &PRODUCTS, CLIENTS, PACE);
        let probes = Crowd::start(operators, &PROBES, PROBES.len(), pace);
        await_each(&products, "200 for all", 1, Exchange::succeeded).await;

        let began = Instant::now();
        self.begin(proxy);
        if self.lasts() {
            await_readiness(&probes, 503).await;
            await_each(&products, "503 for all", 1, is_refusal).await;
        }
        let ended = Instant::now();
        proxy.heal();
        await_readiness(&probes, 200).await;
        await_each(&products, "200 for all again", 1, Exchange::succeeded).await;
        let calm = Instant::now();
        await_each(&products, "200 as ever", CALM, Exchange::succeeded).await;
        Account {
            products: products.leave().await,
            probes: probes.leave().await,
            began,
            ended,
            calm,
        }
    }

    fn begin(self, proxy: &Proxy) {
        if matches!(self, Self::Lost | Self::Moved) {
            proxy.strand();
        }
        match self {
            Self::Cut => proxy.cut(),
            Self::Silent | Self::Lost => proxy.delay(Duration::from_secs(3600)),
            Self::Moved => {}
        }
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "cut",
            Self::Silent => "silent",
            Self::Lost => "lost, then replaced",
            Self::Moved => "replaced at once",
        })
    }
}

fn is_refusal(exchange: &Exchange) -> bool {
    exchange.status() == Some(503)
}

async fn await_readiness(probes: &Crowd, status: u16) {
    let since = Instant::now();
    poll_until(&format!("readiness {status}"), DEADLINE, || async {
        probes.look(|seen| {
            let last = seen.iter().rev().find(|probe| probe.asks(READINESS));
            match last {
                Some(last) if last.sent > since && last.status() == Some(status) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
    })
    .await;
}

/// Waits until each client has so many requests, sent from now on, that ended as `wanted`.
async fn await_each(crowd: &Crowd, what: &str, times: usize, wanted: fn(&Exchange) -> bool) {
    let since = Instant::now();
    poll_until(what, DEADLINE, || async {
        crowd.look(|seen| {
            let mut found = [0; CLIENTS];
            for exchange in seen.iter().filter(|exchange| exchange.sent > since) {
                found[exchange.client] += usize::from(wanted(exchange));
            }
            if found.iter().all(|&found| found >= times) {
                Ok(())
            } else {
                Err(format!("{found:?} {:?}", seen.last()))
            }
        })
    })
    .await;
}
