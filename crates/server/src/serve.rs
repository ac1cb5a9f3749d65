//! The accept loop: who may connect, and how the last of them leaves.

use std::{convert::Infallible, io, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    select,
    time::{Instant, sleep, timeout_at},
};

use crate::{app::App, connection::Host, lifecycle::Lifecycle, open::Open};

/// The pause after an accept that failed for want of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the end takes when there is nothing to wait for: connections that are new or idle, and tasks
/// that are told, notice by then.
const NOTICE: Duration = Duration::from_millis(150);

/// What a listener grants to those who connect.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Connections open at the same time; the next one waits in the system's backlog.
    pub max_connections: usize,
    /// From the start of waiting for a request to the end of its head. It bounds how long a
    /// connection may be idle, too.
    pub header_read_timeout: Duration,
}

/// What had not ended at the deadline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still open and were cut.
    pub cut: usize,
    /// Background tasks that were still running: names, and how many of each.
    pub tasks: Vec<(&'static str, usize)>,
}

/// Serves `app` on `listener` until the service has drained, and then marks `lifecycle` drained.
///
/// Once draining has begun, answers ask their clients to close the connection. After
/// `drain_delay` nothing is accepted any more, idle connections are closed and background tasks
/// told to stop; they and what is in flight have `shutdown_timeout` to finish. What has not then is
/// cut, and counted in the log.
pub async fn serve(
    listener: TcpListener,
    app: App,
    connections: Connections,
    lifecycle: Lifecycle,
) -> Drained {
    let host = Host::new(app, connections.header_read_timeout, lifecycle.draining());
    let server = Server::new(listener, host, connections.max_connections);
    let open = server.accept_until(lifecycle.stopped()).await;
    let ended = async {
        open.closed().await;
        lifecycle.background_ended().await;
    };
    // A shorter timeout would count as cut what only had no time to notice.
    let deadline = lifecycle.deadline().max(Instant::now() + NOTICE);
    let drained = match timeout_at(deadline, ended).await {
        Ok(()) => Drained::default(),
        Err(_) => cut(&open, &lifecycle).await,
    };
    lifecycle.drained().cancel();
    drained
}

async fn cut(open: &Open, lifecycle: &Lifecycle) -> Drained {
    let drained = Drained {
        cut: open.count(),
        tasks: lifecycle.running(),
    };
    let tasks = drained.tasks.iter();
    let tasks: Vec<String> = tasks
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    tracing::warn!(
        connections = drained.cut,
        tasks = tasks.join(", "),
        "not finished within the shutdown timeout, and cut"
    );
    lifecycle.cutting().cancel();
    open.cut().await;
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
    open: Open,
}

impl Server {
    pub(crate) fn new(listener: TcpListener, host: Host, max_connections: usize) -> Server {
        Server {
            listener,
            open: Open::new(host, max_connections),
        }
    }

    /// Accepts until `stop`, then closes the listener and, as soon as they are idle, the
    /// connections, which are still to be waited for.
    pub(crate) async fn accept_until(self, stop: impl Future<Output = ()>) -> Open {
        select! {
            never = self.accept() => match never {},
            () = stop => {}
        }
        let Server { listener, open } = self;
        if let Err(error) = accept_waiting(listener, &open) {
            tracing::warn!(exception = %error, "connections in the backlog are lost");
        }
        open.close_when_idle();
        open
    }

    async fn accept(&self) -> Infallible {
        let mut failing = false;
        loop {
            let slot = self.open.slot().await;
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
            self.open.serve(stream, peer, Some(slot));
        }
    }
}

/// Serves those who are connected as far as they know: the system resets what waits in the backlog
/// of a listener that is closed.
fn accept_waiting(listener: TcpListener, open: &Open) -> io::Result<()> {
    let listener = listener.into_std()?;
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                open.serve(TcpStream::from_std(stream)?, peer, None);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => return Err(error),
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
