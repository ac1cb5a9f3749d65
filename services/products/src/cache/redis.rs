//! The shared tier on Redis.
//!
//! Keys are `PREFIX:ID`, the channel of changes `PREFIX:changes`. A value begins with its version, so
//! that a script can compare it; see [`value`], [`message`] and `redis/store.lua`.

mod address;
mod clock;
mod failure;
mod link;
mod listener;
mod message;
mod silence;
mod value;

use std::{fmt, sync::Mutex, time::Duration};

use redis::{RedisResult, Script};
use secrecy::{ExposeSecret, SecretString};
use telemetry::trace_cache;

pub use self::failure::RedisFailure;
use self::{
    failure::Secrets,
    link::{Connected, Link},
    listener::Listener,
    message::Message,
    silence::Silence,
};
use crate::cache::{Change, Entry, Event, Id, Kept, NEVER, Remote};

/// Keys that are stored by one call of the script: Redis does nothing else meanwhile.
const CHUNK: usize = 100;

/// The shared tier on one Redis server, or what looks like one.
///
/// It needs `PTTL`, `GET`, `EVALSHA`, `SCRIPT LOAD`, `TIME`, `GETRANGE`, `SET`, `DEL`, `PUBLISH` and
/// `SUBSCRIBE`. Commands share one connection, listening has one of its own; both are made when they
/// are needed, and made again.
pub struct RedisRemote {
    prefix: String,
    channel: String,
    /// Tells this replica's heartbeats from others'.
    replica: String,
    script: Script,
    link: Link,
    /// How long this replica's heartbeats have not come back.
    beats: Mutex<Silence>,
    secrets: Secrets,
}

impl RedisRemote {
    /// The shared tier at a URL: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss` with
    /// TLS. With `?sslrootcert=FILE` the authorities in that PEM file are trusted instead of the
    /// public ones. `prefix` tells one database's keys from another's.
    ///
    /// Nothing is connected.
    ///
    /// # Errors
    /// When the URL cannot be understood or the file cannot be read.
    pub fn new(url: &SecretString, prefix: &str) -> Result<Self, RedisFailure> {
        let client = address::open(url.expose_secret())?;
        Ok(Self {
            prefix: prefix.to_owned(),
            channel: format!("{prefix}:changes"),
            replica: format!("{:016x}", fastrand::u64(..)),
            script: Script::new(include_str!("redis/store.lua")),
            secrets: Secrets::of(url.expose_secret(), &client),
            link: Link::new(client),
            beats: Mutex::default(),
        })
    }

    fn key(&self, id: Id) -> String {
        format!("{}:{id}", self.prefix)
    }

    /// Follows a command to its end.
    async fn ask<T, F>(
        &self,
        operation: &'static str,
        command: impl FnOnce(Connected) -> F + Send,
    ) -> Result<T, RedisFailure>
    where
        T: Send,
        F: Future<Output = RedisResult<T>> + Send,
    {
        trace_cache("redis", operation, self.run(command)).await
    }

    async fn run<T, F>(
        &self,
        command: impl FnOnce(Connected) -> F + Send,
    ) -> Result<T, RedisFailure>
    where
        T: Send,
        F: Future<Output = RedisResult<T>> + Send,
    {
        let outcome = self.link.run(command).await;
        outcome.map_err(|error| self.secrets.failure(&error))
    }

    /// Stores changes where they are newer, and tells `channel` of all of them if there is one.
    async fn store(&self, channel: &str, changes: &[Change]) -> Result<(), RedisFailure> {
        self.ask("EVALSHA", |mut connected| async move {
            let mut call = self.script.prepare_invoke();
            call.arg(channel);
            for change in changes {
                let version = change.entry.version;
                call.key(self.key(change.id));
                call.arg(value::encode(&change.entry));
                call.arg(milliseconds(change.lifetime));
                call.arg(connected.clock.at(change.by));
                call.arg(Message::Changed(change.id, version).to_string());
            }
            call.invoke_async(&mut connected.connection).await
        })
        .await
    }
}

impl Remote for RedisRemote {
    type Error = RedisFailure;

    async fn get(&self, id: Id) -> Result<Option<Kept>, RedisFailure> {
        let key = self.key(id);
        // A value that is replaced in between is newer than the lifetime it is given.
        let mut both = redis::pipe();
        both.pttl(&key).get(&key);
        let (lifetime, value): (i64, Option<Vec<u8>>) = self
            .ask("GET", |mut connected| async move {
                let found = both.query_async(&mut connected.connection).await;
                match found {
                    Err(error) if failure::is_wrong_type(&error) => Ok((0, Some(Vec::new()))),
                    found => found,
                }
            })
            .await?;
        let Some(value) = value else {
            return Ok(None);
        };
        // What somebody else wrote says nothing, and gives way to what does.
        let entry = value::decode(value).unwrap_or_else(|| Entry::unknown(NEVER));
        // Redis says -1 or -2 where there is no end, or was no key.
        let lifetime = Duration::from_millis(u64::try_from(lifetime).unwrap_or(0));
        Ok(Some(Kept { entry, lifetime }))
    }

    async fn offer(&self, change: &Change) -> Result<(), RedisFailure> {
        self.store("", std::slice::from_ref(change)).await
    }

    async fn publish(&self, changes: &[Change]) -> Result<(), RedisFailure> {
        for chunk in changes.chunks(CHUNK) {
            self.store(&self.channel, chunk).await?;
        }
        Ok(())
    }

    async fn beat(&self, number: u64) -> Result<(), RedisFailure> {
        silence::lock(&self.beats).asked();
        let beat = Message::Beat(&self.replica, number).to_string();
        let mut both = redis::pipe();
        both.publish(&self.channel, beat).ignore();
        both.cmd("TIME");
        // No span: it is sent again and again, for nobody's request.
        self.run(|mut connected| async move {
            let (time,) = both.query_async(&mut connected.connection).await?;
            connected.clock.set(time);
            Ok(())
        })
        .await
    }

    async fn listen(&self, hear: impl FnMut(Event) + Send) {
        let listener = Listener {
            client: self.link.client(),
            channel: &self.channel,
            replica: &self.replica,
            beats: &self.beats,
            secrets: &self.secrets,
        };
        listener.listen(hear).await;
    }
}

impl fmt::Debug for RedisRemote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRemote")
            .field("prefix", &self.prefix)
            .field("replica", &self.replica)
            .finish_non_exhaustive()
    }
}

/// What Redis takes as a lifetime: at least a millisecond, and no more than it can add to a time.
fn milliseconds(lifetime: Duration) -> u64 {
    const CENTURY: u64 = 100 * 365 * 24 * 3600 * 1000;
    u64::try_from(lifetime.as_millis()).map_or(CENTURY, |millis| millis.clamp(1, CENTURY))
}
