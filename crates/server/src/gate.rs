//! A connection that lets only unambiguous requests in, and closes without losing the answer.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    framing::{Ambiguous, Framing},
    linger::Linger,
};

/// Ends any head in a way that the parser cannot but answer with 400.
const BAD_HEAD: &[u8] = b"\0\r\n\r\n";

/// Is malformed wherever the frame of a chunk may stand: in its size, its extension, its end, and in
/// the trailers. The premature end alone would look like a client that left.
const BAD_CHUNK: &[u8] = b"\0\r\0";

/// The stream of a connection as the parser may see it.
#[derive(Debug)]
pub(crate) struct Gate<S> {
    stream: S,
    framing: Framing,
    /// What the parser still has to read after a refusal, before the end of the stream.
    refusal: Option<&'static [u8]>,
    linger: Option<Linger>,
    half_head: HalfHead,
}

/// Whether a head has begun to come and is not complete; seen by who has given the gate away.
#[derive(Debug, Clone, Default)]
pub(crate) struct HalfHead(Arc<AtomicBool>);

impl HalfHead {
    pub(crate) fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S> Gate<S> {
    /// Guards `stream`, at the start of its first request.
    pub(crate) fn new(stream: S) -> Gate<S> {
        Gate {
            stream,
            framing: Framing::default(),
            refusal: None,
            linger: None,
            half_head: HalfHead::default(),
        }
    }

    /// Tells of the heads that come.
    pub(crate) fn half_head(&self) -> HalfHead {
        self.half_head.clone()
    }

    /// Judges the bytes of `buf` from `start` on and takes back what the parser must not see.
    fn judge(&mut self, buf: &mut ReadBuf<'_>, start: usize) {
        if let Err(Ambiguous { at }) = self.framing.follow(&buf.filled()[start..]) {
            self.refusal = Some(if self.framing.is_in_head() {
                BAD_HEAD
            } else {
                BAD_CHUNK
            });
            self.framing.refuse();
            buf.set_filled(start + at);
        }
        let half = self.framing.is_in_head() && !self.framing.is_between_requests();
        self.half_head.0.store(half, Ordering::Relaxed);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.refusal.is_none() {
            let start = buf.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
            self.judge(buf, start);
        }
        if let Some(rest) = &mut self.refusal {
            let (now, later) = rest.split_at(rest.len().min(buf.remaining()));
            buf.put_slice(now);
            *rest = later;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Ends the answer; where the client may still be sending, takes what comes before closing.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let gate = &mut *self;
        if gate.linger.is_none() {
            ready!(Pin::new(&mut gate.stream).poll_shutdown(cx))?;
            if gate.framing.is_between_requests() {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = gate.linger.get_or_insert_with(Linger::new);
        linger.poll(cx, Pin::new(&mut gate.stream)).map(Ok)
    }
}
