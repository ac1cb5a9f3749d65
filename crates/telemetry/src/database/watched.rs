//! A pool in the hands of one unit of work.

use std::{future::Future, sync::Arc, time::Duration};

use sea_orm::{DatabaseConnection, DbErr};

use super::{
    pools::Open,
    vigil::{End, Vigil},
};

/// The pool that a unit of work began with, and who watches over it.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    open: Arc<Open>,
    vigil: Option<Arc<Vigil>>,
    /// When the database ends a statement by itself, if it does.
    pub(super) statement_timeout: Option<Duration>,
}

impl Watched {
    pub(super) fn new(
        open: Arc<Open>,
        vigil: Option<Arc<Vigil>>,
        statement_timeout: Option<Duration>,
    ) -> Self {
        Self {
            open,
            vigil,
            statement_timeout,
        }
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.open.connection
    }

    /// Waits for a statement on this pool: for ever where nobody watches.
    pub(super) async fn wait<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> End<T> {
        let end = self.wait_in_line(work).await;
        if let (Some(vigil), End::Outcome(Ok(_))) = (&self.vigil, &end) {
            vigil.hear();
        }
        end
    }

    /// The same for `work` that ends well without a word of the database.
    pub(super) async fn wait_in_line<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> End<T> {
        match &self.vigil {
            Some(vigil) => vigil.watch(&self.open, self.statement_timeout, work).await,
            None => End::Outcome(work.await),
        }
    }
}
