//! The database.

use std::{sync::Arc, time::Duration};

use products::cache::{Entry, Id, Origin};

use crate::{dice::Dice, truth::Truth};

/// How long a query takes at most.
const SLOW: Duration = Duration::from_millis(80);

pub(crate) struct Database {
    pub(crate) dice: Dice,
    pub(crate) truth: Truth,
}

#[derive(Debug, Clone)]
pub(crate) struct Failed;

impl Origin for Database {
    type Error = Failed;

    async fn load(&self, id: Id) -> Result<Arc<Entry>, Failed> {
        self.dice.pause(SLOW).await;
        let state = self.truth.state(id);
        self.dice.pause(SLOW).await;
        if self.dice.once_in(50) {
            return Err(Failed);
        }
        Ok(state)
    }
}
