//! The checks, the startup steps and what they add up to.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use poem::{Route, http::Method};
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Check, HealthCollector, HealthSettings, routes,
    startup::{Startup, Step},
    verdict::Finding,
    watch::Watch,
};

/// The health of one service. A clone is the same health.
#[derive(Clone)]
pub struct Health {
    inner: Arc<Inner>,
}

/// For how long an event loop has been held up.
type StalledFor = Box<dyn Fn() -> Duration + Send + Sync>;

struct Inner {
    settings: HealthSettings,
    since: Instant,
    draining: CancellationToken,
    stopping: CancellationToken,
    startup: Startup,
    watches: RwLock<Vec<Arc<Watch>>>,
    loops: RwLock<Vec<StalledFor>>,
    running: TaskTracker,
}

impl Health {
    /// A service without checks, which is ready until `draining` is cancelled.
    #[must_use]
    pub fn new(settings: HealthSettings, draining: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                settings,
                since: Instant::now(),
                draining,
                stopping: CancellationToken::new(),
                startup: Startup::default(),
                watches: RwLock::default(),
                loops: RwLock::default(),
                running: TaskTracker::new(),
            }),
        }
    }

    /// Adds a check, which runs from [`Health::spawn`] on.
    pub fn add(&self, check: Check) -> &Self {
        let watch = Watch::new(check, &self.inner.settings);
        self.inner
            .watches
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::new(watch));
        self
    }

    /// Lets liveness ask `stalled_for` how long an event loop has been held up by now, on whatever
    /// thread serves the endpoint. Of several loops the worst one counts.
    pub fn watch_stall(&self, stalled_for: impl Fn() -> Duration + Send + Sync + 'static) -> &Self {
        self.inner
            .loops
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(stalled_for));
        self
    }

    /// Declares a step of the startup: the service is `starting` until it is done.
    pub fn starting(&self, name: &'static str) -> Step {
        self.inner.startup.declare(name)
    }

    /// Starts the checks in the background, side by side; one that runs already goes on.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn spawn(&self) {
        for watch in self.watches().into_iter().filter(|watch| watch.begin()) {
            let stopping = self.inner.stopping.clone();
            self.inner.running.spawn(async move {
                stopping.run_until_cancelled(watch.keep_running()).await;
            });
        }
    }

    /// Stops the checks and waits until none of them runs, so that what they look at can be
    /// closed. The endpoints go on answering from the last results until those are stale.
    pub async fn stop(&self) {
        self.inner.stopping.cancel();
        self.inner.running.close();
        self.inner.running.wait().await;
    }

    /// The endpoints, with the paths of [`Health::specs`].
    #[must_use]
    pub fn routes(&self) -> Route {
        routes::build(self)
    }

    /// The results as metrics, for any registry.
    #[must_use]
    pub fn collector(&self) -> HealthCollector {
        HealthCollector::new(self.clone())
    }

    /// Method, path and possible status codes of each endpoint, for whoever measures routes.
    #[must_use]
    pub fn specs() -> Vec<(Method, &'static str, &'static [u16])> {
        routes::specs()
    }

    pub(crate) fn version(&self) -> &str {
        &self.inner.settings.version
    }

    /// The time since this health was made.
    pub(crate) fn uptime(&self) -> Duration {
        self.inner.since.elapsed()
    }

    pub(crate) fn is_stalled(&self) -> bool {
        let stall_after = self.inner.settings.stall_after;
        self.inner
            .loops
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .any(|stalled_for| stalled_for() >= stall_after)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.inner.draining.is_cancelled()
    }

    pub(crate) fn waiting_for(&self) -> Vec<&'static str> {
        self.inner.startup.waiting_for()
    }

    /// Every check with what is known of it by now.
    pub(crate) fn look(&self) -> Vec<Finding> {
        let watches = self.watches().into_iter();
        watches
            .map(|watch| Finding {
                knowledge: watch.look(),
                watch,
            })
            .collect()
    }

    fn watches(&self) -> Vec<Arc<Watch>> {
        self.inner
            .watches
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
