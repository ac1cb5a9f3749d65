//! A listener that answers while the service cannot.

use std::{io, net, thread, time::Duration};

use tokio::{net::TcpListener, runtime::Builder, sync::oneshot, time::timeout};

use crate::{
    app::App,
    connection::Host,
    lifecycle::Lifecycle,
    serve::{Connections, Server},
};

/// What it takes to end when it has cut connections.
const CUTTING: Duration = Duration::from_millis(300);

/// The management port, on a thread and a runtime of its own: probes and metrics are answered
/// when the service's own runtime is stuck.
#[derive(Debug)]
pub struct Management {
    lifecycle: Lifecycle,
    thread: thread::JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

impl Management {
    /// Serves `app` on `listener` until the API has drained.
    ///
    /// # Errors
    /// Of the system, when it grants no thread or no event queue.
    pub fn spawn(
        listener: net::TcpListener,
        app: App,
        connections: Connections,
        lifecycle: Lifecycle,
    ) -> io::Result<Management> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let host = Host::new(app, connections.header_read_timeout, lifecycle.draining());
        let server = Server::new(listener, host, connections.max_connections);
        let (end, ended) = oneshot::channel();
        let stages = lifecycle.clone();
        let thread = thread::Builder::new()
            .name("management".to_owned())
            .spawn(move || {
                runtime.block_on(run(server, stages));
                let _ = end.send(());
            })?;
        Ok(Management {
            lifecycle,
            thread,
            ended,
        })
    }

    /// Stops the listener, whether or not the API has drained, and waits for its thread.
    /// Returns whether it ended within `deadline`.
    pub async fn join(self, deadline: Duration) -> bool {
        self.lifecycle.drained().cancel();
        let in_time = timeout(deadline, self.ended).await.is_ok();
        if !in_time {
            tracing::warn!("the management listener did not stop in time");
        } else if self.thread.join().is_err() {
            tracing::error!("the management listener panicked");
        }
        in_time
    }
}

async fn run(server: Server, lifecycle: Lifecycle) {
    let drained = lifecycle.drained();
    let open = server.accept_until(drained.cancelled()).await;
    let grace = lifecycle.time_to_close().saturating_sub(CUTTING);
    if timeout(grace, open.closed()).await.is_err() {
        tracing::warn!(connections = open.count(), "management requests are cut");
        open.cut().await;
    }
}
