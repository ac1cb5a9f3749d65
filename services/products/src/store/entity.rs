//! The tables as sea-orm sees them.

use crate::domain::{Amount, Price, Product, ProductId, ProductName, Timestamp, Version};

#[allow(
    unreachable_pub,
    reason = "sea-orm derives public items beside the model"
)]
pub(super) mod products {
    //! A row for each product.
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "products")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub name: String,
        /// `ProductName::key` of the name: what text sorts and filters compare first.
        pub name_key: String,
        pub price_minor: i64,
        pub amount: i32,
        pub version: i64,
        pub created_at_us: i64,
        pub updated_at_us: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[allow(
    unreachable_pub,
    reason = "sea-orm derives public items beside the model"
)]
pub(super) mod idempotency_keys {
    //! A row for each `Idempotency-Key` of the last day.
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// A digest of the request that came with the key.
        pub fingerprint: String,
        /// What was answered, as the caller rendered it.
        pub answer: String,
        pub created_at_us: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl From<products::Model> for Product {
    fn from(row: products::Model) -> Self {
        Self {
            id: ProductId::from_stored(row.id),
            name: ProductName::from_stored(row.name),
            price: Price::from_minor_units(row.price_minor),
            amount: Amount::from_stored(row.amount),
            version: Version(row.version),
            created_at: Timestamp(row.created_at_us),
            updated_at: Timestamp(row.updated_at_us),
        }
    }
}
