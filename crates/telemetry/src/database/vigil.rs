//! Whether a database that is slow to answer lives, and what becomes of the work that waits for it.

use std::{
    fmt,
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, sqlx};
use tokio::{
    select,
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

use super::{
    eager::eager,
    pools::{Open, Pools},
};

/// What a living database told its probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It answers.
    Answered,
    /// It answers on a new connection: the one before had broken, and so may others have.
    Reconnected,
}

/// One question to the database.
type Question = Pin<Box<dyn Future<Output = Result<Sign, sqlx::Error>> + Send>>;

/// What came of a question.
type Answer = Result<Sign, Arc<sqlx::Error>>;

/// How watched work ends.
pub(super) enum End<T> {
    /// By itself.
    Outcome(Result<T, DbErr>),
    /// The database does not answer, and this is how.
    GivenUp(Arc<sqlx::Error>),
}

/// Asks the database for a sign of life when work on it waits for long.
///
/// A slow statement is left alone as long as there is one. Without one everything that waits is
/// given up, and new work gets a new pool: connections to a database that is gone without a word
/// stay open, and busy, until TCP gives up after a quarter of an hour.
pub(super) struct Vigil {
    probe: Box<dyn Fn() -> Question + Send + Sync>,
    reopen: Box<dyn Fn() -> DatabaseConnection + Send + Sync>,
    pools: Arc<Pools>,
    /// How long work waits before the database is asked.
    patience: Duration,
    /// How long the database may take to answer.
    limit: Duration,
    last: Mutex<Option<(Instant, Answer)>>,
    begun: Instant,
    /// When a statement last succeeded, in microseconds from `begun` on.
    heard: AtomicU64,
    /// How long that says that the database lives.
    fresh: Duration,
}

impl Vigil {
    /// Work on a dead database is given up within `bound`. `probe` asks it something cheap on a
    /// connection that is none of the pool's; `reopen` makes a new pool that connects to nothing yet.
    pub(super) fn new<P>(
        pools: Arc<Pools>,
        bound: Duration,
        probe: impl Fn() -> P + Send + Sync + 'static,
        reopen: impl Fn() -> DatabaseConnection + Send + Sync + 'static,
    ) -> Self
    where
        P: Future<Output = Result<Sign, sqlx::Error>> + Send + 'static,
    {
        Self {
            probe: Box::new(move || Box::pin(probe())),
            reopen: Box::new(reopen),
            pools,
            patience: bound.mul_f64(0.3),
            limit: bound.mul_f64(0.6),
            last: Mutex::default(),
            begun: Instant::now(),
            heard: AtomicU64::new(0),
            fresh: bound.mul_f64(0.1),
        }
    }

    /// Waits for `work` on `used` as long as the database lives, but not past `statement_timeout`,
    /// at which the database itself would have ended it.
    pub(super) async fn watch<T>(
        self: &Arc<Self>,
        used: &Arc<Open>,
        statement_timeout: Option<Duration>,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> End<T> {
        let end = self.bounded(statement_timeout, work).await;
        let lost = match &end {
            End::Outcome(outcome) => outcome.as_ref().is_err_and(is_broken_connection),
            End::GivenUp(_) => true,
        };
        if lost {
            self.renew(used);
        }
        end
    }

    async fn bounded<T>(
        self: &Arc<Self>,
        statement_timeout: Option<Duration>,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> End<T> {
        let longest = statement_timeout.map(|limit| limit + self.patience + self.limit);
        let begun = Instant::now();
        let mut work = pin!(work);
        loop {
            let left = longest.map(|longest| longest.saturating_sub(begun.elapsed()));
            let pause = left.map_or(self.patience, |left| left.min(self.patience));
            if pause.is_zero() {
                return End::GivenUp(no_answer());
            }
            if let Ok(outcome) = timeout(pause, work.as_mut()).await {
                return End::Outcome(outcome);
            }
            select! {
                biased;
                outcome = work.as_mut() => return End::Outcome(outcome),
                answer = self.ask() => if let Err(error) = answer && !is_answer(&error) {
                    return End::GivenUp(error);
                },
            }
        }
    }

    /// Asks the database, and gives what it said since this was called. It is asked once for all
    /// who want to know at the same time, and to the end, whoever has left meanwhile.
    pub(super) async fn ask(self: &Arc<Self>) -> Answer {
        let vigil = Arc::clone(self);
        let since = Instant::now();
        let asking = tokio::spawn(async move { vigil.answer_since(since).await });
        asking.await.unwrap_or_else(|_| Err(no_answer()))
    }

    /// The same for whoever wants to know only whether the database lives: if it takes its time to
    /// answer, a statement that succeeded meanwhile tells as much.
    pub(super) async fn ping(self: &Arc<Self>) -> Result<(), Arc<sqlx::Error>> {
        let mut answer = pin!(self.ask());
        select! {
            biased;
            answer = answer.as_mut() => return answer.map(drop),
            () = sleep(self.fresh) => {}
        }
        if self.has_heard() {
            return Ok(());
        }
        answer.await.map(drop)
    }

    /// The database has just answered as it should.
    pub(super) fn hear(&self) {
        let at = self.begun.elapsed().as_micros() as u64;
        self.heard.store(at, Ordering::Relaxed);
    }

    /// Whether statements succeed these days. A question may be late all the same: the probe that has to
    /// connect first computes for hundreds of turns (SCRAM), and has to wait for each where many
    /// others connect and work.
    fn has_heard(&self) -> bool {
        let at = self.begun + Duration::from_micros(self.heard.load(Ordering::Relaxed));
        at > self.begun && at.elapsed() < self.fresh && self.pools.current().pool.is_of_a_server()
    }

    async fn answer_since(&self, since: Instant) -> Answer {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && *at >= since
        {
            return answer.clone();
        }
        let used = self.pools.current();
        let answer = match timeout(self.limit, eager((self.probe)())).await {
            Ok(answer) => answer.map_err(Arc::new),
            Err(_) => Err(no_answer()),
        };
        let costs_the_pool = matches!(answer, Ok(Sign::Reconnected)) || silence(&answer).is_some();
        let answer = if costs_the_pool && self.has_heard() {
            Ok(Sign::Answered)
        } else {
            answer
        };
        let before = last.replace((Instant::now(), answer.clone()));
        let before = before.map(|(_, answer)| answer);
        if let Some(turn) = Turn::between(before.as_ref(), &answer) {
            log(turn);
        }
        if matches!(answer, Ok(Sign::Reconnected)) || silence(&answer).is_some() {
            self.renew(&used);
        }
        answer
    }

    /// Lets go of the connections of `used`: one of them broke or hangs, and the others may, too.
    fn renew(&self, used: &Arc<Open>) {
        if used.pool.is_of_a_server() {
            self.pools.replace(used, || Open::new((self.reopen)()));
        }
    }
}

/// Tells of an outage where it begins and where it ends: while it lasts, there are many questions.
fn log(turn: Turn<'_>) {
    match turn {
        Turn::Lost(error) => tracing::warn!(
            exception = %error,
            "The database gives no sign of life: what waits for it is given up"
        ),
        Turn::Back => tracing::info!("The database gives a sign of life again"),
    }
}

/// What changed from one answer to the next.
#[derive(Debug)]
enum Turn<'a> {
    Lost(&'a sqlx::Error),
    Back,
}

impl<'a> Turn<'a> {
    fn between(before: Option<&Answer>, now: &'a Answer) -> Option<Self> {
        match (before.and_then(silence), silence(now)) {
            (None, Some(error)) => Some(Self::Lost(error)),
            (Some(_), None) => Some(Self::Back),
            _ => None,
        }
    }
}

/// What happened instead of a sign of life.
fn silence(answer: &Answer) -> Option<&sqlx::Error> {
    let error = answer.as_ref().err()?;
    (!is_answer(error)).then_some(error)
}

/// What a question ends with that had no answer in time.
fn no_answer() -> Arc<sqlx::Error> {
    Arc::new(sqlx::Error::Io(io::ErrorKind::TimedOut.into()))
}

/// Whether it was the database that said so: then it lives.
fn is_answer(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(_))
}

/// The error as one of a statement.
pub(super) fn query(error: Arc<sqlx::Error>) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error))
}

/// Whether a connection was there and is lost.
fn is_broken_connection(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    match &**cause {
        sqlx::Error::Io(_) => true,
        // admin_shutdown, crash_shutdown
        sqlx::Error::Database(error) => {
            matches!(error.code().as_deref(), Some("57P01" | "57P02"))
        }
        _ => false,
    }
}

impl fmt::Debug for Vigil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vigil").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_of_where_it_begins_and_where_it_ends() {
        let answered = Ok(Sign::Answered);
        let refused = Err(Arc::new(sqlx::Error::Io(
            io::ErrorKind::ConnectionRefused.into(),
        )));
        let table = [
            (None, &answered, None, "the first answer"),
            (Some(&answered), &answered, None, "as ever"),
            (None, &refused, Some("lost"), "never there"),
            (Some(&answered), &refused, Some("lost"), "the begin"),
            (Some(&refused), &Err(no_answer()), None, "it lasts"),
            (Some(&refused), &answered, Some("back"), "the end"),
        ];
        for (before, now, expected, why) in table {
            let turn = Turn::between(before, now).map(|turn| match turn {
                Turn::Lost(_) => "lost",
                Turn::Back => "back",
            });

            assert_eq!(turn, expected, "{why}");
        }
    }
}
