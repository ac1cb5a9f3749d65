//! The accept loop: who may connect, and how the last of them leaves.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    select,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{app::App, connection::Host, lifecycle::Lifecycle};

/// The pause after an accept that failed for want of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long the connections that are cut may take to notice.
const CUT_TIMEOUT: Duration = Duration::from_secs(1);

/// What a listener grants to those who connect.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Connections open at the same time; the next one waits in the system's backlog.
    pub max_connections: usize,
    /// From the start of waiting for a request to the end of its head. It bounds how long a
    /// connection may be idle, too.
    pub header_read_timeout: Duration,
}

/// How draining went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still open at the deadline and were cut.
    pub cut: usize,
}

/// Serves `app` on `listener` until the service has drained, and then marks `lifecycle` drained.
///
/// Once draining has begun, answers ask their clients to close the connection. After
/// `drain_delay` nothing is accepted any more and idle connections are closed; what is in flight
/// has `shutdown_timeout` to finish.
pub async fn serve(
    listener: TcpListener,
    app: App,
    connections: Connections,
    lifecycle: Lifecycle,
) -> Drained {
    let grace = lifecycle.grace();
    let stop = async {
        lifecycle.draining().cancelled_owned().await;
        sleep(grace.drain_delay).await;
        lifecycle.stopping().cancel();
    };
    let host = Host::new(app, connections.header_read_timeout, lifecycle.draining());
    let server = Server::new(listener, host, connections.max_connections);
    let drained = server.run_until(stop, grace.shutdown_timeout).await;
    lifecycle.drained().cancel();
    drained
}

/// Raises the process' soft limit of open descriptors to the hard one, and returns it: each
/// connection takes one.
///
/// # Errors
/// Of the system, when it refuses.
pub fn raise_descriptor_limit() -> io::Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX)
}

/// A listener and the connections that came from it.
pub(crate) struct Server {
    listener: TcpListener,
    host: Arc<Host>,
    slots: Arc<Semaphore>,
    open: TaskTracker,
    cut: CancellationToken,
}

impl Server {
    pub(crate) fn new(listener: TcpListener, host: Host, max_connections: usize) -> Server {
        Server {
            listener,
            host: Arc::new(host),
            slots: Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS))),
            open: TaskTracker::new(),
            cut: CancellationToken::new(),
        }
    }

    /// Accepts until `stop`, then closes the listener and waits for the connections.
    pub(crate) async fn run_until(
        self,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> Drained {
        select! {
            never = self.accept() => match never {},
            () = stop => {}
        }
        let Server {
            listener,
            host,
            open,
            cut,
            ..
        } = self;
        drop(listener);
        host.close_when_idle();
        open.close();
        if timeout(grace, open.wait()).await.is_ok() {
            return Drained { cut: 0 };
        }
        let drained = Drained { cut: open.len() };
        tracing::warn!(
            connections = drained.cut,
            "connections cut at the end of the shutdown timeout"
        );
        cut.cancel();
        // A handler that blocks its thread cannot be cut; the process does not wait for it.
        let _ = timeout(CUT_TIMEOUT, open.wait()).await;
        drained
    }

    async fn accept(&self) -> Infallible {
        let mut failing = false;
        loop {
            let slot = self
                .slots
                .clone()
                .acquire_owned()
                .await
                .expect("the semaphore is never closed");
            let accepted = self.listener.accept().await;
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    // The condition lasts and accept fails at once: without a pause this would spin.
                    if !failing {
                        tracing::warn!(exception = %error, "cannot accept connections for now");
                    }
                    failing = true;
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            failing = false;
            let talk = self.host.clone().talk(stream, peer);
            let talk = self.cut.clone().run_until_cancelled_owned(talk);
            self.open.spawn(async move {
                talk.await;
                drop(slot);
            });
        }
    }
}

/// Whether the error says something about the connection that was to be accepted, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
