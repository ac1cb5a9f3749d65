//! Where a value ends that no quotes enclose as a whole.

use super::{
    REDACTED,
    key::Reach,
    quote::{Quote, is_mark},
    url::is_at,
};

/// Words before a credential in `Authorization` and its like.
const SCHEMES: [&[u8]; 7] = [
    b"apikey",
    b"basic",
    b"bearer",
    b"digest",
    b"negotiate",
    b"splunk",
    b"token",
];

/// The end of the value that begins at `start`; `assigned` when an equals sign stands before it.
pub(super) fn bare_end(text: &[u8], start: usize, reach: Reach, assigned: bool) -> usize {
    match reach {
        Reach::Line => line_end(text, start, assigned),
        Reach::Word => credential_end(text, start),
        Reach::Digits => digits_end(text, start),
    }
}

/// A word, and one more after an authentication scheme.
fn credential_end(text: &[u8], start: usize) -> usize {
    let end = word_end(text, start);
    let word = &text[start..end];
    let is_scheme = SCHEMES
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case(word));
    if is_scheme && text.get(end) == Some(&b' ') {
        return word_end(text, end + 1);
    }
    end
}

/// `4111 1111 1111 1111`.
fn digits_end(text: &[u8], start: usize) -> usize {
    let mut end = credential_end(text, start);
    if text.get(start).is_some_and(u8::is_ascii_digit) {
        while let [b' ', digit, ..] = text[end..]
            && digit.is_ascii_digit()
        {
            end = word_end(text, end + 1);
        }
    }
    end
}

/// Up to what cannot be part of a word: see [`is_end`]. Groups such as `Some("x")` or
/// `Secret { inner: "x" }` count as one word.
fn word_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        at = match byte {
            b'(' | b'[' | b'{' => group_end(text, at),
            b' ' if opens_struct(text, start, at) => group_end(text, at + 1),
            _ if is_end(text, at) => return at,
            _ => at + 1,
        };
    }
    at
}

/// Whether the blank at `at` stands between the name of a struct and its fields.
fn opens_struct(text: &[u8], start: usize, at: usize) -> bool {
    text[at + 1..].starts_with(b"{") && at > start && text[at - 1].is_ascii_alphanumeric()
}

/// The rest of the line, or a group where there is one; in a form up to the next pair. What has
/// been left out before ends like a group.
fn line_end(text: &[u8], start: usize, assigned: bool) -> usize {
    let name = text[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric());
    let open = start + name.count();
    let mut at = start;
    if matches!(text.get(open), Some(b'(' | b'[' | b'{')) {
        at = group_end(text, open);
    } else if text[start..].starts_with(REDACTED.as_bytes()) {
        at += REDACTED.len();
    }
    if at > start && text.get(at).is_none_or(|byte| b",)]}".contains(byte)) {
        return at;
    }
    while let Some(&byte) = text.get(at) {
        let next_pair = assigned && matches!(byte, b'&' | b'%') && is_end(text, at);
        if matches!(byte, b'\n' | b'\r') || next_pair {
            return at;
        }
        at += 1;
    }
    at
}

/// Past the bracket that closes the one at `open`; the end of the text where none does.
pub(super) fn group_end(text: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = open;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b'"' => at = string_end(text, at),
            b'\'' if begins_string(text, at - 1) => at = string_end(text, at),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// Past the string whose opening mark ends at `inside`.
fn string_end(text: &[u8], inside: usize) -> usize {
    let Some((quote, _)) = Quote::closing(text, inside) else {
        return inside;
    };
    let end = quote.content_end(text, inside);
    (end + quote.slashes + 1).min(text.len())
}

/// Whether an apostrophe begins a string, as in Python's dictionaries, rather than a genitive.
fn begins_string(text: &[u8], at: usize) -> bool {
    matches!(
        text[..at].last(),
        Some(b'{' | b'[' | b'(' | b',' | b':' | b'=' | b' ')
    )
}

/// Whether a word ends before `at`: at a blank, and at what closes something or separates it
/// from the next, if what follows bears that out. Passwords may hold any of it.
pub(super) fn is_end(text: &[u8], at: usize) -> bool {
    let byte = text[at];
    let next = &text[at + 1..];
    match byte {
        b'&' | b',' | b';' => closes(next) || begins_pair(next),
        b'%' => next.starts_with(b"26") && (next.len() == 2 || begins_pair(&next[2..])),
        b')' | b']' | b'}' => closes(next),
        b'\\' => next.first().is_some_and(|byte| is_mark(*byte)) && closes(&next[1..]),
        byte if is_mark(byte) => closes(next),
        byte => byte.is_ascii_whitespace(),
    }
}

/// Whether `next` goes on like a text in which something was closed.
fn closes(next: &[u8]) -> bool {
    let Some(byte) = next.first() else {
        return true;
    };
    byte.is_ascii_whitespace() || is_mark(*byte) || b",;:.)]}>\\".contains(byte)
}

/// Whether `next` begins with `key=`, `key:` or `key%3D`.
fn begins_pair(next: &[u8]) -> bool {
    let ends_key = |at: &usize| match next[*at] {
        b'%' => is_at(&next[*at..], b"%3d") || is_at(&next[*at..], b"%26"),
        byte => !byte.is_ascii_alphanumeric() && !b"_-.[]+".contains(&byte),
    };
    let key = (0..next.len()).find(ends_key).unwrap_or(next.len());
    let sign = &next[key..];
    key > 0 && (matches!(sign.first(), Some(b'=' | b':')) || is_at(sign, b"%3d"))
}
