//! Products, the sequences of their ids and versions, idempotency keys.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = match manager.get_database_backend() {
            sea_orm::DbBackend::Sqlite => include_str!("m0001_products_sqlite.sql"),
            _ => include_str!("m0001_products_postgres.sql"),
        };
        manager.get_connection().execute_unprepared(schema).await?;
        Ok(())
    }
}
