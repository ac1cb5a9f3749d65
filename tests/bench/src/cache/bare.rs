//! A plain poem server that gives the service's answer to a hit, with nothing around it.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
    net::Ipv4Addr,
};

use anyhow::Result;
use bytes::Bytes;
use clap::Args;
use e2e::Answer;
use poem::{
    Endpoint, Request, Response, Route, Server,
    endpoint::make_sync,
    error::NotFoundError,
    get,
    http::{HeaderName, HeaderValue},
    listener::TcpAcceptor,
};
use tokio::{net::TcpListener, runtime::Builder};

use super::place::HOT;
use crate::{child::Child, processor};

/// Added to every answer by the server itself.
const BY_SERVER: [&str; 2] = ["content-length", "date"];

/// What the server is told on its command line.
#[derive(Debug, Args)]
pub(crate) struct Bare {
    /// The processor to keep to.
    #[arg(long)]
    processor: usize,
    /// The headers of every answer, as a JSON object.
    #[arg(long)]
    headers: String,
    /// The body of every answer.
    #[arg(long)]
    body: String,
}

/// Starts the server, which gives this answer to everybody: what changes from one answer of the
/// service to the next stays the same here.
pub(super) fn start(answer: &Answer, processor: usize) -> Child {
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| !BY_SERVER.contains(&name.as_str()));
    let headers: BTreeMap<&str, &str> = headers
        .map(|(name, value)| (name.as_str(), value.to_str().expect("a header is text")))
        .collect();
    let headers = serde_json::to_string(&headers).expect("text becomes JSON");
    let arguments = ["serve-bare", "--headers", &headers, "--body", &answer.body];
    Child::start(&arguments, processor)
}

/// Serves on a free port, which it says on standard error, until the process is killed.
///
/// # Errors
/// When it cannot listen, write to standard error, or understand what it was told.
pub(crate) fn serve(bare: Bare) -> Result<()> {
    processor::keep_on(bare.processor);
    let headers: HashMap<String, String> = serde_json::from_str(&bare.headers)?;
    let headers = headers
        .iter()
        .map(|(name, value)| Ok((name.parse()?, value.parse()?)));
    let look_up = look_up(headers.collect::<Result<_>>()?, bare.body);
    // One processor has work for one worker.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        writeln!(io::stderr(), "{}", listener.local_addr()?)?;
        let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?);
        let route = Route::new().at("/products/:product_id", get(look_up));
        Ok(server.run(route).await?)
    })
}

fn look_up(
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
) -> impl Endpoint<Output = Response> {
    let body = Bytes::from(body);
    let products: HashMap<u32, Bytes> = (1..=HOT).map(|id| (id, body.clone())).collect();
    make_sync(move |request: Request| {
        let body = request
            .raw_path_param("product_id")
            .and_then(|id| products.get(&id.parse().ok()?))
            .ok_or(NotFoundError)?;
        let mut response = Response::from(body.clone());
        for (name, value) in &headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        Ok::<_, poem::Error>(response)
    })
}
