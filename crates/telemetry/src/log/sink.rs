//! Lines on their way out: a bounded buffer that a thread of its own empties.
//!
//! A line costs a short lock and a copy. One `write` per line would cost more than the whole
//! request it tells of, and could block it; so lines go out together, a few milliseconds later.

use std::{
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tracing::Level;

use super::counts::rank;

/// How long lines wait for company.
const FLUSH_INTERVAL: Duration = Duration::from_millis(10);

/// Room for about half a second of a busy service behind a stuck reader.
const CAPACITY_BYTES: usize = 4 * 1024 * 1024;

/// Where formatted lines are put.
#[derive(Debug, Clone)]
pub(crate) struct Sink {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something to write, or a reason to write now.
    filled: Condvar,
    /// A batch is out.
    written: Condvar,
    /// Lines lost, by level.
    dropped: [AtomicU64; 5],
    panics: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    buffer: Vec<u8>,
    /// The lines in `buffer`, by level.
    lines: [u64; 5],
    /// The lines that anybody ever wanted to write, by level.
    logged: [u64; 5],
    urgent: bool,
    closed: bool,
    /// Lines taken so far, and of these the ones that were handed to the output.
    taken: u64,
    done: u64,
}

impl Sink {
    /// Starts the thread that writes to `writer`.
    pub(super) fn start(writer: impl Write + Send + 'static) -> io::Result<Self> {
        let sink = Self {
            shared: Arc::default(),
        };
        let reader = sink.clone();
        thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || reader.drain_into(writer))?;
        Ok(sink)
    }

    /// Takes one line, its end included, without waiting for the output. An ERROR goes out at
    /// once. A full buffer drops the line and counts it.
    pub(super) fn push(&self, level: Level, line: &[u8]) {
        let rank = rank(level);
        let mut state = self.lock();
        state.logged[rank] += 1;
        if state.closed || state.buffer.len() + line.len() > CAPACITY_BYTES {
            drop(state);
            self.count_dropped(rank, 1);
            return;
        }
        let first = state.buffer.is_empty();
        state.buffer.extend_from_slice(line);
        state.lines[rank] += 1;
        state.taken += 1;
        state.urgent |= level == Level::ERROR;
        let wake = first || state.urgent;
        drop(state);
        if wake {
            self.shared.filled.notify_one();
        }
    }

    /// Waits until the lines taken so far are out, for at most `limit`.
    pub(crate) fn flush(&self, limit: Duration) {
        let mut state = self.lock();
        let goal = state.taken;
        state.urgent = true;
        self.shared.filled.notify_one();
        // Whether the limit was reached makes no difference to the caller.
        let _ = self
            .shared
            .written
            .wait_timeout_while(state, limit, |state| state.done < goal);
    }

    /// Ends the writer's thread once it has written what is there. Lines that come later are
    /// dropped.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.shared.filled.notify_one();
    }

    pub(super) fn count_panic(&self) {
        self.shared.panics.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn panics(&self) -> u64 {
        self.shared.panics.load(Ordering::Relaxed)
    }

    /// Lines by level, the dropped ones included.
    pub(super) fn logged(&self) -> [u64; 5] {
        self.lock().logged
    }

    /// Lines by level that the buffer had no room for, or the output refused.
    pub(crate) fn dropped(&self) -> [u64; 5] {
        let counts = &self.shared.dropped;
        std::array::from_fn(|rank| counts[rank].load(Ordering::Relaxed))
    }

    /// The writer's thread: batch after batch until the sink is closed and empty.
    fn drain_into(&self, mut writer: impl Write) {
        let mut batch = Vec::new();
        while let Some(lines) = self.next_batch(&mut batch) {
            let sent = writer.write_all(&batch).and_then(|()| writer.flush());
            if sent.is_err() {
                for (level, count) in lines.iter().enumerate() {
                    self.count_dropped(level, *count);
                }
            }
            batch.clear();
            self.lock().done += lines.iter().sum::<u64>();
            self.shared.written.notify_all();
        }
    }

    /// Waits for lines, then a little for more of them, and swaps them into `batch`.
    fn next_batch(&self, batch: &mut Vec<u8>) -> Option<[u64; 5]> {
        let state = self.lock();
        let state = self
            .shared
            .filled
            .wait_while(state, |state| state.buffer.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .shared
            .filled
            .wait_timeout_while(state, FLUSH_INTERVAL, |state| {
                !state.urgent && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.urgent = false;
        if state.buffer.is_empty() {
            return None;
        }
        std::mem::swap(&mut state.buffer, batch);
        Some(std::mem::take(&mut state.lines))
    }

    fn count_dropped(&self, level: usize, lines: u64) {
        self.shared.dropped[level].fetch_add(lines, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
