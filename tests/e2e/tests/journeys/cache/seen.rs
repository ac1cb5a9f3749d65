//! What many clients of two replicas saw and did, and what to think of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A request that was answered.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) replica: usize,
    pub(super) id: u64,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    pub(super) deed: Deed,
    /// The product's name in the answer. No two writes give the same.
    pub(super) name: Option<String>,
}

/// What it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A read that showed this version, or that there is none.
    Read(Option<u64>),
    /// A write that made this version. One in a batch is told no version.
    Wrote(Option<u64>),
    /// The deletion of this version.
    Deleted(u64),
}

impl Note {
    pub(super) fn is_read(&self) -> bool {
        matches!(self.deed, Deed::Read(_))
    }
}

/// Where a state of a product is in the order of all its states: at a version, or after its deletion
/// and before the next version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    version: u64,
    gone: bool,
}

/// A write with its place, acknowledged when the note ended.
type Write<'a> = (Place, &'a Note);

/// All that was written, by id.
#[derive(Debug)]
pub(super) struct History<'a>(HashMap<u64, Vec<Write<'a>>>);

impl<'a> History<'a> {
    /// # Panics
    /// When a version had two names.
    pub(super) fn new(notes: &'a [Note]) -> Self {
        let versions = versions(notes);
        let mut writes: HashMap<u64, Vec<Write<'_>>> = HashMap::new();
        for note in notes {
            let version = match note.deed {
                Deed::Read(_) => continue,
                Deed::Deleted(version) | Deed::Wrote(Some(version)) => Some(version),
                Deed::Wrote(None) => {
                    let name = note.name.as_deref().unwrap_or_default();
                    versions.get(&(note.id, name)).copied()
                }
            };
            // What nobody has ever read has no place that anybody knows.
            if let Some(version) = version {
                let gone = matches!(note.deed, Deed::Deleted(_));
                let write = (Place { version, gone }, note);
                writes.entry(note.id).or_default().push(write);
            }
        }
        Self(writes)
    }

    /// A write that the replica which took it had acknowledged before this read of it began, and
    /// that the read does not show.
    ///
    /// # Panics
    /// When it shows the absence of what nobody had deleted.
    pub(super) fn forgotten(&self, read: &Note) -> Option<&'a Note> {
        let mut missed = self.missed(read);
        missed.find(|write| write.replica == read.replica)
    }

    /// How long before this read began the first write was acknowledged, by any replica, that it
    /// does not show.
    ///
    /// # Panics
    /// As [`History::forgotten`].
    pub(super) fn lag(&self, read: &Note) -> Duration {
        let first = self.missed(read).map(|write| write.ended).min();
        first.map_or(Duration::ZERO, |first| read.began - first)
    }

    /// The writes that were acknowledged before `read` began, and are newer than what it shows.
    fn missed(&self, read: &Note) -> impl Iterator<Item = &'a Note> {
        let shown = self.shown(read);
        let writes = self.writes(read.id).iter();
        let missed =
            writes.filter(move |(place, write)| *place > shown && write.ended <= read.began);
        missed.map(|(_, write)| *write)
    }

    /// The newest state that `read` can have shown.
    fn shown(&self, read: &Note) -> Place {
        let version = match read.deed {
            Deed::Read(version) => version,
            _ => unreachable!("{read:?} is no read"),
        };
        if let Some(version) = version {
            let gone = false;
            return Place { version, gone };
        }
        let deletions = self.writes(read.id).iter();
        let begun = deletions.filter(|(place, write)| place.gone && write.began < read.ended);
        let newest = begun.map(|(place, _)| *place).max();
        newest.unwrap_or_else(|| panic!("{read:?}: nobody had deleted it"))
    }

    fn writes(&self, id: u64) -> &[Write<'a>] {
        self.0.get(&id).map_or(&[], Vec::as_slice)
    }
}

/// The version of each name of an id.
fn versions(notes: &[Note]) -> HashMap<(u64, &str), u64> {
    let mut versions = HashMap::new();
    let mut names = HashMap::new();
    for note in notes {
        if let (Deed::Read(Some(version)) | Deed::Wrote(Some(version)), Some(name)) =
            (note.deed, note.name.as_deref())
        {
            let known = *versions.entry((note.id, name)).or_insert(version);
            assert_eq!(known, version, "{note:?}: two versions of one write");
            let known = *names.entry((note.id, version)).or_insert(name);
            assert_eq!(known, name, "{note:?}: two writes of one version");
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests of one id, each over before the next begins.
    fn notes(deeds: &[(usize, Deed, &str)]) -> Vec<Note> {
        let start = Instant::now();
        let at = |second: usize| start + Duration::from_secs(second as u64);
        let note = |(place, &(replica, deed, name)): (usize, &(usize, Deed, &str))| Note {
            replica,
            id: 7,
            began: at(2 * place),
            ended: at(2 * place + 1),
            deed,
            name: (!name.is_empty()).then(|| name.to_owned()),
        };
        deeds.iter().enumerate().map(note).collect()
    }

    #[test]
    fn a_read_must_show_what_its_replica_acknowledged_and_lags_behind_the_other() {
        use Deed::{Deleted, Read, Wrote};
        for (before, read, forgets, lag, why) in [
            (
                vec![(0, Wrote(Some(5)), "a")],
                Some(5),
                false,
                0,
                "its write",
            ),
            (vec![(0, Wrote(Some(5)), "a")], Some(4), true, 1, "older"),
            (vec![(0, Wrote(Some(5)), "a")], Some(6), false, 0, "newer"),
            (
                vec![(1, Wrote(Some(5)), "a")],
                Some(4),
                false,
                1,
                "another's",
            ),
            (
                vec![(1, Wrote(Some(5)), "a"), (1, Wrote(Some(6)), "b")],
                Some(4),
                false,
                3,
                "the first of two",
            ),
            (
                vec![(0, Deleted(5), ""), (0, Wrote(Some(8)), "a")],
                None,
                true,
                1,
                "absence after a re-creation",
            ),
            (
                vec![(0, Wrote(Some(5)), "a"), (0, Deleted(5), "")],
                Some(5),
                true,
                1,
                "what was deleted",
            ),
            (
                vec![(0, Wrote(Some(5)), "a"), (1, Deleted(5), "")],
                None,
                false,
                0,
                "a deletion by another",
            ),
            (
                vec![(1, Read(Some(9)), "a"), (0, Wrote(None), "a")],
                Some(8),
                true,
                1,
                "a batch whose version was read elsewhere",
            ),
        ] {
            let mut all = before;
            all.push((0, Read(read), ""));
            let notes = notes(&all);
            let history = History::new(&notes);
            let read = notes.last().expect("a read");

            assert_eq!(history.forgotten(read).is_some(), forgets, "{why}");
            assert_eq!(history.lag(read), Duration::from_secs(lag), "{why}");
        }
    }

    #[test]
    #[should_panic(expected = "nobody had deleted it")]
    fn what_nobody_deleted_must_be_there() {
        let notes = notes(&[(0, Deed::Wrote(Some(5)), "a"), (0, Deed::Read(None), "")]);

        History::new(&notes).forgotten(&notes[1]);
    }

    #[test]
    #[should_panic(expected = "two writes of one version")]
    fn a_version_has_one_name() {
        let wrote = (0, Deed::Wrote(Some(5)), "a");

        History::new(&notes(&[wrote, (1, Deed::Read(Some(5)), "b")]));
    }
}
