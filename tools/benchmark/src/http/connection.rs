//! One connection, driven by whoever waits for its answer: no task of its own, no wake-ups between two.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use http_body_util::Full;
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Body, Incoming},
    client::conn::http1::{self, SendRequest},
    rt::{Read, Write},
};
use tokio::task::coop::consume_budget;

/// A connection that is free, or closed.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

/// What moves the bytes; `None` once the connection is closed.
type Driver = Option<Pin<Box<dyn Future<Output = hyper::Result<()>>>>>;

/// An answer to its last byte.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Empty where nobody wants to look at it.
    pub(crate) body: Bytes,
}

impl Connection {
    pub(super) async fn new<S>(stream: S) -> hyper::Result<Self>
    where
        S: Read + Write + Unpin + 'static,
    {
        let (sender, connection) = http1::handshake(stream).await?;
        Ok(Self {
            sender,
            driver: Some(Box::pin(connection)),
        })
    }

    /// Whether the other side has left it open; noticed without waiting.
    pub(super) fn is_open(&mut self) -> bool {
        drive(&mut self.driver, &mut Context::from_waker(Waker::noop()));
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Sends `request` and reads the whole answer; keeps its body if that is `wanted`.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        wanted: bool,
    ) -> hyper::Result<Answer> {
        let driver = &mut self.driver;
        let mut response = pin!(self.sender.send_request(request));
        let response = poll_fn(|cx| driven(driver, cx, |cx| response.as_mut().poll(cx))).await?;
        let (head, mut body) = response.into_parts();
        let mut kept = BytesMut::new();
        while let Some(data) = poll_fn(|cx| driven(driver, cx, |cx| next(&mut body, cx))).await {
            let data = data?;
            // Others have a turn even where a body never ends.
            consume_budget().await;
            if wanted {
                kept.extend_from_slice(&data);
            }
        }
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: kept.freeze(),
        })
    }
}

/// Polls what is waited for, and, where it has to wait, what it waits for.
fn driven<T>(
    driver: &mut Driver,
    cx: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    if let Poll::Ready(value) = poll(cx) {
        return Poll::Ready(value);
    }
    drive(driver, cx);
    poll(cx)
}

/// How it ended is seen by the request that waits for it.
fn drive(driver: &mut Driver, cx: &mut Context<'_>) {
    if let Some(connection) = driver
        && connection.as_mut().poll(cx).is_ready()
    {
        *driver = None;
    }
}

/// The next bytes of a body; trailers are skipped.
fn next(body: &mut Incoming, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Bytes>>> {
    Pin::new(body)
        .poll_frame(cx)
        .map(|frame| frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        spawn,
        task::yield_now,
    };

    use super::*;

    #[tokio::test]
    async fn others_have_a_turn_while_a_body_is_read() {
        let (near, mut far) = duplex(1 << 20);
        let other = spawn(async move {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let answer = [head, &"1\r\na\r\n".repeat(10_000), "0\r\n\r\n"].concat();
            assert!(far.read(&mut [0; 1024]).await.unwrap() > 0);
            far.write_all(answer.as_bytes()).await.unwrap();
            yield_now().await;
            far
        });
        let mut connection = Connection::new(TokioIo::new(near)).await.unwrap();

        let answer = connection.exchange(Request::default(), true).await.unwrap();

        assert_eq!(answer.body.len(), 10_000);
        assert!(other.is_finished(), "the body was read without a pause");
    }
}
