//! Many clients that ask all the while.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::{Answer, Connection};

/// A request: method, path and JSON text.
pub type Request = (Method, &'static str, &'static str);

/// Clients, each with a keep-alive connection of its own, that send the same requests in turn.
///
/// Nothing is sent twice, and what goes wrong is written down like any other answer. Dropping it
/// ends them.
#[derive(Debug)]
pub struct Crowd {
    seen: Arc<Mutex<Vec<Exchange>>>,
    stop: CancellationToken,
    clients: JoinSet<()>,
}

/// A request and what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Who sent it, from 0.
    pub client: usize,
    /// When that was.
    pub sent: Instant,
    /// How long it took, to the last byte of the answer.
    pub took: Duration,
    /// Whether it was sent on a new connection.
    pub fresh: bool,
    /// The answer, or why there is no whole one.
    pub answer: Result<Answer, String>,
}

impl Exchange {
    /// When it was over.
    pub fn ended(&self) -> Instant {
        self.sent + self.took
    }

    /// Status code, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|answer| answer.status)
    }

    /// Whether it is an answered GET of `path`.
    pub fn asks(&self, path: &str) -> bool {
        let asked = self.answer.as_ref().ok();
        asked.and_then(|answer| answer.request.strip_prefix("GET ")) == Some(path)
    }

    /// Whether it had a 2xx answer.
    pub fn succeeded(&self) -> bool {
        matches!(self.status(), Some(200..300))
    }
}

impl Crowd {
    /// Has `count` clients send `requests` to `address`, each once in a `pace`, or as often as it
    /// is answered.
    pub fn start(
        address: SocketAddr,
        requests: &'static [Request],
        count: usize,
        pace: Duration,
    ) -> Self {
        let seen = Arc::default();
        let stop = CancellationToken::new();
        let mut clients = JoinSet::new();
        for number in 0..count {
            let client = Client {
                number,
                address,
                connection: None,
                seen: Arc::clone(&seen),
            };
            // Neither all at once nor all the same.
            let delay = pace * number as u32 / count as u32;
            let requests = requests.iter().cycle().skip(number % requests.len());
            clients.spawn(client.ask(requests, delay, pace, stop.clone()));
        }
        Self {
            seen,
            stop,
            clients,
        }
    }

    /// Looks at what came of the requests so far, in the order of their ends.
    pub fn look<T>(&self, at: impl FnOnce(&[Exchange]) -> T) -> T {
        at(&self.seen.lock().expect("no holder of the lock panics"))
    }

    /// Waits until every client has its last answer, and gives what came of all requests.
    pub async fn leave(mut self) -> Vec<Exchange> {
        self.stop.cancel();
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("a client does not panic");
        }
        self.look(<[_]>::to_vec)
    }
}

struct Client {
    number: usize,
    address: SocketAddr,
    connection: Option<Connection>,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

impl Client {
    async fn ask(
        mut self,
        requests: impl Iterator<Item = &'static Request>,
        delay: Duration,
        pace: Duration,
        stop: CancellationToken,
    ) {
        let mut ticks = interval_at(tokio::time::Instant::now() + delay, pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for request in requests {
            if stop.run_until_cancelled(ticks.tick()).await.is_none() {
                return;
            }
            let exchange = self.exchange(request).await;
            let mut seen = self.seen.lock().expect("no holder of the lock panics");
            seen.push(exchange);
        }
    }

    async fn exchange(&mut self, request: &Request) -> Exchange {
        let sent = Instant::now();
        let usable = self.connection.take().filter(Connection::is_open);
        let fresh = usable.is_none();
        let answer = self.send(usable, request).await;
        Exchange {
            client: self.number,
            sent,
            took: sent.elapsed(),
            fresh,
            answer: answer.map_err(|error| format!("{error:#}")),
        }
    }

    async fn send(
        &mut self,
        connection: Option<Connection>,
        (method, path, json): &Request,
    ) -> anyhow::Result<Answer> {
        let mut connection = match connection {
            Some(connection) => connection,
            None => Connection::open(self.address).await?,
        };
        let answer = connection.send(method.clone(), path, *json).await?;
        self.connection = Some(connection);
        Ok(answer)
    }
}
