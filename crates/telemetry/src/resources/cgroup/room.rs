//! What the limited control groups of this process have left of their memory.

use std::path::Path;

use super::{groups, memory_bytes, text};

/// The memory of one group with a limit, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Room {
    pub(in super::super) limit: u64,
    /// What of it is not in use, when the group tells.
    pub(in super::super) available: Option<u64>,
}

impl Room {
    /// Of all groups on the way up that have a limit. `root` is `/`, but for tests.
    pub(in super::super) fn all(root: &Path) -> Vec<Self> {
        groups(root)
            .iter()
            .filter_map(|group| Self::of(group))
            .collect()
    }

    fn of(group: &Path) -> Option<Self> {
        let limit = memory_bytes(group)?;
        let working_set = working_set(group);
        let available = working_set.map(|used| limit.saturating_sub(used));
        Some(Self { limit, available })
    }
}

/// What is in use and cannot be taken back without a loss, as the kubelet counts it: all of it but
/// for the pages of files that nobody has touched for a while. The groups below count, too, which
/// version 1 has a name of its own for.
fn working_set(group: &Path) -> Option<u64> {
    let usage = ["memory.current", "memory.usage_in_bytes"]
        .iter()
        .find_map(|name| text(&group.join(name)).trim().parse::<u64>().ok())?;
    let stat = text(&group.join("memory.stat"));
    let field = |name: &str| {
        let mut lines = stat.lines().filter_map(|line| line.split_once(' '));
        let (_, bytes) = lines.find(|(field, _)| *field == name)?;
        bytes.trim().parse::<u64>().ok()
    };
    let inactive = field("total_inactive_file").or_else(|| field("inactive_file"));
    Some(usage.saturating_sub(inactive.unwrap_or(0)))
}
