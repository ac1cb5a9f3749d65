//! Creation, once for each `Idempotency-Key`.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use poem::{
    Request,
    http::{HeaderName, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use server::Problem;
use sha2::{Digest, Sha256};

use super::answers::Create;
use crate::{
    api::{
        answer::{Reply, render, render_all},
        conditional::etag,
        outcome::problem,
        payload::{self, Creation},
    },
    catalogue::Catalogue,
    domain::{Product, ProductId},
    store::{Created, Error, Idempotency},
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a creation is answered, now and to repetitions.
#[derive(Serialize, Deserialize)]
struct Answer {
    body: String,
    location: Option<String>,
    etag: Option<String>,
}

/// What the body of such an answer names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    One(Id),
    Many(Vec<Id>),
}

#[derive(Deserialize)]
struct Id {
    id: i64,
}

/// Handles `POST /products`.
pub(super) async fn create(
    catalogue: &Catalogue,
    request: &Request,
    body: Vec<u8>,
) -> poem::Result<Reply<Create>> {
    let Creation { items, batch } = payload::creation(&body)?;
    let idempotency = key(request)?.map(|key| Idempotency {
        key,
        fingerprint: BASE64_STANDARD_NO_PAD.encode(Sha256::digest(&body)),
        answer: Box::new(move |products| Answer::to(products, batch).remembered()),
    });
    let created = catalogue
        .create(items, idempotency)
        .await
        .map_err(|error| refusal(error, batch))?;
    Ok(match created {
        Created::New(products) => Answer::to(&products, batch).reply(),
        Created::Replayed(answer) => {
            let answer = Answer::recalled(&answer)?;
            catalogue.recall(answer.ids()?).await;
            answer.reply().header(IDEMPOTENCY_REPLAYED, "true")
        }
    })
}

fn refusal(error: Error, batch: bool) -> Problem {
    match error {
        Error::IdTaken(at) => {
            let pointer = if batch {
                format!("/{at}/id")
            } else {
                "/id".to_owned()
            };
            problem(error).error(pointer, "is taken by another product")
        }
        error => problem(error),
    }
}

impl Answer {
    fn to(products: &[Product], batch: bool) -> Self {
        match products {
            [product] if !batch => Self {
                body: render(product),
                location: Some(format!("/products/{}", product.id.value())),
                etag: Some(etag(product.version)),
            },
            products => Self {
                body: render_all(products),
                location: None,
                etag: None,
            },
        }
    }

    fn reply(self) -> Reply<Create> {
        let mut reply = Reply::json(StatusCode::CREATED, self.body);
        if let Some(location) = self.location {
            reply = reply.header(header::LOCATION, location);
        }
        if let Some(etag) = self.etag {
            reply = reply.header(header::ETAG, etag);
        }
        reply
    }

    fn remembered(&self) -> String {
        serde_json::to_string(self).expect("plain values become JSON")
    }

    fn recalled(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text).map_err(unreadable)
    }

    /// The products that were created.
    fn ids(&self) -> Result<Vec<ProductId>, Problem> {
        let created = match serde_json::from_str(&self.body).map_err(unreadable)? {
            Named::One(product) => vec![product],
            Named::Many(products) => products,
        };
        let ids = created.into_iter().map(|product| product.id);
        Ok(ids.map(ProductId::from_stored).collect())
    }
}

fn unreadable(error: serde_json::Error) -> Problem {
    problem(Error::Internal(Arc::new(error)))
}

/// Reads `Idempotency-Key`: 1 to 255 printable ASCII characters.
fn key(request: &Request) -> Result<Option<String>, Problem> {
    let mut given = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = given.next() else {
        return Ok(None);
    };
    let printable = key
        .as_bytes()
        .iter()
        .all(|byte| (b' '..=b'~').contains(byte));
    let fits = (1..=255).contains(&key.len());
    match key.to_str() {
        Ok(key) if printable && fits && given.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST).detail(
            "Idempotency-Key must be given once and have 1 to 255 printable ASCII characters.",
        )),
    }
}
