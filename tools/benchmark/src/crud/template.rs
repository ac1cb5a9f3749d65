//! What the objects look like.

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use serde_json::{Map, Number, Value};

/// What stands for the number of an object in a template's strings.
const PLACEHOLDER: &str = "{{n}}";

/// A JSON object of which each number makes another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Map<String, Value>);

impl Template {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// When it is no JSON, or something else than an object.
    pub fn parse(text: &str) -> Result<Self> {
        match serde_json::from_str(text).context("the template is no JSON")? {
            Value::Object(fields) => Ok(Self(fields)),
            other => bail!("the template must be a JSON object, not `{other}`"),
        }
    }

    /// Whether two objects differ at all; if not, an answer that is out of date goes unnoticed.
    pub fn varies(&self) -> bool {
        (1..=64).any(|number| self.fill(number) != self.fill(0))
    }

    /// The object of this number; always the same one.
    ///
    /// `{{n}}` in strings becomes the number. Numbers vary between half of what they are and all
    /// of it, with as many digits after the point: what is valid for the service at all stays so.
    pub(super) fn fill(&self, number: u64) -> Map<String, Value> {
        let mut rng = Rng::with_seed(number);
        let fields = self.0.iter();
        fields
            .map(|(name, value)| (name.clone(), fill(value, number, &mut rng)))
            .collect()
    }
}

fn fill(value: &Value, number: u64, rng: &mut Rng) -> Value {
    match value {
        Value::String(text) => text.replace(PLACEHOLDER, &number.to_string()).into(),
        Value::Number(upper) => vary(upper, rng).unwrap_or_else(|| upper.clone()).into(),
        Value::Array(items) => items.iter().map(|it| fill(it, number, rng)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            let filled = fields.map(|(name, it)| (name.clone(), fill(it, number, rng)));
            Value::Object(filled.collect())
        }
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// Another number of as many digits after the point; `None` if it has none to vary, or too many.
fn vary(upper: &Number, rng: &mut Rng) -> Option<Number> {
    let text = upper.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let units: i64 = format!("{whole}{fraction}").parse().ok()?;
    let units = units - units.signum() * rng.i64(0..=units.checked_abs()? / 2);
    let sign = if units < 0 { "-" } else { "" };
    let width = fraction.len() + 1;
    let mut text = format!("{sign}{:0width$}", units.unsigned_abs());
    if !fraction.is_empty() {
        text.insert(text.len() - fraction.len(), '.');
    }
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_keep_to_the_upper_half_and_to_their_digits() {
        let table = [
            ("999.99", 500.0, 999.99, 2, "a price"),
            ("10", 5.0, 10.0, 0, "an integer"),
            ("1", 1.0, 1.0, 0, "no room"),
            ("0", 0.0, 0.0, 0, "nothing"),
            ("0.05", 0.03, 0.05, 2, "zeros before the digits"),
            ("-0.5", -0.5, -0.3, 1, "below zero"),
            ("1e30", 1e30, 1e30, 0, "an exponent"),
            (
                "18446744073709551615",
                u64::MAX as f64,
                u64::MAX as f64,
                0,
                "too large",
            ),
        ];
        for (text, least, most, digits, why) in table {
            let upper: Number = serde_json::from_str(text).unwrap();
            let mut rng = Rng::with_seed(1);
            for _ in 0..200 {
                let varied = vary(&upper, &mut rng).unwrap_or_else(|| upper.clone());
                let value = varied.as_f64().unwrap();
                assert!((least..=most).contains(&value), "{why}: {varied}");
                let fraction = varied
                    .to_string()
                    .split_once('.')
                    .map_or(0, |it| it.1.len());
                assert!(
                    fraction <= digits.max(1) || text.contains('e'),
                    "{why}: {varied}"
                );
            }
        }
    }

    #[test]
    fn each_number_makes_an_object_of_its_own_and_always_the_same() {
        let text = r#"{"name":"{{n}} and {{n}}","price":9.5,"tags":["t{{n}}",true,null],"in":{"it":"{{n}}"}}"#;
        let template = Template::parse(text).unwrap();

        let seventh = Value::Object(template.fill(7));

        assert_eq!(seventh["name"], "7 and 7");
        assert_eq!(seventh["tags"], json!(["t7", true, null]));
        assert_eq!(seventh["in"], json!({"it": "7"}));
        assert_eq!(seventh, Value::Object(template.fill(7)));
        assert!(template.varies());
        assert!(Template::parse(r#"{"price":10}"#).unwrap().varies());
        assert!(
            !Template::parse(r#"{"on":true,"count":1}"#)
                .unwrap()
                .varies()
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (text, expected) in [
            ("{", "no JSON"),
            ("[1]", "must be a JSON object, not `[1]`"),
        ] {
            let said = Template::parse(text).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
        assert!(
            Template::parse(super::super::DEFAULT_TEMPLATE)
                .unwrap()
                .varies()
        );
    }
}
