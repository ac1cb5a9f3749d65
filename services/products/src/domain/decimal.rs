//! Exact reading of a JSON number's text, without a binary float on the way.

/// The value of a JSON number: `digits` shifted by `scale` decimal places, `-digits * 10^-scale` if negative.
///
/// The form is canonical: `digits` has neither leading nor trailing zeros and is empty for zero, so that `1e2`, `100.00`
/// and `100` are equal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    pub(crate) negative: bool,
    digits: std::borrow::Cow<'a, str>,
    scale: i64,
}

impl<'a> Decimal<'a> {
    /// Reads `text` by the grammar of RFC 8259 §6; `None` if it does not follow it.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
        if !is_digits(whole) || leads_with_zero || !fraction.is_none_or(is_digits) {
            return None;
        }
        Some(Self::canonical(
            negative,
            whole,
            fraction.unwrap_or(""),
            exponent,
        ))
    }

    fn canonical(negative: bool, whole: &'a str, fraction: &'a str, exponent: i64) -> Self {
        let digits = if fraction.is_empty() {
            std::borrow::Cow::Borrowed(whole.trim_start_matches('0'))
        } else {
            std::borrow::Cow::Owned(
                [whole, fraction]
                    .concat()
                    .trim_start_matches('0')
                    .to_owned(),
            )
        };
        let significant = digits.trim_end_matches('0').len();
        let trailing_zeros = digits.len() - significant;
        if significant == 0 {
            return Self {
                negative: false,
                digits: "".into(),
                scale: 0,
            };
        }
        let scale = (fraction.len() as i64)
            .saturating_sub(exponent)
            .saturating_sub(trailing_zeros as i64);
        let digits = match digits {
            std::borrow::Cow::Borrowed(digits) => digits[..significant].into(),
            std::borrow::Cow::Owned(mut digits) => {
                digits.truncate(significant);
                digits.into()
            }
        };
        Self {
            negative,
            digits,
            scale,
        }
    }

    /// Digits after the decimal point.
    pub(crate) fn fraction_digits(&self) -> i64 {
        self.scale.max(0)
    }

    /// Digits before the decimal point; 0 for a value below one.
    pub(crate) fn whole_digits(&self) -> i64 {
        (self.digits.len() as i64).saturating_sub(self.scale).max(0)
    }

    /// The absolute value in units of `10^-places`; `None` if it is not a whole number of them or does not fit.
    pub(crate) fn units(&self, places: u32) -> Option<i64> {
        let zeros = i64::from(places).checked_sub(self.scale)?;
        let fits = (0..=18).contains(&zeros);
        if self.digits.is_empty() {
            return Some(0);
        }
        if !fits {
            return None;
        }
        self.digits
            .parse::<i64>()
            .ok()?
            .checked_mul(10_i64.checked_pow(zeros as u32)?)
    }
}

/// An exponent too large for `i64` is still an exponent: it saturates.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let size = is_digits(digits).then(|| digits.parse().unwrap_or(i64::MAX))?;
    Some(if negative { -size } else { size })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn different_spellings_of_a_value_are_equal() {
        let hundred = Decimal::parse("100").unwrap();

        for text in ["1e2", "100.00", "1.00e+2", "10000E-2", "0.1e3"] {
            assert_eq!(Decimal::parse(text).unwrap(), hundred, "{text}");
        }
        assert_eq!(
            Decimal::parse("-0.00").unwrap(),
            Decimal::parse("0").unwrap()
        );
    }

    #[test]
    fn what_is_no_json_number_is_refused() {
        for text in [
            "", "-", "1.", ".5", "01", "+1", "1e", "1e+", "0x10", "1_000", "NaN", "1 ", "--1",
            "1.2.3", "١",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn huge_exponents_neither_overflow_nor_allocate() {
        for text in [
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "1e9223372036854775807",
            "10.5e-9223372036854775808",
        ] {
            assert_eq!(Decimal::parse(text).unwrap().units(2), None, "{text}");
        }
        assert_eq!(
            Decimal::parse("0e99999999999999999999").unwrap().units(2),
            Some(0)
        );
    }
}
