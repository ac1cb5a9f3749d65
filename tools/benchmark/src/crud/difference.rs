//! What an answer says differently from what was sent.

use serde_json::{Map, Number, Value};

/// The first field of `sent` that `found` has not, or not so; what `found` has beyond them does
/// not matter. A sentence without its end: "`price` is 1, not 2".
pub(super) fn difference(sent: &Map<String, Value>, found: &Map<String, Value>) -> Option<String> {
    in_fields("", sent, found)
}

fn in_fields(at: &str, sent: &Map<String, Value>, found: &Map<String, Value>) -> Option<String> {
    let mut fields = sent.iter();
    fields.find_map(|(name, value)| {
        let at = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        in_value(&at, value, found.get(name).unwrap_or(&Value::Null))
    })
}

fn in_value(at: &str, sent: &Value, found: &Value) -> Option<String> {
    let same = match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => return in_fields(at, sent, found),
        (Value::Array(sent), Value::Array(found)) if sent.len() == found.len() => {
            let mut pairs = sent.iter().zip(found).enumerate();
            return pairs
                .find_map(|(i, (sent, found))| in_value(&format!("{at}[{i}]"), sent, found));
        }
        (Value::Number(sent), Value::Number(found)) => same_number(sent, found),
        (sent, found) => sent == found,
    };
    (!same).then(|| format!("`{at}` is {found}, not {sent}"))
}

/// Whether they have the same value, however it is written: 100, 100.0 and 1e2 have.
fn same_number(a: &Number, b: &Number) -> bool {
    if a.is_f64() || b.is_f64() {
        a.as_f64() == b.as_f64()
    } else {
        a == b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let sent =
            r#"{"name":"a","price":999.99,"parts":[{"id":1},2.5],"in":{"it":100},"none":null}"#;
        let table = [
            (sent.to_owned(), None, "the same"),
            (sent.replace("999.99", "999.990"), None, "another zero"),
            (sent.replace("100", "1e2"), None, "an exponent"),
            (
                sent.replace("\"none\":null", "\"id\":7"),
                None,
                "null is as good as nothing",
            ),
            (
                sent.replace("999.99", "999.9900001"),
                Some("`price` is 999.9900001, not 999.99"),
                "a bit more",
            ),
            (
                sent.replace("999.99", "\"999.99\""),
                Some("`price` is \"999.99\", not 999.99"),
                "text",
            ),
            (
                sent.replace("\"name\":\"a\",", ""),
                Some("`name` is null, not \"a\""),
                "it is missing",
            ),
            (
                sent.replace("2.5", "2"),
                Some("`parts[1]` is 2, not 2.5"),
                "within an array",
            ),
            (
                sent.replace(",2.5", ""),
                Some("`parts` is [{\"id\":1}], not"),
                "a shorter array",
            ),
            (
                sent.replace("100", "101"),
                Some("`in.it` is 101, not 100"),
                "within an object",
            ),
        ];
        let sent: Map<String, Value> = serde_json::from_str(sent).unwrap();
        for (found, expected, why) in table {
            let said = difference(&sent, &serde_json::from_str(&found).unwrap());
            match expected {
                None => assert_eq!(said, None, "{why}"),
                Some(part) => assert!(
                    said.as_ref().is_some_and(|it| it.contains(part)),
                    "{why}: {said:?}"
                ),
            }
        }
    }

    #[test]
    fn large_integers_are_not_rounded() {
        let id = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        assert!(!same_number(
            &id("9007199254740993"),
            &id("9007199254740992")
        ));
    }
}
