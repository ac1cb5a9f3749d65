//! What a service says of one of its checks.

use std::{
    fmt::{self, Debug, Display},
    future::{Future, pending},
    panic::resume_unwind,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::{sync::Mutex, task::spawn_blocking};

/// What the result of a check means for the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Without it the service is not ready, and unhealthy.
    Required,
    /// Without it the service is ready, but degraded.
    Degraded,
    /// It is shown, and means nothing for the whole.
    Ignored,
}

/// What is shown beside a result.
pub(crate) type Members = Map<String, Value>;

/// One run of a check; the error is words for the log.
pub(crate) type Probe =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Members, String>> + Send>> + Send + Sync>;

/// Reads what is shown beside each result.
pub(crate) type Details = Box<dyn Fn() -> Result<Members, String> + Send + Sync>;

/// Something that the service depends on or wants to show: how to ask for it, and what the answer
/// means. What is not said here is as in [`HealthSettings`](crate::HealthSettings).
#[must_use = "a check runs once it is added to a `Health`"]
pub struct Check {
    pub(crate) name: String,
    pub(crate) reason: String,
    pub(crate) policy: Policy,
    pub(crate) interval: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) failure_threshold: Option<u32>,
    pub(crate) success_threshold: Option<u32>,
    pub(crate) probe: Probe,
    pub(crate) details: Details,
}

impl Check {
    /// A required check; `name` is unique in its service. An error's own words go to the log
    /// only. A value is shown by `/health/detailed`: `()` not at all, a struct or map as members
    /// beside the status, anything else as `value`.
    pub fn new<F, R, T, E>(name: impl Into<String>, run: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Display,
    {
        let name = name.into();
        let probe: Probe = Box::new(move || {
            let run = run();
            Box::pin(async move {
                let value = run.await.map_err(|error| error.to_string())?;
                members(&value)
            })
        });
        Self {
            reason: format!("{name} unavailable"),
            name,
            policy: Policy::Required,
            interval: None,
            timeout: None,
            failure_threshold: None,
            success_threshold: None,
            probe,
            details: Box::new(|| Ok(Members::new())),
        }
    }

    /// The same for a `run` that blocks its thread, which therefore is none of the runtime's
    /// workers. While a run hangs no other one begins, however many time out.
    pub fn blocking<F, T, E>(name: impl Into<String>, run: F) -> Self
    where
        F: Fn() -> Result<T, E> + Send + Sync + 'static,
        T: Serialize + Send + 'static,
        E: Display + Send + 'static,
    {
        let run = Arc::new(run);
        let turn = Arc::new(Mutex::new(()));
        Self::new(name, move || {
            let (run, turn) = (Arc::clone(&run), Arc::clone(&turn));
            async move {
                let turn = turn.lock_owned().await;
                let ended = spawn_blocking(move || {
                    let _turn = turn;
                    run()
                });
                match ended.await.map_err(|error| error.try_into_panic()) {
                    Ok(result) => result,
                    Err(Ok(panic)) => resume_unwind(panic),
                    // The runtime ends, and this with it.
                    Err(Err(_)) => pending().await,
                }
            }
        })
    }

    /// What readiness says while the check is required and fails, in words that may be shown to
    /// anybody; otherwise "`name` unavailable".
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// What a failure means for the service; otherwise [`Policy::Required`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// From the start of one run to the start of the next.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// How long one run may take before it counts as failed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Failures in a row that make it unhealthy, at least 1.
    pub fn failure_threshold(mut self, failures: u32) -> Self {
        self.failure_threshold = Some(failures);
        self
    }

    /// Successes in a row that make it healthy again, at least 1.
    pub fn success_threshold(mut self, successes: u32) -> Self {
        self.success_threshold = Some(successes);
        self
    }

    /// What `/health/detailed` shows beside the status, read after each run whatever its result.
    /// `read` must not block; a panic in it is a failure of the check.
    pub fn details<D: Serialize>(mut self, read: impl Fn() -> D + Send + Sync + 'static) -> Self {
        self.details = Box::new(move || members(&read()));
        self
    }
}

impl Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn members(value: &impl Serialize) -> Result<Members, String> {
    match serde_json::to_value(value) {
        Ok(Value::Null) => Ok(Members::new()),
        Ok(Value::Object(members)) => Ok(members),
        Ok(value) => Ok(Members::from_iter([("value".to_owned(), value)])),
        Err(error) => Err(format!("what was found cannot be shown: {error}")),
    }
}
