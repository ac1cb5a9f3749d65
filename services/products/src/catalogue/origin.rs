//! The products as the read cache sees them.

use std::sync::Arc;

use crate::{
    cache::{Cache, Entry, Id, NEVER, Origin, RedisRemote},
    domain::{Product, ProductId},
    store::{Error, Store},
};

/// Makes the answer for a product.
pub type Render = fn(&Product) -> String;

/// The cache of answers for products, which replicas share by Redis.
pub type ReadCache = Cache<StoredProducts, RedisRemote>;

/// The database, as the origin of what is cached. A clone is the same.
#[derive(Clone)]
pub struct StoredProducts {
    store: Arc<Store>,
    render: Render,
}

impl StoredProducts {
    /// The products in `store`.
    pub fn new(store: Arc<Store>, render: Render) -> Self {
        Self { store, render }
    }

    /// The product as it is cached.
    pub(super) fn entry(&self, product: &Product) -> Arc<Entry> {
        Entry::present(product.version.value(), (self.render)(product))
    }
}

impl Origin for StoredProducts {
    type Error = Error;

    async fn load(&self, id: Id) -> Result<Arc<Entry>, Error> {
        match self.store.find(ProductId::from_stored(id)).await {
            Ok(product) => Ok(self.entry(&product)),
            Err(Error::NotFound) => Ok(Entry::absent(NEVER)),
            Err(error) => Err(error),
        }
    }
}
