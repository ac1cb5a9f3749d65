//! Reading one product: by the documented handler, and past it where nobody needs to be asked.

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};

use super::answers;
use crate::{
    api::{answer::Reply, conditional::lacks, outcome::problem, path},
    cache::Source,
    catalogue::{Catalogue, Read},
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

/// Answers reads of products that this process has in its cache; the rest is for `E`, the
/// documented handlers, whose answers to the same requests would be the same.
pub(in crate::api) struct AtOnce<E> {
    catalogue: Catalogue,
    rest: E,
}

impl<E> AtOnce<E> {
    pub(in crate::api) fn new(catalogue: Catalogue, rest: E) -> Self {
        Self { catalogue, rest }
    }

    fn answer(&self, request: &Request) -> Option<Result<Response>> {
        let path = request.uri().path().strip_prefix(COLLECTION)?;
        if request.method() != Method::GET {
            return None;
        }
        let read = self
            .catalogue
            .read_at_once(path::parse(path)?, lacks(request))?;
        Some(match read {
            Ok(read) => Ok(reply(read).into_response()),
            Err(error) => Err(problem(error).into()),
        })
    }
}

impl<E: Endpoint> Endpoint for AtOnce<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        match self.answer(&request) {
            Some(answer) => answer,
            None => self
                .rest
                .call(request)
                .await
                .map(IntoResponse::into_response),
        }
    }
}
