//! A JSON object read field by field, so that every mistake in it is found and named.
//!
//! serde's derived readers stop at the first mistake and pass numbers through a binary float; here
//! each value stays the text that was sent until its own rule reads it.

use std::fmt;

use poem::http::StatusCode;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use server::Problem;

/// The most mistakes that one answer lists, and the most fields that are looked at.
const LISTED: usize = 100;

/// The mistakes found so far: JSON pointer (RFC 6901) and message.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(String, String)>);

impl Faults {
    /// Notes a mistake.
    pub(super) fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < LISTED {
            self.0.push((pointer.into(), message.into()));
        }
    }

    /// `value`, unless mistakes were found: a 422 that lists them.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.into_problem()),
        }
    }

    fn into_problem(self) -> Problem {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
            .detail("The body breaks the rules that errors lists.");
        self.0
            .into_iter()
            .fold(problem, |problem, (pointer, message)| {
                problem.error(pointer, message)
            })
    }
}

/// The fields of an object as they were sent.
type Given<'a> = Vec<(String, &'a RawValue)>;

/// The fields of an object at a place in the body.
pub(super) struct Fields<'a> {
    at: String,
    fields: Given<'a>,
}

impl<'a> Fields<'a> {
    /// Reads an object whose fields are all `known` and given once.
    pub(super) fn read(
        value: &'a RawValue,
        at: &str,
        known: &[&str],
        faults: &mut Faults,
    ) -> Option<Self> {
        if kind(value) != "an object" {
            faults.add(at, format!("expected an object, got {}", kind(value)));
            return None;
        }
        let mut fields = Given::new();
        let Ok((given, count)) = entries(value) else {
            faults.add(at, "a field name is not valid Unicode");
            return None;
        };
        if count > LISTED {
            faults.add(
                at,
                format!("has {count} fields; known are {}", known.join(", ")),
            );
        }
        for (name, value) in given {
            let pointer = format!("{at}/{}", escape(&name));
            if !known.contains(&name.as_str()) {
                faults.add(
                    pointer,
                    format!("unknown field; known are {}", known.join(", ")),
                );
            } else if fields.iter().any(|(earlier, _)| *earlier == name) {
                faults.add(pointer, "given more than once");
            } else {
                fields.push((name, value));
            }
        }
        Some(Self {
            at: at.to_owned(),
            fields,
        })
    }

    /// Notes each of these fields that is not there.
    pub(super) fn require(&self, names: &[&str], faults: &mut Faults) {
        for name in names.iter().filter(|name| self.value(name).is_none()) {
            faults.add(format!("{}/{name}", self.at), "is required");
        }
    }

    /// The field, if it is there, read by `rule`.
    pub(super) fn take<T>(&self, name: &str, rule: Rule<T>, faults: &mut Faults) -> Option<T> {
        let fault = |fault| faults.add(format!("{}/{name}", self.at), fault);
        rule(self.value(name)?).map_err(fault).ok()
    }

    fn value(&self, name: &str) -> Option<&'a RawValue> {
        self.fields
            .iter()
            .find(|(given, _)| given == name)
            .map(|&(_, value)| value)
    }
}

/// How a field's value becomes a domain type, or why it cannot.
pub(super) type Rule<T> = fn(&RawValue) -> Result<T, String>;

/// The text of a JSON number.
pub(super) fn number(value: &RawValue) -> Result<&str, String> {
    match kind(value) {
        "a number" => Ok(value.get()),
        other => Err(format!("expected a number, got {other}")),
    }
}

/// The content of a JSON string.
pub(super) fn string(value: &RawValue) -> Result<String, String> {
    match kind(value) {
        "a string" => serde_json::from_str(value.get())
            .map_err(|_| "is not valid Unicode (a lone surrogate)".to_owned()),
        other => Err(format!("expected a string, got {other}")),
    }
}

/// What a JSON value is, in words.
pub(super) fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The first `limit` elements of an array, and how many it has.
pub(super) fn elements(array: &RawValue, limit: usize) -> Result<(Vec<&RawValue>, usize), String> {
    struct Elements(usize);
    impl<'de> Visitor<'de> for Elements {
        type Value = (Vec<&'de RawValue>, usize);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            let mut count = 0;
            while let Some(element) = array.next_element()? {
                count += 1;
                if kept.len() < self.0 {
                    kept.push(element);
                }
            }
            Ok((kept, count))
        }
    }
    let mut reader = serde_json::Deserializer::from_str(array.get());
    reader
        .deserialize_seq(Elements(limit))
        .map_err(|error| error.to_string())
}

/// The first fields of an object as they were sent, repeated ones included, and how many it has.
fn entries(object: &RawValue) -> Result<(Given<'_>, usize), serde_json::Error> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = (Given<'de>, usize);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            let mut count = 0;
            while let Some(entry) = object.next_entry()? {
                count += 1;
                if kept.len() < LISTED {
                    kept.push(entry);
                }
            }
            Ok((kept, count))
        }
    }
    serde_json::Deserializer::from_str(object.get()).deserialize_map(Entries)
}

/// A field name as part of a JSON pointer, cut to a length that is pleasant to read.
fn escape(name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    name.replace('~', "~0").replace('/', "~1")
}
