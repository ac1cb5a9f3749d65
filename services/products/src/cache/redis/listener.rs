//! The connection that listens for changes.

use std::{pin::pin, sync::Mutex, time::Duration};

use futures_util::StreamExt;
use redis::{Client, RedisResult, aio::PubSubStream};
use tokio::time::{sleep, timeout};

use super::{
    failure::Secrets,
    link::CONNECT_TIMEOUT,
    message::Message,
    silence::{Silence, lock},
};
use crate::cache::Event;

/// A connection on which no heartbeat came back for this long is given up, since an end that nobody
/// told looks like silence.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often that is looked at when nothing at all is heard.
const LOOK: Duration = Duration::from_millis(500);

/// Before connecting again; doubled as long as that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Listens on a connection of its own, which only reads.
pub(super) struct Listener<'a> {
    pub(super) client: &'a Client,
    pub(super) channel: &'a str,
    pub(super) replica: &'a str,
    pub(super) beats: &'a Mutex<Silence>,
    pub(super) secrets: &'a Secrets,
}

impl Listener<'_> {
    /// Listens for ever.
    pub(super) async fn listen(&self, mut hear: impl FnMut(Event) + Send) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.subscribe().await {
                Ok(messages) => {
                    pause = FIRST_PAUSE;
                    hear(Event::Subscribed);
                    self.follow(messages, &mut hear).await;
                    hear(Event::Lost);
                }
                Err(error) => {
                    // One line an outage.
                    if pause == FIRST_PAUSE {
                        let exception = self.secrets.failure(&error).to_string();
                        tracing::warn!(exception, "Redis does not tell of changes");
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            sleep(pause).await;
        }
    }

    /// Connects, and subscribes to the channel.
    async fn subscribe(&self) -> RedisResult<PubSubStream> {
        let subscribed = timeout(CONNECT_TIMEOUT, async {
            let (mut sink, messages) = self.client.get_async_pubsub().await?.split();
            sink.subscribe(self.channel).await?;
            Ok(messages)
        });
        match subscribed.await {
            Ok(outcome) => outcome,
            Err(late) => Err(std::io::Error::from(late).into()),
        }
    }

    /// Hears what is told until the connection ends or has fallen silent.
    async fn follow(&self, messages: PubSubStream, hear: &mut (impl FnMut(Event) + Send)) {
        let mut messages = pin!(messages);
        lock(self.beats).answered();
        while !lock(self.beats).exceeds(PATIENCE) {
            match timeout(LOOK, messages.next()).await {
                Ok(Some(message)) => {
                    if let Some(event) = self.understand(message.get_payload_bytes()) {
                        hear(event);
                    }
                }
                Ok(None) => return,
                Err(_) => {}
            }
        }
    }

    /// What a message means here: others' heartbeats mean nothing.
    fn understand(&self, message: &[u8]) -> Option<Event> {
        match Message::parse(message)? {
            Message::Changed(id, version) => Some(Event::Changed { id, version }),
            Message::Beat(replica, number) if replica == self.replica => {
                lock(self.beats).answered();
                Some(Event::Beat(number))
            }
            Message::Beat(..) => None,
        }
    }
}
