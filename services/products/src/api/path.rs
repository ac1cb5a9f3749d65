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
        let id = text
            .parse()
            .ok()
            .and_then(|value| ProductId::new(value).ok());
        let id = id.filter(|id| id.value().to_string() == text);
        id.map(Self)
            .ok_or_else(|| ParseError::custom("is the id of no product"))
    }
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
