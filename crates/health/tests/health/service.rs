//! A service whose dependency does what the test says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use health::{Check, Health, HealthSettings, Policy};
use poem::{Endpoint, Request, Route, http::Method};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::journal::Journal;

pub(crate) const INTERVAL: Duration = Duration::from_secs(5);
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);

/// What the dependency does when it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mood {
    Answers,
    Refuses,
    Hangs,
    Panics,
}

pub(crate) struct Service {
    pub(crate) health: Health,
    pub(crate) draining: CancellationToken,
    mood: watch::Sender<Mood>,
    runs: Arc<AtomicU32>,
    routes: Route,
    /// Every test has one: tracing decides once for the process whether a line is wanted, and a
    /// thread that wants none could decide it for the others.
    pub(crate) journal: Journal,
}

impl Service {
    /// A service that fails after two failures and recovers after `successes`.
    pub(crate) fn new(successes: u32) -> Self {
        Self::paced(INTERVAL, TIMEOUT, successes)
    }

    /// The same in another rhythm, for tests without a paused clock.
    pub(crate) fn paced(interval: Duration, timeout: Duration, successes: u32) -> Self {
        let settings = HealthSettings {
            interval,
            timeout,
            failure_threshold: 2,
            success_threshold: successes,
            stall_after: Duration::from_secs(10),
            version: "1.2.3".to_owned(),
        };
        let draining = CancellationToken::new();
        let health = Health::new(settings, draining.clone());
        let routes = health.routes();
        Self {
            health,
            draining,
            mood: watch::Sender::new(Mood::Answers),
            runs: Arc::default(),
            routes,
            journal: Journal::open(),
        }
    }

    /// Adds a check of the dependency.
    pub(crate) fn depend(&self, name: &str, policy: Policy) {
        self.health.add(self.check(name).policy(policy));
    }

    /// A check of the dependency, which shows how often it was asked.
    pub(crate) fn check(&self, name: &str) -> Check {
        let mood = self.mood.subscribe();
        let (runs, shown) = (Arc::clone(&self.runs), Arc::clone(&self.runs));
        Check::new(name, move || {
            runs.fetch_add(1, Ordering::Relaxed);
            ask(*mood.borrow())
        })
        .details(move || json!({ "asked": shown.load(Ordering::Relaxed) }))
    }

    pub(crate) fn turn(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// How often the dependency was asked.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Lets `time` pass, and the checks that are due run.
    pub(crate) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Status code and body of `path`.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let request = Request::builder().method(Method::GET).uri_str(path);
        let response = self.routes.get_response(request.finish()).await;
        assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            response.content_type(),
            Some("application/json; charset=utf-8"),
            "{path}"
        );
        let status = response.status().as_u16();
        (status, response.into_body().into_json().await.unwrap())
    }

    /// What `/health` says of a check.
    pub(crate) async fn status(&self, check: &str) -> String {
        let (_, body) = self.get("/health").await;
        body["checks"][check].as_str().unwrap().to_owned()
    }

    /// Waits until `/health` says that of a check, without a paused clock.
    pub(crate) async fn becomes(&self, check: &str, status: &str) {
        servers::poll_until(status, Duration::from_secs(20), || async {
            match self.status(check).await {
                found if found == status => Ok(()),
                other => Err(other),
            }
        })
        .await;
    }

    /// The reason why the service is not ready, if it is not.
    #[track_caller]
    pub(crate) fn reason(&self) -> impl Future<Output = Option<String>> {
        let ready = self.get("/health/ready");
        async {
            match ready.await {
                (200, _) => None,
                (503, body) => Some(body["reason"].as_str().unwrap().to_owned()),
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn ask(mood: Mood) -> Result<(), &'static str> {
    match mood {
        Mood::Answers => Ok(()),
        Mood::Refuses => Err("postgres://user:hunter2@db refused"),
        Mood::Hangs => std::future::pending().await,
        Mood::Panics => panic!("the check itself is broken"),
    }
}
