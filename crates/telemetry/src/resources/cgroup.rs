//! What the control groups of this process let it have, version 1, version 2 and both at once.
//!
//! A limit holds for everything below the group that has it, so that the smallest one on the way
//! from the process's own group upwards counts. See cgroups(7), and "Memory" and "CPU" in
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html>.

mod room;

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

pub(super) use self::room::Room;

/// Version 1 says "no limit" with the largest number of pages there is, which depends on the
/// size of a page. No machine has as much memory as this.
const UNLIMITED_BYTES: u64 = 1 << 62;

/// The limits that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Limits {
    pub(super) memory_bytes: Option<u64>,
    /// CPU time per time, fractions included.
    pub(super) cpu_cores: Option<f64>,
}

impl Limits {
    /// Reads the limits of this process. `root` is `/`, but for tests.
    pub(super) fn read(root: &Path) -> Self {
        let mut limits = Self::default();
        for group in groups(root) {
            limits.memory_bytes = least(limits.memory_bytes, memory_bytes(&group));
            limits.cpu_cores = least(limits.cpu_cores, cpu_cores(&group));
        }
        limits
    }
}

fn least<T: PartialOrd>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other < one { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn memory_bytes(group: &Path) -> Option<u64> {
    ["memory.max", "memory.limit_in_bytes"]
        .iter()
        .find_map(|name| text(&group.join(name)).trim().parse().ok())
        .filter(|bytes| *bytes < UNLIMITED_BYTES)
}

fn cpu_cores(group: &Path) -> Option<f64> {
    let v2 = text(&group.join("cpu.max"));
    let mut fields = v2.split_whitespace();
    let fields = fields.next().zip(fields.next());
    if let Some((quota, period)) = fields {
        return ratio(quota, period);
    }
    let quota = text(&group.join("cpu.cfs_quota_us"));
    let period = text(&group.join("cpu.cfs_period_us"));
    ratio(quota.trim(), period.trim())
}

/// `max` in version 2 and -1 in version 1 mean that there is no limit.
fn ratio(quota: &str, period: &str) -> Option<f64> {
    let quota: f64 = quota.parse().ok().filter(|quota| *quota > 0.0)?;
    let period: f64 = period.parse().ok().filter(|period| *period > 0.0)?;
    Some(quota / period)
}

/// The folders of all groups that this process is in, as far up as they can be seen.
fn groups(root: &Path) -> Vec<PathBuf> {
    let mounts = text(&root.join("proc/self/mountinfo"));
    let mounts: Vec<Mount> = mounts.lines().filter_map(Mount::parse).collect();
    let mut groups = Vec::new();
    for line in text(&root.join("proc/self/cgroup")).lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        if let Some((own, top)) = place(&mounts, controllers, path) {
            let seen = own.ancestors().take_while(|group| group.starts_with(&top));
            groups.extend(seen.map(|group| root.join(group.strip_prefix("/").unwrap_or(group))));
        }
    }
    groups
}

/// The folder of the group `path` of these controllers, and the folder where the hierarchy begins.
fn place(mounts: &[Mount], controllers: &str, path: &str) -> Option<(PathBuf, PathBuf)> {
    let mut mounts = mounts.iter().filter(|mount| mount.holds(controllers));
    let first = mounts.clone().next()?;
    let inside = mounts.find_map(|mount| Some((mount, mount.below(path)?)));
    // A container can be told its path on the host and see nothing but its own group.
    let (mount, below) = inside.unwrap_or((first, Path::new("")));
    Some((mount.point.join(below), mount.point.to_owned()))
}

/// A mounted hierarchy of control groups.
struct Mount<'a> {
    /// The group that is seen at the mount point.
    root: &'a Path,
    point: &'a Path,
    version_2: bool,
    options: &'a str,
}

impl<'a> Mount<'a> {
    /// Reads a line of mountinfo, see proc_pid_mountinfo(5).
    fn parse(line: &'a str) -> Option<Self> {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3).map(Path::new);
        let mut kind = kind.split(' ');
        Some(Self {
            root: place.next()?,
            point: place.next()?,
            version_2: match kind.next()? {
                "cgroup" => false,
                "cgroup2" => true,
                _ => return None,
            },
            options: kind.nth(1)?,
        })
    }

    /// Whether these controllers are here; version 2 names none.
    fn holds(&self, controllers: &str) -> bool {
        let mut options = self.options.split(',');
        match controllers.split(',').next() {
            None | Some("") => self.version_2,
            Some(first) => !self.version_2 && options.any(|option| option == first),
        }
    }

    /// The path of a group from the mount point on. A group outside of this process's namespace
    /// is written with `..`.
    fn below(&self, path: &'a str) -> Option<&'a Path> {
        let below = Path::new(path).strip_prefix(self.root).ok()?;
        let outside = below.components().any(|part| part == Component::ParentDir);
        (!outside).then_some(below)
    }
}

/// What a file says, which is nothing when it is not there.
fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

#[cfg(test)]
mod tests;
