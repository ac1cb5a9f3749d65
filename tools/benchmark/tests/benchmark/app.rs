//! A service with metrics, and a route for each way in which a request can go.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use poem::{
    EndpointExt, Response, Route, endpoint::make_sync, get, http::Method, http::StatusCode,
};
use server::{App, Connections, Grace, Lifecycle};
use telemetry::{Http, Metrics, MetricsSettings, RouteSpec};
use tokio::{
    net::TcpListener,
    sync::{Notify, RwLock, watch},
    time::sleep,
};

const TEMPLATES: [&str; 6] = [
    "/things",
    "/things/{thing_id}",
    "/things/newest",
    "/broken",
    "/stuck",
    "/metrics",
];

/// A running instance, on a port of its own.
pub(crate) struct Instance {
    /// Where it listens, such as `http://127.0.0.1:4711`.
    pub(crate) base_url: String,
    /// Notified when a request has come to the route that never answers.
    pub(crate) stuck: Arc<Notify>,
    /// Notified when the metrics were put into text.
    pub(crate) scraped: Arc<Notify>,
    /// Held by each answer while it is made, and by a stall.
    gate: Arc<RwLock<()>>,
    served: watch::Receiver<usize>,
}

impl Instance {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (stuck, scraped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let connections = Connections {
            max_connections: 1000,
            header_read_timeout: Duration::from_secs(60),
        };
        let lifecycle = Lifecycle::manual(Grace {
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::ZERO,
        });
        let gate = Arc::<RwLock<()>>::default();
        let (serving, served) = watch::channel(0);
        let app = app(Arc::clone(&stuck), Arc::clone(&scraped));
        let behind = Arc::clone(&gate);
        let app = App::new(app.before(move |request| {
            let gate = Arc::clone(&behind);
            serving.send_modify(|served| *served += 1);
            async move {
                drop(gate.read().await);
                Ok(request)
            }
        }));
        tokio::spawn(server::serve(listener, app, connections, lifecycle));
        Self {
            base_url,
            stuck,
            scraped,
            gate,
            served,
        }
    }

    /// Waits until so many requests have come.
    pub(crate) async fn served(&self, requests: usize) {
        let mut served = self.served.clone();
        served.wait_for(|served| *served >= requests).await.unwrap();
    }

    /// Answers nothing for this long, from now on.
    pub(crate) fn stall(&self, length: Duration) {
        let gate = Arc::clone(&self.gate);
        tokio::spawn(async move {
            let _closed = gate.write().await;
            sleep(length).await;
        });
    }

    pub(crate) fn metrics_url(&self) -> String {
        format!("{}/metrics", self.base_url)
    }
}

fn app(stuck: Arc<Notify>, scraped: Arc<Notify>) -> App {
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let specs = TEMPLATES.map(|template| RouteSpec {
        method: Method::GET,
        template: template.to_owned(),
        statuses: vec![200],
        quiet: true,
    });
    let http = Http::new(&metrics, specs).unwrap();
    let thing = || get(make_sync(|_| "a thing"));
    let never = poem::endpoint::make(move |_| {
        let stuck = Arc::clone(&stuck);
        async move {
            stuck.notify_one();
            std::future::pending::<Response>().await
        }
    });
    let metrics = metrics.endpoint().after(move |answer| {
        scraped.notify_one();
        async move { answer }
    });
    let routes = Route::new()
        .at("/things", thing().post(make_sync(|_| StatusCode::CREATED)))
        .at("/things/newest", thing())
        .at("/things/:thing_id", thing())
        .at("/broken", get(make_sync(|_| StatusCode::BAD_GATEWAY)))
        .at("/stuck", get(never))
        .at("/metrics", metrics);
    App::new(routes.with(http))
}
