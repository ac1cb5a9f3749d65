//! The name of a product.

use unicase::UniCase;

/// A product's name: 1 to 255 characters (Unicode scalar values) after trimming, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("must not be empty or blank")]
    Empty,
    /// Longer than [`ProductName::MAX_CHARS`].
    #[error("must have at most 255 characters")]
    TooLong,
    /// A character of Unicode's category Cc, a line feed for example.
    #[error("must not contain control characters")]
    ControlCharacter,
}

impl ProductName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 255;

    /// Trims white space at both ends and checks the rest.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(NameError::Empty);
        }
        if trimmed.chars().count() > Self::MAX_CHARS {
            return Err(NameError::TooLong);
        }
        if trimmed.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// A name as the database holds it.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name as it was given, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are compared by without regard to case.
    pub fn key(&self) -> String {
        Self::key_of(&self.0)
    }

    /// Unicode case folding, which goes character by character, so that the key of a prefix is a
    /// prefix of the key.
    pub(crate) fn key_of(text: &str) -> String {
        UniCase::new(text).to_folded_case()
    }
}

#[cfg(test)]
mod tests {
    use super::{NameError, ProductName};

    #[test]
    fn a_name_is_trimmed() {
        assert_eq!(
            ProductName::parse("  Desk lamp\n").unwrap().as_str(),
            "Desk lamp"
        );
    }

    #[test]
    fn length_is_counted_in_characters_after_trimming() {
        assert!(ProductName::parse(&format!(" {} ", "ü".repeat(255))).is_ok());
        assert_eq!(
            ProductName::parse(&"ü".repeat(256)),
            Err(NameError::TooLong)
        );
    }

    #[test]
    fn blank_names_and_control_characters_are_refused() {
        for (text, error) in [
            ("", NameError::Empty),
            (" \t ", NameError::Empty),
            ("a\nb", NameError::ControlCharacter),
            ("a\0b", NameError::ControlCharacter),
            ("a\u{85}b", NameError::ControlCharacter),
        ] {
            assert_eq!(ProductName::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_key_of_a_prefix_is_a_prefix_of_the_key() {
        for (name, prefix) in [("ΟΔΟΣΑ", "ΟΔΟΣ"), ("İstanbul", "İ"), ("STRASSE", "strass")]
        {
            assert!(
                ProductName::key_of(name).starts_with(&ProductName::key_of(prefix)),
                "{name} {prefix}"
            );
        }
    }
}
