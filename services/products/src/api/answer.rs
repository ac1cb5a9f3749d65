//! What operations answer: rendered products, and the table of answers that the OpenAPI document
//! shows.

use std::marker::PhantomData;

use poem::{
    IntoResponse, Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{
        MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
    },
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::Product;

/// A status that an operation can answer with.
pub(super) struct Answer {
    pub(super) status: u16,
    /// When it is given.
    pub(super) when: &'static str,
    /// The component schema of its body; empty for none.
    pub(super) schema: &'static str,
    /// Its own headers.
    pub(super) headers: &'static [Header],
}

/// A response header: its name, and what it says.
pub(super) struct Header(pub(super) &'static str, pub(super) &'static str);

/// Carried by every answer.
const COMMON: [Header; 2] = [
    Header(
        "X-Correlation-ID",
        "The id by which logs know this request: the client's own, or a new one.",
    ),
    Header(
        "X-Process-Time",
        "Seconds from the request's arrival to its answer, decimal.",
    ),
];

/// Answers that any operation can give.
const ANY: [Answer; 3] = [
    failure(
        500,
        "The service failed; the correlation id leads to the cause in its log.",
    ),
    Answer {
        headers: &[Header("Retry-After", "Seconds to wait.")],
        ..failure(
            503,
            "Too many requests in flight, or the database cannot answer now.",
        )
    },
    failure(
        504,
        "The request took longer than server.request_timeout. A write that had begun is finished nevertheless.",
    ),
];

/// An answer with a problem (RFC 9457) as its body.
pub(super) const fn failure(status: u16, when: &'static str) -> Answer {
    Answer {
        status,
        when,
        schema: "Problem",
        headers: &[],
    }
}

/// An operation, by what it answers.
pub(super) trait Operation {
    /// The answers, but for those that any operation can give.
    const ANSWERS: &'static [Answer];
}

/// An answer of the operation `O`.
pub(super) struct Reply<O> {
    response: Response,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Reply<O> {
    /// An answer without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self::of(status.into())
    }

    /// An answer with a JSON text as its body.
    pub(super) fn json(status: StatusCode, body: impl Into<poem::Body>) -> Self {
        Self::of((status, body.into()).into()).header(header::CONTENT_TYPE, "application/json")
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        let value =
            HeaderValue::from_str(value.as_ref()).expect("headers are written from visible text");
        self.response.headers_mut().insert(name, value);
        self
    }

    /// An answer that is made already.
    pub(super) fn of(response: Response) -> Self {
        Self {
            response,
            operation: PhantomData,
        }
    }
}

impl<O> IntoResponse for Reply<O> {
    fn into_response(self) -> Response {
        self.response
    }
}

impl<O: Operation> ApiResponse for Reply<O> {
    fn meta() -> MetaResponses {
        let responses = O::ANSWERS.iter().chain(&ANY).map(describe).collect();
        MetaResponses { responses }
    }

    /// Names the schemas; the document's overlay says what they are.
    fn register(registry: &mut Registry) {
        let named = O::ANSWERS
            .iter()
            .chain(&ANY)
            .filter(|answer| !answer.schema.is_empty());
        for answer in named {
            registry
                .schemas
                .insert(answer.schema.to_owned(), MetaSchema::ANY);
        }
    }
}

fn describe(answer: &Answer) -> MetaResponse {
    let content_type = if answer.schema == "Problem" {
        "application/problem+json"
    } else {
        "application/json"
    };
    let content = (!answer.schema.is_empty()).then(|| MetaMediaType {
        content_type,
        schema: MetaSchemaRef::Reference(answer.schema.to_owned()),
    });
    let headers = COMMON
        .iter()
        .chain(answer.headers)
        .map(|Header(name, description)| MetaHeader {
            name: (*name).to_owned(),
            description: Some((*description).to_owned()),
            required: COMMON.iter().any(|common| common.0 == *name),
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        });
    MetaResponse {
        description: answer.when,
        status: Some(answer.status),
        status_range: None,
        content: content.into_iter().collect(),
        headers: headers.collect(),
    }
}

/// A product as clients see it.
#[derive(Serialize)]
struct Body<'a> {
    id: i64,
    name: &'a str,
    /// Exact decimal text: a number that never was a float.
    price: Box<RawValue>,
    amount: i32,
    created_at: String,
    updated_at: String,
}

/// The JSON text of a product.
pub fn render(product: &Product) -> String {
    to_json(&Body::of(product))
}

/// The JSON text of an array of products.
pub(super) fn render_all(products: &[Product]) -> String {
    to_json(&products.iter().map(Body::of).collect::<Vec<_>>())
}

impl<'a> Body<'a> {
    fn of(product: &'a Product) -> Self {
        Self {
            id: product.id.value(),
            name: product.name.as_str(),
            price: RawValue::from_string(product.price.to_string())
                .expect("a price is a JSON number"),
            amount: product.amount.value(),
            created_at: product.created_at.to_rfc3339(),
            updated_at: product.updated_at.to_rfc3339(),
        }
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values become JSON")
}
