//! A store of objects in memory that can be told to misbehave.

use std::collections::BTreeMap;

use benchmark::crud::{Operation, Step};
use hyper::{
    HeaderMap, StatusCode,
    header::{LINK, LOCATION},
};
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// What a store does wrong, now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Nothing.
    None,
    /// It reads what was there before the last replacement.
    StaleRead,
    /// It confirms a replacement that it forgets.
    LostUpdate,
    /// It confirms a creation that it forgets.
    LostCreation,
    /// What was deleted can be read again.
    ResurrectedDelete,
    /// A list has what was there before the last replacement.
    StaleList,
    /// A list leaves an object out.
    IncompleteList,
    /// It rounds numbers to one digit after the point.
    Rounding,
}

/// Of so many requests one is answered wrongly.
const SELDOM: u64 = 5;

/// Versions of each object, the last of which is valid.
pub(crate) struct Store {
    defect: Defect,
    objects: BTreeMap<u64, Vec<Object>>,
    deleted: BTreeMap<u64, Vec<Object>>,
    requests: u64,
}

pub(crate) type Answer = (StatusCode, HeaderMap, Vec<u8>);

impl Store {
    pub(crate) fn new(defect: Defect) -> Self {
        Self {
            defect,
            objects: BTreeMap::new(),
            deleted: BTreeMap::new(),
            requests: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether this request is one of those that go wrong in this way.
    fn is_wrong(&self, defect: Defect) -> bool {
        self.defect == defect && self.requests.is_multiple_of(SELDOM)
    }

    pub(crate) fn answer(&mut self, step: &Step) -> Answer {
        self.requests += 1;
        let sent = step.body.as_deref();
        let sent = sent.map(|body| serde_json::from_slice(body).unwrap());
        let id = step.path.rsplit('/').next().and_then(|id| id.parse().ok());
        match (step.operation, id, sent) {
            (Operation::Create, None, Some(sent)) => self.create(sent),
            (Operation::List, None, None) => self.list(),
            (Operation::Get, Some(id), None) => self.read(id),
            (Operation::Update, Some(id), Some(sent)) => self.replace(id, sent),
            (Operation::Delete, Some(id), None) => self.delete(id),
            _ => panic!("no such request: {step:?}"),
        }
    }

    fn create(&mut self, mut object: Object) -> Answer {
        let id = self.requests;
        object.insert("id".to_owned(), id.into());
        if self.is_wrong(Defect::Rounding) {
            let price = object["price"].as_f64().unwrap();
            object.insert("price".to_owned(), ((price * 10.0).round() / 10.0).into());
        }
        if !self.is_wrong(Defect::LostCreation) {
            self.objects.insert(id, vec![object.clone()]);
        }
        let (status, mut headers, body) = found(StatusCode::CREATED, object.into());
        headers.insert(LOCATION, format!("/things/{id}").parse().unwrap());
        (status, headers, body)
    }

    fn list(&self) -> Answer {
        let left_out = usize::from(self.is_wrong(Defect::IncompleteList));
        let versions = self.objects.values().skip(left_out);
        let wrong = self.is_wrong(Defect::StaleList);
        let items: Vec<Value> = versions.map(|it| version(it, wrong).into()).collect();
        let (status, mut headers, body) = found(StatusCode::OK, items.into());
        headers.insert(LINK, "</things>; rel=\"first\"".parse().unwrap());
        (status, headers, body)
    }

    fn read(&self, id: u64) -> Answer {
        let wrong = self.is_wrong(Defect::StaleRead);
        let buried = self.deleted.get(&id);
        let buried = buried.filter(|_| self.is_wrong(Defect::ResurrectedDelete));
        match self.objects.get(&id).or(buried) {
            Some(versions) => found(StatusCode::OK, version(versions, wrong).into()),
            None => missing(),
        }
    }

    fn replace(&mut self, id: u64, mut object: Object) -> Answer {
        let lost = self.is_wrong(Defect::LostUpdate);
        let Some(versions) = self.objects.get_mut(&id) else {
            return missing();
        };
        object.insert("id".to_owned(), id.into());
        if !lost {
            versions.push(object.clone());
        }
        found(StatusCode::OK, object.into())
    }

    fn delete(&mut self, id: u64) -> Answer {
        let Some(versions) = self.objects.remove(&id) else {
            return missing();
        };
        self.deleted.insert(id, versions);
        (StatusCode::NO_CONTENT, HeaderMap::new(), Vec::new())
    }
}

/// The last version, or the one before it.
fn version(versions: &[Object], stale: bool) -> Object {
    let back = if stale { 2 } else { 1 };
    versions[versions.len().saturating_sub(back)].clone()
}

fn found(status: StatusCode, body: Value) -> Answer {
    (status, HeaderMap::new(), body.to_string().into_bytes())
}

fn missing() -> Answer {
    (StatusCode::NOT_FOUND, HeaderMap::new(), b"{}".to_vec())
}
