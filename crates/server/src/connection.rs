//! One connection: HTTP/1.1 between a client and the application.

use std::{
    convert::Infallible,
    future::{self, Future},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Addr, Endpoint,
    http::{HeaderValue, header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::TcpStream,
    select,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    begun::Begun,
    gate::{Gate, HalfHead},
};

/// The longest head of a request, in bytes; a longer one is answered with 431.
const MAX_HEAD_BYTES: usize = 32 << 10;

/// How long a client that has just connected may take to begin its request when the service stops:
/// it could not know.
const FIRST_REQUEST: Duration = Duration::from_millis(100);

/// What all connections of a listener have in common.
pub(crate) struct Host {
    app: App,
    http: http1::Builder,
    draining: CancellationToken,
    closing: CancellationToken,
}

impl Host {
    pub(crate) fn new(
        app: App,
        header_read_timeout: Duration,
        draining: CancellationToken,
    ) -> Host {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(header_read_timeout)
            .max_header_size(MAX_HEAD_BYTES);
        Host {
            app,
            http,
            draining,
            closing: CancellationToken::new(),
        }
    }

    /// Closes the idle connections, and the others after the answer they are waiting for.
    pub(crate) fn close_when_idle(&self) {
        self.closing.cancel();
    }

    /// Serves one client until either side has had enough.
    pub(crate) async fn talk(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let Ok(local) = stream.local_addr() else {
            return;
        };
        // Answers are written whole: waiting for more bytes to send only delays them.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| Begun::new(self.answer(request, local, peer)));
        let opened = Instant::now();
        let gate = Gate::new(stream);
        let half_head = gate.half_head();
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(gate), service));
        let ended = select! {
            ended = connection.as_mut() => ended,
            () = self.closing.cancelled() => {
                match heard_out(connection.as_mut(), opened, &half_head).await {
                    Some(ended) => ended,
                    None => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(exception = %error, client_ip = %peer.ip(), "connection ended early");
        }
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> Result<
        hyper::Response<
            impl hyper::body::Body<Data = bytes::Bytes, Error = std::io::Error> + use<>,
        >,
        Infallible,
    > {
        let local = LocalAddr(Addr::SocketAddr(local));
        let peer = RemoteAddr(Addr::SocketAddr(peer));
        let request = (request, local, peer, Scheme::HTTP).into();
        let mut response = match self.app.call(request).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        };
        if self.draining.is_cancelled() {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(hyper::Response::from(response))
    }
}

/// Goes on with a connection while its client is about to send its first request or in the middle
/// of a head, both of which hyper would take for idleness. `Some` is the connection's end.
async fn heard_out<C: Future>(
    mut connection: Pin<&mut C>,
    opened: Instant,
    half_head: &HalfHead,
) -> Option<C::Output> {
    // Polls it first: a request that has arrived is read before the connection counts as idle.
    if let Ok(ended) = timeout_at(opened + FIRST_REQUEST, connection.as_mut()).await {
        return Some(ended);
    }
    future::poll_fn(|cx| match connection.as_mut().poll(cx) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if half_head.is_there() => Poll::Pending,
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
