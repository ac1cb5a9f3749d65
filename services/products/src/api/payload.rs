//! What clients may send, read into domain types.

use std::collections::HashMap;

use serde_json::value::RawValue;
use server::Problem;

use super::{
    body,
    fields::{Faults, Fields, elements, kind, number, string},
};
use crate::domain::{Amount, Changes, NewProduct, Price, ProductId, ProductName};

/// The most products that one request creates.
pub(super) const BATCH_MAX: usize = 1000;

/// What a product cannot be without.
const WHOLE: [&str; 3] = ["name", "price", "amount"];
const NEW: &[&str] = &["id", "name", "price", "amount"];
const GIVEN_BACK: &[&str] = &["id", "name", "price", "amount", "created_at", "updated_at"];

/// What a creation asks for: one product, or several in an array.
pub(super) struct Creation {
    /// The products, in the order of the request.
    pub(super) items: Vec<NewProduct>,
    /// Whether they came in an array and are answered in one.
    pub(super) batch: bool,
}

/// Reads the body of a creation.
pub(super) fn creation(body: &[u8]) -> Result<Creation, Problem> {
    let value = body::parse(body)?;
    let mut faults = Faults::default();
    match kind(value) {
        "an array" => {
            let items = batch(value, &mut faults);
            faults
                .or(items)
                .map(|items| Creation { items, batch: true })
        }
        "an object" => {
            let item = new_product(value, "", &mut faults);
            faults.or(item).map(|item| Creation {
                items: vec![item],
                batch: false,
            })
        }
        other => {
            faults.add(
                "",
                format!("expected an object or an array of objects, got {other}"),
            );
            faults.or(None)
        }
    }
}

/// Reads the body of a replacement: a whole product.
pub(super) fn replacement(body: &[u8], id: ProductId) -> Result<Changes, Problem> {
    changes(body, id, &WHOLE)
}

/// Reads a merge patch (RFC 7396). Every field of a product is required, so that null, which would
/// remove one, is a mistake.
pub(super) fn patch(body: &[u8], id: ProductId) -> Result<Changes, Problem> {
    changes(body, id, &[])
}

fn changes(body: &[u8], id: ProductId, required: &[&str]) -> Result<Changes, Problem> {
    let value = body::parse(body)?;
    let mut faults = Faults::default();
    let changes = Fields::read(value, "", GIVEN_BACK, &mut faults).map(|fields| {
        check_id(&fields, id, &mut faults);
        fields.require(required, &mut faults);
        Changes {
            name: fields.take("name", name, &mut faults),
            price: fields.take("price", price, &mut faults),
            amount: fields.take("amount", amount, &mut faults),
        }
    });
    faults.or(changes)
}

fn batch(array: &RawValue, faults: &mut Faults) -> Option<Vec<NewProduct>> {
    let (values, count) = elements(array, BATCH_MAX)
        .map_err(|fault| faults.add("", fault))
        .ok()?;
    if !(1..=BATCH_MAX).contains(&count) {
        faults.add("", format!("must have 1 to {BATCH_MAX} items, has {count}"));
        return None;
    }
    let items: Vec<Option<NewProduct>> = values
        .into_iter()
        .enumerate()
        .map(|(at, value)| new_product(value, &format!("/{at}"), faults))
        .collect();
    refuse_duplicate_ids(&items, faults);
    items.into_iter().collect()
}

fn refuse_duplicate_ids(items: &[Option<NewProduct>], faults: &mut Faults) {
    let mut first_at = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let Some(id) = item.as_ref().and_then(|item| item.id) else {
            continue;
        };
        let first = *first_at.entry(id).or_insert(at);
        if first != at {
            faults.add(format!("/{at}/id"), format!("is the same as /{first}/id"));
        }
    }
}

fn new_product(value: &RawValue, at: &str, faults: &mut Faults) -> Option<NewProduct> {
    let fields = Fields::read(value, at, NEW, faults)?;
    fields.require(&WHOLE, faults);
    let id = fields.take("id", product_id, faults);
    let name = fields.take("name", name, faults);
    let price = fields.take("price", price, faults);
    let amount = fields.take("amount", amount, faults);
    Some(NewProduct {
        id,
        name: name?,
        price: price?,
        amount: amount?,
    })
}

/// A body may repeat the id of its path, as a product that was read does.
fn check_id(fields: &Fields<'_>, id: ProductId, faults: &mut Faults) {
    match fields.take("id", product_id, faults) {
        Some(given) if given != id => {
            faults.add(
                "/id",
                format!("must be the path's id, {}; an id cannot change", id.value()),
            );
        }
        _ => {}
    }
}

fn product_id(value: &RawValue) -> Result<ProductId, String> {
    ProductId::parse(whole_number(value)?).map_err(|error| error.to_string())
}

fn amount(value: &RawValue) -> Result<Amount, String> {
    Amount::parse(whole_number(value)?).map_err(|error| error.to_string())
}

fn price(value: &RawValue) -> Result<Price, String> {
    Price::parse(number(value)?).map_err(|error| error.to_string())
}

fn name(value: &RawValue) -> Result<ProductName, String> {
    ProductName::parse(&string(value)?).map_err(|error| error.to_string())
}

fn whole_number(value: &RawValue) -> Result<&str, String> {
    number(value).map_err(|_| format!("expected an integer, got {}", kind(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{creation, patch, replacement};
    use crate::domain::ProductId;

    fn faults(problem: server::Problem) -> Vec<(String, String)> {
        let problem = serde_json::to_value(&problem).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| (text(&error["pointer"]), text(&error["message"])))
            .collect()
    }

    fn creation_faults(body: &str) -> Vec<(String, String)> {
        faults(
            creation(body.as_bytes())
                .err()
                .expect("the body is refused"),
        )
    }

    #[test]
    fn each_mistake_is_named_by_pointer_and_rule() {
        let product =
            |fields: &str| format!("{{\"name\":\"Lamp\",\"price\":1,\"amount\":1{fields}}}");
        for (body, pointer, message) in [
            ("{}".to_owned(), "/name", "is required"),
            (product(",\"colour\":1"), "/colour", "unknown field"),
            (
                product(",\"created_at\":\"x\""),
                "/created_at",
                "unknown field",
            ),
            (product(",\"a/b~c\":1"), "/a~1b~0c", "unknown field"),
            (product(",\"price\":2"), "/price", "given more than once"),
            (
                product(",\"id\":0"),
                "/id",
                "must be an integer from 1 to 9007199254740991",
            ),
            (
                product(",\"id\":null"),
                "/id",
                "expected an integer, got null",
            ),
            (
                r#"{"name":7,"price":1,"amount":1}"#.into(),
                "/name",
                "expected a string, got a number",
            ),
            (
                r#"{"name":"\ud800","price":1,"amount":1}"#.into(),
                "/name",
                "lone surrogate",
            ),
            (
                r#"{"name":"a","price":"12","amount":1}"#.into(),
                "/price",
                "expected a number, got a string",
            ),
            (
                r#"{"name":"a","price":1.005,"amount":1}"#.into(),
                "/price",
                "at most 2 fraction digits",
            ),
            (
                r#"{"name":"a","price":-0.01,"amount":1}"#.into(),
                "/price",
                "at least 0",
            ),
            (
                r#"{"name":"a","price":1e30,"amount":1}"#.into(),
                "/price",
                "at most 12 digits",
            ),
            (
                r#"{"name":"a","price":1,"amount":1.5}"#.into(),
                "/amount",
                "must be an integer from 0",
            ),
            (
                r#"{"name":"a","price":1,"amount":true}"#.into(),
                "/amount",
                "got a boolean",
            ),
            ("[]".into(), "", "must have 1 to 1000 items, has 0"),
            (
                "\"x\"".into(),
                "",
                "expected an object or an array of objects, got a string",
            ),
            (
                format!("[{},5]", product("")),
                "/1",
                "expected an object, got a number",
            ),
            (
                format!("[{0},{0}]", product(",\"id\":4")),
                "/1/id",
                "is the same as /0/id",
            ),
        ] {
            let found = creation_faults(&body);
            assert!(
                found
                    .iter()
                    .any(|(at, text)| at == pointer && text.contains(message)),
                "{body}: {found:?}"
            );
        }
    }

    #[test]
    fn all_mistakes_are_listed_together() {
        let found =
            creation_faults(r#"[{"name":"","price":1,"amount":-1},{"price":1,"amount":1}]"#);

        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/0/name", "/0/amount", "/1/name"]);
    }

    #[test]
    fn an_object_of_very_many_fields_is_counted_and_refused() {
        let body = format!("{{{}\"name\":\"a\"}}", "\"name\":\"a\",".repeat(500));

        let found = creation_faults(&body);

        assert!(found[0].1.starts_with("has 501 fields"), "{found:?}");
        assert_eq!(found[1], ("/name".into(), "given more than once".into()));
        assert_eq!(found.len(), 100);
    }

    #[test]
    fn more_than_a_thousand_items_are_counted_and_refused() {
        let body = format!("[{}1]", "1,".repeat(1000));

        assert_eq!(
            creation_faults(&body),
            [("".into(), "must have 1 to 1000 items, has 1001".into())]
        );
    }

    #[test]
    fn what_was_read_can_be_sent_back() {
        let id = ProductId::new(7).unwrap();
        let body =
            br#"{"id":7,"name":"a","price":1,"amount":1,"created_at":"x","updated_at":null}"#;

        assert!(replacement(body, id).is_ok());
        assert!(patch(body, id).is_ok());
    }

    #[test]
    fn the_id_of_a_path_cannot_be_changed() {
        let found = faults(patch(br#"{"id":8}"#, ProductId::new(7).unwrap()).unwrap_err());

        assert_eq!(
            found,
            [(
                "/id".into(),
                "must be the path's id, 7; an id cannot change".into()
            )]
        );
    }

    #[test]
    fn null_in_a_patch_is_a_mistake() {
        let found = faults(patch(br#"{"name":null}"#, ProductId::new(7).unwrap()).unwrap_err());

        assert_eq!(
            found,
            [("/name".into(), "expected a string, got null".into())]
        );
    }

    #[test]
    fn broken_json_is_a_bad_request() {
        for body in [
            &b""[..],
            b"{",
            b"{}x",
            b"[1,]",
            b"{\"a\":\xff}",
            b"nul",
            b"'a'",
        ] {
            let problem = serde_json::to_value(creation(body).err().unwrap()).unwrap();
            assert_eq!(problem["status"], 400, "{}", String::from_utf8_lossy(body));
        }
    }
}
