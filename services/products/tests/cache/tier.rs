//! A shared tier that forgets, fails and comes back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use products::cache::{Change, Entry, Event, Id, Kept};
use tokio::{
    sync::mpsc::UnboundedSender,
    time::{Instant, sleep_until},
};

use crate::{dice::Dice, port, schedule::World, truth::Truth};

/// A clone is the same tier.
#[derive(Debug, Clone)]
pub(crate) struct Tier {
    dice: Dice,
    truth: Truth,
    world: World,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    stored: HashMap<Id, Stored>,
    snapshot: HashMap<Id, Stored>,
    listeners: Vec<Listener>,
}

#[derive(Debug, Clone)]
struct Stored {
    entry: Arc<Entry>,
    end: Instant,
}

/// A subscription: what is told arrives late, but in order.
#[derive(Debug)]
struct Listener {
    replica: u32,
    /// Nothing gets through any more, and nobody says so.
    deaf: bool,
    last: Instant,
    events: UnboundedSender<(Instant, Event)>,
}

impl Tier {
    pub(crate) fn new(dice: Dice, truth: Truth, world: World) -> Self {
        Self {
            dice,
            truth,
            world,
            state: Arc::default(),
        }
    }

    pub(crate) fn get(&self, id: Id) -> Option<Kept> {
        let now = Instant::now();
        let state = self.state.lock().unwrap();
        let stored = state.stored.get(&id).filter(|stored| now < stored.end)?;
        Some(Kept {
            entry: Arc::clone(&stored.entry),
            lifetime: stored.end - now,
        })
    }

    pub(crate) fn offer(&self, change: &Change) {
        if !self.is_late(change) {
            self.store(change);
        }
    }

    pub(crate) fn publish(&self, changes: &[Change]) {
        for change in changes {
            let Change { id, entry, .. } = change;
            self.tell(&Event::Changed {
                id: *id,
                version: entry.version,
            });
            self.truth
                .published(*id, entry.version, Instant::now() + change.lifetime);
        }
        for change in changes {
            let mut change = change.clone();
            if self.is_late(&change) {
                change.entry = Entry::unknown(change.entry.version);
            }
            self.store(&change);
        }
    }

    pub(crate) fn beat(&self, replica: u32, number: u64) {
        let mut state = self.state.lock().unwrap();
        let mine = state
            .listeners
            .iter_mut()
            .filter(|it| it.replica == replica);
        mine.for_each(|listener| listener.tell(&self.dice, Event::Beat(number)));
    }

    pub(crate) fn subscribe(&self, replica: u32, events: UnboundedSender<(Instant, Event)>) {
        let mut listener = Listener {
            replica,
            deaf: false,
            last: Instant::now(),
            events,
        };
        listener.tell(&self.dice, Event::Subscribed);
        self.state.lock().unwrap().listeners.push(listener);
    }

    /// Ends a replica's subscription.
    pub(crate) fn unsubscribe(&self, replica: u32) {
        let mut state = self.state.lock().unwrap();
        state
            .listeners
            .retain(|listener| listener.replica != replica);
    }

    /// Ends a replica's subscription without letting it know.
    pub(crate) fn deafen(&self, replica: u32) {
        let mut state = self.state.lock().unwrap();
        let listeners = state.listeners.iter_mut();
        let deaf = listeners.filter(|listener| listener.replica == replica);
        deaf.for_each(|listener| listener.deaf = true);
    }

    pub(crate) fn take_snapshot(&self) {
        let mut state = self.state.lock().unwrap();
        state.snapshot = state.stored.clone();
    }

    /// Comes back with nothing, or with what it once was.
    pub(crate) fn restart(&self, from_snapshot: bool) {
        let mut state = self.state.lock().unwrap();
        state.stored = match from_snapshot {
            true => state.snapshot.clone(),
            false => HashMap::new(),
        };
        state.listeners.clear();
        drop(state);
        self.truth.forget_publications();
    }

    /// Runs out of memory.
    pub(crate) fn evict(&self, id: Id) {
        self.state.lock().unwrap().stored.remove(&id);
        self.truth.forget_publications();
    }

    fn tell(&self, event: &Event) {
        let mut state = self.state.lock().unwrap();
        for listener in &mut state.listeners {
            listener.tell(&self.dice, *event);
        }
    }

    fn is_late(&self, change: &Change) -> bool {
        self.world.watches && change.by < Instant::now()
    }

    fn store(&self, change: &Change) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap();
        let held = state.stored.get(&change.id).filter(|held| now < held.end);
        let version = change.entry.version;
        let takes = held.is_none_or(|held| {
            let held = &held.entry;
            held.version < version || held.version == version && held.is_unknown()
        });
        if takes || !self.world.compares {
            let stored = Stored {
                entry: Arc::clone(&change.entry),
                end: now + change.lifetime,
            };
            state.stored.insert(change.id, stored);
        }
    }
}

impl Listener {
    fn tell(&mut self, dice: &Dice, event: Event) {
        let delay = if dice.once_in(20) {
            20 * port::SLOW
        } else {
            port::SLOW
        };
        self.last = self.last.max(Instant::now() + dice.time(delay));
        if self.deaf {
            return;
        }
        // Who does not listen any more misses it.
        let _ = self.events.send((self.last, event));
    }
}

/// Waits for the moment at which something arrives.
pub(crate) async fn arrival(at: Instant) {
    sleep_until(at).await;
}
