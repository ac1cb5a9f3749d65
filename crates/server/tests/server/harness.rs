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

use poem::{Endpoint, EndpointExt, Request};
use server::{Connections, Drained, Grace, Lifecycle, Limits, Origins, guard, serve};
use telemetry::{Http, Metrics, MetricsSettings};
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
        let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
        let named = Http::new(&metrics, []).unwrap();
        let limits = self.limits.cut_by(&lifecycle);
        let guarded = guard(routes, limits, table(), &self.origins);
        let app = server::App::new(guarded.with(named));
        let task = tokio::spawn(serve(listener, app, self.connections, lifecycle.clone()));
        App {
            addr,
            lifecycle,
            latch,
            handled,
            metrics,
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
    metrics: Metrics,
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

    /// The bytes read so far of the bodies of requests with this method.
    pub(crate) async fn received(&self, method: &str) -> f64 {
        let response = self
            .metrics
            .endpoint()
            .get_response(Request::default())
            .await;
        let text = response.into_body().into_string().await.unwrap();
        let series =
            format!(r#"http_request_size_bytes_sum{{endpoint="unmatched",method="{method}"}} "#);
        let value = text.lines().find_map(|line| line.strip_prefix(&series));
        value.unwrap().parse().unwrap()
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

/// An application whose listener grants this.
pub(crate) async fn app_with(max_connections: usize, header_read_timeout: Duration) -> App {
    let connections = Connections {
        max_connections,
        header_read_timeout,
    };
    Setup {
        connections,
        ..Setup::default()
    }
    .start()
    .await
}
