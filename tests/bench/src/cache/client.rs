//! Reads on several connections at once, as fast as they are answered, at little cost to the client.

use std::{cell::RefCell, convert::Infallible, io::Write, net::SocketAddr, str, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
    time::timeout,
};

/// Connections in use at once: enough that the server never waits for the client.
pub(super) const CONNECTIONS: usize = 16;

/// Longest wait for all answers of a turn.
const DEADLINE: Duration = Duration::from_secs(120);

/// Room for a whole answer.
const BUFFER: usize = 4096;

/// Keep-alive connections to one server.
pub(super) struct Client(Vec<Connection>);

impl Client {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    pub(super) async fn open(address: SocketAddr) -> Self {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(address).await);
        }
        Self(connections)
    }

    /// Reads these products, each on the next connection that is free.
    ///
    /// # Panics
    /// When one is answered otherwise than with 200, or from elsewhere than `source`: the value of
    /// `X-Cache`, where it matters.
    pub(super) async fn read(&mut self, ids: &[u32], source: Option<&str>) {
        let wanted = source.map(|source| format!("\r\nx-cache: {source}\r\n"));
        let wanted = wanted.as_deref().unwrap_or_default();
        let next = RefCell::new(ids.iter());
        let readers = self.0.iter_mut().map(|connection| async {
            loop {
                let Some(id) = next.borrow_mut().next() else {
                    return;
                };
                let answer = connection.get(*id).await;
                let expected = answer.starts_with("HTTP/1.1 200 ") && answer.contains(wanted);
                assert!(expected, "product {id}, {source:?}: {answer}");
            }
        });
        let readers: FuturesUnordered<_> = readers.collect();
        let read = timeout(DEADLINE, async {
            tokio::select! {
                biased;
                () = readers.collect() => {}
                never = stay_awake() => match never {},
            }
        });
        let read = read.await;
        read.unwrap_or_else(|_| panic!("not all was answered in {DEADLINE:?}"));
    }
}

/// Keeps this thread from going to sleep: to be woken would be at the cost of the server, and more so
/// the faster the client is.
async fn stay_awake() -> Infallible {
    loop {
        yield_now().await;
    }
}

/// A connection, and what went over it last.
struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await;
        let stream = stream.unwrap_or_else(|error| panic!("connect to {address}: {error}"));
        stream.set_nodelay(true).expect("a socket can be set");
        Self {
            address,
            stream,
            request: Vec::new(),
            answer: Vec::with_capacity(BUFFER),
        }
    }

    /// The whole answer, head and body.
    async fn get(&mut self, id: u32) -> &str {
        self.request.clear();
        let address = self.address;
        write!(
            self.request,
            "GET /products/{id} HTTP/1.1\r\nHost: {address}\r\n\r\n"
        )
        .expect("memory takes all");
        let sent = self.stream.write_all(&self.request).await;
        sent.unwrap_or_else(|error| panic!("product {id}: {error}"));
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await;
            let read = read.unwrap_or_else(|error| panic!("product {id}: {error}"));
            assert!(read > 0, "product {id}: the connection has ended");
            if is_whole(&self.answer) {
                return str::from_utf8(&self.answer).expect("an answer is text");
            }
        }
    }
}

/// Whether an answer that says its length is there to its end.
fn is_whole(answer: &[u8]) -> bool {
    let text = str::from_utf8(answer).unwrap_or_default();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .split_once("\r\ncontent-length: ")
        .map(|(_, rest)| rest);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn an_answer_is_whole_when_its_body_has_the_announced_length() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ndate: today\r\n";
        for (rest, whole) in [
            ("", false),
            ("\r\n", false),
            ("\r\n{", false),
            ("\r\n{}", true),
        ] {
            assert_eq!(
                is_whole(format!("{head}{rest}").as_bytes()),
                whole,
                "{rest:?}"
            );
        }
    }
}
