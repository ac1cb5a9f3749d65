//! An app with a route for every way in which a request can end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use poem::{Body, Endpoint, EndpointExt, Request, Response, endpoint::BoxEndpoint, http::Method};
use telemetry::{Http, Metrics, MetricsSettings, TelemetryGuard};
use tokio::{sync::Notify, time::timeout};

use crate::{
    capture,
    routes::{routes, specs},
};

/// Long enough for the slowest machine, and reached only when a test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct App {
    http: Http,
    metrics: Metrics,
    endpoint: Arc<BoxEndpoint<'static, Response>>,
    /// Notified whenever a request has reached the route that never answers.
    pub(crate) stuck: Arc<Notify>,
}

/// Series by name and labels, as they stand in a scrape.
pub(crate) type Scrape = BTreeMap<String, f64>;

impl App {
    pub(crate) fn new() -> Self {
        Self::with(|http| http)
    }

    /// The app with its middleware changed by `change`.
    pub(crate) fn with(change: impl FnOnce(Http) -> Http) -> Self {
        Self::build(&MetricsSettings::default(), change)
    }

    /// The app with room for so many label sets.
    pub(crate) fn limited(max_series: usize) -> Self {
        let settings = MetricsSettings {
            max_series,
            ..MetricsSettings::default()
        };
        Self::build(&settings, |http| http)
    }

    fn build(settings: &MetricsSettings, change: impl FnOnce(Http) -> Http) -> Self {
        capture::prepare();
        let metrics = Metrics::new(settings).unwrap();
        let stuck = Arc::new(Notify::new());
        let http = change(Http::new(&metrics, specs()).unwrap());
        let endpoint = routes(&metrics, &stuck).with(http.clone()).boxed();
        Self {
            http,
            metrics,
            endpoint: Arc::new(endpoint),
            stuck,
        }
    }

    pub(crate) fn endpoint(&self) -> Arc<BoxEndpoint<'static, Response>> {
        Arc::clone(&self.endpoint)
    }

    pub(crate) fn middleware(&self) -> Http {
        self.http.clone()
    }

    /// Shows the counters of a log in the scrapes.
    pub(crate) fn log(&self, guard: &TelemetryGuard) {
        self.metrics.log(guard).unwrap();
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Response {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method).uri(path.parse().unwrap());
        self.send(request.finish()).await
    }

    /// Sends a request and reads its answer to the end, as a client does.
    pub(crate) async fn send(&self, request: Request) -> Response {
        let (parts, body) = self.endpoint.get_response(request).await.into_parts();
        let bytes = body.into_bytes().await.unwrap();
        Response::from_parts(parts, Body::from_bytes(bytes))
    }

    /// Sends a request that never ends, and hangs up when it is being worked on.
    pub(crate) async fn abandon(&self) {
        tokio::select! {
            _ = self.ask("GET", "/stuck") => panic!("the stuck route answered"),
            () = self.stuck.notified() => {}
        }
    }

    /// Sends a request that never ends, to a server that stops while it is being worked on.
    pub(crate) async fn cut(&self) {
        let mut asked = Box::pin(self.ask("GET", "/stuck"));
        tokio::select! {
            _ = asked.as_mut() => panic!("the stuck route answered"),
            () = self.stuck.notified() => {}
        }
        telemetry::cutting(|| drop(asked));
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What the registry holds, without a request that would change it.
    pub(crate) async fn scrape(&self) -> Scrape {
        let request = Request::builder().method(Method::GET).finish();
        let response = self.metrics.endpoint().get_response(request).await;
        let text = response.into_body().into_string().await.unwrap();
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// Scrapes until `settled` is content, and gives the last scrape.
    pub(crate) async fn scrape_until(&self, settled: impl Fn(&Scrape) -> bool) -> Scrape {
        let mut last = Scrape::new();
        let settling = async {
            loop {
                last = self.scrape().await;
                if settled(&last) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        if timeout(DEADLINE, settling).await.is_err() {
            panic!("never settled: {last:#?}");
        }
        last
    }
}
