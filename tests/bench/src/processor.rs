//! Processors: who runs on which, and for how long.

use std::{fs, time::Duration};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// This thread, the client, has a processor to itself until this is dropped.
#[derive(Debug)]
pub(crate) struct Apart {
    before: CpuSet,
    client: usize,
    /// The processor that is left to servers; that of the client, too, if there is only one.
    pub(crate) servers: usize,
}

impl Apart {
    /// Keeps this thread on the first processor that it may use, and the last one for servers.
    ///
    /// # Panics
    /// When the system refuses.
    pub(crate) fn new() -> Self {
        let before = sched_getaffinity(None).expect("a thread may ask for its processors");
        let mut allowed = (0..CpuSet::MAX_CPU).filter(|&processor| before.is_set(processor));
        let client = allowed.next().expect("a thread that runs has a processor");
        let servers = allowed.next_back().unwrap_or(client);
        keep_on(client);
        Self {
            before,
            client,
            servers,
        }
    }

    /// Does something on the processor of the servers: a process that it starts stays there.
    ///
    /// # Panics
    /// When the system refuses.
    pub(crate) fn among_servers<T>(&self, start: impl FnOnce() -> T) -> T {
        keep_on(self.servers);
        let started = start();
        keep_on(self.client);
        started
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // Where the program runs afterwards is of no consequence for what was measured.
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// Keeps this thread, and those that it starts, on one processor.
///
/// # Panics
/// When the system refuses.
pub(crate) fn keep_on(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    sched_setaffinity(None, &set).expect("a thread may keep to a processor that it may use");
}

/// How long the threads of a process have run, system calls included.
///
/// # Panics
/// When there is no such process.
pub(crate) fn time_of(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    let nanoseconds = threads.filter_map(|thread| {
        // A thread may end in between.
        let path = thread.ok()?.path().join("schedstat");
        // The first number: https://docs.kernel.org/scheduler/sched-stats.html
        fs::read_to_string(path)
            .ok()?
            .split(' ')
            .next()?
            .parse::<u64>()
            .ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
