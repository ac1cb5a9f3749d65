//! Changing and deleting products.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use telemetry::Transaction;

use super::{
    Error, Store,
    entity::products::{Column, Entity},
    finish, sequence,
};
use crate::domain::{Changes, Product, ProductId, Timestamp, Version};

/// The versions in which a write may find its product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Any version will do.
    None,
    /// One of these.
    OneOf(Vec<i64>),
}

impl Store {
    /// Sets what `changes` names and gives the product as it is then.
    ///
    /// Fails with [`Error::NotFound`] or, if it is there in another version,
    /// [`Error::PreconditionFailed`].
    pub async fn update(
        &self,
        id: ProductId,
        changes: &Changes,
        precondition: &Precondition,
    ) -> Result<Product, Error> {
        let tx = self.begin().await?;
        let updated = update(&tx, id, changes, precondition).await;
        finish(tx, updated).await
    }

    /// Deletes the product and gives the version of its tombstone.
    ///
    /// Fails like [`Store::update`].
    pub async fn delete(
        &self,
        id: ProductId,
        precondition: &Precondition,
    ) -> Result<Version, Error> {
        let tx = self.begin().await?;
        let deleted = delete(&tx, id, precondition).await;
        finish(tx, deleted).await
    }
}

async fn update(
    tx: &Transaction,
    id: ProductId,
    changes: &Changes,
    precondition: &Precondition,
) -> Result<Product, Error> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, sequence::next_version(tx).await?)
        .col_expr(Column::UpdatedAtUs, Expr::val(Timestamp::now().0))
        .filter(precondition.allows(id));
    if let Some(name) = &changes.name {
        update = update
            .col_expr(Column::Name, Expr::val(name.as_str()))
            .col_expr(Column::NameKey, Expr::val(name.key()));
    }
    if let Some(price) = changes.price {
        update = update.col_expr(Column::PriceMinor, Expr::val(price.minor_units()));
    }
    if let Some(amount) = changes.amount {
        update = update.col_expr(Column::Amount, Expr::val(amount.value()));
    }
    match update.exec_with_returning(tx).await?.pop() {
        Some(row) => Ok(row.into()),
        None => Err(why_untouched(tx, id, precondition).await?),
    }
}

async fn delete(
    tx: &Transaction,
    id: ProductId,
    precondition: &Precondition,
) -> Result<Version, Error> {
    let deleted = Entity::delete_many()
        .filter(precondition.allows(id))
        .exec(tx)
        .await?;
    if deleted.rows_affected == 0 {
        return Err(why_untouched(tx, id, precondition).await?);
    }
    Ok(sequence::draw_version(tx).await?)
}

impl Precondition {
    /// The row of this product, if it is in a version that may be written.
    fn allows(&self, id: ProductId) -> Condition {
        let versions = match self {
            Self::None => None,
            Self::OneOf(versions) => Some(Column::Version.is_in(versions.iter().copied())),
        };
        Condition::all()
            .add(Column::Id.eq(id.value()))
            .add_option(versions)
    }
}

/// Without a precondition only a missing product stays untouched; looking again could find one that
/// was created in between.
async fn why_untouched(
    tx: &Transaction,
    id: ProductId,
    precondition: &Precondition,
) -> Result<Error, Error> {
    if *precondition == Precondition::None {
        return Ok(Error::NotFound);
    }
    let there = Entity::find_by_id(id.value())
        .select_only()
        .column(Column::Id);
    let there = there.into_tuple::<i64>().one(tx).await?.is_some();
    Ok(if there {
        Error::PreconditionFailed
    } else {
        Error::NotFound
    })
}
