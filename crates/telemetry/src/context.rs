//! The request that a task works for, carried by the task itself.
//!
//! A task-local costs a pointer to set and to read; looking the same facts up in
//! tracing spans would cost a registry access for every log line.

use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::trace::SpanContext;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::{identity::RequestId, traces::Inbound};

tokio::task_local! {
    static REQUEST: Arc<RequestContext>;
}

/// What is known of a request wherever code runs for it.
#[derive(Debug)]
pub(crate) struct RequestContext {
    /// The id that ties together what several services did for one cause, if it came with one.
    pub(crate) inbound_id: Option<Box<str>>,
    /// The id of this very request.
    pub(crate) request_id: RequestId,
    /// The trace context that it came with.
    pub(crate) inbound: Option<Inbound>,
    /// Its own span, where there are traces.
    pub(crate) span: Option<SpanContext>,
    /// Who asks, once that is known.
    pub(crate) user_id: OnceLock<Box<str>>,
    /// Whether the server gave it up.
    pub(crate) cut: AtomicBool,
}

impl RequestContext {
    /// The id that ties together what several services did for one cause; where this request is
    /// the first of them, its own.
    pub(crate) fn correlation_id(&self) -> &str {
        self.inbound_id.as_deref().unwrap_or(&self.request_id)
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

/// The correlation id of the request that the current task works for, `None` outside of one.
#[must_use]
pub fn correlation_id() -> Option<String> {
    REQUEST
        .try_with(|request| request.correlation_id().to_owned())
        .ok()
}

/// Says who asks, for the log lines of the current request from now on. The first word counts;
/// outside of a request it changes nothing.
pub fn set_user_id(user_id: &str) {
    let known = |request: &Arc<RequestContext>| request.user_id.set(Box::from(user_id));
    // Whether somebody was faster, or there is no request, makes no difference to the caller.
    let _ = REQUEST.try_with(known);
}

/// Says that the server, which stops, gives up the current request: what it is answered with is not
/// the work of its handler. A line of the log tells of it. Outside of a request it changes nothing.
pub fn mark_cut() {
    // Whether there is a request makes no difference to the caller.
    let _ = REQUEST.try_with(|request| request.cut.store(true, Ordering::Relaxed));
}

/// Spawns `future` as a task that still belongs to the current request and tracing span,
/// so that its log lines carry the same ids.
///
/// # Panics
///
/// Like [`tokio::spawn`], outside of a runtime.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(in_context(future))
}

/// Ties `future` to the request and tracing span that are current now, wherever it runs later.
pub fn in_context<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let request = current_request();
    let future = future.in_current_span();
    async move {
        match request {
            Some(request) => REQUEST.scope(request, future).await,
            None => future.await,
        }
    }
}

/// Runs `future` as work for `request`. What it holds is dropped as work for it, too.
pub(crate) fn scope<F: Future>(
    request: Arc<RequestContext>,
    future: F,
) -> impl Future<Output = F::Output> {
    REQUEST.scope(request, future)
}

/// Runs `work` as work for `request`, where there is no future to tie to it.
pub(crate) fn within<T>(request: &Arc<RequestContext>, work: impl FnOnce() -> T) -> T {
    REQUEST.sync_scope(Arc::clone(request), work)
}

/// The request that the current task works for.
pub(crate) fn current_request() -> Option<Arc<RequestContext>> {
    REQUEST.try_with(Arc::clone).ok()
}
