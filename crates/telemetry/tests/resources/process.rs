//! `process_*`, as every Prometheus client has them.

use std::{
    fs::{self, File},
    hint,
    process::Command,
    sync::mpsc,
    thread,
};

use sysinfo::{Pid, Process, ProcessesToUpdate, System};

use crate::watched::Watched;

const CPU: &str = "process_cpu_seconds_total";

/// What another reader finds out about this process.
fn asked_elsewhere<T>(question: impl Fn(&Process) -> T) -> T {
    let pid = Pid::from_u32(std::process::id());
    let mut system = System::new().unwrap();
    system.refresh_processes(ProcessesToUpdate::Some(&[pid]), false);
    question(system.process(pid).unwrap())
}

fn cpu_seconds() -> f64 {
    asked_elsewhere(Process::accumulated_cpu_time) as f64 / 1000.0
}

fn listed(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// One of those found is the one by which they are found.
fn open_descriptors() -> f64 {
    listed("/proc/self/fd") as f64 - 1.0
}

fn threads() -> f64 {
    listed("/proc/self/task") as f64
}

#[test]
fn cpu_time_has_fractions_and_is_what_the_kernel_counted() {
    let (watched, _runtime) = Watched::start();
    // The kernel tells others in ticks of 10 ms, rounded down for user and system time.
    let ticks = 0.03;
    let before = (cpu_seconds(), watched.read(CPU));

    let burnt = servers::poll_until_blocking("a move", crate::watched::DEADLINE, || {
        let round = (0..1_000_000_u64).fold(0, |sum, n| hint::black_box(sum ^ n));
        hint::black_box(round);
        let burnt = watched.read(CPU) - before.1;
        if burnt > 0.1 { Ok(burnt) } else { Err(burnt) }
    });

    let after = (watched.read(CPU), cpu_seconds());
    assert!(burnt < 1.0, "{burnt} s in one step: no fractions");
    assert!(before.0 - ticks <= before.1, "{before:?}");
    assert!(after.0 <= after.1 + ticks, "{after:?}");
    let kernels = after.1 - before.0;
    assert!(burnt <= kernels + ticks, "{burnt} of {kernels}");
}

#[test]
fn open_descriptors_are_those_that_the_kernel_lists() {
    let (watched, _runtime) = Watched::start();

    let files: Vec<File> = (0..200).map(|_| File::open("/dev/null").unwrap()).collect();

    assert!(watched.agrees("process_open_fds", open_descriptors) >= 200.0);
    assert!(watched.agrees("custom_process_open_fds", open_descriptors) >= 200.0);
    drop(files);
    watched.wait("process_open_fds", |open| open < 200.0);
    watched.wait("custom_process_open_fds", |open| open < 200.0);
}

#[test]
fn most_descriptors_are_the_limit_that_a_child_inherits() {
    let (watched, _runtime) = Watched::start();
    let shell = Command::new("sh").args(["-c", "ulimit -Sn"]).output();
    let limit = String::from_utf8(shell.unwrap().stdout).unwrap();

    assert_eq!(watched.read("process_max_fds").to_string(), limit.trim());
}

#[test]
fn threads_are_those_that_the_kernel_lists() {
    let (watched, _runtime) = Watched::start();

    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let (end, ended) = mpsc::channel::<()>();
            (end, thread::spawn(move || ended.recv()))
        })
        .collect();

    assert!(watched.agrees("process_threads", threads) > 20.0);
    assert!(watched.agrees("custom_process_threads", threads) > 20.0);
    for (end, thread) in waiting {
        drop(end);
        assert!(thread.join().unwrap().is_err());
    }
}

#[test]
fn resident_memory_grows_with_what_is_touched_and_virtual_memory_holds_it() {
    const TOUCHED: usize = 256 * 1024 * 1024;
    let (watched, _runtime) = Watched::start();
    let resident = watched.read("process_resident_memory_bytes");

    let memory = hint::black_box(vec![1_u8; TOUCHED]);

    let scrape = watched.scrape();
    let now = scrape["process_resident_memory_bytes"];
    // Other tests give memory back meanwhile, but not as much.
    let grown = now - resident;
    assert!(grown > 0.9 * TOUCHED as f64, "{grown}");
    let elsewhere = asked_elsewhere(Process::memory) as f64;
    assert!(
        (0.8..1.25).contains(&(now / elsewhere)),
        "{now} of {elsewhere}"
    );
    assert!(scrape["process_virtual_memory_bytes"] > now);
    drop(memory);
}

#[test]
fn the_start_is_that_of_the_process_and_the_age_follows_from_it() {
    let (watched, _runtime) = Watched::start();
    let now = || {
        let since_1970 = std::time::UNIX_EPOCH.elapsed().unwrap();
        since_1970.as_secs_f64()
    };

    let started = watched.read("process_start_time_seconds");
    let (before, age, after) = (now(), watched.read("process_uptime_seconds"), now());

    // Others know whole seconds only, of the start and of the machine's own.
    let elsewhere = asked_elsewhere(Process::start_time) as f64;
    assert!((started - elsewhere).abs() < 2.0, "{started}, {elsewhere}");
    // Ticks of 10 ms.
    let age_then = (before - started - 0.05)..(after - started + 0.05);
    assert!(age_then.contains(&age), "{age} not in {age_then:?}");
}
