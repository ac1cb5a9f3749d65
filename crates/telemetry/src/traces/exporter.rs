//! The thread that hands finished spans to the collector, with a runtime of its own: it needs
//! nothing of the service's and cannot disturb it.

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::Resource;
use tokio::runtime::{Builder, Runtime};
use tracing::{Dispatch, dispatcher};

use super::{
    TraceError,
    connection::{self, Connection},
    endpoint::Endpoint,
    queue::{Enqueue, Queue},
    redaction,
    report::Report,
};

/// How often a batch is offered before it is given up, a second later at first, then 2, 4, 8.
const ATTEMPTS: u32 = 5;

/// Exports until it is shut down.
#[derive(Debug)]
pub(crate) struct Exporter {
    queue: Arc<Queue>,
    /// Disconnected when the thread has ended.
    thread: Receiver<()>,
}

impl Exporter {
    /// Starts the thread. Whether the collector is there shows later, in the log.
    pub(super) fn start(endpoint: Endpoint, resource: &Resource) -> Result<Self, TraceError> {
        let queue = Arc::<Queue>::default();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = {
            let _within = runtime.enter();
            Connection::prepare(&endpoint)?
        };
        let mut courier = Courier {
            queue: Arc::clone(&queue),
            connection,
            resource: resource.into(),
        };
        let (ended, thread) = mpsc::channel();
        thread::Builder::new()
            .name("trace-exporter".to_owned())
            .spawn(move || {
                courier.work(&runtime);
                quietly(|| {
                    drop(courier);
                    // A resolver that hangs is not waited for.
                    runtime.shutdown_background();
                });
                drop(ended);
            })?;
        Ok(Self { queue, thread })
    }

    /// What puts spans in here as they end.
    pub(super) fn processor(&self) -> Enqueue {
        Enqueue(Arc::clone(&self.queue))
    }

    /// Takes no more spans, and waits until those that are here are delivered or given up, for
    /// at most `limit`. What was lost and is not in the log yet is logged.
    pub(crate) fn shut_down(&self, limit: Duration) {
        self.queue.close();
        if self.thread.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            let lost_spans = self.queue.give_up();
            tracing::warn!(lost_spans, "The trace collector did not answer in time");
        }
    }
}

/// Takes batches to the collector.
struct Courier {
    queue: Arc<Queue>,
    connection: Connection,
    resource: ResourceAttributesWithSchema,
}

impl Courier {
    fn work(&mut self, runtime: &Runtime) {
        let mut report = Report::of(Arc::clone(&self.queue));
        while let Some(mut batch) = quietly(|| runtime.block_on(self.queue.next_batch())) {
            let spans = batch.len() as u64;
            batch.iter_mut().for_each(redaction::clean);
            let request = ExportTraceServiceRequest {
                resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
            };
            let refused = self.deliver(runtime, &request, &mut report);
            self.queue.settle(refused.unwrap_or(spans));
        }
        report.end();
    }

    /// Offers `request` until it is taken, and says how many spans the collector refused; `None`
    /// when it is given up.
    fn deliver(
        &mut self,
        runtime: &Runtime,
        request: &ExportTraceServiceRequest,
        report: &mut Report,
    ) -> Option<u64> {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                let pause = Duration::from_secs(1 << (attempt - 1));
                quietly(|| runtime.block_on(self.queue.closed_within(pause)));
            }
            let status = match quietly(|| runtime.block_on(self.connection.send(request.clone()))) {
                Ok(refused) => {
                    report.success();
                    return Some(refused);
                }
                Err(status) => status,
            };
            report.failure(&connection::describe(&status));
            if self.queue.is_closed() || !connection::is_transient(&status) {
                return None;
            }
        }
        None
    }
}

/// Runs `work` without a word: the transport's own log lines are nobody's business, and with a
/// filter of `debug` they would outnumber the service's.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    dispatcher::with_default(&Dispatch::none(), work)
}
