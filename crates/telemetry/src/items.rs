//! What a service did for its users: items created, read, updated, deleted.

use prometheus::IntCounter;

use crate::{Family, MetricsError, Registry};

/// How many items of one resource were created, read, updated and deleted. Move a counter only
/// after the commit, and by n for a batch of n.
#[derive(Debug, Clone)]
pub struct Items {
    /// `items_created_total`.
    pub created: IntCounter,
    /// `items_read_total`.
    pub read: IntCounter,
    /// `items_updated_total`.
    pub updated: IntCounter,
    /// `items_deleted_total`.
    pub deleted: IntCounter,
}

#[derive(Debug)]
pub(crate) struct ItemFamilies {
    created: Family<IntCounter>,
    read: Family<IntCounter>,
    updated: Family<IntCounter>,
    deleted: Family<IntCounter>,
}

impl ItemFamilies {
    pub(crate) fn register(registry: &Registry) -> Result<Self, MetricsError> {
        let family = |name, help| registry.counters(name, help, &["resource"]);
        Ok(Self {
            created: family("items_created_total", "Items created and committed.")?,
            read: family("items_read_total", "Items handed out to clients.")?,
            updated: family("items_updated_total", "Items changed and committed.")?,
            deleted: family("items_deleted_total", "Items deleted and committed.")?,
        })
    }

    pub(crate) fn of(&self, resource: &str) -> Items {
        Items {
            created: self.created.with(&[resource]),
            read: self.read.with(&[resource]),
            updated: self.updated.with(&[resource]),
            deleted: self.deleted.with(&[resource]),
        }
    }
}
