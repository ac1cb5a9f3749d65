//! A service to test, a client that writes bytes as they are, and an ear for the log.

mod child;
mod log;
mod routes;
mod wire;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use poem::EndpointExt;
use server::{Connections, Drained, Grace, Lifecycle, Limits, Origins, guard, serve};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) use self::{
    child::{Child, is_child, serve_as_child},
    log::{Log, print_log},
    routes::{Latch, table},
    wire::{Reply, Wire},
};

/// Longer than anything a test waits for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// What a test may set about its service.
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) connections: Connections,
    pub(crate) grace: Grace,
    pub(crate) origins: Origins,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            limits: Limits::new(1 << 20, 100, DEADLINE),
            connections: Connections {
                max_connections: 100,
                header_read_timeout: DEADLINE,
            },
            grace: Grace {
                drain_delay: Duration::ZERO,
                shutdown_timeout: DEADLINE,
            },
            origins: Origins::default(),
        }
    }
}

impl Setup {
    /// Serves the routes of [`routes`] on a free port.
    pub(crate) async fn start(self) -> App {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let lifecycle = Lifecycle::manual(self.grace);
        let latch = Latch::default();
        let handled = Arc::new(AtomicUsize::new(0));
        let counter = handled.clone();
        let routes = routes::routes(&latch).before(move |request| {
            counter.fetch_add(1, Ordering::SeqCst);
            async move { Ok(request) }
        });
        let metrics = telemetry::Metrics::new(&telemetry::MetricsSettings::default()).unwrap();
        let named = telemetry::Http::new(&metrics, []).unwrap();
        let app = guard(routes, self.limits, table(), &self.origins)
            .with(named)
            .boxed();
        let task = tokio::spawn(serve(listener, app, self.connections, lifecycle.clone()));
        App {
            addr,
            lifecycle,
            latch,
            handled,
            task,
        }
    }
}

/// A running service.
pub(crate) struct App {
    pub(crate) addr: SocketAddr,
    pub(crate) lifecycle: Lifecycle,
    /// Holds back the requests to `/wait`.
    pub(crate) latch: Latch,
    handled: Arc<AtomicUsize>,
    task: JoinHandle<Drained>,
}

impl App {
    pub(crate) async fn start() -> App {
        Setup::default().start().await
    }

    /// How many requests reached the routes.
    pub(crate) fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire::connect(self.addr).await
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Reply {
        let mut wire = self.connect().await;
        wire.request(method, path).await;
        match method {
            "HEAD" => wire.head().await,
            _ => wire.reply().await,
        }
    }

    /// Waits for the end of the drain.
    pub(crate) async fn drained(self) -> Drained {
        within(self.task).await.unwrap()
    }
}

/// Awaits something that happens soon or not at all.
#[track_caller]
pub(crate) fn within<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let result = tokio::time::timeout(DEADLINE, future).await;
        result.unwrap_or_else(|_| panic!("did not happen within {DEADLINE:?}: {caller}"))
    }
}
