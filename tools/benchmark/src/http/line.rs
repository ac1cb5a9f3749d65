//! A user's line to the server: a connection that is opened anew when it is gone.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use tokio::time::timeout;

use super::{
    connection::{Answer, Connection},
    connector::Connector,
    exchange::Failure,
};

/// At most one connection, kept from request to request.
pub(crate) struct Line {
    connector: Connector,
    connection: Option<Connection>,
    timeout: Duration,
}

impl Line {
    /// A line on which an answer may take as long as `timeout`, connecting included.
    pub(crate) fn new(connector: Connector, timeout: Duration) -> Self {
        Self {
            connector,
            connection: None,
            timeout,
        }
    }

    /// Connects, so that the first request finds a connection. Why it could not will be seen by that
    /// request.
    pub(crate) async fn open(&mut self) {
        let opened = timeout(self.timeout, self.connector.open()).await;
        self.connection = opened.ok().and_then(Result::ok);
    }

    /// Sends `request` and waits for the whole answer; keeps its body if that is `wanted`.
    ///
    /// # Errors
    /// When there is no answer. The connection is gone then.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        wanted: bool,
    ) -> Result<Answer, Failure> {
        let limit = self.timeout;
        let sent = timeout(limit, self.exchange(request, wanted)).await;
        let sent = sent.unwrap_or_else(|_| Err(Failure::timeout()));
        if sent.is_err() {
            self.connection = None;
        }
        sent
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        wanted: bool,
    ) -> Result<Answer, Failure> {
        self.connection.take_if(|connection| !connection.is_open());
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.connector.open().await?),
        };
        Ok(connection.exchange(request, wanted).await?)
    }
}
