//! A shared tier under a prefix of its own, and what is heard of it.

use std::{
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use products::cache::{Change, Entry, Event, Id, RedisRemote, Remote};
use secrecy::SecretString;
use servers::{Redis, poll_until};
use tokio::{task::JoinHandle, time::Instant};

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// As long as the service waits for an operation.
const PATIENCE: Duration = Duration::from_millis(50);

/// A prefix that no other test has.
pub(crate) fn prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn remote(redis: &Redis) -> Arc<RedisRemote> {
    remote_at(&redis.url(), &prefix())
}

pub(crate) fn remote_at(url: &str, prefix: &str) -> Arc<RedisRemote> {
    Arc::new(RedisRemote::new(&SecretString::from(url), prefix).unwrap())
}

/// An object's change, with its version in the body.
pub(crate) fn present(id: Id, version: i64) -> Change {
    change(id, Entry::present(version, format!("{{\"v\":{version}}}")))
}

pub(crate) fn absent(id: Id, version: i64) -> Change {
    change(id, Entry::absent(version))
}

pub(crate) fn change(id: Id, entry: Arc<Entry>) -> Change {
    let lifetime = MINUTE;
    Change {
        id,
        entry,
        lifetime,
        by: Instant::now() + lifetime,
    }
}

/// What is stored, without its lifetime.
pub(crate) async fn stored(remote: &RedisRemote, id: Id) -> Option<Arc<Entry>> {
    remote.get(id).await.unwrap().map(|kept| kept.entry)
}

/// Whether an operation succeeds in as long as the service waits for it; why not, if not.
pub(crate) async fn in_time<T, E: ToString>(
    operation: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, operation).await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("nothing in time".to_owned()),
    }
}

/// Waits until a key can be read, each time no longer than the service would.
pub(crate) async fn await_answers(remote: &RedisRemote) {
    poll_until("answers", DEADLINE, || in_time(remote.get(0))).await;
}

/// Listens as long as it lives.
pub(crate) struct Ear {
    events: Arc<Mutex<Vec<Event>>>,
    listening: JoinHandle<()>,
}

impl Ear {
    /// Begins to listen, and waits until it hears.
    pub(crate) async fn open(remote: &Arc<RedisRemote>) -> Self {
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let heard = Arc::clone(&events);
        let remote = Arc::clone(remote);
        let listening = tokio::spawn(async move {
            remote
                .listen(|event| heard.lock().unwrap().push(event))
                .await;
        });
        let ear = Self { events, listening };
        ear.await_events("the subscription", |events| events == [Event::Subscribed])
            .await;
        ear
    }

    /// Waits until all that was heard is as wished.
    pub(crate) async fn await_events(&self, what: &str, wish: impl Fn(&[Event]) -> bool) {
        let heard = poll_until(what, DEADLINE, || {
            let events = self.heard();
            let wished = wish(&events);
            async move { if wished { Ok(()) } else { Err(Tail(events)) } }
        });
        heard.await;
    }

    /// Waits until exactly this has been heard.
    pub(crate) async fn await_exactly(&self, wanted: &[Event]) {
        self.await_events(&format!("{:?}", Tail(wanted.to_vec())), |events| {
            events == wanted
        })
        .await;
    }

    pub(crate) fn heard(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Events to be printed, the last ones of many.
struct Tail(Vec<Event>);

impl Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = self.0.len().saturating_sub(10);
        write!(f, "{} events, .. {:?}", self.0.len(), &self.0[last..])
    }
}
