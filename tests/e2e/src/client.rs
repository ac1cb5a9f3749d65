//! Speaking HTTP with a service.

use std::net::SocketAddr;

use reqwest::{Body, Method, RequestBuilder};
use serde_json::Value;

use crate::Answer;

/// A client with connections of its own; clones share them.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    http: reqwest::Client,
}

impl Client {
    /// A client for the service that listens at `address`.
    ///
    /// # Panics
    /// Never: it is built from constants.
    pub fn new(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            address,
            http: http.expect("a client without TLS can be built"),
        }
    }

    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A request to `path`, to be completed and sent with [`Client::send`] or [`Client::try_send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let request = request.build()?;
        let asked = format!("{} {}", request.method(), request.url());
        let response = self.http.execute(request).await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
            request: asked,
        })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Panics
    /// When there is no whole answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        match self.try_send(request).await {
            Ok(answer) => answer,
            Err(error) => panic!("no answer: {error:?}"),
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// GET of a service that may not be there.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        self.try_send(self.request(Method::GET, path)).await
    }

    /// A POST to `/products` with JSON text as its body.
    pub fn creation(&self, body: impl Into<Body>) -> RequestBuilder {
        self.with_json(Method::POST, "/products", body)
    }

    /// Any request with JSON text as its body.
    pub fn with_json(&self, method: Method, path: &str, body: impl Into<Body>) -> RequestBuilder {
        let request = self.request(method, path);
        request
            .header("content-type", "application/json")
            .body(body)
    }

    /// Creates one product, or all of an array.
    pub async fn create(&self, products: &Value) -> Answer {
        self.send(self.creation(products.to_string())).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, product: &Value) -> Answer {
        self.send(self.with_json(Method::PUT, path, product.to_string()))
            .await
    }

    /// PATCH.
    pub async fn patch(&self, path: &str, change: &Value) -> Answer {
        self.send(self.with_json(Method::PATCH, path, change.to_string()))
            .await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// The exact number of products, as the list counts them.
    pub async fn count(&self) -> u64 {
        let answer = self.get("/products?limit=1&count=true").await.expect(200);
        let count = answer
            .header("x-total-count")
            .and_then(|count| count.parse().ok());
        count.unwrap_or_else(|| panic!("no X-Total-Count in {:?}", answer.headers))
    }

    /// Every product, walked by `Link` from `first`.
    pub async fn walk(&self, first: &str) -> Vec<Value> {
        let mut products = Vec::new();
        let mut next = Some(first.to_owned());
        while let Some(path) = next {
            let page = self.get(&path).await.expect(200);
            next = page.link("next");
            match page.json() {
                Value::Array(items) => products.extend(items),
                other => panic!("{path} is no array: {other}"),
            }
        }
        products
    }

    /// The value of a metric's series, named as it stands in `/metrics`.
    pub async fn metric(&self, series: &str) -> f64 {
        let answer = self.get("/metrics").await.expect(200);
        let value = answer
            .body
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        let value = value.and_then(|value| value.trim().parse().ok());
        value.unwrap_or_else(|| panic!("no {series} in {}", answer.body))
    }

    /// How many products were created, as the service counts them.
    pub async fn created(&self) -> f64 {
        self.metric("items_created_total{resource=\"products\"}")
            .await
    }
}
