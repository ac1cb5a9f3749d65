//! What is stored under a key: 19 digits of the version, `+` where there is an object, `-` where there
//! is none or `?` where that is unknown, and the object's body.

use std::sync::Arc;

use bytes::Bytes;

use crate::cache::{Entry, State};

/// Enough for every version; all have as many, so that they compare as text.
const DIGITS: usize = 19;

/// Writes an entry down.
pub(super) fn encode(entry: &Entry) -> Vec<u8> {
    let (state, body) = match &entry.state {
        State::Present(document) => ('+', document.body.as_ref()),
        State::Absent => ('-', [].as_slice()),
        State::Unknown => ('?', [].as_slice()),
    };
    let mut value = Vec::with_capacity(DIGITS + 1 + body.len());
    value.extend(format!("{:0DIGITS$}{state}", entry.version).into_bytes());
    value.extend(body);
    value
}

/// Reads what [`encode`] wrote; `None` is something else.
pub(super) fn decode(value: Vec<u8>) -> Option<Arc<Entry>> {
    let version = value.get(..DIGITS)?;
    if !version.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let version = std::str::from_utf8(version).ok()?.parse().ok()?;
    let bare = value.len() == DIGITS + 1;
    match value.get(DIGITS)? {
        b'+' => {
            // The body stays where it was received.
            let body = Bytes::from(value).slice(DIGITS + 1..);
            Some(Entry::present(version, body))
        }
        b'-' if bare => Some(Entry::absent(version)),
        b'?' if bare => Some(Entry::unknown(version)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{LAST, NEVER};

    #[test]
    fn what_is_written_is_read_again() {
        for (entry, text) in [
            (Entry::present(12, "{}"), "0000000000000000012+{}"),
            (Entry::present(7, ""), "0000000000000000007+"),
            (Entry::absent(NEVER), "0000000000000000000-"),
            (Entry::unknown(8), "0000000000000000008?"),
            (Entry::absent(LAST), "9223372036854775807-"),
        ] {
            assert_eq!(encode(&entry), text.as_bytes());
            assert_eq!(decode(text.into()), Some(entry), "{text}");
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_not_read() {
        for (value, why) in [
            ("", "nothing"),
            ("0000000000000000012", "no state"),
            ("0000000000000000012!{}", "a state of others"),
            ("0000000000000000012-{}", "a body where there is no object"),
            ("0000000000000000012?{}", "a body of who knows what"),
            ("+000000000000000012+{}", "a sign"),
            ("000000000000000001x+{}", "a letter"),
            ("9223372036854775808+{}", "a version beyond all"),
            ("\u{661}000000000000000012+", "digits of others"),
        ] {
            assert_eq!(decode(value.into()), None, "{why}");
        }
    }
}
