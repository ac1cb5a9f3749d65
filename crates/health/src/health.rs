//! The checks, the startup steps and what they add up to.

use std::{
    fmt::Display,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use poem::{Route, http::Method};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    check::{Check, Policy, Probe},
    routes,
    startup::{Startup, Step},
};

/// How often and how patiently things are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthSettings {
    /// From the start of one run of a check to the start of the next.
    pub interval: Duration,
    /// How long one run may take before it counts as failed.
    pub timeout: Duration,
    /// Failures in a row that make a healthy check unhealthy, at least 1.
    pub failure_threshold: u32,
    /// Successes in a row that make an unhealthy check healthy, at least 1.
    pub success_threshold: u32,
    /// The version of the service, shown by `/health`.
    pub version: String,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(1),
            failure_threshold: 2,
            success_threshold: 1,
            version: String::new(),
        }
    }
}

/// The health of one service. A clone is the same health.
#[derive(Clone)]
pub struct Health {
    inner: Arc<Inner>,
}

struct Inner {
    settings: HealthSettings,
    draining: CancellationToken,
    stopping: CancellationToken,
    startup: Startup,
    checks: RwLock<Vec<Arc<Check>>>,
    watches: TaskTracker,
}

impl Health {
    /// A service without checks, which is ready until `draining` is cancelled.
    #[must_use]
    pub fn new(settings: HealthSettings, draining: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                settings,
                draining,
                stopping: CancellationToken::new(),
                startup: Startup::default(),
                checks: RwLock::default(),
                watches: TaskTracker::new(),
            }),
        }
    }

    /// Adds a check, which runs from [`Health::spawn`] on. `reason` is what readiness says
    /// while a required check fails; the error's own words go to the log only.
    pub fn check<F, R, E>(&self, name: &str, reason: &str, policy: Policy, run: F) -> &Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let probe: Probe = Box::new(move || {
            let run = run();
            Box::pin(async move { run.await.map_err(|error| error.to_string()) })
        });
        let check = Check::new(name.to_owned(), reason.to_owned(), policy, probe);
        self.inner
            .checks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::new(check));
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
        for check in self.checks().into_iter().filter(|check| check.begin()) {
            let inner = Arc::clone(&self.inner);
            self.inner.watches.spawn(async move {
                inner
                    .stopping
                    .run_until_cancelled(check.watch(&inner.settings))
                    .await;
            });
        }
    }

    /// Stops the checks and waits until none of them runs, so that what they look at can be
    /// closed. The endpoints go on answering from the last results.
    pub async fn stop(&self) {
        self.inner.stopping.cancel();
        self.inner.watches.close();
        self.inner.watches.wait().await;
    }

    /// The endpoints, with the paths of [`Health::specs`].
    #[must_use]
    pub fn routes(&self) -> Route {
        routes::build(self)
    }

    /// Method, path and possible status codes of each endpoint, for whoever measures routes.
    #[must_use]
    pub fn specs() -> Vec<(Method, &'static str, &'static [u16])> {
        routes::specs()
    }

    pub(crate) fn version(&self) -> &str {
        &self.inner.settings.version
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.inner.draining.is_cancelled()
    }

    pub(crate) fn waiting_for(&self) -> Vec<&'static str> {
        self.inner.startup.waiting_for()
    }

    pub(crate) fn checks(&self) -> Vec<Arc<Check>> {
        self.inner
            .checks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
