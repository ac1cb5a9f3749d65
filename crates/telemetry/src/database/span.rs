//! The span of a statement, by OpenTelemetry's semantic conventions for databases (1.33, stable).

use opentelemetry::KeyValue;
use sea_orm::DbErr;

use super::{
    failure::{self, Failure},
    operation::Operation,
    pool::Pool,
    query,
};
use crate::traces::ClientSpan;

/// Which database the statements of a pool go to.
#[derive(Debug)]
pub(super) struct Peer {
    attributes: Vec<KeyValue>,
}

impl Peer {
    /// Without user and password.
    pub(super) fn of(pool: &Pool) -> Self {
        let Pool::Postgres(pool) = pool else {
            return Self {
                attributes: vec![KeyValue::new("db.system.name", "sqlite")],
            };
        };
        let options = pool.connect_options();
        let mut attributes = vec![
            KeyValue::new("db.system.name", "postgresql"),
            KeyValue::new("server.address", options.get_host().to_owned()),
            KeyValue::new("server.port", i64::from(options.get_port())),
        ];
        if let Some(database) = options.get_database() {
            attributes.push(KeyValue::new("db.namespace", database.to_owned()));
        }
        Self { attributes }
    }

    /// Begins the span of a statement, with the wait for a connection as its first part.
    pub(super) fn ask(&self, sql: &str, operation: Operation) -> StatementSpan {
        let span = ClientSpan::begin();
        span.describe(|| {
            let verb = query::verb(sql, operation);
            let collection = query::collection(sql);
            let mut attributes = self.attributes.clone();
            attributes.push(KeyValue::new("db.operation.name", verb.clone()));
            attributes.push(KeyValue::new("db.query.text", query::shape(sql)));
            let Some(collection) = collection else {
                return (verb, attributes);
            };
            let name = format!("{verb} {collection}");
            attributes.push(KeyValue::new("db.collection.name", collection));
            (name, attributes)
        });
        StatementSpan(span)
    }
}

/// The span of a statement, until it is dropped.
#[derive(Debug)]
pub(super) struct StatementSpan(ClientSpan);

impl StatementSpan {
    /// A connection is in hand.
    pub(super) fn acquired(&self) {
        self.0.mark("connection acquired");
    }

    /// No connection was free in time.
    pub(super) fn starved(&self) {
        self.0.fail("pool_timeout");
    }

    /// The statement failed. The error's text is left out: it may quote values.
    pub(super) fn failed(&self, failure: Failure, error: &DbErr) {
        self.0.fail(failure.label());
        if let Some(code) = failure::code(error) {
            self.0.add("db.response.status_code", code);
        }
    }
}
