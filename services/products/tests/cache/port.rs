//! A replica's way to the shared tier, which may be cut.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use products::cache::{Change, Event, Id, Kept, Remote};
use tokio::{
    sync::mpsc::unbounded_channel,
    time::{sleep, timeout},
};

use crate::{
    dice::Dice,
    tier::{Tier, arrival},
};

/// How long a message takes at most, one way.
pub(crate) const SLOW: Duration = Duration::from_millis(30);

/// After how much silence a listener takes itself to be cut off.
const SILENCE: Duration = Duration::from_secs(5);

/// How long it takes at most to see that the other side has ended the connection.
const NOTICE: Duration = Duration::from_millis(500);

/// How late it has its effect at most what was given up by who asked for it.
pub(crate) const STRAY: Duration = Duration::from_secs(6);

/// The way of one replica. A clone is the same way.
#[derive(Debug, Clone)]
pub(crate) struct Port {
    pub(crate) replica: u32,
    pub(crate) dice: Dice,
    pub(crate) tier: Tier,
    pub(crate) cut: Arc<AtomicBool>,
    /// Now and then an operation fails for no reason.
    pub(crate) fails: bool,
}

impl Port {
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
        self.tier.deafen(self.replica);
    }

    pub(crate) fn heal(&self) {
        self.cut.store(false, Ordering::Relaxed);
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// An operation there and back; it fails, or is not answered, before it has its effect or after,
    /// or long before.
    async fn operation<T>(
        &self,
        effect: impl FnOnce(&Tier) -> T + Send + 'static,
    ) -> Result<T, &'static str> {
        self.leg().await?;
        if self.fails && self.dice.once_in(30) {
            let (dice, tier) = (self.dice.clone(), self.tier.clone());
            tokio::spawn(async move {
                dice.pause(STRAY).await;
                effect(&tier);
            });
            return std::future::pending().await;
        }
        let value = effect(&self.tier);
        self.leg().await?;
        Ok(value)
    }

    async fn leg(&self) -> Result<(), &'static str> {
        self.dice.pause(SLOW).await;
        if self.is_cut() || self.fails && self.dice.once_in(60) {
            if self.dice.once_in(2) {
                return Err("broken");
            }
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

impl Remote for Port {
    type Error = &'static str;

    async fn get(&self, id: Id) -> Result<Option<Kept>, Self::Error> {
        self.operation(move |tier| tier.get(id)).await
    }

    async fn offer(&self, change: &Change) -> Result<(), Self::Error> {
        let change = change.clone();
        self.operation(move |tier| tier.offer(&change)).await
    }

    async fn publish(&self, changes: &[Change]) -> Result<(), Self::Error> {
        let changes = changes.to_vec();
        self.operation(move |tier| tier.publish(&changes)).await
    }

    async fn beat(&self, number: u64) -> Result<(), Self::Error> {
        let replica = self.replica;
        self.operation(move |tier| tier.beat(replica, number)).await
    }

    async fn listen(&self, mut hear: impl FnMut(Event) + Send) {
        loop {
            self.dice.pause(SLOW).await;
            if self.is_cut() {
                sleep(SLOW).await;
                continue;
            }
            let (sender, mut events) = unbounded_channel();
            self.tier.subscribe(self.replica, sender);
            while let Ok(Some((at, event))) = timeout(SILENCE, events.recv()).await {
                arrival(at).await;
                hear(event);
            }
            self.dice.pause(NOTICE).await;
            hear(Event::Lost);
        }
    }
}
