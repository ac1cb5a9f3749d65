//! Bodies on their way through the middleware: their bytes are counted as they move.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use poem::{
    Request, Response,
    http::{HeaderMap, header},
};

use super::watch::Watch;

/// poem's own name for what a body holds is private.
type BoxBody = http_body_util::combinators::BoxBody<Bytes, io::Error>;

type Polled = Poll<Option<Result<Frame<Bytes>, io::Error>>>;

/// The bytes read so far of a request's body, which others may still be reading.
#[derive(Debug, Default)]
pub(super) struct Received(Option<Arc<AtomicU64>>);

impl Received {
    /// Counts what will be read of the body of `request`.
    pub(super) fn follow(request: &mut Request) -> Self {
        let inner = BoxBody::from(request.take_body());
        if inner.is_end_stream() {
            request.set_body(inner);
            return Self::default();
        }
        let bytes = Arc::new(AtomicU64::new(0));
        request.set_body(BoxBody::new(Incoming {
            inner,
            bytes: Arc::clone(&bytes),
        }));
        Self(Some(bytes))
    }

    pub(super) fn bytes(&self) -> u64 {
        let bytes = self.0.as_ref();
        bytes.map_or(0, |bytes| bytes.load(Ordering::Relaxed))
    }
}

struct Incoming {
    inner: BoxBody,
    bytes: Arc<AtomicU64>,
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let polled = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        self.bytes.fetch_add(length(&polled), Ordering::Relaxed);
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Lets `watch` see the body of `response` to its end.
pub(super) fn follow(response: &mut Response, watch: Box<Watch>) {
    let inner = BoxBody::from(response.take_body());
    if inner.is_end_stream() {
        response.set_body(inner);
        return;
    }
    let announced = inner.size_hint().exact();
    response.set_body(BoxBody::new(Outgoing {
        left: announced.or_else(|| content_length(response.headers())),
        inner,
        watch: Some(watch),
    }));
}

/// The body of a response.
///
/// Whoever sends it asks for the end, or has seen the last announced byte, before the bytes leave:
/// a client that has read all of its answer finds it counted.
struct Outgoing {
    inner: BoxBody,
    /// Bytes to come, where the head of the answer says it.
    left: Option<u64>,
    /// Dropped when the body is through, or with it.
    watch: Option<Box<Watch>>,
}

impl Outgoing {
    fn count(&mut self, polled: &Option<Result<Frame<Bytes>, io::Error>>) {
        let Some(watch) = &mut self.watch else {
            return;
        };
        // What exceeds the announced length is never sent.
        let bytes = length(polled).min(self.left.unwrap_or(u64::MAX));
        watch.sent += bytes;
        self.left = self.left.map(|left| left - bytes);
        let failed_or_ended = !matches!(polled, Some(Ok(_)));
        if failed_or_ended || self.left == Some(0) || self.inner.is_end_stream() {
            self.watch = None;
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        let inner = Pin::new(&mut this.inner);
        let polled = ready!(match &this.watch {
            Some(watch) => watch.within(|| inner.poll_frame(cx)),
            None => inner.poll_frame(cx),
        });
        this.count(&polled);
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn length(polled: &Option<Result<Frame<Bytes>, io::Error>>) -> u64 {
    let data = polled
        .as_ref()
        .and_then(|frame| frame.as_ref().ok()?.data_ref());
    data.map_or(0, |data| data.len() as u64)
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}
