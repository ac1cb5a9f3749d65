//! Routes for every way in which a request can end.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use poem::{
    Body, IntoResponse, Request, Response, Route, RouteMethod,
    endpoint::make,
    error::NotFoundError,
    http::{Method, StatusCode},
};
use telemetry::{Metrics, RouteSpec};
use tokio::{sync::Notify, time::timeout};

pub(crate) fn specs() -> Vec<RouteSpec> {
    let spec = |method: Method, template: &str, statuses: &[u16], quiet| RouteSpec {
        method,
        template: template.to_owned(),
        statuses: statuses.to_vec(),
        quiet,
    };
    vec![
        spec(Method::GET, "/things", &[200, 500], false),
        spec(Method::POST, "/things", &[201, 500], false),
        spec(Method::GET, "/things/{id}", &[200, 500], false),
        spec(Method::GET, "/things/{id}/none", &[204], false),
        spec(Method::GET, "/stuck", &[], false),
        spec(Method::GET, "/panics", &[], false),
        spec(Method::GET, "/stream", &[], false),
        spec(Method::GET, "/announced", &[], false),
        spec(Method::GET, "/trickle", &[], false),
        spec(Method::GET, "/slow", &[], false),
        spec(Method::POST, "/echo", &[200], false),
        spec(Method::POST, "/invalid", &[], false),
        spec(Method::POST, "/stuck", &[], false),
        spec(Method::GET, "/probe", &[200], true),
        spec(Method::GET, "/files/{*path}", &[200], false),
        spec(Method::GET, "/metrics", &[200], true),
    ]
}

pub(crate) fn routes(metrics: &Metrics, stuck: &Arc<Notify>) -> Route {
    let stuck = Arc::clone(stuck);
    let never = make(move |request| wait(request, Arc::clone(&stuck)));
    let never = Arc::new(never);
    Route::new()
        .at("/things", answer(200, "[]").post(make(|_| created())))
        .at("/things/:id", poem::get(make(find)))
        .at(
            "/things/:id/none",
            answer(204, "never sent").put(make(|_| unchanged())),
        )
        .at("/stuck", poem::get(Arc::clone(&never)).post(never))
        .at("/panics", poem::get(make(|_| async { give_up() })))
        .at("/stream", poem::get(make(|_| async { pieces() })))
        .at("/announced", poem::get(make(|_| async { announced() })))
        .at("/broken", poem::get(make(|_| async { broken() })))
        .at("/trickle", poem::get(make(|_| async { trickle() })))
        .at("/slow", poem::get(make(|_| too_late())))
        .at("/echo", poem::post(make(echo)))
        .at("/invalid", poem::post(make(refuse)))
        .at("/probe", answer(200, "ok"))
        .at("/files/*path", answer(200, "file"))
        .at("/metrics", metrics.endpoint())
}

fn answer(status: u16, body: &'static str) -> RouteMethod {
    poem::get(make(move |_| async move {
        Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .body(body)
    }))
}

async fn created() -> StatusCode {
    StatusCode::CREATED
}

async fn find(request: Request) -> poem::Result<&'static str> {
    match request.raw_path_param("id") {
        Some("1") => Ok("one"),
        _ => Err(NotFoundError.into()),
    }
}

/// Reads the body and never answers.
async fn wait(request: Request, stuck: Arc<Notify>) -> poem::Result<()> {
    request.into_body().into_bytes().await?;
    stuck.notify_one();
    std::future::pending().await
}

/// A body that the connection does not send.
async fn unchanged() -> Response {
    StatusCode::NOT_MODIFIED
        .with_body("never sent")
        .into_response()
}

fn give_up() {
    panic!("the handler gave up");
}

/// A body in two pieces, whose length nobody knows beforehand.
fn pieces() -> Body {
    let pieces = ["a", "b"].map(Ok::<_, std::io::Error>);
    Body::from_bytes_stream(stream::iter(pieces))
}

/// A body of more than its head announces: the connection sends two bytes.
fn announced() -> Response {
    let pieces = ["a", "b", "c"].map(Ok::<_, std::io::Error>);
    Body::from_bytes_stream(stream::iter(pieces))
        .with_header("content-length", "2")
        .into_response()
}

/// A body that breaks off after three bytes, and says so in the log.
fn broken() -> Body {
    let first = stream::iter([Ok("abc")]);
    let failure = stream::once(async {
        tracing::info!("Broken off");
        Err(std::io::Error::other("no more"))
    });
    Body::from_bytes_stream(first.chain(failure))
}

/// A body that never ends after its first three bytes.
fn trickle() -> Body {
    let first = stream::iter([Ok::<_, std::io::Error>("abc")]);
    Body::from_bytes_stream(first.chain(stream::pending()))
}

async fn too_late() -> Response {
    let work = std::future::pending::<()>();
    match timeout(Duration::from_millis(1), work).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(_) => StatusCode::GATEWAY_TIMEOUT
            .with_body("too late")
            .into_response(),
    }
}

async fn echo(request: Request) -> poem::Result<Vec<u8>> {
    Ok(request.into_body().into_vec().await?)
}

async fn refuse(request: Request) -> poem::Result<Response> {
    let bytes = request.into_body().into_bytes().await?;
    let reason = format!("{} bytes, all of them wrong", bytes.len());
    Ok(StatusCode::UNPROCESSABLE_ENTITY
        .with_body(reason)
        .into_response())
}
