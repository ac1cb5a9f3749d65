//! Changing and deleting products.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::Expr,
};

use super::{
    Error, Store,
    entity::products::{Column, Entity},
    sequence,
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
        let unit = self.begin().await?;
        let mut update = Entity::update_many()
            .col_expr(Column::Version, sequence::next_version(&unit.tx).await?)
            .col_expr(Column::UpdatedAtUs, Expr::val(Timestamp::now().0))
            .filter(Column::Id.eq(id.value()))
            .apply_if(precondition.versions(), |update, versions| {
                update.filter(Column::Version.is_in(versions))
            });
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
        let Some(row) = update.exec_with_returning(&unit.tx).await?.pop() else {
            return Err(why_untouched(&unit.tx, id, precondition).await?);
        };
        unit.commit().await?;
        Ok(row.into())
    }

    /// Deletes the product and gives the version of its tombstone.
    ///
    /// Fails like [`Store::update`].
    pub async fn delete(
        &self,
        id: ProductId,
        precondition: &Precondition,
    ) -> Result<Version, Error> {
        let unit = self.begin().await?;
        let deleted = Entity::delete_many()
            .filter(Column::Id.eq(id.value()))
            .apply_if(precondition.versions(), |delete, versions| {
                delete.filter(Column::Version.is_in(versions))
            })
            .exec(&unit.tx)
            .await?;
        if deleted.rows_affected == 0 {
            return Err(why_untouched(&unit.tx, id, precondition).await?);
        }
        let tombstone = sequence::draw_version(&unit.tx).await?;
        unit.commit().await?;
        Ok(tombstone)
    }
}

impl Precondition {
    fn versions(&self) -> Option<Vec<i64>> {
        match self {
            Self::None => None,
            Self::OneOf(versions) => Some(versions.clone()),
        }
    }
}

/// Without a precondition only a missing product stays untouched; looking again could find one that
/// was created in between.
async fn why_untouched(
    tx: &DatabaseTransaction,
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
