//! Closing a connection whose client has not finished sending.
//!
//! A socket that is closed with unread bytes in it is reset, and a reset can destroy the answer
//! before the client has read it. So what still comes is read and thrown away for a while.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// How long to wait for a client that sends nothing.
const IDLE: Duration = Duration::from_secs(5);
/// How long to listen to a client that goes on sending.
const TOTAL: Duration = Duration::from_secs(30);
/// How many bytes to take from it.
const MAX_BYTES: usize = 256 << 20;

/// Reads a stream to its end, within bounds of time and size.
#[derive(Debug)]
pub(crate) struct Linger {
    bytes_left: usize,
    end: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Linger {
    /// Starts now.
    pub(crate) fn new() -> Linger {
        let now = Instant::now();
        Linger {
            bytes_left: MAX_BYTES,
            end: now + TOTAL,
            timer: Box::pin(sleep_until(now + IDLE)),
        }
    }

    /// Ready when the client has closed its side, or when a bound is reached.
    pub(crate) fn poll<S: AsyncRead>(
        &mut self,
        cx: &mut Context<'_>,
        mut stream: Pin<&mut S>,
    ) -> Poll<()> {
        let mut scratch = [0; 16 << 10];
        loop {
            let mut buf = ReadBuf::new(&mut scratch);
            match stream.as_mut().poll_read(cx, &mut buf) {
                Poll::Pending => return self.timer.as_mut().poll(cx),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {}
            }
            let count = buf.filled().len();
            self.bytes_left = self.bytes_left.saturating_sub(count);
            let now = Instant::now();
            if count == 0 || self.bytes_left == 0 || now >= self.end {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.end.min(now + IDLE));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// Lingers on one end of a pipe; returns how long it took.
    async fn linger(mut stream: DuplexStream) -> Duration {
        let start = Instant::now();
        let mut linger = Linger::new();
        poll_fn(|cx| linger.poll(cx, Pin::new(&mut stream))).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_closes_is_not_waited_for() {
        let (client, server) = duplex(64);
        drop(client);

        assert_eq!(linger(server).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_given_up_soon() {
        let (_client, server) = duplex(64);

        let took = linger(server).await;

        assert!((IDLE..IDLE * 2).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_trickles_is_given_up_at_the_end() {
        let (mut client, server) = duplex(64);
        tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::time::sleep(IDLE / 2).await;
            }
        });

        let took = linger(server).await;

        assert!((TOTAL..TOTAL + IDLE).contains(&took), "{took:?}");
    }
}
