//! Text without its secrets, whatever shape they come in: JSON, escaped JSON, Rust's `Debug`,
//! headers, query strings, `key=value`, the user-info of URLs.
//!
//! One pass over the text: where a character can stand between a key and its value, the key is
//! looked for before it, and the value of a secret one is left out. Where the end of a value is
//! in doubt, more is left out rather than less. What is scanned is not scanned again, so that the
//! time is linear in the length of any text. A text with percent-encoding is scanned once more as
//! what it decodes to, where `%22password%22` is a key.

mod clean;
mod decoded;
mod key;
mod quote;
#[cfg(test)]
mod tests;
mod url;
mod value;

use std::{borrow::Cow, ops::Range};

pub(crate) use self::key::is_secret;
use self::{
    clean::Clean,
    decoded::Decoded,
    key::{Key, Reach},
    quote::Quote,
};
use super::find::find;

/// What is written instead of a secret.
pub(crate) const REDACTED: &str = "***REDACTED***";

/// `text` with the values of secret keys and the user-info of URLs replaced by `***REDACTED***`, by
/// the rules of the log.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut clean = Clean::new(text);
    let has_percent = scan(text.as_bytes(), |secret| {
        clean.leave_out(&secret.place, secret.shape.quote());
    });
    let clean = clean.end();
    if !has_percent {
        return clean;
    }
    match decoded_redact(&clean) {
        Some(clean) => Cow::Owned(clean),
        None => clean,
    }
}

/// `text` without what is a secret once the text is percent-decoded; nothing if there is none.
fn decoded_redact(text: &str) -> Option<String> {
    let decoded = Decoded::new(text.as_bytes())?;
    let mut clean = Clean::new(text);
    scan(&decoded.bytes, |secret| {
        let mut place = decoded.place_of(&secret.place, text.len());
        // What is encoded ends no bare value: the blank of `a%20b` may be part of a password.
        if matches!(secret.shape, Shape::Bare) && place.end > clean.done {
            place.end = value::bare_end(text.as_bytes(), place.end, Reach::Word, true);
        }
        clean.leave_out(&place, None);
    });
    match clean.end() {
        Cow::Borrowed(_) => None,
        Cow::Owned(clean) => Some(clean),
    }
}

/// Hands every secret of `text` to `leave_out`, in their order, and says whether there is a `%`
/// beside them.
fn scan(text: &[u8], mut leave_out: impl FnMut(Secret)) -> bool {
    let mut has_percent = false;
    let mut at = 0;
    while let Some(step) = find(&text[at..], is_separator) {
        at += step;
        has_percent |= text[at] == b'%';
        match secret_at(text, at) {
            Some(secret) => {
                at = secret.place.end;
                leave_out(secret);
            }
            None => at += 1,
        }
    }
    has_percent
}

/// A value to be left out. It begins and ends beside ASCII characters, or with the text.
struct Secret {
    place: Range<usize>,
    shape: Shape,
}

/// What shows where a value ends.
#[derive(Clone, Copy)]
enum Shape {
    /// What is around it.
    Enclosed,
    /// What is around the quoted key that it belongs to.
    Element(Quote),
    /// Nothing but what follows.
    Bare,
}

impl Shape {
    /// Quotes for a bare value of a quoted key: JSON stays JSON.
    fn quote(self) -> Option<Quote> {
        match self {
            Self::Element(quote) => Some(quote),
            Self::Enclosed | Self::Bare => None,
        }
    }
}

impl Secret {
    fn new(place: Range<usize>, shape: Shape) -> Option<Self> {
        (!place.is_empty()).then_some(Self { place, shape })
    }
}

/// Whether a secret may stand behind `byte`. There is none in a text without such bytes.
pub(super) fn is_separator(byte: u8) -> bool {
    (byte == b'=')
        | (byte == b':')
        | (byte == b',')
        | (byte == b'(')
        | (byte == b'{')
        | (byte == b'%')
}

fn secret_at(text: &[u8], at: usize) -> Option<Secret> {
    match text[at] {
        b'=' => assigned(text, at),
        b':' => after_colon(text, at),
        b',' => paired(text, at),
        b'(' => enclosed(text, at, at),
        b'{' => enclosed(text, trim_end(text, at), at),
        _ => percent_encoded(text, at),
    }
}

/// `key=value`, also `key == value`, `key => value`, `key != value`.
fn assigned(text: &[u8], at: usize) -> Option<Secret> {
    let operator = text[..at].strip_suffix(b"!").map_or(at, <[u8]>::len);
    let key = Key::before(text, trim_end(text, operator))?;
    let start = trim_start(text, at, |byte| matches!(byte, b'=' | b'>'));
    valued(text, start, key, true)
}

/// `key: value` and `scheme://user-info@host`, but not `module::path`.
fn after_colon(text: &[u8], at: usize) -> Option<Secret> {
    if text[at + 1..].starts_with(b":") {
        return None;
    }
    match Key::before(text, trim_end(text, at)) {
        Some(key) => valued(text, at + 1, key, false),
        None if text[at..].starts_with(b"://") => {
            Secret::new(url::user_info(text, at)?, Shape::Enclosed)
        }
        None => None,
    }
}

/// `("key", value)` and `["key", value]`.
fn paired(text: &[u8], at: usize) -> Option<Secret> {
    let key = Key::before(text, trim_end(text, at))?;
    key.opens_pair(text).then_some(())?;
    valued(text, at + 1, key, false)
}

/// `Secret("value")` and `Secret { inner: "value" }`, but not the plural of `token(s)`.
fn enclosed(text: &[u8], key_end: usize, open: usize) -> Option<Secret> {
    let key = Key::before(text, key_end)?;
    if key.quote.is_some() || text[open..].starts_with(b"(s)") {
        return None;
    }
    let inside = open + 1..value::group_end(text, open);
    let closed = text[inside.end - 1] == closing(text[open]);
    let place = inside.start..inside.end - usize::from(closed);
    Secret::new(place, Shape::Enclosed)
}

/// `key%3Dvalue` and `scheme%3A%2F%2Fuser-info%40host`: a URL or form inside of a query string.
fn percent_encoded(text: &[u8], at: usize) -> Option<Secret> {
    let code = text.get(at..at + 3)?;
    if code.eq_ignore_ascii_case(b"%3d") {
        return valued(text, at + 3, Key::before(text, at)?, true);
    }
    if !code.eq_ignore_ascii_case(b"%3a") {
        return None;
    }
    match Key::before(text, at) {
        Some(key) => valued(text, at + 3, key, false),
        None => Secret::new(url::encoded_user_info(text, at)?, Shape::Enclosed),
    }
}

/// The value that begins at or after `start`; `assigned` when an equals sign stands before it.
fn valued(text: &[u8], start: usize, key: Key, assigned: bool) -> Option<Secret> {
    let start = match key.quote {
        Some(_) => trim_start(text, start, |byte| byte.is_ascii_whitespace()),
        None => trim_start(text, start, is_blank),
    };
    if let Some((quote, inside)) = Quote::opening(text, start) {
        return Secret::new(inside..quote.content_end(text, inside), Shape::Enclosed);
    }
    let end = value::bare_end(text, start, key.reach, assigned);
    Secret::new(start..end, key.quote.map_or(Shape::Bare, Shape::Element))
}

fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_start(text: &[u8], start: usize, is_blank: impl Fn(u8) -> bool) -> usize {
    let blanks = text[start..].iter().take_while(|byte| is_blank(**byte));
    start + blanks.count()
}

fn trim_end(text: &[u8], end: usize) -> usize {
    let blanks = text[..end].iter().rev().take_while(|byte| is_blank(**byte));
    end - blanks.count()
}
