//! Steps, and what is printed of them.

use std::{
    fmt,
    io::{self, Write},
    time::Duration,
};

use anyhow::Context;
use humantime::format_duration;
use tokio::time::{Instant, sleep};

/// The pause between two looks: short for whoever waits, long for who is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Carries out a step and prints a line with its outcome.
///
/// # Errors
/// The step's, with its name.
pub(super) async fn step<T: fmt::Display>(
    name: &'static str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    match work.await {
        Ok(done) => {
            line("ok", name, &done)?;
            Ok(done)
        }
        Err(error) => {
            line("FAILED", name, &format_args!("{error:#}"))?;
            Err(error.context(name))
        }
    }
}

fn line(outcome: &str, name: &str, what: &dyn fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{outcome:<7} {name}: {what}")
}

/// Looks again and again, once at least, until it succeeds.
///
/// # Errors
/// The last look's, when `wait` is over.
pub(super) async fn until<T>(
    wait: Duration,
    mut look: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        let error = match look().await {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        if start.elapsed() >= wait {
            return Err(error).with_context(|| format!("not within {}", format_duration(wait)));
        }
        sleep(PAUSE).await;
    }
}
