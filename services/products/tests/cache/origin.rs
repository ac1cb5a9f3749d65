//! The database.

use std::{sync::Arc, time::Duration};

use products::cache::{Entry, Id, Origin};

use crate::{dice::Dice, truth::Truth};

/// How long half a query takes at most.
const SLOW: Duration = Duration::from_millis(80);

/// How long it takes at most where queries may hang.
pub(crate) const HANGS: Duration = Duration::from_secs(2);

pub(crate) struct Database {
    pub(crate) dice: Dice,
    pub(crate) truth: Truth,
    /// Now and then a query hangs for a while.
    pub(crate) hangs: bool,
}

impl Database {
    async fn half(&self) {
        let longest = if self.hangs && self.dice.once_in(10) {
            HANGS
        } else {
            SLOW
        };
        self.dice.pause(longest).await;
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Failed;

impl Origin for Database {
    type Error = Failed;

    async fn load(&self, id: Id) -> Result<Arc<Entry>, Failed> {
        self.half().await;
        let state = self.truth.state(id);
        self.half().await;
        if self.dice.once_in(50) {
            return Err(Failed);
        }
        Ok(state)
    }
}
