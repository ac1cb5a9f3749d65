//! The connections of a listener, from the first that is accepted to the last that is closed.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use tokio::{
    net::TcpStream,
    select,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::connection::Host;

/// How long answers that are ready at the deadline may take to leave.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(200);

/// How long the connections that are cut may take to notice.
const CUT_TIMEOUT: Duration = Duration::from_millis(50);

/// What is connected.
pub(crate) struct Open {
    host: Arc<Host>,
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
    cut: CancellationToken,
}

impl Open {
    /// None yet, and never more than `max_connections` that are served.
    pub(crate) fn new(host: Host, max_connections: usize) -> Open {
        Open {
            host: Arc::new(host),
            slots: Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS))),
            tasks: TaskTracker::new(),
            cut: CancellationToken::new(),
        }
    }

    /// A place for one more connection, once there is one.
    pub(crate) async fn slot(&self) -> OwnedSemaphorePermit {
        take(self.slots.clone()).await
    }

    /// Serves a connection; one without a slot waits for it.
    pub(crate) fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        slot: Option<OwnedSemaphorePermit>,
    ) {
        let (host, slots, cut) = (self.host.clone(), self.slots.clone(), self.cut.clone());
        self.tasks.spawn(async move {
            let _slot = match slot {
                Some(slot) => slot,
                None => take(slots).await,
            };
            let mut talk = Box::pin(host.talk(stream, peer));
            select! {
                () = talk.as_mut() => {}
                () = cut.cancelled() => telemetry::cutting(|| drop(talk)),
            }
        });
    }

    /// Closes the idle connections, and the others after the answer they are waiting for.
    pub(crate) fn close_when_idle(&self) {
        self.host.close_when_idle();
        self.tasks.close();
    }

    /// Waits until all are closed.
    pub(crate) async fn closed(&self) {
        self.tasks.wait().await;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.tasks.len()
    }

    /// Lets answers leave that are ready, and ends the connections.
    pub(crate) async fn cut(&self) {
        let mut closed = pin!(self.closed());
        if timeout(ANSWER_TIMEOUT, closed.as_mut()).await.is_err() {
            self.cut.cancel();
            // A handler that blocks its thread cannot be cut; the process does not wait for it.
            let _ = timeout(CUT_TIMEOUT, closed).await;
        }
    }
}

async fn take(slots: Arc<Semaphore>) -> OwnedSemaphorePermit {
    let slot = slots.acquire_owned().await;
    slot.expect("the semaphore is never closed")
}
