//! Finished spans on their way to the exporter's thread.

use std::{
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

/// The most spans in one export; a span is about a kilobyte, and collectors take 4 MiB at once.
const BATCH: usize = 512;

/// Room for the spans of an outage, or of a burst that the collector is too slow for.
const CAPACITY: usize = 8 * BATCH;

/// How long spans wait for company.
const INTERVAL: Duration = Duration::from_secs(1);

/// A bounded queue. Putting a span in costs a short lock and wakes the other side once per batch:
/// a wake-up per span would cost more than the span.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// A batch is full, or the queue is closed.
    ready: Notify,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    spans: Vec<SpanData>,
    /// Taken out, but neither delivered nor given up.
    in_flight: usize,
    closed: bool,
}

impl Queue {
    /// Takes a span; one that finds no room is lost, and counted.
    fn push(&self, span: SpanData) {
        let mut state = self.lock();
        if state.closed || state.spans.len() >= CAPACITY {
            drop(state);
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.spans.push(span);
        let full = state.spans.len() == BATCH;
        drop(state);
        if full {
            self.ready.notify_one();
        }
    }

    /// Waits for a full batch, or for the interval and any span; `None` is the end.
    pub(super) async fn next_batch(&self) -> Option<Vec<SpanData>> {
        loop {
            let closed = self.is_closed();
            if !closed && self.lock().spans.len() < BATCH {
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

    /// How many spans are neither delivered nor lost.
    pub(super) fn unsent(&self) -> usize {
        let state = self.lock();
        state.spans.len() + state.in_flight
    }

    /// How many spans were lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn take(&self) -> Vec<SpanData> {
        let mut state = self.lock();
        let count = state.spans.len().min(BATCH);
        let batch: Vec<_> = state.spans.drain(..count).collect();
        state.in_flight = batch.len();
        batch
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
