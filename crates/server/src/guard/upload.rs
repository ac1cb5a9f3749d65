//! The body of a request on its way to the handler: how much is let through, how far it was read,
//! and what becomes of the rest.

use std::{
    error::Error,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, SizeHint};
use poem::{Body, Request, http::header};
use tokio::time::timeout;

use super::body::BoxBody;

/// How much of a body that no handler wanted is read to keep its connection, in bytes: as much as
/// Go's net/http takes.
const MAX_DISCARDED_BYTES: u64 = 256 << 10;

/// A body on its way to the handler.
#[derive(Debug)]
pub(super) struct Upload {
    state: AtomicU8,
    /// What the handler dropped unread.
    rest: Mutex<Option<Rest>>,
}

const UNREAD: u8 = 0;
const READ: u8 = 1;
const BROKEN: u8 = 2;
const OVER_LIMIT: u8 = 3;
const LEFT: u8 = 4;

impl Upload {
    /// Lets at most `max` bytes of the request's body through. `None`: there is no body.
    pub(super) fn limit(request: &mut Request, max: u64) -> Option<Arc<Self>> {
        let body = BoxBody::from(request.take_body());
        if body.is_end_stream() {
            return None;
        }
        let upload = Arc::new(Self {
            state: AtomicU8::new(UNREAD),
            rest: Mutex::new(None),
        });
        let limited = Limited {
            rest: Rest { body, allowed: max },
            // To ask for the rest would be to tell such a client to send it.
            returned: !request.headers().contains_key(header::EXPECT),
            upload: upload.clone(),
        };
        request.set_body(Body::from(BoxBody::new(limited)));
        Some(upload)
    }

    /// Reads what the handler left and throws it away, if it is little and comes within `limit`.
    pub(super) async fn discard_rest(&self, limit: Duration) {
        let rest = self.rest.lock();
        let rest = rest.unwrap_or_else(PoisonError::into_inner).take();
        let Some(rest) = rest else { return };
        if timeout(limit, rest.discard()).await == Ok(true) {
            self.settle(READ);
        }
    }

    /// Whether the client may still be sending.
    pub(super) fn is_unread(&self) -> bool {
        self.state() != READ
    }

    /// Whether the client closed the connection in the middle.
    pub(super) fn is_left(&self) -> bool {
        self.state() == LEFT
    }

    /// Whether the client broke the rules of chunks.
    pub(super) fn is_broken(&self) -> bool {
        self.state() == BROKEN
    }

    /// Whether more was sent than is allowed.
    pub(super) fn is_over_limit(&self) -> bool {
        self.state() == OVER_LIMIT
    }

    fn state(&self) -> u8 {
        self.state.load(Ordering::Relaxed)
    }

    /// Says how reading ended. What was said first stands, however often a handler reads on.
    fn settle(&self, state: u8) {
        let (from, order) = (UNREAD, Ordering::Relaxed);
        let _already_settled = self.state.compare_exchange(from, state, order, order);
    }
}

/// The unread part of a body.
#[derive(Debug)]
struct Rest {
    body: BoxBody,
    /// How many bytes may still come.
    allowed: u64,
}

impl Rest {
    /// Reads to the end, and says whether it was reached.
    async fn discard(mut self) -> bool {
        let mut room = self.allowed.min(MAX_DISCARDED_BYTES);
        if self.body.size_hint().lower() > room {
            return false;
        }
        while let Some(frame) = self.body.frame().await {
            let left = frame
                .ok()
                .and_then(|frame| room.checked_sub(length(&frame)));
            match left {
                Some(_) if self.body.is_end_stream() => return true,
                Some(left) => room = left,
                None => return false,
            }
        }
        true
    }
}

/// What the handler reads. Dropped before its end, it gives back what is left.
struct Limited {
    rest: Rest,
    returned: bool,
    upload: Arc<Upload>,
}

impl hyper::body::Body for Limited {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = ready!(Pin::new(&mut self.rest.body).poll_frame(cx));
        let bytes = match &frame {
            Some(Ok(frame)) => length(frame),
            Some(Err(error)) => {
                let departed = is_departure(error);
                self.upload.settle(if departed { LEFT } else { BROKEN });
                0
            }
            None => 0,
        };
        let Some(allowed) = self.rest.allowed.checked_sub(bytes) else {
            // Nor does anything smaller pass that comes after it.
            self.rest.allowed = 0;
            self.upload.settle(OVER_LIMIT);
            return Poll::Ready(Some(Err(io::Error::other(
                "the body is larger than allowed",
            ))));
        };
        self.rest.allowed = allowed;
        if frame.is_none() || self.rest.body.is_end_stream() {
            self.upload.settle(READ);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.rest.body.size_hint()
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        if !self.returned || self.upload.state() != UNREAD {
            return;
        }
        let nothing = BoxBody::from(Body::empty());
        let rest = Rest {
            body: mem::replace(&mut self.rest.body, nothing),
            allowed: self.rest.allowed,
        };
        let slot = self.upload.rest.lock();
        *slot.unwrap_or_else(PoisonError::into_inner) = Some(rest);
    }
}

fn length(frame: &Frame<Bytes>) -> u64 {
    frame.data_ref().map_or(0, |data| data.len() as u64)
}

/// Whether a read failed because the connection ended, and not for what was sent.
fn is_departure(error: &io::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(
            kind,
            Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
        ) {
            return true;
        }
        // An `io::Error` made of another error gives that one's cause as its own.
        cause = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// What a handler that reads on after every error gets of `pieces`, with five bytes allowed.
    async fn read_to_the_end(
        pieces: Vec<io::Result<&'static str>>,
    ) -> (Vec<Option<usize>>, Arc<Upload>) {
        let mut request = Request::default();
        request.set_body(Body::from_bytes_stream(stream::iter(pieces)));
        let upload = Upload::limit(&mut request, 5).unwrap();
        let mut body = BoxBody::from(request.take_body());
        let mut read = Vec::new();
        while let Some(frame) = body.frame().await {
            read.push(frame.ok().map(|frame| length(&frame) as usize));
        }
        (read, upload)
    }

    #[tokio::test]
    async fn a_body_over_the_limit_stays_over_it_for_who_reads_on() {
        let pieces = vec![Ok("1234"), Ok("567"), Ok("8"), Ok("9")];

        let (read, upload) = read_to_the_end(pieces).await;

        assert_eq!(read, [Some(4), None, None, None]);
        assert!(upload.is_over_limit());
    }

    #[tokio::test]
    async fn a_body_that_broke_off_stays_so_for_who_reads_on() {
        let departure = || io::Error::from(ErrorKind::UnexpectedEof);
        let breach = || io::Error::other("no chunk");

        let (_, left) = read_to_the_end(vec![Ok("1"), Err(departure()), Ok("2")]).await;
        let (_, broken) = read_to_the_end(vec![Ok("1"), Err(breach()), Ok("2")]).await;

        assert!(left.is_left());
        assert!(broken.is_broken());
    }
}
