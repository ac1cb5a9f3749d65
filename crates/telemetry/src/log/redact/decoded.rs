//! A text as its reader sees it once it is percent-decoded, however often that was encoded.

use std::ops::Range;

use super::key::hex;

/// The bytes of a text without percent-encoding, not all of them UTF-8.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// Where in the text each byte begins.
    places: Vec<usize>,
}

impl Decoded {
    /// `text` decoded until nothing is left to be decoded, in one pass: `%2525` is `%25` is `%`.
    /// Nothing for a text in which nothing is encoded.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        for (place, byte) in text.iter().enumerate() {
            bytes.push(*byte);
            places.push(place);
            // What was decoded may complete the code that it is part of.
            while let Some(decoded) = code_at_end(&bytes) {
                let start = bytes.len() - 3;
                bytes.truncate(start);
                bytes.push(decoded);
                places.truncate(start + 1);
            }
        }
        (bytes.len() < text.len()).then_some(Self { bytes, places })
    }

    /// Where in the text, which has `length` bytes, these bytes stand that `range` names.
    pub(super) fn place_of(&self, range: &Range<usize>, length: usize) -> Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(length);
        place(range.start)..place(range.end)
    }
}

fn code_at_end(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [.., b'%', high, low] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    }
}
