//! A product, and what can be asked of it.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Amount, Price, ProductId, ProductName};

/// The version of a product: drawn from one ever-rising sequence at each write, so that the versions of an id rise in
/// commit order and never repeat, deletion and re-creation included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub(crate) i64);

impl Version {
    /// The version as a number.
    pub fn value(self) -> i64 {
        self.0
    }
}

/// A moment in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// This moment, by the wall clock.
    pub fn now() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(since_epoch.as_micros() as i64)
    }

    /// RFC 3339 in UTC with microseconds: `2026-01-31T12:00:00.000000Z`.
    pub fn to_rfc3339(self) -> String {
        let moment = DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default();
        moment.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// A product as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// Never reused for another product while this one exists.
    pub id: ProductId,
    /// What it is called.
    pub name: ProductName,
    /// What it costs.
    pub price: Price,
    /// How many are in stock.
    pub amount: Amount,
    /// The version that its last write drew.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// A product to be created; without an id the database chooses one.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProduct {
    /// The id that the client wants.
    pub id: Option<ProductId>,
    /// What it is called.
    pub name: ProductName,
    /// What it costs.
    pub price: Price,
    /// How many are in stock.
    pub amount: Amount,
}

/// What a write sets; a field that is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// The new name.
    pub name: Option<ProductName>,
    /// The new price.
    pub price: Option<Price>,
    /// The new amount.
    pub amount: Option<Amount>,
}
