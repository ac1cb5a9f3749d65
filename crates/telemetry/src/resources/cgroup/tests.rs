//! Limits of made-up machines.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{Limits, Room};

const V2: &str = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const V1_MEMORY: &str = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";
const V1_CPU: &str =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct";
const DISK: &str = "23 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw";
/// What version 1 says where there is no limit, with pages of 4 and of 64 KiB.
const V1_UNLIMITED: [&str; 2] = ["9223372036854771712", "9223372036854710272"];

/// Names and texts.
type Files<'a> = &'a [(&'a str, &'a str)];

/// A machine whose process is in `groups`, with these mounts and files below `/sys/fs/cgroup`.
fn limits(groups: &str, mounts: &[&str], files: Files<'_>) -> Limits {
    let root = machine(groups, mounts, files);
    Limits::read(root.path())
}

fn machine(groups: &str, mounts: &[&str], files: Files<'_>) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &Path, text: String| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let proc = root.path().join("proc/self");
    write(&proc.join("cgroup"), format!("{groups}\n"));
    write(
        &proc.join("mountinfo"),
        format!("{DISK}\n{}\n", mounts.join("\n")),
    );
    let cgroup = root.path().join("sys/fs/cgroup");
    for (name, text) in files {
        write(&cgroup.join(name), format!("{text}\n"));
    }
    root
}

fn of(memory_bytes: impl Into<Option<u64>>, cpu_cores: impl Into<Option<f64>>) -> Limits {
    Limits {
        memory_bytes: memory_bytes.into(),
        cpu_cores: cpu_cores.into(),
    }
}

#[test]
fn version_2_is_read_with_fractions_of_a_core() {
    let files = [
        ("app/memory.max", "268435456"),
        ("app/cpu.max", "150000 100000"),
    ];

    assert_eq!(limits("0::/app", &[V2], &files), of(268_435_456, 1.5));
}

#[test]
fn version_1_is_read_from_a_hierarchy_for_each_controller() {
    let groups = "9:name=systemd:/x\n4:memory:/app\n1:cpu,cpuacct:/app\n0::/x";
    let files = [
        ("memory/app/memory.limit_in_bytes", "1000"),
        ("cpu,cpuacct/app/cpu.cfs_quota_us", "50000"),
        ("cpu,cpuacct/app/cpu.cfs_period_us", "100000"),
    ];

    assert_eq!(limits(groups, &[V1_MEMORY, V1_CPU], &files), of(1000, 0.5));
}

#[test]
fn no_limit_is_none_in_every_spelling() {
    let v2 = [("app/memory.max", "max"), ("app/cpu.max", "max 100000")];
    assert_eq!(limits("0::/app", &[V2], &v2), of(None, None), "version 2");
    for unlimited in V1_UNLIMITED {
        let v1 = [
            ("memory/memory.limit_in_bytes", unlimited),
            ("cpu,cpuacct/cpu.cfs_quota_us", "-1"),
            ("cpu,cpuacct/cpu.cfs_period_us", "100000"),
        ];
        let found = limits("4:memory:/\n1:cpu,cpuacct:/", &[V1_MEMORY, V1_CPU], &v1);
        assert_eq!(found, of(None, None), "version 1: {unlimited}");
    }
}

#[test]
fn the_smallest_limit_on_the_way_up_counts() {
    let table: [(&str, &str, &str, u64); 3] = [
        ("max", "700", "500", 500),
        ("100", "700", "500", 100),
        ("900", "max", "max", 900),
    ];
    for (own, parent, grandparent, least) in table {
        let files = [
            ("pod/box/app/memory.max", own),
            ("pod/box/memory.max", parent),
            ("pod/memory.max", grandparent),
            ("pod/other/memory.max", "1"),
            ("pod/box/app/cpu.max", "max 100000"),
            ("pod/cpu.max", "200000 100000"),
        ];

        let found = limits("0::/pod/box/app", &[V2], &files);

        assert_eq!(found, of(least, 2.0), "{own}, {parent}, {grandparent}");
    }
}

#[test]
fn a_namespace_shows_the_own_group_as_the_root() {
    let files = [("memory.max", "4096"), ("cpu.max", "25000 100000")];

    assert_eq!(limits("0::/", &[V2], &files), of(4096, 0.25));
}

#[test]
fn a_container_may_be_told_its_path_on_the_host() {
    let files = [("memory/memory.limit_in_bytes", "4096")];
    let own = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
    let elsewhere = "35 31 0:32 /system /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
    for (mount, why) in [
        (own, "the mount shows just that group"),
        (elsewhere, "the path does not fit the mount"),
        (V1_MEMORY, "the group is not to be seen below the mount"),
    ] {
        let found = limits("4:memory:/docker/abc", &[mount], &files);

        assert_eq!(found, of(4096, None), "{why}");
    }
}

#[test]
fn a_group_outside_of_the_namespace_is_not_looked_for() {
    let files = [("memory.max", "4096"), ("../secret/memory.max", "1")];

    assert_eq!(limits("0::/../secret", &[V2], &files), of(4096, None));
}

#[test]
fn both_versions_at_once_are_united() {
    let unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
    let files = [
        ("memory/app/memory.limit_in_bytes", "8192"),
        ("unified/app/cpu.max", "300000 100000"),
    ];

    let found = limits("4:memory:/app\n0::/app", &[V1_MEMORY, unified], &files);

    assert_eq!(found, of(8192, 3.0));
}

#[test]
fn what_is_missing_or_garbled_is_no_limit() {
    let table: [(&str, &[&str], Files<'_>, &str); 5] = [
        ("0::/app", &[V2], &[], "no files"),
        ("0::/app", &[], &[("app/memory.max", "1")], "no mounts"),
        ("", &[V2], &[("memory.max", "1")], "in no group"),
        ("0::/app", &["short line"], &[], "no mountinfo"),
        (
            "0::/app",
            &[V2],
            &[("app/memory.max", "lots"), ("app/cpu.max", "1")],
            "no numbers",
        ),
    ];
    for (groups, mounts, files, why) in table {
        assert_eq!(limits(groups, mounts, files), of(None, None), "{why}");
    }
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(Limits::read(nothing.path()), of(None, None), "no /proc");
}

#[test]
fn what_is_left_is_the_limit_without_the_working_set() {
    let v2 = [
        ("pod/memory.max", "5000"),
        ("pod/memory.current", "4000"),
        (
            "pod/memory.stat",
            "anon 1000\ninactive_file 700\nactive_file 300",
        ),
        ("pod/app/memory.max", "1000"),
        ("pod/app/memory.current", "600"),
        ("pod/app/memory.stat", "anon 400\ninactive_file 150"),
        ("pod/app/own/memory.max", "max"),
        ("pod/app/own/memory.current", "5"),
    ];
    let v1 = [
        ("memory/app/memory.limit_in_bytes", "1000"),
        ("memory/app/memory.usage_in_bytes", "600"),
        (
            "memory/app/memory.stat",
            "inactive_file 10\ntotal_inactive_file 150",
        ),
    ];
    let odd = [
        ("app/memory.max", "1000"),
        ("app/memory.current", "1500"),
        ("memory.max", "2000"),
    ];
    let table: [(&str, &[&str], Files<'_>, &[_], &str); 3] = [
        (
            "0::/pod/app/own",
            &[V2],
            &v2,
            &[(1000, Some(550)), (5000, Some(1700))],
            "version 2, two limits",
        ),
        (
            "4:memory:/app",
            &[V1_MEMORY],
            &v1,
            &[(1000, Some(550))],
            "version 1 counts the groups below by a name of its own",
        ),
        (
            "0::/app",
            &[V2],
            &odd,
            &[(1000, Some(0)), (2000, None)],
            "over the limit, and a group that does not tell",
        ),
    ];
    for (groups, mounts, files, expected, why) in table {
        let root = machine(groups, mounts, files);

        let rooms = Room::all(root.path()).into_iter();
        let found: Vec<_> = rooms.map(|room| (room.limit, room.available)).collect();

        assert_eq!(found, expected, "{why}");
    }
}
