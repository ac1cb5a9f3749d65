//! Where ids and versions come from.
//!
//! PostgreSQL has a sequence for each. SQLite has one row that a write transaction, which is the only one at its time,
//! counts up. Ids that clients chose do not move the sequence: a drawn id that is taken is noticed at the insert, and
//! the sequence is moved past the run of taken ids then.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value, sea_query::Expr,
};
use telemetry::Transaction;

use crate::domain::{Timestamp, Version};

/// Ids looked at by one statement at the most: well under a second.
const LARGEST_WINDOW: i64 = 256_000;

/// Draws this many ids, in rising order.
pub(super) async fn draw_ids(tx: &Transaction, count: usize) -> Result<Vec<i64>, DbErr> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let count = count as i64;
    match tx.get_database_backend() {
        DbBackend::Sqlite => {
            let last = advance(tx, "product_id", count).await?;
            Ok((last - count + 1..=last).collect())
        }
        _ => {
            numbers(
                tx,
                "SELECT nextval('products_id_seq') AS number FROM generate_series(1, $1)",
                count,
            )
            .await
        }
    }
}

/// Moves the id sequence past the run of taken ids that follows `last_drawn`.
///
/// Goes window by window, so that no statement is long and what is passed stays passed, on
/// PostgreSQL even if the transaction fails. Ids are drawn rather than set: `setval` could move the
/// sequence back under a concurrent `nextval`.
pub(super) async fn pass_taken_ids(tx: &Transaction, last_drawn: i64) -> Result<(), DbErr> {
    let (mut start, mut window) = (last_drawn + 1, 1_000);
    loop {
        let free = first_free(tx, start, window).await?;
        skip(tx, free.map_or(window, |free| free - start)).await?;
        if free.is_some() {
            return Ok(());
        }
        start += window;
        window = (window * 2).min(LARGEST_WINDOW);
    }
}

/// The first id of the window that no product has.
async fn first_free(tx: &Transaction, start: i64, window: i64) -> Result<Option<i64>, DbErr> {
    let sql = format!(
        "SELECT p.id + 1 AS number FROM (SELECT $1 - 1 AS id \
           UNION ALL SELECT id FROM products WHERE id >= $1 AND id < $1 + {window} - 1) p \
         WHERE NOT EXISTS (SELECT 1 FROM products q \
           WHERE q.id = p.id + 1 AND q.id >= $1 AND q.id < $1 + {window}) \
         ORDER BY p.id LIMIT 1"
    );
    Ok(numbers(tx, &sql, start).await?.first().copied())
}

async fn skip(tx: &Transaction, count: i64) -> Result<(), DbErr> {
    match tx.get_database_backend() {
        DbBackend::Sqlite => advance(tx, "product_id", count).await.map(drop),
        _ => {
            let sql =
                "SELECT COUNT(nextval('products_id_seq')) AS number FROM generate_series(1, $1)";
            numbers(tx, sql, count).await.map(drop)
        }
    }
}

/// What a statement that holds its row sets `version` to. PostgreSQL evaluates `nextval` once the row is locked; on
/// SQLite the whole transaction is exclusive, so that it is drawn beforehand.
pub(super) async fn next_version(tx: &Transaction) -> Result<Expr, DbErr> {
    match tx.get_database_backend() {
        DbBackend::Sqlite => Ok(Expr::val(advance(tx, "product_version", 1).await?)),
        _ => Ok(Expr::cust("nextval('products_version_seq')")),
    }
}

/// Moves the sequence of versions past all that were given, those that a restored database knows nothing of included.
///
/// It goes on from the microseconds since 1970: less than one write in each, on average, has brought no sequence as far
/// as that, nor one that was moved here before, so that a backup may be restored several times. Where the clock is set
/// back to before the sequence, a leap of more versions than are given between two backups is the best that is left.
/// There is room for 290,000 years, or nine billion leaps. Nobody may write meanwhile: PostgreSQL's sequence is set.
pub(super) async fn pass_given_versions(tx: &Transaction) -> Result<(), DbErr> {
    const LEAP: i64 = 1_000_000_000;
    let next = |last| format!("CASE WHEN {last} < $1 THEN $1 ELSE {last} + {LEAP} END");
    let sql = match tx.get_database_backend() {
        DbBackend::Sqlite => {
            let next = next("product_version");
            format!(
                "UPDATE sequences SET product_version = {next} RETURNING product_version AS number"
            )
        }
        _ => {
            let next = next("last_value");
            format!(
                "SELECT setval('products_version_seq', {next}) AS number FROM products_version_seq"
            )
        }
    };
    let Timestamp(now) = Timestamp::now();
    numbers(tx, &sql, now).await.map(drop)
}

/// Draws a version, for the tombstone of a row that this transaction has deleted.
pub(super) async fn draw_version(tx: &Transaction) -> Result<Version, DbErr> {
    match tx.get_database_backend() {
        DbBackend::Sqlite => advance(tx, "product_version", 1).await.map(Version),
        _ => {
            let drawn = numbers(
                tx,
                "SELECT nextval('products_version_seq') AS number FROM generate_series(1, $1)",
                1,
            )
            .await?;
            drawn
                .first()
                .copied()
                .map(Version)
                .ok_or(DbErr::RecordNotFound("version".into()))
        }
    }
}

async fn advance(tx: &Transaction, column: &str, by: i64) -> Result<i64, DbErr> {
    let sql = format!("UPDATE sequences SET {column} = {column} + $1 RETURNING {column} AS number");
    let last = numbers(tx, &sql, by).await?;
    last.first()
        .copied()
        .ok_or(DbErr::RecordNotFound("sequences".into()))
}

async fn numbers(tx: &Transaction, sql: &str, argument: i64) -> Result<Vec<i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        number: i64,
    }
    let statement =
        Statement::from_sql_and_values(tx.get_database_backend(), sql, [Value::from(argument)]);
    let rows = Row::find_by_statement(statement).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.number).collect())
}
