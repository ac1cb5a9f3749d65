//! The product that a check works on.

use std::time::Duration;

use anyhow::Context;
use hyper::Method;
use serde_json::{Value, json};

use super::{Answer, Line, Request, step, until};

const COLLECTION: &str = "/products";

/// How long it is tried to delete what a failed check left.
const CLEARING: Duration = Duration::from_secs(5);

/// A product under a name that no other has.
pub(super) struct Sample {
    name: String,
    trace: Trace,
}

/// What there may be of it in the service.
#[derive(Clone, Copy)]
enum Trace {
    Nothing,
    /// Its creation was asked for.
    Perhaps,
    /// It was created with this id.
    Product(u64),
}

impl Sample {
    pub(super) fn new() -> Self {
        Self {
            name: format!("smoke-test-{:032x}", fastrand::u128(..)),
            trace: Trace::Nothing,
        }
    }

    /// A body for it.
    pub(super) fn body(&self, price: f64, amount: u32) -> Value {
        json!({"name": self.name, "price": price, "amount": amount})
    }

    /// Where it is, once it was created.
    pub(super) fn path(&self) -> String {
        match self.trace {
            Trace::Product(id) => format!("{COLLECTION}/{id}"),
            Trace::Nothing | Trace::Perhaps => COLLECTION.to_owned(),
        }
    }

    /// Creates it.
    ///
    /// # Errors
    /// When the answer is not that of a creation.
    pub(super) async fn create(&mut self, line: &mut Line) -> anyhow::Result<Answer> {
        self.trace = Trace::Perhaps;
        let body = self.body(1099.99, 7);
        let request = Request::new(Method::POST, COLLECTION).json(body.clone());
        let answer = line.send(request).await?;
        let created = answer.json().unwrap_or_default();
        if let Some(id) = self.id(&created) {
            self.trace = Trace::Product(id);
        }
        let answer = answer.expect_status(201)?;
        answer.expect_members(&body)?;
        answer.expect_header("Location", &self.path())?;
        answer.header("ETag")?;
        Ok(answer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is another than in the answer to the last write.
    pub(super) async fn read(&self, line: &mut Line, written: &Answer) -> anyhow::Result<Answer> {
        let answer = line.send(Request::get(&self.path())).await?;
        let answer = answer.expect_status(200)?;
        answer.expect_same(written)?;
        Ok(answer)
    }

    /// Changes it with `method` and `body`, if it is as in the answer to the last write.
    ///
    /// # Errors
    /// When the answer is not that of a change.
    pub(super) async fn change(
        &self,
        line: &mut Line,
        method: Method,
        body: Value,
        written: &Answer,
    ) -> anyhow::Result<Answer> {
        let etag = written.header("ETag")?;
        let request = Request::new(method, &self.path())
            .json(body.clone())
            .on("If-Match", etag);
        let answer = line.send(request).await?.expect_status(200)?;
        answer.expect_members(&body)?;
        if answer.header("ETag")? == etag {
            return Err(answer.unexpected("a new ETag", etag));
        }
        Ok(answer)
    }

    /// What of it is in the list of those with its name.
    ///
    /// # Errors
    /// When there is no such list.
    pub(super) async fn listed(&self, line: &mut Line) -> anyhow::Result<(Answer, Vec<Value>)> {
        let request = Request::get(&format!("{COLLECTION}?name={}", self.name));
        let answer = line.send(request).await?.expect_status(200)?;
        match answer.json()? {
            Value::Array(products) => Ok((answer, products)),
            _ => Err(answer.unexpected("an array", &answer.body)),
        }
    }

    /// Deletes it.
    ///
    /// # Errors
    /// When the answer is not that of a deletion.
    pub(super) async fn delete(&self, line: &mut Line) -> anyhow::Result<Answer> {
        let request = Request::new(Method::DELETE, &self.path());
        line.send(request).await?.expect_status(204)
    }

    /// Sees that it is gone.
    ///
    /// # Errors
    /// When it is not.
    pub(super) async fn miss(&self, line: &mut Line) -> anyhow::Result<Answer> {
        let request = Request::get(&self.path());
        line.send(request).await?.expect_status(404)
    }

    /// Deletes what a check left that did not come to its end, and prints what came of it.
    pub(super) async fn clear_away(&self, line: &mut Line) {
        if matches!(self.trace, Trace::Nothing) {
            return;
        }
        // The check has failed already, and this failure was printed.
        let _ = step("clean up", async {
            until(CLEARING, async || self.remove(line).await)
                .await
                .with_context(|| format!("a product named {} may be left", self.name))
        })
        .await;
    }

    async fn remove(&self, line: &mut Line) -> anyhow::Result<String> {
        let ids = match self.trace {
            Trace::Product(id) => vec![id],
            _ => {
                let (_, products) = self.listed(line).await?;
                products.iter().filter_map(|one| self.id(one)).collect()
            }
        };
        for id in &ids {
            let request = Request::new(Method::DELETE, &format!("{COLLECTION}/{id}"));
            let answer = line.send(request).await?;
            if !answer.is(404) {
                answer.expect_status(204)?;
            }
        }
        Ok(format!("no product named {} is left", self.name))
    }

    /// The product's id if it is this one: nobody else's is touched, whatever a service answers.
    fn id(&self, product: &Value) -> Option<u64> {
        let is_this = product["name"] == *self.name;
        product["id"].as_u64().filter(|_| is_this)
    }
}
