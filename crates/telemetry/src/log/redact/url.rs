//! The user-info of URLs: `user:password` in `scheme://user:password@host`.

use std::ops::Range;

use super::{REDACTED, value::is_end};

/// Schemes of URLs whose path may well hold an `@`.
const WEB: [&[u8]; 4] = [b"http", b"https", b"ws", b"wss"];

/// The user-info of the URL whose `://` is at `colon`. It ends at the last `@`, for passwords are
/// not always encoded as they should be.
pub(super) fn user_info(text: &[u8], colon: usize) -> Option<Range<usize>> {
    let start = colon + b"://".len();
    let url = &text[start..url_end(text, start)];
    // What has been left out before ended at the last `@` of what is encoded.
    if url
        .strip_prefix(REDACTED.as_bytes())
        .is_some_and(|rest| rest.starts_with(b"@"))
    {
        return None;
    }
    let last = url.iter().rposition(|byte| *byte == b'@')?;
    if !WEB.iter().any(|scheme| is_scheme(&text[..colon], scheme)) {
        return Some(start..start + last);
    }
    let path = url.iter().position(|byte| b"/?#".contains(byte));
    let authority = &url[..path.unwrap_or(url.len())];
    match authority.iter().rposition(|byte| *byte == b'@') {
        Some(end) => Some(start..start + end),
        // A slash in the password, unless what stands before it is host and port.
        None => has_password(authority).then_some(start..start + last),
    }
}

/// The user-info of the URL within a URL whose `%3A%2F%2F` is at `colon`.
pub(super) fn encoded_user_info(text: &[u8], colon: usize) -> Option<Range<usize>> {
    let separator = b"%3a%2f%2f";
    if !is_at(&text[colon..], separator) {
        return None;
    }
    let start = colon + separator.len();
    let ends = |at: &usize| {
        let byte = text[*at];
        byte.is_ascii_whitespace() || b"&\"'".contains(&byte) || is_at(&text[*at..], separator)
    };
    let end = (start..text.len()).find(ends).unwrap_or(text.len());
    let url = &text[start..end];
    let last = url.windows(3).rposition(|part| part == b"%40")?;
    Some(start..start + last)
}

/// Whether `text` begins with `wanted`, in any case.
pub(super) fn is_at(text: &[u8], wanted: &[u8]) -> bool {
    text.get(..wanted.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(wanted))
}

fn is_scheme(before: &[u8], scheme: &[u8]) -> bool {
    let Some(rest) = before.len().checked_sub(scheme.len()) else {
        return false;
    };
    let (outside, found) = before.split_at(rest);
    found.eq_ignore_ascii_case(scheme) && !outside.last().is_some_and(|byte| is_of_scheme(*byte))
}

fn has_password(authority: &[u8]) -> bool {
    let colon = authority.iter().position(|byte| *byte == b':');
    let is_address = authority.starts_with(b"[");
    let is_port = |colon: usize| authority[colon + 1..].iter().all(u8::is_ascii_digit);
    !is_address && colon.is_some_and(|colon| !is_port(colon))
}

/// Before a blank, a quote that closes, or the scheme of the next URL.
fn url_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        if byte == b':' && text[at..].starts_with(b"://") {
            let scheme = text[start..at]
                .iter()
                .rev()
                .take_while(|byte| is_of_scheme(**byte));
            return at - scheme.count();
        }
        let quoted = matches!(byte, b'"' | b'\'' | b'`' | b'\\');
        if byte.is_ascii_whitespace() || quoted && is_end(text, at) {
            return at;
        }
        at += 1;
    }
    at
}

fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)
}
