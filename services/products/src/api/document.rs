//! The OpenAPI document: what poem-openapi knows of the operations, and an overlay with what it
//! cannot say: schemas of exact numbers, parameters that are read by hand, request bodies, examples.

use std::{collections::HashMap, marker::PhantomData};

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi, OpenApiService,
    registry::{MetaApi, Registry},
};
use serde_json::Value;

use super::{products::Products, root::Root};

const OVERLAY: &str = include_str!("document/overlay.json");

/// The operations of an API without the means to carry them out.
struct Described<T>(PhantomData<T>);

impl<T: OpenApi> OpenApi for Described<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}

/// poem-openapi's service for these operations.
pub(super) fn service<T: OpenApi>(operations: T) -> OpenApiService<T, ()> {
    OpenApiService::new(operations, "Products API", env!("CARGO_PKG_VERSION"))
}

fn described() -> OpenApiService<impl OpenApi, ()> {
    service(Described(PhantomData::<(Products, Root)>))
}

/// The whole document.
pub fn document() -> Value {
    let mut document = serde_json::from_str(&described().spec()).expect("a spec is JSON");
    let overlay = serde_json::from_str(OVERLAY).expect("the overlay is JSON");
    overlay_onto(&mut document, overlay);
    document
}

/// The document as JSON text.
pub fn to_json(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("a JSON value becomes JSON");
    text.push('\n');
    text
}

/// The document as YAML text. Dates are quoted, for readers of YAML 1.1, which would not leave them
/// text.
pub(super) fn to_yaml(document: &Value) -> String {
    let yaml = serde_norway::to_string(document).expect("a JSON value becomes YAML");
    let lines = yaml.lines().map(|line| match line.split_once(": ") {
        Some((key, value))
            if value.starts_with(|first: char| first.is_ascii_digit()) && value.contains('-') =>
        {
            format!("{key}: '{value}'\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// poem-openapi's pages for Swagger UI and ReDoc, with `document` in place of its own.
pub(super) fn pages(document: &str) -> [String; 2] {
    let bare = described();
    [bare.swagger_ui_html(), bare.redoc_html()].map(|page| page.replace(&bare.spec(), document))
}

/// The documented operations: method, path template, success statuses.
pub(super) fn operations() -> Vec<(Method, String, Vec<u16>)> {
    let document = document();
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.filter_map(move |(method, operation)| {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).ok()?;
            let statuses = operation["responses"].as_object()?.keys();
            let successes = statuses.filter(|status| status.starts_with('2'));
            Some((
                method,
                path.clone(),
                successes.filter_map(|s| s.parse().ok()).collect(),
            ))
        })
    });
    operations.collect()
}

/// Puts `overlay` over `base`: objects are merged, arrays joined, all else replaced.
fn overlay_onto(base: &mut Value, overlay: Value) {
    match (base, overlay) {
        (Value::Object(base), Value::Object(overlay)) => {
            for (key, value) in overlay {
                overlay_onto(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(overlay)) => base.extend(overlay),
        (base, overlay) => *base = overlay,
    }
}
