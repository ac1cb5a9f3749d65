//! The connection that all commands share.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::{sync::watch, time::Instant};

use super::{
    clock::{Clock, Time},
    silence::{Silence, lock},
};

/// How long it may take to connect, greeting and TLS included.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a command may take if whoever asked waits as long.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection on which nothing was answered for this long is given up: whatever became of the
/// other end, a new one tells.
const PATIENCE: Duration = Duration::from_secs(1);

/// Connections are begun no closer together than this.
const PAUSE: Duration = Duration::from_millis(100);

/// Commands that may wait to be written; more wait for room.
const BACKLOG: usize = 512;

/// The connection that all commands share. It is made when it is first needed, and made anew when it
/// has ended, could not be made, has fallen silent or leads to a server that may not be written.
///
/// The redis crate's own manager never tries again once a server has turned it away in words, and does
/// not give up a connection that is open and silent.
pub(super) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attempt: Option<Attempt>,
    silence: Silence,
}

/// A connection to a server.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) connection: MultiplexedConnection,
    /// That server's.
    pub(super) clock: Arc<Clock>,
}

type Outcome = Option<RedisResult<Connected>>;

/// A connection that is being made, was made or could not be made.
#[derive(Clone)]
struct Attempt {
    began: Instant,
    /// `None` until it is known.
    outcome: watch::Receiver<Outcome>,
    /// It was made and is of no more use.
    ended: bool,
}

impl Link {
    /// Nothing is connected.
    pub(super) fn new(client: Client) -> Self {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_pipeline_buffer_size(BACKLOG);
        Self {
            client,
            config,
            state: Mutex::default(),
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a command. Dropping the future leaves the connection as it is.
    pub(super) async fn run<T, F>(&self, command: impl FnOnce(Connected) -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let mut attempt = self.attempt();
        let outcome = match attempt.connected().await {
            Ok(connected) => command(connected).await,
            Err(error) => Err(error),
        };
        self.learn(&attempt, outcome.as_ref().err());
        outcome
    }

    /// The connection to use now; begins a new one if need be.
    fn attempt(&self) -> Attempt {
        let mut state = lock(&self.state);
        let silent = state.silence.exceeds(PATIENCE);
        let usable = state.attempt.as_ref().filter(|attempt| {
            let spent = silent || attempt.is_spent();
            !spent || attempt.began.elapsed() < PAUSE
        });
        let attempt = match usable {
            Some(attempt) => attempt.clone(),
            None => {
                state.silence.answered();
                self.begin()
            }
        };
        state.silence.asked();
        state.attempt.insert(attempt).clone()
    }

    /// Connects in a task of its own: whoever asks first may not wait for the end of it.
    fn begin(&self) -> Attempt {
        let (result, outcome) = watch::channel(None);
        let client = self.client.clone();
        let config = self.config.clone();
        tokio::spawn(async move {
            result.send_replace(Some(connect(&client, &config).await));
        });
        Attempt {
            began: Instant::now(),
            outcome,
            ended: false,
        }
    }

    /// Takes note of how a command fared.
    fn learn(&self, attempt: &Attempt, error: Option<&RedisError>) {
        let mut state = lock(&self.state);
        let current = state.attempt.as_mut();
        let Some(current) =
            current.filter(|current| current.outcome.same_channel(&attempt.outcome))
        else {
            return;
        };
        current.ended |= error.is_some_and(is_end);
        if error.is_none_or(|error| !error.is_timeout()) {
            state.silence.answered();
        }
    }
}

impl Attempt {
    async fn connected(&mut self) -> RedisResult<Connected> {
        let known = self.outcome.wait_for(Option::is_some).await;
        let outcome = known.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err((ErrorKind::Io, "the runtime ends").into()))
    }

    /// Whether it is of no use, any more or at all.
    fn is_spent(&self) -> bool {
        self.ended || matches!(*self.outcome.borrow(), Some(Err(_)))
    }
}

async fn connect(client: &Client, config: &AsyncConnectionConfig) -> RedisResult<Connected> {
    let connection = client.get_multiplexed_async_connection_with_config(config);
    let mut connection = connection.await?;
    let time: Time = redis::cmd("TIME").query_async(&mut connection).await?;
    Ok(Connected {
        connection,
        clock: Arc::new(Clock::new(time)),
    })
}

/// Whether a connection that answers so is of no more use: it is gone, or leads to a server that has
/// become a replica, while its name leads to another by now.
fn is_end(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}
