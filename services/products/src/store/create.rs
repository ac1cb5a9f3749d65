//! Creating products: one transaction, all or nothing.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};
use telemetry::Transaction;

use super::{
    Error, Store,
    entity::products::{ActiveModel, Column, Entity, Model},
    finish,
    idempotency::{self, Claim, Idempotency},
    sequence,
};
use crate::domain::{NewProduct, Product, Timestamp};

/// What a creation came to.
#[derive(Debug)]
pub enum Created {
    /// The products, in the order of the request.
    New(Vec<Product>),
    /// The answer that the first request with this idempotency key got.
    Replayed(String),
}

impl Store {
    /// Creates all the products or none, with a handful of statements however many they are.
    ///
    /// Fails with [`Error::IdTaken`] if a chosen id is taken. With an idempotency key, the answer
    /// is remembered in the same transaction.
    pub async fn create(
        &self,
        items: &[NewProduct],
        idempotency: Option<&Idempotency>,
    ) -> Result<Created, Error> {
        let tx = self.begin().await?;
        let created = create(&tx, items, idempotency, self.acquire_timeout).await;
        finish(tx, created).await
    }
}

async fn create(
    tx: &Transaction,
    items: &[NewProduct],
    idempotency: Option<&Idempotency>,
    patience: Duration,
) -> Result<Created, Error> {
    let Some(idempotency) = idempotency else {
        return insert_all(tx, items).await.map(Created::New);
    };
    match idempotency::claim(tx, idempotency, patience).await? {
        Claim::Answered(answer) => Ok(Created::Replayed(answer)),
        Claim::First => {
            let products = insert_all(tx, items).await?;
            idempotency::remember(tx, idempotency, &products).await?;
            Ok(Created::New(products))
        }
    }
}

/// Inserts until every item has its row: one statement, unless drawn ids turn out to be taken.
async fn insert_all(tx: &Transaction, items: &[NewProduct]) -> Result<Vec<Product>, Error> {
    let version = version_before_insert(tx).await?;
    let now = Timestamp::now().0;
    let mut ids = assign_ids(tx, items).await?;
    let mut rows = HashMap::with_capacity(items.len());
    insert(tx, items, &ids, &mut rows, version, now).await?;
    loop {
        let missing: Vec<usize> = (0..items.len())
            .filter(|&at| !rows.contains_key(&ids[at]))
            .collect();
        if missing.is_empty() {
            break;
        }
        if let Some(&taken) = missing.iter().find(|&&at| items[at].id.is_some()) {
            return Err(Error::IdTaken(taken));
        }
        let drawn = ids.iter().zip(items).filter(|(_, item)| item.id.is_none());
        let last_drawn = drawn.map(|(&id, _)| id).max().unwrap_or_default();
        sequence::pass_taken_ids(tx, last_drawn).await?;
        let drawn = draw_unchosen_ids(tx, missing.len(), items).await?;
        for (&at, id) in missing.iter().zip(drawn) {
            ids[at] = id;
        }
        insert(tx, items, &ids, &mut rows, version, now).await?;
    }
    if tx.get_database_backend() == DbBackend::Postgres {
        stamp_versions(tx, &ids, &mut rows).await?;
    }
    Ok(ids
        .iter()
        .filter_map(|id| rows.remove(id))
        .map(Product::from)
        .collect())
}

/// The id of each item: the chosen one, else a drawn one.
async fn assign_ids(tx: &Transaction, items: &[NewProduct]) -> Result<Vec<i64>, DbErr> {
    let wanted = items.iter().filter(|item| item.id.is_none()).count();
    let mut drawn = draw_unchosen_ids(tx, wanted, items).await?.into_iter();
    let assigned = items.iter().filter_map(|item| match item.id {
        Some(id) => Some(id.value()),
        None => drawn.next(),
    });
    Ok(assigned.collect())
}

/// Draws this many ids that no item of the request chose.
async fn draw_unchosen_ids(
    tx: &Transaction,
    wanted: usize,
    items: &[NewProduct],
) -> Result<Vec<i64>, DbErr> {
    let chosen: HashSet<i64> = items
        .iter()
        .filter_map(|item| item.id)
        .map(|id| id.value())
        .collect();
    let mut drawn = Vec::with_capacity(wanted);
    while drawn.len() < wanted {
        let more = sequence::draw_ids(tx, wanted - drawn.len()).await?;
        drawn.extend(more.into_iter().filter(|id| !chosen.contains(id)));
    }
    Ok(drawn)
}

/// Inserts the items that have no row yet; one whose id is taken is left out.
///
/// PostgreSQL waits here for a concurrent transaction that holds the same id.
async fn insert(
    tx: &Transaction,
    items: &[NewProduct],
    ids: &[i64],
    rows: &mut HashMap<i64, Model>,
    version: i64,
    now: i64,
) -> Result<(), DbErr> {
    let mut waiting: Vec<(i64, &NewProduct)> = ids
        .iter()
        .copied()
        .zip(items)
        .filter(|(id, _)| !rows.contains_key(id))
        .collect();
    // In one order everywhere, so that transactions which want the same ids cannot deadlock.
    waiting.sort_unstable_by_key(|(id, _)| *id);
    let models = waiting.into_iter().map(|(id, item)| ActiveModel {
        id: Set(id),
        name: Set(item.name.as_str().to_owned()),
        name_key: Set(item.name.key()),
        price_minor: Set(item.price.minor_units()),
        amount: Set(item.amount.value()),
        version: Set(version),
        created_at_us: Set(now),
        updated_at_us: Set(now),
    });
    let unless_taken = OnConflict::column(Column::Id).do_nothing().to_owned();
    let inserted = Entity::insert_many(models)
        .on_conflict(unless_taken)
        .exec_with_returning(tx)
        .await?;
    rows.extend(inserted.into_iter().map(|row| (row.id, row)));
    Ok(())
}

/// On SQLite the transaction is exclusive, so that its version can be drawn at once.
async fn version_before_insert(tx: &Transaction) -> Result<i64, DbErr> {
    match tx.get_database_backend() {
        DbBackend::Sqlite => Ok(sequence::draw_version(tx).await?.value()),
        _ => Ok(0),
    }
}

/// On PostgreSQL an INSERT evaluates `nextval` before it waits for the holder of the same id; a
/// version drawn there could be older than that holder's. It is drawn while the rows are held.
async fn stamp_versions(
    tx: &Transaction,
    ids: &[i64],
    rows: &mut HashMap<i64, Model>,
) -> Result<(), DbErr> {
    let stamped = Entity::update_many()
        .col_expr(Column::Version, sequence::next_version(tx).await?)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec_with_returning(tx)
        .await?;
    rows.extend(stamped.into_iter().map(|row| (row.id, row)));
    Ok(())
}
