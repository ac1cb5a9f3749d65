//! How long the answers on one connection take.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use e2e::Answer;
use poem::http::Method;

/// A connection that is measured.
#[derive(Debug)]
pub(crate) struct Connection(e2e::Connection);

/// An answer and its price.
#[derive(Debug)]
pub(crate) struct Timed {
    /// From before the request was sent until the last byte of the body.
    pub(crate) elapsed: Duration,
    /// The answer.
    pub(crate) answer: Answer,
}

impl Connection {
    /// Connects to the service that listens at `address`.
    ///
    /// # Panics
    /// When nobody does.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let opened = e2e::Connection::open(address).await;
        Self(opened.unwrap_or_else(|error| panic!("{error:#}")))
    }

    /// GET of a page that is there.
    ///
    /// # Panics
    /// When the answer is another than 200.
    pub(crate) async fn get(&mut self, path: &str) -> Timed {
        self.send(Method::GET, path, String::new(), 200).await
    }

    /// Creates one product, or all of an array, given as JSON text.
    ///
    /// # Panics
    /// When the answer is another than 201.
    pub(crate) async fn create(&mut self, json: String) -> Timed {
        self.send(Method::POST, "/products", json, 201).await
    }

    async fn send(&mut self, method: Method, path: &str, json: String, wanted: u16) -> Timed {
        let begin = Instant::now();
        let answered = self.0.send(method, path, json).await;
        let elapsed = begin.elapsed();
        let answer = answered.unwrap_or_else(|error| panic!("{error:#}"));
        let answer = answer.expect(wanted);
        Timed { elapsed, answer }
    }
}
