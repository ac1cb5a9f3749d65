//! An app with a route for every way in which a request can end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use poem::{
    Body, Endpoint, EndpointExt, Request, Response, Route, RouteMethod,
    endpoint::{BoxEndpoint, make},
    error::NotFoundError,
    http::{Method, StatusCode},
};
use telemetry::{Http, Metrics, MetricsSettings, RouteSpec};
use tokio::sync::Notify;

use crate::capture;

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
        capture::prepare();
        let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
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

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Response {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method).uri(path.parse().unwrap());
        self.send(request.finish()).await
    }

    pub(crate) async fn send(&self, request: Request) -> Response {
        self.endpoint.get_response(request).await
    }

    /// Sends a request that never ends, and hangs up when it is being worked on.
    pub(crate) async fn abandon(&self) {
        tokio::select! {
            _ = self.ask("GET", "/stuck") => panic!("the stuck route answered"),
            () = self.stuck.notified() => {}
        }
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
}

fn specs() -> Vec<RouteSpec> {
    let spec = |method: Method, template: &str, statuses: &[u16], quiet| RouteSpec {
        method,
        template: template.to_owned(),
        statuses: statuses.to_vec(),
        quiet,
    };
    vec![
        spec(Method::GET, "/things", &[200, 500], false),
        spec(Method::POST, "/things", &[201, 500], false),
        spec(Method::GET, "/things/{id}", &[200, 500], false),
        spec(Method::GET, "/stuck", &[], false),
        spec(Method::GET, "/panics", &[], false),
        spec(Method::GET, "/stream", &[], false),
        spec(Method::GET, "/probe", &[200], true),
        spec(Method::GET, "/files/{*path}", &[200], false),
        spec(Method::GET, "/metrics", &[200], true),
    ]
}

fn routes(metrics: &Metrics, stuck: &Arc<Notify>) -> Route {
    let stuck = Arc::clone(stuck);
    Route::new()
        .at("/things", answer(200, "[]").post(make(|_| created())))
        .at("/things/:id", poem::get(make(find)))
        .at("/stuck", poem::get(make(move |_| wait(Arc::clone(&stuck)))))
        .at("/panics", poem::get(make(|_| async { give_up() })))
        .at("/stream", poem::get(make(|_| async { stream() })))
        .at("/probe", answer(200, "ok"))
        .at("/files/*path", answer(200, "file"))
        .at("/metrics", metrics.endpoint())
}

fn answer(status: u16, body: &'static str) -> RouteMethod {
    poem::get(make(move |_| async move {
        Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .body(body)
    }))
}

async fn created() -> StatusCode {
    StatusCode::CREATED
}

async fn find(request: Request) -> poem::Result<&'static str> {
    match request.raw_path_param("id") {
        Some("1") => Ok("one"),
        _ => Err(NotFoundError.into()),
    }
}

async fn wait(stuck: Arc<Notify>) {
    stuck.notify_one();
    std::future::pending::<()>().await;
}

fn give_up() {
    panic!("the handler gave up");
}

fn stream() -> Body {
    let pieces = ["a", "b"].map(Ok::<_, std::io::Error>);
    Body::from_bytes_stream(futures_util::stream::iter(pieces))
}
