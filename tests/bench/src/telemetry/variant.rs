//! One look-up in a table of finished answers, served with more and more telemetry around it.

use std::{
    collections::HashMap, fmt, io::Write, mem, net::Ipv4Addr, path::Path, sync::Arc, time::Duration,
};

use anyhow::{Result, ensure};
use bytes::Bytes;
use clap::{Args, ValueEnum};
use poem::{
    Endpoint, EndpointExt, Request, Response, Route, Server,
    endpoint::{BoxEndpoint, make_sync},
    error::NotFoundError,
    http::{Method, StatusCode, Uri, header},
    listener::TcpAcceptor,
};
use products::{
    api,
    catalogue::Catalogue,
    config::{Config, Sources},
    store::Store,
};
use server::{App, Connections, Grace, Lifecycle, Limits, Origins, RouteTable, guard};
use telemetry::{
    Format, Http, LogSettings, Metrics, MetricsSettings, ResourceSettings, RouteSpec,
    TelemetryGuard, TraceSettings,
};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Handle},
};

use crate::processor;

/// The routes that are declared.
const PATHS: [&str; 2] = ["/products/{product_id}", "/metrics"];

/// How much is around the look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Variant {
    /// poem and its own server, nothing else.
    Poem,
    /// The accept loop, limits and error answers of `crates/server`.
    Route,
    /// And the middleware, with the access log filtered out: ids, headers, counters.
    Metrics,
    /// And a line in the access log.
    Log,
    /// And all that a service has by default: process, system and runtime are watched, the
    /// read is counted.
    Everything,
    /// And one trace in ten is exported.
    Traces,
    /// The service's own route, which finds its product in SQLite.
    Stored,
    /// The same with everything.
    StoredEverything,
}

impl Variant {
    pub(super) const ALL: [Self; 8] = [
        Self::Poem,
        Self::Route,
        Self::Metrics,
        Self::Log,
        Self::Everything,
        Self::Traces,
        Self::Stored,
        Self::StoredEverything,
    ];

    /// What it is compared with.
    pub(super) fn base(self) -> Self {
        match self {
            Self::Stored | Self::StoredEverything => Self::Stored,
            _ => Self::Route,
        }
    }

    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Poem => "poem",
            Self::Route => "route",
            Self::Metrics => "metrics",
            Self::Log => "log",
            Self::Everything => "everything",
            Self::Traces => "traces",
            Self::Stored => "stored",
            Self::StoredEverything => "stored-everything",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poem => "bare poem",
            Self::Route => "the route without telemetry",
            Self::Metrics => "with metrics",
            Self::Log => "with metrics and access log",
            Self::Everything => "with everything",
            Self::Traces => "and a tenth of the traces",
            Self::Stored => "the service's route on SQLite without telemetry",
            Self::StoredEverything => "with everything",
        })
    }
}

/// What a server is told on its command line.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// What is around the look-up.
    variant: Variant,
    /// The processor to keep to.
    #[arg(long)]
    processor: usize,
    /// Where traces go.
    #[arg(long)]
    collector: String,
}

/// Serves on a free port, which it says on standard error, until the process is killed.
///
/// # Errors
/// When it cannot listen, or write to standard error.
pub(crate) fn serve(serve: Serve) -> Result<()> {
    let variant = serve.variant;
    processor::keep_on(serve.processor);
    let filter = match variant {
        Variant::Poem | Variant::Route | Variant::Metrics | Variant::Stored => "warn",
        _ => "info",
    };
    let traces = TraceSettings {
        otlp_endpoint: (variant == Variant::Traces).then_some(serve.collector),
        sample_ratio: 0.1,
        ..TraceSettings::default()
    };
    let log = LogSettings {
        filter: filter.to_owned(),
        format: Format::Json,
    };
    let telemetry = telemetry::init(&log, &traces)?;
    // One processor has work for one worker.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        writeln!(std::io::stderr(), "{}", listener.local_addr()?)?;
        if variant == Variant::Poem {
            let acceptor = TcpAcceptor::from_tokio(listener)?;
            return Ok(Server::new_with_acceptor(acceptor)
                .run(routes(|| {}))
                .await?);
        }
        let connections = Connections {
            max_connections: 1000,
            // It bounds how long a connection waits for its next turn, too.
            header_read_timeout: Duration::from_secs(3600),
        };
        let lifecycle = Lifecycle::manual(Grace {
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::ZERO,
        });
        let folder = tempfile::tempdir()?;
        let app = app(variant, &telemetry, folder.path()).await?;
        server::serve(listener, app, connections, lifecycle).await;
        Ok(())
    })
}

/// The look-up behind the guard, and as much telemetry as `variant` says.
async fn app(variant: Variant, telemetry: &TelemetryGuard, folder: &Path) -> Result<App> {
    let metrics = Metrics::new(&MetricsSettings::default())?;
    let whole = matches!(
        variant,
        Variant::Everything | Variant::Traces | Variant::StoredEverything
    );
    if whole {
        metrics.log(telemetry)?;
        // It stops when it is dropped, and this serves until the process ends.
        mem::forget(metrics.watch(&ResourceSettings::default(), &Handle::current())?);
    }
    let products = match variant.base() {
        Variant::Stored => stored(&metrics, folder).await?,
        _ if whole => {
            let read = metrics.items("products").read;
            routes(move || read.inc()).boxed()
        }
        _ => routes(|| {}).boxed(),
    };
    let routes = Route::new()
        .at("/metrics", metrics.endpoint())
        .nest("/", products);
    let table = RouteTable::new(PATHS.map(|path| (Method::GET, path)))?;
    let limits = Limits::new(16 << 20, 2048, Duration::from_secs(30));
    let app = guard(routes, limits, table, &Origins::default());
    if variant == variant.base() {
        return Ok(app);
    }
    let specs = PATHS.map(|template| RouteSpec {
        method: Method::GET,
        template: template.to_owned(),
        statuses: vec![200, 500, 503, 504],
        quiet: template == "/metrics",
    });
    Ok(App::new(app.with(Http::new(&metrics, specs)?)))
}

/// The service's routes with a product in an SQLite file. Its statements are measured in any case.
async fn stored(metrics: &Metrics, folder: &Path) -> Result<BoxEndpoint<'static, Response>> {
    let config = Config::load(&Sources {
        working_dir: folder.to_owned(),
        flags: vec![(
            "database.url".to_owned(),
            format!("sqlite://{}/products.db?mode=rwc", folder.display()),
        )],
        ..Sources::default()
    })?;
    let store = Arc::new(Store::open(&config.database, metrics)?);
    store.migrate().await?;
    let patience = config.database.acquire_timeout;
    let catalogue = Catalogue::new(store, metrics.items("products"), patience, api::render);
    let routes = api::routes(catalogue, true).map_to_response().boxed();
    let product = r#"{"id":7,"name":"Laptop","price":999.99,"amount":10}"#;
    let request = Request::builder()
        .method(Method::POST)
        .uri(Uri::from_static("/products"))
        .content_type("application/json")
        .body(product);
    let created = routes.get_response(request).await.status();
    ensure!(created == StatusCode::CREATED, "no product: {created}");
    Ok(routes)
}

fn routes(found: impl Fn() + Send + Sync + 'static) -> Route {
    Route::new().at("/products/:product_id", poem::get(look_up(found)))
}

/// Answers from memory, as a cache would, and calls `found` each time.
fn look_up(found: impl Fn() + Send + Sync + 'static) -> impl Endpoint<Output = Response> {
    let products: HashMap<u64, Bytes> = (1..=1000).map(|id| (id, body(id))).collect();
    make_sync(move |request: Request| {
        let body = request
            .raw_path_param("product_id")
            .and_then(|id| products.get(&id.parse().ok()?))
            .ok_or(NotFoundError)?;
        found();
        Ok::<_, poem::Error>(
            Response::builder()
                .content_type("application/json")
                .header(header::ETAG, "\"42\"")
                .header(header::CACHE_CONTROL, "private, no-cache")
                .body(body.clone()),
        )
    })
}

fn body(id: u64) -> Bytes {
    let time = "2026-01-31T12:00:00.000000Z";
    format!(
        r#"{{"id":{id},"name":"Laptop","price":999.99,"amount":10,"created_at":"{time}","updated_at":"{time}"}}"#
    )
    .into()
}
