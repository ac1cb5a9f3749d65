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
