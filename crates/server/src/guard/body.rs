//! Bodies on their way through the guard: how far a request's was read, how long a response's is.

use std::{
    error::Error,
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::StreamExt;
use hyper::body::{Body as _, Frame, SizeHint};
use poem::{Body, Request, Response};
use tokio_util::sync::CancellationToken;

/// poem's own name for what a [`Body`] holds is private.
type BoxBody = http_body_util::combinators::BoxBody<Bytes, io::Error>;

/// How far the body of a request has been read.
#[derive(Debug)]
pub(super) struct Progress(AtomicU8);

const UNREAD: u8 = 0;
const READ: u8 = 1;
const BROKEN: u8 = 2;
const OVER_LIMIT: u8 = 3;
const LEFT: u8 = 4;

impl Progress {
    /// Whether the client may still be sending.
    pub(super) fn is_unread(&self) -> bool {
        self.0.load(Ordering::Relaxed) != READ
    }

    /// Whether the client closed the connection in the middle.
    pub(super) fn is_left(&self) -> bool {
        self.0.load(Ordering::Relaxed) == LEFT
    }

    /// Whether the client broke the rules of chunks.
    pub(super) fn is_broken(&self) -> bool {
        self.0.load(Ordering::Relaxed) == BROKEN
    }

    /// Whether more was sent than is allowed.
    pub(super) fn is_over_limit(&self) -> bool {
        self.0.load(Ordering::Relaxed) == OVER_LIMIT
    }

    fn set(&self, state: u8) {
        self.0.store(state, Ordering::Relaxed);
    }
}

/// Lets at most `max` bytes of the request's body through. `None`: there is no body.
pub(super) fn limit(request: &mut Request, max: u64) -> Option<Arc<Progress>> {
    let inner = BoxBody::from(request.take_body());
    if inner.is_end_stream() {
        return None;
    }
    let progress = Arc::new(Progress(AtomicU8::new(UNREAD)));
    let limited = Limited {
        inner,
        left: max,
        progress: progress.clone(),
    };
    request.set_body(Body::from(BoxBody::new(limited)));
    Some(progress)
}

/// Ends the response with `end` if it is a stream; a body of known length is left alone.
pub(super) fn end_stream(response: &mut Response, end: &CancellationToken) {
    let body = BoxBody::from(response.take_body());
    if body.size_hint().exact().is_some() {
        response.set_body(Body::from(body));
        return;
    }
    let stream = Body::from(body)
        .into_bytes_stream()
        .take_until(end.clone().cancelled_owned());
    response.set_body(Body::from_bytes_stream(stream));
}

/// How long the body is, where that is known before it is sent.
pub(super) fn exact_length(body: Body) -> Option<u64> {
    BoxBody::from(body).size_hint().exact()
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

struct Limited {
    inner: BoxBody,
    left: u64,
    progress: Arc<Progress>,
}

impl hyper::body::Body for Limited {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let bytes = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(error)) => {
                self.progress
                    .set(if is_departure(error) { LEFT } else { BROKEN });
                0
            }
            None => 0,
        };
        let Some(left) = self.left.checked_sub(bytes) else {
            self.progress.set(OVER_LIMIT);
            return Poll::Ready(Some(Err(io::Error::other(
                "the body is larger than allowed",
            ))));
        };
        self.left = left;
        if frame.is_none() || self.inner.is_end_stream() {
            self.progress.set(READ);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
