//! What all users of a run have in common.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, ensure};
use bytes::Bytes;
use hyper::Uri;
use serde_json::{Map, Value};

use super::{Operation, Step, Template, Weights, step::Subject};

/// A resource, what its objects look like, and what is done with them how often.
#[derive(Debug)]
pub struct Scenario {
    resource: String,
    template: Template,
    weights: Weights,
    next_number: AtomicU64,
}

impl Scenario {
    /// The scenario of `resource`, such as `/products`; its objects are at `/products/{id}`. A
    /// query goes with the requests for the list only.
    ///
    /// Objects are numbered from `first_number` on, for all users together; where the service
    /// wants names that it has never seen, the time in milliseconds is a good one.
    ///
    /// # Errors
    /// When `resource` is no path.
    pub fn new(
        resource: &str,
        template: Template,
        weights: Weights,
        first_number: u64,
    ) -> Result<Self> {
        let is_path = resource.starts_with('/') && resource.parse::<Uri>().is_ok();
        ensure!(
            is_path,
            "the resource must be a path such as /products, not `{resource}`"
        );
        Ok(Self {
            resource: resource.to_owned(),
            template,
            weights,
            next_number: AtomicU64::new(first_number),
        })
    }

    /// The path under which the results of an operation are put together: that of the resource,
    /// or that of its objects with `{id}` at its end.
    pub fn endpoint(&self, operation: Operation) -> String {
        match operation {
            Operation::Create => self.path().to_owned(),
            Operation::List => self.resource.clone(),
            Operation::Get | Operation::Update | Operation::Delete => self.path_of("{id}"),
        }
    }

    pub(super) fn operation(&self, point: f64) -> Operation {
        self.weights.at(point)
    }

    /// A number that no object has had.
    pub(super) fn number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// What is sent to create the object of a number.
    pub(super) fn creation(&self, number: u64) -> Map<String, Value> {
        self.template.fill(number)
    }

    /// The fields of the object of a number that can be replaced: all but its `id`.
    pub(super) fn fields(&self, number: u64) -> Map<String, Value> {
        let mut fields = self.creation(number);
        fields.remove("id");
        fields
    }

    /// Whether the list is asked for with a query, which may leave objects out.
    pub(super) fn lists_a_part(&self) -> bool {
        self.resource.contains('?')
    }

    pub(super) fn step(&self, subject: Subject) -> Step {
        let operation = subject.operation();
        let (path, fields) = match &subject {
            Subject::New(number) => (self.path().to_owned(), Some(self.creation(*number))),
            Subject::All => (self.resource.clone(), None),
            Subject::Replaced(object) => {
                (self.path_of(&object.id), Some(self.fields(object.number)))
            }
            Subject::Live(object) | Subject::Doomed(object) | Subject::Deleted(object) => {
                (self.path_of(&object.id), None)
            }
        };
        let body = fields.map(|fields| Bytes::from(Value::Object(fields).to_string()));
        Step {
            operation,
            method: operation.method(),
            path,
            body,
            subject,
        }
    }

    /// Whether an object could be asked for by this id, as it was given in a `Location`.
    pub(super) fn can_ask_for(&self, id: &str) -> bool {
        self.path_of(id).parse::<Uri>().is_ok()
    }

    fn path(&self) -> &str {
        let end = self.resource.find('?').unwrap_or(self.resource.len());
        &self.resource[..end]
    }

    fn path_of(&self, id: &str) -> String {
        format!("{}/{id}", self.path().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crud::DEFAULT_TEMPLATE;

    fn scenario(resource: &str) -> Result<Scenario> {
        let template = Template::parse(DEFAULT_TEMPLATE).unwrap();
        Scenario::new(resource, template, Weights::default(), 1)
    }

    #[test]
    fn paths_are_made_of_the_resource() {
        let table = [
            ("/things", "/things", "/things", "/things/{id}", "as it is"),
            (
                "/things/",
                "/things/",
                "/things/",
                "/things/{id}",
                "a slash at its end",
            ),
            (
                "/things?limit=1",
                "/things",
                "/things?limit=1",
                "/things/{id}",
                "a query",
            ),
        ];
        for (resource, create, list, get, why) in table {
            let scenario = scenario(resource).unwrap();
            assert_eq!(scenario.endpoint(Operation::Create), create, "{why}");
            assert_eq!(scenario.endpoint(Operation::List), list, "{why}");
            for operation in [Operation::Get, Operation::Update, Operation::Delete] {
                assert_eq!(scenario.endpoint(operation), get, "{why}");
            }
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for resource in ["things", "", "http://localhost/things", "/thi ngs"] {
            let said = scenario(resource).unwrap_err().to_string();
            assert!(said.contains(&format!("not `{resource}`")), "{said}");
        }
    }
}
