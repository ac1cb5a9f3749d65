//! Metrics with their resources watched, and scrapes of them.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use poem::{Endpoint, Request};
use telemetry::{Metrics, MetricsSettings, ResourceSettings, Watcher};
use tokio::runtime::{Builder, Handle, Runtime};

/// Long enough for the slowest machine, and reached only when a test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Watched {
    pub(crate) metrics: Metrics,
    pub(crate) watcher: Watcher,
    /// A runtime of its own, so that a scrape does not need the one that is watched.
    pub(crate) scraper: Runtime,
}

/// Series by name and labels.
pub(crate) type Scrape = BTreeMap<String, f64>;

impl Watched {
    /// Samples often, and the runtime does nothing but run.
    pub(crate) fn start() -> (Self, Runtime) {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        (Self::of(runtime.handle()), runtime)
    }

    pub(crate) fn of(runtime: &Handle) -> Self {
        Self::with(runtime, Duration::from_millis(20), ".")
    }

    pub(crate) fn with(runtime: &Handle, interval: Duration, disk: impl Into<PathBuf>) -> Self {
        let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
        let settings = ResourceSettings {
            interval,
            disk_path: disk.into(),
        };
        Self {
            watcher: metrics.watch(&settings, runtime).unwrap(),
            metrics,
            scraper: Builder::new_current_thread().build().unwrap(),
        }
    }

    pub(crate) fn scrape(&self) -> Scrape {
        scrape(&self.metrics, &self.scraper)
    }

    #[track_caller]
    pub(crate) fn read(&self, series: &str) -> f64 {
        let scrape = self.scrape();
        *scrape
            .get(series)
            .unwrap_or_else(|| panic!("no {series} in {scrape:#?}"))
    }

    /// Scrapes until `good`.
    #[track_caller]
    pub(crate) fn wait(&self, series: &str, good: impl Fn(f64) -> bool) -> f64 {
        servers::poll_until_blocking(series, DEADLINE, || {
            let value = self.read(series);
            if good(value) { Ok(value) } else { Err(value) }
        })
    }

    /// Scrapes until the value is what `truth` says before and after.
    #[track_caller]
    pub(crate) fn agrees(&self, series: &str, truth: impl Fn() -> f64) -> f64 {
        servers::poll_until_blocking(series, DEADLINE, || {
            let (before, value, after) = (truth(), self.read(series), truth());
            if before == value && value == after {
                Ok(value)
            } else {
                Err((before, value, after))
            }
        })
    }
}

pub(crate) fn scrape(metrics: &Metrics, runtime: &Runtime) -> Scrape {
    let endpoint = metrics.endpoint();
    let text = runtime.block_on(async {
        let response = endpoint.get_response(Request::default()).await;
        response.into_body().into_string().await.unwrap()
    });
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
        .collect()
}
