//! What this database's entries are called in a cache that others use as well.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{Error, Store, finish, sequence};

impl Store {
    /// The name: made with the schema, and another one in each database.
    pub async fn cache_epoch(&self) -> Result<String, Error> {
        let sql = "SELECT epoch FROM cache_epoch";
        let statement = Statement::from_string(self.backend(), sql);
        let row = self.db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("cache_epoch is empty".to_owned()))?;
        Ok(row.try_get("", "epoch")?)
    }

    /// Makes a new name, so that nothing that is cached under the old one is read again, and gives no version again that
    /// was given before: a database that was restored from a backup has forgotten the latest, clients have not.
    pub async fn renew_cache_epoch(&self) -> Result<(), Error> {
        let random = if self.is_embedded() {
            "lower(hex(randomblob(16)))"
        } else {
            "replace(gen_random_uuid()::text, '-', '')"
        };
        let sql = format!("UPDATE cache_epoch SET epoch = {random}");
        let tx = self.begin().await?;
        let renewed = async {
            tx.execute_unprepared(&sql).await?;
            sequence::pass_given_versions(&tx).await
        };
        let renewed = renewed.await.map_err(Error::from);
        finish(tx, renewed).await
    }
}
