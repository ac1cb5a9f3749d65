//! An answer, and what can be read from it.

use hyper::{
    HeaderMap, StatusCode,
    header::{LINK, LOCATION},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::Fault;

/// What need not be encoded in a segment of a path (RFC 3986, `unreserved`).
const IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What came for one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl Answer<'_> {
    /// Whether a write may have happened in spite of this answer, or may still.
    pub(super) fn leaves_doubt(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::REQUEST_TIMEOUT
    }

    /// That it has one of these status codes.
    pub(super) fn expect(&self, allowed: &[StatusCode]) -> Result<(), Fault> {
        if allowed.contains(&self.status) {
            return Ok(());
        }
        if self.status.as_u16() >= 400 {
            return Err(Fault::Status(self.status));
        }
        let status = self.status;
        Err(Fault::Mismatch(format!(
            "answered {status} instead of {}",
            allowed[0]
        )))
    }

    /// Its body as a JSON object; `None` if it has no body.
    pub(super) fn object(&self) -> Result<Option<Map<String, Value>>, Fault> {
        if self.body.is_empty() {
            return Ok(None);
        }
        match self.json()? {
            Value::Object(object) => Ok(Some(object)),
            other => Err(mismatch("no object", &other)),
        }
    }

    /// The items of a list: the body's own, or those of `items` or `data` in it.
    pub(super) fn items(&self) -> Result<Vec<Map<String, Value>>, Fault> {
        let items = match self.json()? {
            Value::Object(mut page) => page.remove("items").or_else(|| page.remove("data")),
            other => Some(other),
        };
        let Some(Value::Array(items)) = items else {
            let expected = "the body is no array, and has none as `items` or `data`";
            return Err(Fault::Mismatch(expected.to_owned()));
        };
        items
            .into_iter()
            .map(|item| match item {
                Value::Object(item) => Ok(item),
                other => Err(mismatch("not an array of objects", &other)),
            })
            .collect()
    }

    /// Whether a list is all that there is, if it says so: by links to its first or last page
    /// (RFC 8288), and none to another one.
    pub(super) fn is_whole(&self) -> bool {
        let links = self.headers.get_all(LINK).iter();
        let links: Vec<&str> = links.filter_map(|link| link.to_str().ok()).collect();
        let has = |rel: &str| {
            let (quoted, bare) = (format!("rel=\"{rel}\""), format!("rel={rel}"));
            let mut links = links.iter();
            links.any(|link| link.contains(&quoted) || link.contains(&bare))
        };
        (has("first") || has("last")) && !has("next") && !has("prev")
    }

    /// The last segment of `Location`.
    pub(super) fn location(&self) -> Option<&str> {
        let location = self.headers.get(LOCATION)?.to_str().ok()?;
        let path = location.split(['?', '#']).next()?;
        let last = path.trim_end_matches('/').rsplit('/').next()?;
        (!last.is_empty()).then_some(last)
    }

    fn json(&self) -> Result<Value, Fault> {
        let json = serde_json::from_slice(self.body);
        json.map_err(|error| Fault::Mismatch(format!("the body is no JSON: {error}")))
    }
}

/// The `id` of an object as a segment of its path.
pub(super) fn id_of(object: &Map<String, Value>) -> Option<String> {
    match object.get("id")? {
        Value::String(id) => Some(utf8_percent_encode(id, IN_SEGMENT).to_string()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn mismatch(what: &str, found: &Value) -> Fault {
    const LONGEST: usize = 80;
    let text: String = found.to_string().chars().take(LONGEST).collect();
    Fault::Mismatch(format!("the body is {what}: {text}"))
}
