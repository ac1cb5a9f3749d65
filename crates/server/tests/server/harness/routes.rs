//! Routes that behave in all the ways a handler can.

use std::{io, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Response, Result, Route,
    endpoint::{make, make_sync},
    error::{BadRequest, InternalServerError, ServiceUnavailable},
    get, handler,
    http::{Method, StatusCode},
    post,
    web::{Data, Path},
};
use server::{Problem, RouteTable};
use tokio::{io::AsyncReadExt, sync::Semaphore};

/// Holds back requests until it is opened, and tells when one arrived.
#[derive(Clone)]
pub(crate) struct Latch {
    arrived: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Default for Latch {
    fn default() -> Latch {
        Latch {
            arrived: Arc::new(Semaphore::new(0)),
            opened: Arc::new(Semaphore::new(0)),
        }
    }
}

impl Latch {
    /// Waits until one more request has arrived.
    pub(crate) async fn arrival(&self) {
        super::within(self.arrived.acquire())
            .await
            .unwrap()
            .forget();
    }

    /// Lets one request pass.
    pub(crate) fn open(&self) {
        self.opened.add_permits(1);
    }

    async fn pass(&self) {
        self.arrived.add_permits(1);
        self.opened.acquire().await.unwrap().forget();
    }
}

/// What the guard knows about the routes below.
pub(crate) fn table() -> RouteTable {
    RouteTable::new([
        (Method::GET, "/count"),
        (Method::POST, "/count"),
        (Method::POST, "/echo"),
        (Method::GET, "/items/{id}"),
    ])
    .unwrap()
}

pub(crate) fn routes(latch: &Latch) -> impl Endpoint<Output: IntoResponse> + use<> {
    Route::new()
        .at(
            "/count",
            get(make_sync(|_| "counted")).post(make_sync(|_| "counted")),
        )
        .at("/hidden", get(make_sync(|_| "smuggled")))
        .at("/echo", post(echo))
        .at("/swallow", post(swallow))
        .at("/peek", post(peek))
        .at("/items/:id", get(item))
        .at("/wait", get(wait))
        .at("/panic", get(panicking))
        .at("/broken-stream", get(make_sync(|_| broken_stream())))
        .at("/stick", get(stick))
        .at("/drip", get(make_sync(|_| drip())))
        .at("/large", get(make_sync(|_| "x".repeat(8 << 20))))
        .at("/error", get(fail))
        .at("/unavailable", get(unavailable))
        .at("/teapot", get(make_sync(|_| StatusCode::IM_A_TEAPOT)))
        .at("/json", get(make_sync(|_| json_503())))
        .at("/invalid", get(invalid))
        .at("/invalid-response", get(make_sync(|_| problem())))
        .at("/sink", post(make(|_| async { Ok::<_, poem::Error>(()) })))
        .data(latch.clone())
}

#[handler]
async fn echo(body: Body) -> Result<Vec<u8>> {
    Ok(body.into_vec().await?)
}

/// Holds the thread for ever.
#[handler]
fn stick() {
    println!("stuck");
    loop {
        std::thread::park();
    }
}

/// Answers well although the body could not be read.
#[handler]
async fn swallow(body: Body) -> String {
    format!("{:?}", body.into_vec().await.map(|bytes| bytes.len()))
}

/// Reads a byte of the body, and no more.
#[handler]
async fn peek(body: Body) -> Result<String> {
    let first = body.into_async_read().read_u8().await;
    Ok(format!("{}", first.map_err(BadRequest)?))
}

#[handler]
fn item(Path(id): Path<u32>) -> String {
    id.to_string()
}

#[handler]
async fn wait(Data(latch): Data<&Latch>) -> &'static str {
    latch.pass().await;
    "waited"
}

#[handler]
fn panicking() {
    panic!("the handler is broken")
}

#[handler]
fn fail() -> Result<()> {
    Err(InternalServerError(io::Error::other("password is hunter2")))
}

#[handler]
fn unavailable() -> Result<()> {
    Err(ServiceUnavailable(io::Error::other("10.0.0.7 is gone")))
}

#[handler]
fn invalid() -> Result<()> {
    Err(problem().into())
}

fn problem() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
        .detail("One field is wrong.")
        .error("/price", "is negative")
        .retry_after(Duration::from_millis(1500))
}

fn json_503() -> Response {
    Response::builder()
        .status(StatusCode::SERVICE_UNAVAILABLE)
        .content_type("application/json; charset=utf-8")
        .body(r#"{"status":"not ready"}"#)
}

/// A body whose second piece never comes.
fn drip() -> Body {
    let pieces = stream::once(async { Ok::<_, io::Error>(bytes::Bytes::from_static(b"first")) });
    Body::from_bytes_stream(pieces.chain(stream::pending()))
}

/// A body whose second piece panics.
fn broken_stream() -> Body {
    let pieces = stream::iter(0..2).map(|piece| match piece {
        0 => Ok::<_, io::Error>(bytes::Bytes::from_static(b"first")),
        _ => panic!("the stream is broken"),
    });
    Body::from_bytes_stream(pieces)
}
