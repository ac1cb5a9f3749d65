//! Texts of others, as far as they are kept.

use std::borrow::Cow;

/// The longest text that is kept whole, in bytes.
pub(crate) const MAX_BYTES: usize = 2048;

/// Stands at the end of a text that was cut.
pub(crate) const MORE: char = '…';

/// `text`, cut when it is longer than [`MAX_BYTES`], which a [`MORE`] shows.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_BYTES {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(MAX_BYTES);
    Cow::Owned(format!("{}{MORE}", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_beginning_is_kept() {
        let longest = "x".repeat(MAX_BYTES);
        let cut_within = format!("{}é", &longest[1..]);
        for (text, kept, why) in [
            ("/", "/", "short"),
            (&longest, longest.as_str(), "just short enough"),
            (&format!("{longest}y"), &format!("{longest}…"), "too long"),
            (
                &format!("{cut_within}y"),
                &format!("{}…", &longest[1..]),
                "a character in the way",
            ),
        ] {
            assert_eq!(excerpt(text), kept, "{why}");
        }
    }
}
