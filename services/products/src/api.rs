//! HTTP: parse, validate into domain types, ask the catalogue, respond.

mod answer;
mod body;
mod conditional;
mod cursor;
pub mod document;
mod fields;
mod list;
mod outcome;
mod pages;
mod path;
mod payload;
mod products;
mod root;

use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Route, http::Method};
use poem_openapi::error::ParsePathError;
use server::Problem;

use crate::{catalogue::Catalogue, store::Error};

/// The API's routes: the operations of the OpenAPI document and the pages that show it.
/// `metrics` says whether `/metrics` is on the same port.
pub fn routes(catalogue: Catalogue, metrics: bool) -> impl Endpoint {
    let document = document::document();
    let operations = document::service((
        products::Products::new(catalogue.clone()),
        root::Root { metrics },
    ));
    let operations = operations
        .into_endpoint()
        .catch_error(|_: ParsePathError| async { outcome::problem(Error::NotFound) });
    let routes = pages::add_to(Route::new(), &document).nest("/", operations);
    products::Straight::new(catalogue, routes)
}

/// What [`routes`] would answer, where it is known already.
pub fn known(catalogue: Catalogue) -> impl Fn(&Request) -> Option<Result<Response, Problem>> {
    products::known(catalogue)
}

/// The answer for a product.
pub use answer::render;

/// What the API serves: method, path template, success statuses.
pub fn operations() -> Vec<(Method, String, Vec<u16>)> {
    let pages = pages::PATHS.map(|path| (Method::GET, path.to_owned(), vec![200]));
    document::operations().into_iter().chain(pages).collect()
}
