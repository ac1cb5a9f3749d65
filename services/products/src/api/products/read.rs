//! Reading one product: by the documented handler, and by a straighter way past it.

use futures_util::future::Either;
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use server::Problem;

use super::answers;
use crate::{
    api::{answer::Reply, conditional::lacks, outcome::problem, path},
    cache::Source,
    catalogue::{Catalogue, Read},
    domain::ProductId,
};

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// What the path of a product begins with.
const COLLECTION: &str = "/products/";

/// The answer to a client for whom the product was read.
pub(super) fn reply(read: Read) -> Reply<answers::Read> {
    let mut response = if read.wanted {
        let mut response = Response::from(read.document.body);
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    } else {
        StatusCode::NOT_MODIFIED.into()
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, read.document.etag);
    let control = HeaderValue::from_static("private, no-cache");
    headers.insert(header::CACHE_CONTROL, control);
    headers.insert(X_CACHE, word(read.source));
    Reply::of(response)
}

fn word(source: Source) -> HeaderValue {
    HeaderValue::from_static(match source {
        Source::Hit => "hit",
        Source::Miss => "miss",
        Source::Bypass => "bypass",
    })
}

/// Answers reads of products that this process has in its cache: nobody needs to be asked.
pub(in crate::api) fn known(
    catalogue: Catalogue,
) -> impl Fn(&Request) -> Option<Result<Response, Problem>> {
    move |request| {
        let read = catalogue.read_at_once(id(request)?, lacks(request))?;
        let reply = read.map(|read| reply(read).into_response());
        Some(reply.map_err(problem))
    }
}

/// The product that a request is to read.
fn id(request: &Request) -> Option<ProductId> {
    let path = request.uri().path().strip_prefix(COLLECTION)?;
    let reads = request.method() == Method::GET;
    reads.then(|| path::parse(path))?
}

/// Answers reads of one product; the rest is for `E`, the documented handlers, whose answers to the
/// same requests would be the same. The way through them costs more than a product that is cached.
pub(in crate::api) struct Straight<E> {
    catalogue: Catalogue,
    rest: E,
}

impl<E: Endpoint> Straight<E> {
    pub(in crate::api) fn new(catalogue: Catalogue, rest: E) -> Self {
        Self { catalogue, rest }
    }

    fn read<'s>(
        &'s self,
        request: &Request,
    ) -> Option<impl Future<Output = Result<Response>> + use<'s, E>> {
        let read = self.catalogue.read(id(request)?, lacks(request));
        Some(async { Ok(reply(read.await.map_err(problem)?).into_response()) })
    }

    async fn rest(&self, request: Request) -> Result<Response> {
        let answer = self.rest.call(request).await;
        answer.map(IntoResponse::into_response)
    }
}

impl<E: Endpoint> Endpoint for Straight<E> {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> + Send {
        match self.read(&request) {
            Some(read) => Either::Left(read),
            None => Either::Right(self.rest(request)),
        }
    }
}
