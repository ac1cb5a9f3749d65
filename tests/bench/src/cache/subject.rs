//! A server, and what its answers cost it.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use e2e::{Answer, Launch, Service, Store};
use servers::{Postgres, Redis, poll_until};

use super::{ROUNDS, bare, client::Client, place::Place, tally::Tally};
use crate::{
    child::Child,
    connection::Connection,
    filling,
    processor::{self, Apart},
    sample::Sample,
};

/// Longest wait until what was read is in Redis, too.
const FILL_DEADLINE: Duration = Duration::from_secs(60);

/// One of the servers that are compared.
pub(super) struct Subject {
    server: Server,
    /// The server's processor time for an answer.
    pub(super) cost: Sample,
    /// From one answer to the next, of all connections together.
    pub(super) interval: Sample,
}

enum Server {
    Bare(Child),
    Service(Box<Service>, Place),
}

impl Subject {
    /// Poem with nothing around it, which gives `answer`.
    pub(super) async fn bare(answer: &Answer, apart: &Apart) -> Self {
        let child = bare::start(answer, apart.servers);
        Self::new(Server::Bare(child))
    }

    /// The service, whose answers are found where `place` says.
    pub(super) async fn service(
        place: Place,
        apart: &Apart,
        postgres: &Postgres,
        redis: &Redis,
    ) -> Self {
        let store = if place.is_shared() {
            Store::Postgres(Box::new(postgres.database()))
        } else {
            Store::Sqlite
        };
        // What is created while there is a Redis is stored there at once.
        let mut service = Launch::new().processor(apart.servers).on(&store).await;
        let mut connection = Connection::open(service.address()).await;
        filling::fill(&mut connection, place.products()).await;
        service.restart_as(launch(place, apart, redis)).await;
        if place.is_hit() {
            let mut client = Client::open(service.address()).await;
            client.read(&place.ids(0), None).await;
        }
        Self::new(Server::Service(Box::new(service), place))
    }

    fn new(server: Server) -> Self {
        Self {
            server,
            cost: Sample::default(),
            interval: Sample::default(),
        }
    }

    /// Its answer for one of its products.
    pub(super) async fn answer(&self) -> Answer {
        let mut connection = Connection::open(self.server.address()).await;
        connection.get("/products/7").await.answer
    }

    /// Reads once more, and records what that took unless it is the first time: there are pools to
    /// fill and tables to grow.
    ///
    /// # Panics
    /// When an answer was not found where it should be, as the server says or as it counts.
    pub(super) async fn take_turn(&mut self, round: usize) {
        let place = self.server.place();
        let ids = place.ids(round);
        // Connections that were idle for long are closed.
        let mut client = Client::open(self.server.address()).await;
        let before = self.server.tally().await;
        let (begun, spent) = (Instant::now(), self.server.processor_time());
        client.read(&ids, Some(place.source())).await;
        let (elapsed, spent) = (begun.elapsed(), self.server.processor_time() - spent);
        self.server.check(before).await;
        if round > 0 {
            self.cost.push(spent / ids.len() as u32);
            self.interval.push(elapsed / ids.len() as u32);
        }
    }

    /// Reads what was found last a second time.
    ///
    /// # Panics
    /// When it is not in a cache by now.
    pub(super) async fn read_again(&self) {
        let ids = self.server.place().ids(ROUNDS);
        let mut client = Client::open(self.server.address()).await;
        client.read(&ids, Some("hit")).await;
    }
}

/// With its defaults, but for what a busy machine or a slow one would make of the bounds.
fn launch(place: Place, apart: &Apart, redis: &Redis) -> Launch {
    let launch = Launch::new()
        .processor(apart.servers)
        .set("cache.ttl_default", "1h")
        .set("cache.operation_timeout", "5s");
    let launch = if place.is_shared() {
        launch.variable("REDIS_URL", &redis.url())
    } else {
        launch
    };
    match place {
        Place::Redis => launch.set("cache.local", "off"),
        _ => launch,
    }
}

impl Server {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Bare(child) => child.address(),
            Self::Service(service, _) => service.address(),
        }
    }

    fn processor_time(&self) -> Duration {
        match self {
            Self::Bare(child) => child.processor_time(),
            Self::Service(service, _) => processor::time_of(service.id()),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Bare(_) => Place::Process,
            Self::Service(_, place) => *place,
        }
    }

    /// What the service counts; nothing for one that does not count.
    async fn tally(&self) -> Tally {
        match self {
            Self::Bare(_) => Tally::default(),
            Self::Service(service, _) => {
                service.forget_output();
                Tally::of(&service.client().get("/metrics").await.expect(200).body)
            }
        }
    }

    /// Waits until the service has counted one turn since `before`.
    async fn check(&self, before: Tally) {
        let Self::Service(_, place) = self else {
            return;
        };
        let expected = place.tally();
        // What was read is stored in Redis after the answer.
        poll_until("the turn to be counted", FILL_DEADLINE, || async {
            let counted = self.tally().await - before;
            if counted == expected {
                Ok(())
            } else {
                Err((counted, expected))
            }
        })
        .await;
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Server::Bare(_) => f.write_str("bare poem"),
            Server::Service(_, place) => place.fmt(f),
        }
    }
}
