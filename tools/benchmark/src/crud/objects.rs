//! The objects of one user.

use std::collections::VecDeque;

use fastrand::Rng;
use indexmap::IndexMap;

/// How many deleted objects are remembered, to see that they stay deleted.
const GRAVES: usize = 16;

/// What is known of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// The last segment of its path.
    pub(super) id: String,
    /// The number from which the template makes what it must look like.
    pub(super) number: u64,
}

/// What a user created, by what became of it.
#[derive(Debug, Default)]
pub(super) struct Objects {
    live: IndexMap<String, u64>,
    deleted: VecDeque<Object>,
    doubtful: Vec<String>,
}

impl Objects {
    /// Says that `object` is there and what it looks like.
    pub(super) fn put(&mut self, object: Object) {
        self.deleted.retain(|deleted| deleted.id != object.id);
        self.live.insert(object.id, object.number);
    }

    /// Says that the object was deleted.
    pub(super) fn delete(&mut self, id: &str) {
        if let Some((id, number)) = self.live.swap_remove_entry(id) {
            self.deleted.push_back(Object { id, number });
        }
        if self.deleted.len() > GRAVES {
            self.deleted.pop_front();
        }
    }

    /// Says that nobody knows what the object looks like, or whether it is there.
    pub(super) fn doubt(&mut self, id: &str) {
        self.live.swap_remove(id);
        self.deleted.retain(|deleted| deleted.id != id);
        self.doubtful.push(id.to_owned());
    }

    /// Forgets that the object was deleted.
    pub(super) fn bury(&mut self, id: &str) {
        self.deleted.retain(|deleted| deleted.id != id);
    }

    /// One that is there.
    pub(super) fn any_live(&self, rng: &mut Rng) -> Option<Object> {
        let at = rng.usize(0..self.live.len().max(1));
        let (id, number) = self.live.get_index(at)?;
        Some(Object {
            id: id.clone(),
            number: *number,
        })
    }

    /// One that was deleted not long ago.
    pub(super) fn any_deleted(&self, rng: &mut Rng) -> Option<Object> {
        let at = rng.usize(0..self.deleted.len().max(1));
        self.deleted.get(at).cloned()
    }

    /// The number of one that is there.
    pub(super) fn live(&self, id: &str) -> Option<u64> {
        self.live.get(id).copied()
    }

    /// The number of one that was deleted.
    pub(super) fn deleted(&self, id: &str) -> Option<u64> {
        let found = self.deleted.iter().find(|deleted| deleted.id == id);
        found.map(|deleted| deleted.number)
    }

    /// All that are there.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.live.keys().map(String::as_str)
    }

    /// All that are there, or may be.
    pub(super) fn leftovers(self) -> impl Iterator<Item = String> {
        self.live.into_keys().chain(self.doubtful)
    }
}
