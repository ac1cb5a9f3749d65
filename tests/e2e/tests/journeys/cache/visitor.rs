//! A client that reads and writes a few products for a while.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use e2e::{Answer, Connection};
use fastrand::Rng;
use reqwest::Method;
use reqwest::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::seen::{Deed, Note};

/// The products that all visitors share.
pub(super) const HOT: RangeInclusive<u64> = 2..=51;

/// How often a visitor turns to a product, at most.
const PACE: Duration = Duration::from_millis(50);

/// A client of one replica, with one connection for all.
pub(super) struct Visitor {
    number: usize,
    replica: usize,
    connection: Connection,
    dice: Rng,
    /// What it saw last of each product.
    versions: HashMap<u64, Option<u64>>,
    notes: Vec<Note>,
}

impl Visitor {
    pub(super) fn new(number: usize, replica: usize, connection: Connection) -> Self {
        Self {
            number,
            replica,
            connection,
            dice: Rng::with_seed(number as u64),
            versions: HashMap::new(),
            notes: Vec::new(),
        }
    }

    /// Reads and writes until `stop`, and tells of it.
    ///
    /// # Panics
    /// When the service answers what it should not, or its connection ends.
    pub(super) async fn roam(mut self, stop: CancellationToken) -> Vec<Note> {
        let mut ticks = interval(PACE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let id = self.choose();
            let version = self.read(id).await;
            if self.write(id, version).await {
                self.read(id).await;
            }
        }
        self.notes
    }

    /// Some products are far more wanted than others.
    fn choose(&mut self) -> u64 {
        let (first, count) = (*HOT.start(), HOT.count() as f64);
        first + (self.dice.f64().powi(2) * count) as u64
    }

    async fn read(&mut self, id: u64) -> Option<u64> {
        let known = self.versions.get(&id).copied().flatten();
        let known = known.filter(|_| self.dice.bool());
        let tag = known.map(|version| format!("\"{version}\""));
        let condition = tag.as_deref().map(|tag| (IF_NONE_MATCH, tag));
        let path = format!("/products/{id}");
        let (answer, began) = self.ask(Method::GET, &path, condition, None).await;
        let shown = match answer.status {
            200 => Some(version(&answer)),
            304 => known,
            _ => {
                answer.problem(404);
                None
            }
        };
        self.versions.insert(id, shown);
        let name = (answer.status == 200).then(|| name(&answer.json()));
        self.note(id, began, Deed::Read(shown), name);
        shown
    }

    /// Perhaps writes to a product that was seen at `version`, and says whether it did.
    async fn write(&mut self, id: u64, version: Option<u64>) -> bool {
        match (version, self.dice.u8(..100)) {
            (Some(_), 0..10) => self.change(Method::PUT, id).await,
            (Some(_), 10..20) => self.change(Method::PATCH, id).await,
            (Some(version), 20..26) => self.delete(id, version).await,
            (None, 0..25) => self.create(&[id]).await,
            (None, 25..35) => match self.read_another_missing(id).await {
                Some(other) => self.create(&[id, other]).await,
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Looks for a product besides `id` that is missing too.
    async fn read_another_missing(&mut self, id: u64) -> Option<u64> {
        let seen = self.versions.iter();
        let missing = seen.filter(|&(&other, seen)| other != id && seen.is_none());
        let missing: Vec<u64> = missing.map(|(&other, _)| other).collect();
        let other = self.dice.choice(missing)?;
        self.read(other).await.is_none().then_some(other)
    }

    async fn change(&mut self, method: Method, id: u64) {
        let mut change = self.product(id);
        if method == Method::PATCH {
            change = json!({"name": change["name"]});
        }
        let path = format!("/products/{id}");
        let (answer, began) = self.ask(method, &path, None, Some(&change)).await;
        if answer.status == 404 {
            return;
        }
        let answer = answer.expect(200);
        let wrote = Deed::Wrote(Some(version(&answer)));
        self.note(id, began, wrote, Some(name(&change)));
    }

    /// The condition tells which version it was that has gone.
    async fn delete(&mut self, id: u64, version: u64) {
        let (path, tag) = (format!("/products/{id}"), format!("\"{version}\""));
        let condition = Some((IF_MATCH, tag.as_str()));
        let (answer, began) = self.ask(Method::DELETE, &path, condition, None).await;
        if ![404, 412].contains(&answer.status) {
            answer.expect(204);
            self.note(id, began, Deed::Deleted(version), None);
        }
    }

    /// Creates products, several in one batch. Somebody may have been faster.
    async fn create(&mut self, ids: &[u64]) {
        let products: Vec<Value> = ids.iter().map(|&id| self.product(id)).collect();
        let (body, single) = match products.as_slice() {
            [product] => (product.clone(), true),
            _ => (Value::Array(products.clone()), false),
        };
        let (answer, began) = self.ask(Method::POST, "/products", None, Some(&body)).await;
        if answer.status == 409 {
            return;
        }
        let answer = answer.expect(201);
        let version = single.then(|| version(&answer));
        for (&id, product) in ids.iter().zip(&products) {
            self.note(id, began, Deed::Wrote(version), Some(name(product)));
        }
    }

    /// A product under a name that nothing else was ever given.
    fn product(&self, id: u64) -> Value {
        let name = format!("v{}n{}", self.number, self.notes.len());
        json!({"id": id, "name": name, "price": 1, "amount": 1})
    }

    /// Sends a request; gives also when that was.
    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        condition: Option<(HeaderName, &str)>,
        body: Option<&Value>,
    ) -> (Answer, Instant) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let began = Instant::now();
        let asked = self.connection.send_if(method, path, condition, body);
        (asked.await.expect("an answer"), began)
    }

    fn note(&mut self, id: u64, began: Instant, deed: Deed, name: Option<String>) {
        self.notes.push(Note {
            replica: self.replica,
            id,
            began,
            ended: Instant::now(),
            deed,
            name,
        });
    }
}

/// The version in an answer's entity tag.
#[track_caller]
pub(super) fn version(answer: &Answer) -> u64 {
    let version = answer.etag().trim_matches('"').parse();
    version.unwrap_or_else(|_| panic!("{}: {}", answer.request, answer.etag()))
}

#[track_caller]
fn name(product: &Value) -> String {
    product["name"].as_str().expect("a name").to_owned()
}
