//! The use cases. Nothing here knows HTTP.
//!
//! A write runs in a task of its own that the caller awaits: it is finished, committed and counted
//! even when the caller is dropped; [`Catalogue::writes`] are to be waited for at shutdown.

mod keys;
mod outages;

use std::{sync::Arc, time::Duration};

use telemetry::Items;
use tokio_util::task::TaskTracker;

use crate::{
    domain::{Changes, NewProduct, Product, ProductId, Version},
    store::{Created, Error, Idempotency, ListQuery, Page, Precondition, Store},
};
use keys::RunningKeys;
use outages::Outages;

/// The products, as the API offers them.
#[derive(Clone)]
pub struct Catalogue {
    store: Arc<Store>,
    items: Items,
    keys: Arc<RunningKeys>,
    outages: Arc<Outages>,
    writes: TaskTracker,
}

impl Catalogue {
    /// A catalogue of what `store` holds; a second request with an idempotency key waits `patience`
    /// for the first.
    pub fn new(store: Arc<Store>, items: Items, patience: Duration) -> Self {
        let keys = Arc::new(RunningKeys::new(patience));
        Self {
            store,
            items,
            keys,
            outages: Arc::default(),
            writes: TaskTracker::new(),
        }
    }

    /// The product with this id, if `wanted` finds its version of interest: a client that has it
    /// already gets `None`, which does not count as a read.
    pub async fn read(
        &self,
        id: ProductId,
        wanted: impl FnOnce(Version) -> bool,
    ) -> Result<(Version, Option<Product>), Error> {
        let found = self.store.find(id).await;
        let product = self.noted(found)?;
        let version = product.version;
        if !wanted(version) {
            return Ok((version, None));
        }
        self.items.read.inc();
        Ok((version, Some(product)))
    }

    /// A page of products.
    pub async fn list(&self, query: &ListQuery) -> Result<Page, Error> {
        let page = self.store.list(query).await;
        let page = self.noted(page)?;
        self.items.read.inc_by(page.products.len() as u64);
        Ok(page)
    }

    /// Creates all or none.
    pub async fn create(
        &self,
        items: Vec<NewProduct>,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, Error> {
        let this = self.clone();
        self.write(async move {
            let _running = match &idempotency {
                Some(idempotency) => Some(this.keys.enter(&idempotency.key).await?),
                None => None,
            };
            let created = this.store.create(&items, idempotency.as_ref()).await?;
            if let Created::New(products) = &created {
                this.items.created.inc_by(products.len() as u64);
            }
            Ok(created)
        })
        .await
    }

    /// Sets what `changes` names.
    pub async fn update(
        &self,
        id: ProductId,
        changes: Changes,
        precondition: Precondition,
    ) -> Result<Product, Error> {
        let this = self.clone();
        self.write(async move {
            let product = this.store.update(id, &changes, &precondition).await?;
            this.items.updated.inc();
            Ok(product)
        })
        .await
    }

    /// Deletes the product.
    pub async fn delete(&self, id: ProductId, precondition: Precondition) -> Result<(), Error> {
        let this = self.clone();
        self.write(async move {
            this.store.delete(id, &precondition).await?;
            this.items.deleted.inc();
            Ok(())
        })
        .await
    }

    /// The writes that have begun and are not finished.
    pub fn writes(&self) -> TaskTracker {
        self.writes.clone()
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let this = self.clone();
        let work = async move { this.noted(work.await) };
        let task = telemetry::spawn(self.writes.track_future(work));
        task.await
            .unwrap_or_else(|failure| Err(Error::Internal(failure.into())))
    }

    /// The same, with a line in the log if the database could not answer.
    fn noted<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.inspect_err(|error| self.outages.note(error))
    }
}
