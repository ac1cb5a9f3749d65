//! The id in a path.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseError, ParseFromParameter, ParseResult, Type},
};

use crate::domain::ProductId;

/// A product's id, spelled as the service itself spells it: every product has one path.
pub(super) struct PathId(pub(super) ProductId);

const SCHEMA: &str = "ProductId";

impl ParseFromParameter for PathId {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        parse(text)
            .map(Self)
            .ok_or_else(|| ParseError::custom("is the id of no product"))
    }
}

/// The id that a part of a path names.
pub(super) fn parse(text: &str) -> Option<ProductId> {
    // Its only spelling: digits, of which the first is no zero.
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = plain.then(|| text.parse().ok())??;
    ProductId::new(value).ok()
}

impl Type for PathId {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        SCHEMA.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(SCHEMA.to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.schemas.insert(SCHEMA.to_owned(), MetaSchema::ANY);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}
