//! The use cases. Nothing here knows HTTP.
//!
//! A write runs in a task of its own that the caller awaits: it is finished, committed and counted
//! even when the caller is dropped; [`Catalogue::writes`] are to be waited for at shutdown.

mod keys;
mod origin;
mod outages;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use telemetry::Items;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub use self::origin::{ReadCache, Render, StoredProducts};
use crate::{
    cache::{Document, Entry, FIRST, Origin, Source, State},
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
    /// From the moment on at which the database is there.
    cache: Arc<OnceLock<ReadCache>>,
    origin: StoredProducts,
}

/// A product as it is read.
#[derive(Debug)]
pub struct Read {
    /// Its answer.
    pub document: Document,
    /// Whether the client has not got this version already.
    pub wanted: bool,
    /// Where it came from.
    pub source: Source,
}

impl Catalogue {
    /// A catalogue of what `store` holds, not cached; a second request with an idempotency key waits
    /// `patience` for the first. `render` makes the answer for a product.
    pub fn new(store: Arc<Store>, items: Items, patience: Duration, render: Render) -> Self {
        let keys = Arc::new(RunningKeys::new(patience));
        Self {
            origin: StoredProducts::new(Arc::clone(&store), render),
            store,
            items,
            keys,
            outages: Arc::default(),
            writes: TaskTracker::new(),
            cache: Arc::default(),
        }
    }

    /// Reads through `cache` from now on, and tells it of writes. Only the first call has an effect.
    pub fn cache_in(&self, cache: ReadCache) {
        let _ = self.cache.set(cache);
    }

    /// The cache that reads go through, once there is one.
    pub fn cache(&self) -> Option<&ReadCache> {
        self.cache.get()
    }

    /// What is to be cached.
    pub fn origin(&self) -> StoredProducts {
        self.origin.clone()
    }

    /// The product with this id. For a client that has got its version already, as `wanted` tells,
    /// this does not count as a read.
    pub async fn read(
        &self,
        id: ProductId,
        wanted: impl FnOnce(Version) -> bool,
    ) -> Result<Read, Error> {
        let (entry, source) = match self.cache.get() {
            Some(cache) => {
                let reading = self.noted(cache.read(id.value()).await)?;
                (reading.entry, reading.source)
            }
            None => {
                let entry = self.noted(self.origin.load(id.value()).await)?;
                (entry, Source::Bypass)
            }
        };
        self.hand_out(&entry, source, wanted)
    }

    /// [`Catalogue::read`], if that needs nobody to be asked.
    pub fn read_at_once(
        &self,
        id: ProductId,
        wanted: impl FnOnce(Version) -> bool,
    ) -> Option<Result<Read, Error>> {
        let reading = self.cache.get()?.peek(id.value())?;
        Some(self.hand_out(&reading.entry, reading.source, wanted))
    }

    fn hand_out(
        &self,
        entry: &Entry,
        source: Source,
        wanted: impl FnOnce(Version) -> bool,
    ) -> Result<Read, Error> {
        let State::Present(document) = &entry.state else {
            return Err(Error::NotFound);
        };
        let wanted = wanted(Version(entry.version));
        if wanted {
            self.items.read.inc();
        }
        Ok(Read {
            document: document.clone(),
            wanted,
            source,
        })
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
            let begun = Instant::now();
            let created = this.store.create(&items, idempotency.as_ref()).await;
            let chosen: Vec<ProductId> = items.iter().filter_map(|item| item.id).collect();
            let created = this.settle(chosen, created).await?;
            if let Created::New(products) = &created {
                this.items.created.inc_by(products.len() as u64);
                this.publish(products, begun).await;
            }
            Ok(created)
        })
        .await
    }

    /// Waits until the database was missing a table.
    pub async fn misses_table(&self) {
        self.outages.bare().await;
    }

    /// Tells the cache of products that were created long ago, perhaps by a process that could not
    /// tell: who gets the answer to their creation once more must not be told that they never were.
    pub async fn recall(&self, ids: impl IntoIterator<Item = ProductId>) {
        if let Some(cache) = self.cache.get() {
            let known = ids.into_iter();
            let known = known.map(|id| (id.value(), Entry::unknown(FIRST)));
            cache.publish(known.collect(), Instant::now()).await;
        }
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
            let begun = Instant::now();
            let updated = this.store.update(id, &changes, &precondition).await;
            let product = this.settle([id], updated).await?;
            this.items.updated.inc();
            this.publish(std::slice::from_ref(&product), begun).await;
            Ok(product)
        })
        .await
    }

    /// Deletes the product.
    pub async fn delete(&self, id: ProductId, precondition: Precondition) -> Result<(), Error> {
        let this = self.clone();
        self.write(async move {
            let begun = Instant::now();
            let deleted = this.store.delete(id, &precondition).await;
            let version = this.settle([id], deleted).await?;
            this.items.deleted.inc();
            if let Some(cache) = this.cache.get() {
                let tombstone = Entry::absent(version.value());
                cache.publish(vec![(id.value(), tombstone)], begun).await;
            }
            Ok(())
        })
        .await
    }

    /// The writes that have begun and are not finished.
    pub fn writes(&self) -> TaskTracker {
        self.writes.clone()
    }

    /// Tells the cache of what was committed.
    async fn publish(&self, products: &[Product], begun: Instant) {
        let Some(cache) = self.cache.get() else {
            return;
        };
        let shared = cache.is_shared();
        let change = |product: &Product| {
            // Nobody reads what this process is told of its own writes but their versions.
            let entry = if shared {
                self.origin.entry(product)
            } else {
                Entry::unknown(product.version.value())
            };
            (product.id.value(), entry)
        };
        cache
            .publish(products.iter().map(change).collect(), begun)
            .await;
    }

    /// Tells the cache of a write whose outcome nobody knows.
    async fn settle<T>(
        &self,
        ids: impl IntoIterator<Item = ProductId>,
        outcome: Result<T, Error>,
    ) -> Result<T, Error> {
        if let (Err(error), Some(cache)) = (&outcome, self.cache.get())
            && error.leaves_doubt()
        {
            cache.doubt(ids.into_iter().map(ProductId::value)).await;
        }
        outcome
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let this = self.clone();
        let work = async move { this.noted(work.await) };
        let task = telemetry::spawn(self.writes.track_future(work));
        task.await
            .unwrap_or_else(|failure| Err(Error::Internal(Arc::new(failure))))
    }

    /// The same, with a line in the log if the database could not answer.
    fn noted<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.inspect_err(|error| self.outages.note(error))
    }
}
