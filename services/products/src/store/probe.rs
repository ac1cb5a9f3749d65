//! A question to the database on a connection of its own: a busy pool is not a dead database.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use sea_orm::sqlx::{Connection, Error};
use telemetry::Sign;
use tokio::{sync::Mutex, time::timeout};

/// What comes of a question.
pub(super) type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Ends a probe's connection: the last one that leaves a SQLite file takes the log into it.
pub(super) type Ending = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Asks something cheap.
pub(super) type Ask<C> = fn(&mut C) -> Answer<'_>;

/// The connection, kept from one question to the next. It is no pool: a connection that does not
/// answer must be dropped, not waited for.
pub(super) struct Probe<C: Connection> {
    options: C::Options,
    ask: Ask<C>,
    /// How long one connection may take to answer.
    patience: Duration,
    kept: Mutex<Option<C>>,
}

impl<C: Connection + 'static> Probe<C> {
    pub(super) fn new(options: C::Options, ask: Ask<C>, patience: Duration) -> Self {
        Self {
            options,
            ask,
            patience,
            kept: Mutex::default(),
        }
    }

    /// Asks on the connection that is there and, should that have broken, on a new one.
    pub(super) async fn ask(&self) -> Result<Sign, Error> {
        let mut kept = self.kept.lock().await;
        let mut sign = Sign::Answered;
        if let Some(mut connection) = kept.take() {
            if let Ok(Ok(())) = timeout(self.patience, (self.ask)(&mut connection)).await {
                *kept = Some(connection);
                return Ok(sign);
            }
            sign = Sign::Reconnected;
        }
        let mut connection = C::connect_with(&self.options).await?;
        (self.ask)(&mut connection).await?;
        *kept = Some(connection);
        Ok(sign)
    }

    /// What ends the connection, where nobody asks any more.
    pub(super) fn ending(self: &Arc<Self>) -> Ending {
        let probe = Arc::clone(self);
        Box::new(move || {
            let probe = Arc::clone(&probe);
            Box::pin(async move {
                if let Some(connection) = probe.kept.lock().await.take()
                    && let Err(error) = connection.close().await
                {
                    tracing::debug!(exception = %error, "a connection did not close cleanly");
                }
            })
        })
    }
}
