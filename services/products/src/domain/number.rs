//! Whole numbers with bounds.

use super::decimal::Decimal;

/// A product's id: 1 to 2^53 - 1, so that every JSON reader holds it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductId(i64);

/// How many are in stock: 0 to 2^31 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i32);

/// Why a number is neither id nor amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an integer from {min} to {max}")]
pub struct RangeError {
    min: i64,
    max: i64,
}

impl ProductId {
    /// The largest id: JavaScript's largest safe integer.
    pub const MAX: i64 = 9_007_199_254_740_991;

    /// Reads a JSON number that is a whole one by value (`5`, `5.0`, `5e0`).
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        parse_whole(text, 1, Self::MAX).map(Self)
    }

    /// The id with this value.
    pub fn new(value: i64) -> Result<Self, RangeError> {
        check(value, 1, Self::MAX).map(Self)
    }

    /// An id as the database holds it.
    pub(crate) fn from_stored(value: i64) -> Self {
        Self(value)
    }

    /// The id as a number.
    pub fn value(self) -> i64 {
        self.0
    }
}

impl Amount {
    /// The largest amount.
    pub const MAX: i32 = i32::MAX;

    /// Reads a JSON number that is a whole one by value (`10`, `10.0`, `1e1`).
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        parse_whole(text, 0, i64::from(Self::MAX)).map(|value| Self(value as i32))
    }

    /// An amount as the database holds it.
    pub(crate) fn from_stored(value: i32) -> Self {
        Self(value)
    }

    /// The amount as a number.
    pub fn value(self) -> i32 {
        self.0
    }
}

fn parse_whole(text: &str, min: i64, max: i64) -> Result<i64, RangeError> {
    let decimal = Decimal::parse(text).filter(|decimal| !decimal.negative);
    let value = decimal
        .and_then(|decimal| decimal.units(0))
        .ok_or(RangeError { min, max })?;
    check(value, min, max)
}

fn check(value: i64, min: i64, max: i64) -> Result<i64, RangeError> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(RangeError { min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, ProductId};

    #[test]
    fn whole_numbers_are_read_by_value() {
        for text in ["10", "10.0", "1e1", "100e-1"] {
            assert_eq!(Amount::parse(text).unwrap().value(), 10, "{text}");
        }
    }

    #[test]
    fn the_bounds_are_inside() {
        assert_eq!(ProductId::parse("1").unwrap().value(), 1);
        assert_eq!(
            ProductId::parse("9007199254740991").unwrap().value(),
            ProductId::MAX
        );
        assert_eq!(Amount::parse("2147483647").unwrap().value(), Amount::MAX);
        assert_eq!(Amount::parse("0").unwrap().value(), 0);
    }

    #[test]
    fn what_lies_outside_names_the_bounds() {
        for text in ["0", "-1", "9007199254740992", "1e300", "1.5", "x"] {
            let error = ProductId::parse(text).unwrap_err().to_string();
            assert_eq!(
                error, "must be an integer from 1 to 9007199254740991",
                "{text}"
            );
        }
        assert!(Amount::parse("2147483648").is_err());
        assert!(Amount::parse("-1").is_err());
    }
}
