//! `Idempotency-Key`: the first answer, kept in the transaction of the write that it answers.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use super::{
    Error, Store,
    entity::idempotency_keys::{ActiveModel, Column, Entity},
    error::is_lock_timeout,
};
use crate::domain::{Product, Timestamp};

/// How long a key is remembered.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How products become the text of an answer.
pub type Render = Box<dyn Fn(&[Product]) -> String + Send + Sync>;

/// A request that must have its effect once, however often it comes.
pub struct Idempotency {
    /// What the client calls the request.
    pub key: String,
    /// A digest by which another request with the same key is told apart.
    pub fingerprint: String,
    /// Renders what a repetition will be answered.
    pub answer: Render,
}

/// What became of the attempt to be the first with a key.
pub(super) enum Claim {
    /// This request is the first.
    First,
    /// An earlier one was answered so.
    Answered(String),
}

impl Store {
    /// Forgets keys older than [`KEPT`] and says how many they were.
    pub async fn purge_idempotency_keys(&self) -> Result<u64, Error> {
        let unit = self.begin().await?;
        let old = Entity::delete_many().filter(Column::CreatedAtUs.lt(expiry()));
        let purged = old.exec(&unit.tx).await.map_err(Error::from);
        unit.finish(purged).await.map(|purged| purged.rows_affected)
    }
}

/// Takes the key for this transaction, or finds the answer that it has already.
///
/// PostgreSQL waits here for a concurrent transaction with the same key, at most `patience`, and
/// then fails with [`Error::KeyBusy`]; on SQLite the turn to write has been waited for before.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    request: &Idempotency,
    patience: Duration,
) -> Result<Claim, Error> {
    limit_lock_wait(tx, patience.as_millis().max(1)).await?;
    Entity::delete_many()
        .filter(Column::Key.eq(&request.key))
        .filter(Column::CreatedAtUs.lt(expiry()))
        .exec(tx)
        .await?;
    if insert(tx, request).await? {
        limit_lock_wait(tx, 0).await?;
        return Ok(Claim::First);
    }
    let first = Entity::find_by_id(&request.key).one(tx).await?;
    match first {
        Some(first) if first.fingerprint == request.fingerprint => {
            Ok(Claim::Answered(first.answer))
        }
        Some(_) => Err(Error::KeyReused),
        // The holder was rolled back or purged between the two statements.
        None => Err(Error::KeyBusy),
    }
}

/// How long statements of this transaction wait for locks, in milliseconds; 0 is without limit.
async fn limit_lock_wait(tx: &DatabaseTransaction, timeout_ms: u128) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {timeout_ms}"))
            .await?;
    }
    Ok(())
}

async fn insert(tx: &DatabaseTransaction, request: &Idempotency) -> Result<bool, Error> {
    let row = ActiveModel {
        key: Set(request.key.clone()),
        fingerprint: Set(request.fingerprint.clone()),
        answer: Set(String::new()),
        created_at_us: Set(Timestamp::now().0),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await
        .map_err(|error| {
            if is_lock_timeout(&error) {
                Error::KeyBusy
            } else {
                error.into()
            }
        })?;
    Ok(inserted > 0)
}

/// Writes down what repetitions will be answered.
pub(super) async fn remember(
    tx: &DatabaseTransaction,
    request: &Idempotency,
    products: &[Product],
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Answer, Expr::val((request.answer)(products)))
        .filter(Column::Key.eq(&request.key))
        .exec(tx)
        .await?;
    Ok(())
}

fn expiry() -> i64 {
    Timestamp::now().0 - KEPT.as_micros() as i64
}
