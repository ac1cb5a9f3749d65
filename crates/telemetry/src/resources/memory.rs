//! Memory, as far as this process may have it.

use std::{io, path::Path};

use serde::Serialize;
use sysinfo::System;

use super::{cgroup::Room, share, system};

/// Memory that this process may use, in bytes: the control group's (version 1 and 2) where it or
/// one above it has a limit, otherwise the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Memory {
    /// All there is: the smallest limit, or what the machine has.
    pub total: u64,
    /// What of it new work can have: the limit less the working set as the kubelet counts it
    /// (without cached files that can be dropped), or what the machine says.
    pub available: u64,
    /// The share that is not available, 0 to 100, with one decimal.
    pub percent: f64,
}

impl Memory {
    /// Reads it now, from a few small files of the kernel's.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] when this machine does not tell.
    pub fn read() -> io::Result<Self> {
        let machine = System::new().ok();
        let machine = machine.and_then(|mut system| system::memory(&mut system));
        Self::within(&Room::all(Path::new("/")), machine)
            .ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "the machine does not tell"))
    }

    /// `machine` is what the machine has and what of it is available.
    fn within(rooms: &[Room], machine: Option<(u64, u64)>) -> Option<Self> {
        // A limit above what there is limits nothing.
        let there_is = machine.map_or(u64::MAX, |(total, _)| total);
        let rooms = rooms.iter().filter(|room| room.limit < there_is);
        let Some(total) = rooms.clone().map(|room| room.limit).min() else {
            return machine.map(|(total, available)| Self::new(total, available));
        };
        let left = rooms.filter_map(|room| room.available).min();
        let left = left.or(machine.map(|(_, available)| available))?;
        Some(Self::new(total, left))
    }

    fn new(total: u64, available: u64) -> Self {
        let available = available.min(total);
        Self {
            total,
            available,
            percent: share(total - available, total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Option<(u64, u64)> = Some((1000, 600));

    const fn room(limit: u64, available: u64) -> Room {
        let available = Some(available);
        Room { limit, available }
    }

    #[test]
    fn the_tightest_limit_counts_and_otherwise_the_machine() {
        let untold = Room {
            limit: 500,
            available: None,
        };
        let table: [(&[Room], _, _, &str); 8] = [
            (&[], MACHINE, Some((1000, 600, 40.0)), "no limit"),
            (
                &[room(400, 300)],
                MACHINE,
                Some((400, 300, 25.0)),
                "a limit",
            ),
            (
                &[room(400, 300)],
                None,
                Some((400, 300, 25.0)),
                "only a limit",
            ),
            (
                &[room(400, 300), room(800, 7)],
                MACHINE,
                Some((400, 7, 98.3)),
                "neighbours take more",
            ),
            (
                &[room(1000, 3)],
                MACHINE,
                Some((1000, 600, 40.0)),
                "a limit of all there is",
            ),
            (
                &[untold],
                MACHINE,
                Some((500, 500, 0.0)),
                "a group that does not tell",
            ),
            (&[untold], None, None, "nobody tells"),
            (&[], None, None, "no machine"),
        ];
        for (rooms, machine, expected, why) in table {
            let found = Memory::within(rooms, machine);

            let found = found.map(|memory| (memory.total, memory.available, memory.percent));
            assert_eq!(found, expected, "{why}");
        }
    }
}
