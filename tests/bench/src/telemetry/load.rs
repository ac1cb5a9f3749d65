//! Requests on several connections at once, as fast as they are answered.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, interval};

use crate::connection::{Connection, Timed};

/// Connections in use at once: enough that the server never waits for the client.
const CONNECTIONS: usize = 16;

/// What every server is asked for.
const PATH: &str = "/products/7";

/// Keep-alive connections to one server.
pub(super) struct Load {
    connections: Vec<Connection>,
}

impl Load {
    pub(super) async fn open(address: SocketAddr) -> Self {
        let connections = (0..CONNECTIONS).map(|_| Connection::open(address));
        Self {
            connections: join_all(connections).await,
        }
    }

    /// Sends this many requests and says how long the slowest hundredth of them took at least.
    ///
    /// # Panics
    /// When one is answered otherwise than with 200.
    pub(super) async fn send(&mut self, requests: usize) -> Duration {
        let each = requests / CONNECTIONS;
        let senders = self.connections.iter_mut().map(|connection| async move {
            let mut took = Vec::with_capacity(each);
            for _ in 0..each {
                took.push(connection.get(PATH).await.elapsed);
            }
            took
        });
        let mut took = join_all(senders).await.concat();
        took.sort_unstable();
        took[took.len() * 99 / 100]
    }

    /// Like [`Load::send`], with `beside` going on all the while.
    pub(super) async fn send_beside(
        &mut self,
        requests: usize,
        beside: impl Future<Output = Infallible>,
    ) -> Duration {
        tokio::select! {
            took = self.send(requests) => took,
            never = beside => match never {},
        }
    }
}

/// Scrapes again and again, and hands every answer to `note`.
pub(super) async fn scrape(
    address: SocketAddr,
    pause: Duration,
    mut note: impl FnMut(Timed),
) -> Infallible {
    let mut connection = Connection::open(address).await;
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        note(connection.get("/metrics").await);
    }
}
