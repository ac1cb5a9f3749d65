//! `Idempotency-Key`: the first answer, kept in the transaction of the write that it answers.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use telemetry::Transaction;

use super::{
    Error, Store,
    entity::idempotency_keys::{ActiveModel, Column, Entity},
    error::is_lock_timeout,
    finish,
};
use crate::domain::{Product, Timestamp};

/// How long a key is remembered.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Keys forgotten in one transaction: a moment's work.
const PURGED_AT_ONCE: u64 = 1000;

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
    /// Forgets keys older than a day and says how many they were. Goes in pieces, so that other
    /// writers get their turn in between.
    pub async fn purge_idempotency_keys(&self) -> Result<u64, Error> {
        let mut purged = 0;
        loop {
            let tx = self.begin().await?;
            let piece = purge_piece(&tx).await.map_err(Error::from);
            let piece = finish(tx, piece).await?;
            purged += piece;
            if piece < PURGED_AT_ONCE {
                return Ok(purged);
            }
        }
    }
}

async fn purge_piece(tx: &Transaction) -> Result<u64, DbErr> {
    let old: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Key)
        .filter(Column::CreatedAtUs.lt(expiry()))
        .limit(PURGED_AT_ONCE)
        .into_tuple()
        .all(tx)
        .await?;
    let purged = Entity::delete_many()
        .filter(Column::Key.is_in(old))
        .exec(tx)
        .await?;
    Ok(purged.rows_affected)
}

/// Takes the key for this transaction, or finds the answer that it has already.
///
/// PostgreSQL waits here for a concurrent transaction with the same key, at most `patience`, and
/// then fails with [`Error::KeyBusy`]; on SQLite the turn to write has been waited for before.
pub(super) async fn claim(
    tx: &Transaction,
    request: &Idempotency,
    patience: Duration,
) -> Result<Claim, Error> {
    set_lock_timeout(tx, &patience.as_millis().max(1).to_string()).await?;
    let taken = take(tx, request).await;
    if taken.map_err(|error| {
        if is_lock_timeout(&error) {
            Error::KeyBusy
        } else {
            error.into()
        }
    })? {
        set_lock_timeout(tx, "DEFAULT").await?;
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

/// How long statements of this transaction wait for locks, in milliseconds.
async fn set_lock_timeout(tx: &Transaction, timeout_ms: &str) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {timeout_ms}"))
            .await?;
    }
    Ok(())
}

/// Whether this transaction has the key now; another one's that is too old makes room.
async fn take(tx: &Transaction, request: &Idempotency) -> Result<bool, DbErr> {
    Entity::delete_many()
        .filter(Column::Key.eq(&request.key))
        .filter(Column::CreatedAtUs.lt(expiry()))
        .exec(tx)
        .await?;
    let row = ActiveModel {
        key: Set(request.key.clone()),
        fingerprint: Set(request.fingerprint.clone()),
        answer: Set(String::new()),
        created_at_us: Set(Timestamp::now().0),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Writes down what repetitions will be answered.
pub(super) async fn remember(
    tx: &Transaction,
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
