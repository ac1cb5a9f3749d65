//! What this database's entries are called in a cache that others use as well.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{Error, Store, finish};

impl Store {
    /// The name: made with the schema, and another one in each database.
    pub async fn cache_epoch(&self) -> Result<String, Error> {
        let sql = "SELECT epoch FROM cache_epoch";
        let statement = Statement::from_string(self.backend(), sql);
        let row = self.db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("cache_epoch is empty".to_owned()))?;
        Ok(row.try_get("", "epoch")?)
    }

    /// Makes a new name, so that nothing that is cached under the old one is read again.
    pub async fn renew_cache_epoch(&self) -> Result<(), Error> {
        let random = if self.is_embedded() {
            "lower(hex(randomblob(16)))"
        } else {
            "replace(gen_random_uuid()::text, '-', '')"
        };
        let tx = self.begin().await?;
        let sql = format!("UPDATE cache_epoch SET epoch = {random}");
        let renewed = tx.execute_unprepared(&sql).await.map(drop);
        finish(tx, renewed.map_err(Error::from)).await
    }
}
