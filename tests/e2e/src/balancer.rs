//! A small load balancer, such as the clients of several instances have in front of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use reqwest::Method;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::{Answer, Connection, Service};

/// How long a connection may rest before it is given up: less than the service's own patience.
const REST: Duration = Duration::from_secs(5);

/// Sends requests in turn to the instances that say they are ready, and asks them all the while.
///
/// It keeps connections and uses them again, obeys `Connection: close`, and sends nothing twice:
/// whatever goes wrong is an error of the one who asked.
#[derive(Debug)]
pub struct Balancer {
    instances: Vec<Arc<Instance>>,
    turn: AtomicUsize,
    _looks: JoinSet<()>,
}

#[derive(Debug)]
struct Instance {
    api: SocketAddr,
    management: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ready: bool,
    answers: usize,
    idle: Vec<(Connection, Instant)>,
}

impl Balancer {
    /// Stands in front of `services`, which keep their ports, and looks every `pause` whether each
    /// of them is ready.
    ///
    /// # Panics
    /// When one has not told its addresses.
    pub fn start<'a>(services: impl IntoIterator<Item = &'a Service>, pause: Duration) -> Self {
        let instance = |service: &Service| {
            Arc::new(Instance {
                api: service.address(),
                management: service.management().address(),
                state: Mutex::default(),
            })
        };
        let instances: Vec<_> = services.into_iter().map(instance).collect();
        let mut looks = JoinSet::new();
        for instance in &instances {
            looks.spawn(Arc::clone(instance).keep_looking(pause));
        }
        Self {
            instances,
            turn: AtomicUsize::new(0),
            _looks: looks,
        }
    }

    /// Has the next instance answer a request, with JSON text as its body where there is one.
    ///
    /// # Errors
    /// When there is no whole answer, or nobody to ask.
    pub async fn send(&self, method: Method, path: &str, json: impl Into<Bytes>) -> Result<Answer> {
        let instance = self.next().context("no instance is ready")?;
        let mut connection = match instance.take() {
            Some(connection) => connection,
            None => Connection::open(instance.api).await?,
        };
        let answer = connection.send(method, path, json).await?;
        instance.give_back(connection);
        Ok(answer)
    }

    /// How many requests each instance has answered, in the order of the start.
    pub fn answers(&self) -> Vec<usize> {
        let answers = |instance: &Arc<Instance>| instance.state().answers;
        self.instances.iter().map(answers).collect()
    }

    fn next(&self) -> Option<&Instance> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.instances.len();
        (0..count)
            .map(|step| self.instances[(turn + step) % count].as_ref())
            .find(|instance| instance.state().ready)
    }
}

impl Instance {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the lock panics")
    }

    async fn keep_looking(self: Arc<Self>, pause: Duration) {
        let mut looks = interval(pause);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let ready = self.is_ready().await.unwrap_or(false);
            let mut state = self.state();
            state.ready = ready;
            if !ready {
                state.idle.clear();
            }
        }
    }

    /// Asks on a connection of its own, as an orchestrator does.
    async fn is_ready(&self) -> Result<bool> {
        let mut connection = Connection::open(self.management).await?;
        let answer = connection.send(Method::GET, "/health/ready", "").await?;
        Ok(answer.status == 200)
    }

    /// The connection that has rested for the shortest time, if that is not too long.
    fn take(&self) -> Option<Connection> {
        let mut state = self.state();
        while let Some((connection, since)) = state.idle.pop() {
            if since.elapsed() > REST {
                // The others have rested for longer.
                state.idle.clear();
            } else if connection.is_open() {
                return Some(connection);
            }
        }
        None
    }

    fn give_back(&self, connection: Connection) {
        let mut state = self.state();
        state.answers += 1;
        if state.ready && connection.is_open() {
            state.idle.push((connection, Instant::now()));
        }
    }
}
