//! What is cached of a key: a finished answer, the knowledge that there is none, or only a version.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use poem::http::HeaderValue;

/// Names an object.
pub type Id = i64;

/// The version of something that was never written, or not that anybody here knows.
pub const NEVER: i64 = 0;

/// Nothing that was written has a lower version.
pub const FIRST: i64 = 1;

/// Above all versions: nothing is stored over it.
pub const LAST: i64 = i64::MAX;

/// An object at one version. Versions of an id rise with every change and never repeat, deletion and
/// re-creation included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Drawn by the change that made it so.
    pub version: i64,
    /// What it is at this version.
    pub state: State,
}

/// What an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There, and this is its answer.
    Present(Document),
    /// Gone, or never there.
    Absent,
    /// Not said here: who wants to know asks elsewhere. Nothing older is stored over it.
    Unknown,
}

/// An answer as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The finished body.
    pub body: Bytes,
    /// Its strong entity tag, which says the version.
    pub etag: HeaderValue,
}

impl Entry {
    /// An object that is there.
    pub fn present(version: i64, body: impl Into<Bytes>) -> Arc<Self> {
        let state = State::Present(Document {
            body: body.into(),
            etag: HeaderValue::try_from(entity_tag(version)).expect("digits are visible"),
        });
        Arc::new(Self { version, state })
    }

    /// An object that is gone since `version`, or has [never](NEVER) been there.
    pub fn absent(version: i64) -> Arc<Self> {
        let state = State::Absent;
        Arc::new(Self { version, state })
    }

    /// An object that has `version`, or a newer one.
    pub fn unknown(version: i64) -> Arc<Self> {
        let state = State::Unknown;
        Arc::new(Self { version, state })
    }

    /// Whether there is an object.
    pub fn is_present(&self) -> bool {
        matches!(self.state, State::Present(_))
    }

    /// Whether it says nothing but a version.
    pub fn is_unknown(&self) -> bool {
        self.state == State::Unknown
    }

    /// What it takes in memory, in bytes, about.
    pub(super) fn weight(&self) -> usize {
        /// Key, pointers and counters of the table that holds it: as measured with a full one.
        const OVERHEAD: usize = 500;
        /// What a document takes besides its bytes, likewise.
        const DOCUMENT: usize = 220;
        match &self.state {
            State::Present(document) => {
                OVERHEAD + DOCUMENT + document.body.len() + document.etag.len()
            }
            State::Absent | State::Unknown => OVERHEAD,
        }
    }
}

/// An entry, and for how long from now on it may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What is kept.
    pub entry: Arc<Entry>,
    /// For how long.
    pub lifetime: Duration,
}

/// The strong entity tag of a version.
pub fn entity_tag(version: i64) -> String {
    format!("\"{version}\"")
}
