//! Money: integer minor units inside, exact decimal text at the edges.

use std::fmt;

use super::decimal::Decimal;

/// A price in minor units (hundredths), never a binary float.
///
/// At most two fraction digits and twelve digits in all, so that every price is below 10^12 major units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

/// Why a text is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The text is not a number as JSON writes one.
    #[error("must be a decimal number such as 1099.99")]
    NotANumber,
    /// Below zero.
    #[error("must be at least 0")]
    Negative,
    /// More than two digits after the decimal point.
    #[error("must have at most 2 fraction digits")]
    TooPrecise,
    /// More than twelve digits.
    #[error("must have at most 12 digits in all")]
    TooLarge,
}

impl Price {
    /// Digits after the decimal point that a price can have.
    pub const FRACTION_DIGITS: u32 = 2;
    /// Digits before and after the decimal point together.
    pub const DIGITS: i64 = 12;

    /// Reads the exact value of a decimal number's text; exponents and trailing zeros do not matter.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let decimal = Decimal::parse(text).ok_or(PriceError::NotANumber)?;
        if decimal.negative {
            return Err(PriceError::Negative);
        }
        if decimal.fraction_digits() > i64::from(Self::FRACTION_DIGITS) {
            return Err(PriceError::TooPrecise);
        }
        if decimal.whole_digits() + decimal.fraction_digits() > Self::DIGITS {
            return Err(PriceError::TooLarge);
        }
        decimal
            .units(Self::FRACTION_DIGITS)
            .map(Self)
            .ok_or(PriceError::TooLarge)
    }

    /// The price of so many minor units, as the database holds it.
    pub(crate) fn from_minor_units(units: i64) -> Self {
        Self(units)
    }

    /// The price in minor units.
    pub fn minor_units(self) -> i64 {
        self.0
    }
}

/// Writes the shortest exact form: `100`, `0.1`, `1099.99`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, cents) = (self.0 / 100, self.0 % 100);
        match cents {
            0 => write!(f, "{whole}"),
            tenths if tenths % 10 == 0 => write!(f, "{whole}.{}", tenths / 10),
            _ => write!(f, "{whole}.{cents:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Price, PriceError};

    #[test]
    fn prices_come_back_textually_equal() {
        for text in [
            "0",
            "0.1",
            "0.2",
            "0.01",
            "1099.99",
            "9999999999.99",
            "999999999999",
            "10",
            "0.09",
        ] {
            assert_eq!(Price::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_shortest_form_is_printed() {
        for (text, shortest) in [
            ("1e2", "100"),
            ("100.00", "100"),
            ("0.50", "0.5"),
            ("-0", "0"),
            ("12345e-2", "123.45"),
        ] {
            assert_eq!(Price::parse(text).unwrap().to_string(), shortest, "{text}");
        }
    }

    #[test]
    fn each_rule_has_its_own_error() {
        for (text, error) in [
            ("1.005", PriceError::TooPrecise),
            ("1e-3", PriceError::TooPrecise),
            ("-0.01", PriceError::Negative),
            ("1e30", PriceError::TooLarge),
            ("99999999999.99", PriceError::TooLarge),
            ("1000000000000", PriceError::TooLarge),
            ("12,5", PriceError::NotANumber),
            ("", PriceError::NotANumber),
        ] {
            assert_eq!(Price::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_price_is_read_back_from_what_it_prints(units in 0_i64..1_000_000_000_000) {
            let price = Price::from_minor_units(units);

            prop_assert_eq!(Price::parse(&price.to_string()), Ok(price));
        }

        #[test]
        fn spelling_does_not_change_the_value(units in 0_i64..1_000_000_000_000, zeros in 0_usize..30) {
            let price = Price::from_minor_units(units);
            let padded = format!("{}.{:02}{}", units / 100, units % 100, "0".repeat(zeros));
            let shifted = format!("{units}{}e-{}", "0".repeat(zeros), zeros + 2);

            prop_assert_eq!(Price::parse(&padded), Ok(price));
            prop_assert_eq!(Price::parse(&shifted), Ok(price));
        }

        #[test]
        fn any_text_is_a_price_or_an_error_but_never_a_panic(text in "[-+0-9.eE]{0,40}|\\PC{0,20}") {
            if let Ok(price) = Price::parse(&text) {
                prop_assert_eq!(Price::parse(&price.to_string()), Ok(price));
            }
        }

        #[test]
        fn a_third_fraction_digit_is_never_rounded_away(units in 0_i64..1_000_000_000_000, digit in 1_u8..=9) {
            let text = format!("{}.{:02}{digit}", units / 100, units % 100);

            prop_assert_eq!(Price::parse(&text), Err(PriceError::TooPrecise));
        }
    }
}
