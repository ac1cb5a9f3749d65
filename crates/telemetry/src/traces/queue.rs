//! Finished spans on their way to the exporter's thread.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::{sync::Notify, time::timeout};

use super::extent;

/// The most spans in one export.
const BATCH: usize = 512;

/// The most memory of the spans in one export, unless a single one takes more. Collectors take
/// 4 MiB at once; leaving secrets out may make a text three times as long.
const BATCH_BYTES: usize = 1 << 20;

/// Room for the spans of an outage, or of a burst that the collector is too slow for.
const CAPACITY: usize = 8 * BATCH;

/// The memory that these may take.
const CAPACITY_BYTES: usize = 16 * BATCH_BYTES;

/// How long spans wait for company.
const INTERVAL: Duration = Duration::from_secs(1);

/// A bounded queue. Putting a span in costs a short lock and wakes the other side once per batch:
/// a wake-up per span would cost more than the span.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// A batch is full, or the queue is closed.
    ready: Notify,
    /// Spans lost since the start.
    lost: AtomicU64,
    /// How many of them the log knows of.
    reported: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    spans: VecDeque<Measured>,
    /// What the spans take.
    bytes: usize,
    /// Taken out, but neither delivered nor given up.
    in_flight: usize,
    closed: bool,
}

/// A span, and about how many bytes it takes.
#[derive(Debug)]
struct Measured {
    span: SpanData,
    bytes: usize,
}

impl State {
    fn has_room(&self, bytes: usize) -> bool {
        self.spans.len() < CAPACITY && self.bytes + bytes <= CAPACITY_BYTES
    }

    fn has_batch(&self) -> bool {
        self.spans.len() >= BATCH || self.bytes >= BATCH_BYTES
    }

    /// How many of the first spans make a batch.
    fn batch(&self) -> usize {
        let mut bytes = 0;
        let fitting = self.spans.iter().take(BATCH).take_while(|span| {
            bytes += span.bytes;
            bytes <= BATCH_BYTES
        });
        fitting.count().max(1).min(self.spans.len())
    }
}

impl Queue {
    /// Takes a span; one that finds no room is lost, and counted.
    fn push(&self, mut span: SpanData) {
        let bytes = extent::limit(&mut span);
        let mut state = self.lock();
        if state.closed || !state.has_room(bytes) {
            drop(state);
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let had_batch = state.has_batch();
        state.spans.push_back(Measured { span, bytes });
        state.bytes += bytes;
        let full = !had_batch && state.has_batch();
        drop(state);
        if full {
            self.ready.notify_one();
        }
    }

    /// Waits for a full batch, or for the interval and any span; `None` is the end.
    pub(super) async fn next_batch(&self) -> Option<Vec<SpanData>> {
        loop {
            let closed = self.is_closed();
            if !closed && !self.lock().has_batch() {
                // Whichever came first, what is there is taken.
                let _ = timeout(INTERVAL, self.ready.notified()).await;
            }
            let batch = self.take();
            if !batch.is_empty() {
                return Some(batch);
            }
            if closed {
                return None;
            }
        }
    }

    /// Waits for the end, for at most `limit`.
    pub(super) async fn closed_within(&self, limit: Duration) {
        let closed = async {
            while !self.is_closed() {
                self.ready.notified().await;
            }
        };
        let _ = timeout(limit, closed).await;
    }

    /// Says that the batch taken last is delivered, or given up, but for `lost` of its spans.
    pub(super) fn settle(&self, lost: u64) {
        self.lock().in_flight = 0;
        self.lost.fetch_add(lost, Ordering::Relaxed);
    }

    /// Takes no more spans and hands out those that are left at once.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Gives up the spans that are neither delivered nor lost, and says how many losses there are
    /// to be reported; they count as reported.
    pub(super) fn give_up(&self) -> u64 {
        let state = self.lock();
        let unsent = (state.spans.len() + state.in_flight) as u64;
        drop(state);
        let unreported = self.report_losses();
        // Should the other side lose them yet, that is no news.
        self.reported.fetch_add(unsent, Ordering::Relaxed);
        unreported + unsent
    }

    /// Whether there are losses that the log does not know of.
    pub(super) fn has_unreported_losses(&self) -> bool {
        self.lost.load(Ordering::Relaxed) > self.reported.load(Ordering::Relaxed)
    }

    /// How many spans were lost that the log does not know of; from now on it does.
    pub(super) fn report_losses(&self) -> u64 {
        let lost = self.lost.load(Ordering::Relaxed);
        lost.saturating_sub(self.reported.fetch_max(lost, Ordering::Relaxed))
    }

    fn take(&self) -> Vec<SpanData> {
        let mut state = self.lock();
        let count = state.batch();
        let batch: Vec<_> = state.spans.drain(..count).collect();
        state.bytes -= batch.iter().map(|span| span.bytes).sum::<usize>();
        state.in_flight = batch.len();
        drop(state);
        batch.into_iter().map(|sized| sized.span).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts sampled spans into the queue as they end.
#[derive(Debug)]
pub(super) struct Enqueue(pub(super) Arc<Queue>);

impl SpanProcessor for Enqueue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.0.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
