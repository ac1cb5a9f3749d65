//! Which keys have values that nobody may read.

use super::quote::Quote;

/// How far a value reaches that nothing encloses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// One word, or two of which the first is an authentication scheme.
    Word,
    /// Groups of digits.
    Digits,
    /// The rest of the line, as in the text of a header.
    Line,
}

/// The last word of a secret key, lower case and without what separates its parts.
struct Name {
    letters: &'static [u8],
    /// Where the second part begins.
    second: usize,
    reach: Reach,
}

const fn name(letters: &'static str, second: usize, reach: Reach) -> Name {
    let letters = letters.as_bytes();
    Name {
        letters,
        second,
        reach,
    }
}

const NAMES: [Name; 9] = [
    name("password", 0, Reach::Word),
    name("token", 0, Reach::Word),
    name("apikey", 3, Reach::Word),
    name("ssn", 0, Reach::Digits),
    name("creditcard", 6, Reach::Digits),
    name("authorization", 0, Reach::Line),
    name("cookie", 0, Reach::Line),
    name("setcookie", 3, Reach::Line),
    name("secret", 0, Reach::Word),
];

/// The longest key that is recognised as the first half of a pair, in bytes.
const MAX_PAIR_KEY: usize = 64;

/// Whether the value under `key` is a secret: its last word is `password`, `token`, `api_key`,
/// `ssn`, `credit_card`, `authorization`, `cookie`, `set_cookie` or `secret`, in any case and
/// with `-`, `_` or nothing between the parts.
pub(crate) fn is_secret(key: &str) -> bool {
    find(key.as_bytes(), key.len()).is_some()
}

/// A secret key in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) reach: Reach,
    /// The quotes around the key.
    pub(super) quote: Option<Quote>,
    /// Where its last word begins.
    start: usize,
}

impl Key {
    /// The secret key that ends at `end`, its closing quote or bracket included.
    pub(super) fn before(text: &[u8], end: usize) -> Option<Self> {
        let (quote, end) = match Quote::closing(text, end) {
            Some((quote, inside)) => (Some(quote), inside),
            None => (None, without_brackets(text, end)),
        };
        let (name, start) = find(text, end)?;
        Some(Self {
            reach: name.reach,
            quote,
            start,
        })
    }

    /// Whether the key is a quoted first element of something.
    pub(super) fn opens_pair(&self, text: &[u8]) -> bool {
        let Some(quote) = self.quote else {
            return false;
        };
        let before = &text[self.start.saturating_sub(MAX_PAIR_KEY)..self.start];
        let Some(opening) = before.iter().rposition(|byte| *byte == quote.mark) else {
            return false;
        };
        let outside = before[..opening].len().saturating_sub(quote.slashes);
        // The keys of a map of bytes are written `b"key"`.
        let outside = before[..outside]
            .strip_suffix(b"b")
            .unwrap_or(&before[..outside]);
        matches!(outside.last(), Some(b'(' | b'['))
    }
}

/// Before the brackets of a form's `user[password]` and `password[]`.
fn without_brackets(text: &[u8], end: usize) -> usize {
    let before = |end, wanted| match previous(text, end) {
        Some((byte, before)) if byte == wanted => before,
        _ => end,
    };
    before(before(end, b']'), b'[')
}

/// The name of which the last letter stands before `end`, and where it begins.
fn find(text: &[u8], end: usize) -> Option<(&'static Name, usize)> {
    let (last, _) = previous(text, end)?;
    let last = last.to_ascii_lowercase();
    NAMES
        .iter()
        .filter(|name| name.letters.last() == Some(&last))
        .find_map(|name| Some((name, name.start_in(text, end)?)))
}

impl Name {
    fn start_in(&self, text: &[u8], end: usize) -> Option<usize> {
        let mut start = end;
        let mut first = 0;
        let mut second = 0;
        for (place, letter) in self.letters.iter().enumerate().rev() {
            let (byte, before) = previous(text, start)?;
            if byte.to_ascii_lowercase() != *letter {
                return None;
            }
            (second, first, start) = (first, byte, before);
            if place > 0 && place == self.second {
                start = without_separator(text, start);
            }
        }
        // `PGPASSWORD` is one of several names of which nobody separates the words.
        let glued = self.letters == b"password";
        (glued || begins_word(text, start, first, second)).then_some(start)
    }
}

fn without_separator(text: &[u8], end: usize) -> usize {
    match previous(text, end) {
        Some((b'-' | b'_' | b' ', before)) => before,
        _ => end,
    }
}

/// Whether a word begins at `start` with the letters `first` and `second`: `x_token`, `myToken`
/// and `MYToken`, but not `mytoken`.
fn begins_word(text: &[u8], start: usize, first: u8, second: u8) -> bool {
    let Some((before, _)) = previous(text, start) else {
        return true;
    };
    !before.is_ascii_alphabetic()
        || first.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || second.is_ascii_lowercase())
        || ends_in_escape(&text[..start])
}

/// Whether the last letter belongs to an escaped character: `\n`, `\x1b`, `\u001b`.
fn ends_in_escape(text: &[u8]) -> bool {
    matches!(text, [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'])
        || matches!(text, [.., b'\\', b'x', _, _])
        || matches!(text, [.., b'\\', b'u', _, _, _, _])
}

/// The character before `end`, percent-decoded, and where it begins.
fn previous(text: &[u8], end: usize) -> Option<(u8, usize)> {
    let decoded = match text[..end] {
        [.., b'%', high, low] => hex(high).zip(hex(low)),
        _ => None,
    };
    match decoded {
        Some((high, low)) => Some((high << 4 | low, end - 3)),
        None => Some((*text[..end].last()?, end - 1)),
    }
}

pub(super) fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}
