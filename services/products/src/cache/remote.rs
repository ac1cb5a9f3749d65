//! The tier that all replicas share, whatever it is made of.

use std::{fmt::Display, future::Future, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::entry::{Entry, Id, Kept};

/// What is to be stored under a key, and for how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The key.
    pub id: Id,
    /// Its newest state.
    pub entry: Arc<Entry>,
    /// How long the shared tier may keep it.
    pub lifetime: Duration,
    /// By when its content has to be there: after this, what would forbid it may have expired.
    pub by: Instant,
}

/// What is heard on the channel of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// From here on everything is heard; what was told before may have been missed.
    Subscribed,
    /// A key has this version now, or a newer one.
    Changed {
        /// The key.
        id: Id,
        /// Its version.
        version: i64,
    },
    /// One of this replica's own heartbeats has come back.
    Beat(u64),
    /// Nothing is heard any more, until [`Event::Subscribed`].
    Lost,
}

/// A store that compares versions, with a channel on which its changes are told.
///
/// Operations have no bound of their own: whoever calls them gives up after a while, and does not
/// know then whether they took effect.
pub trait Remote: Send + Sync + 'static {
    /// Why an operation failed, for the log.
    type Error: Display + Send;

    /// What is stored under a key, and for how much longer.
    fn get(&self, id: Id) -> impl Future<Output = Result<Option<Kept>, Self::Error>> + Send;

    /// Stores what was read elsewhere. It is taken where there is nothing, something of a lower
    /// version, or of the same one that is [unknown](super::State::Unknown), and by [`Change::by`],
    /// however long it was on its way.
    fn offer(&self, change: &Change) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Stores what was written, by the same rule, and tells all who listen, taken or not. After
    /// [`Change::by`] it is stored as unknown.
    fn publish(&self, changes: &[Change]) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Sends a heartbeat down the channel of changes, behind what was told there before.
    fn beat(&self, number: u64) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Listens for ever, connecting again and again; `hear` is called in the order of what happens.
    fn listen(&self, hear: impl FnMut(Event) + Send) -> impl Future<Output = ()> + Send;
}
