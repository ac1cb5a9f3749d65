//! What is told on the channel of changes.

use std::fmt;

use crate::cache::Id;

/// A message: `c ID VERSION` or `b REPLICA NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// A key has this version now, or a newer one.
    Changed(Id, i64),
    /// A replica's heartbeat.
    Beat(&'a str, u64),
}

impl<'a> Message<'a> {
    /// Reads a message; `None` is something else.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(text).ok()?.split(' ');
        let message = match (words.next()?, words.next()?, words.next()?) {
            ("c", id, version) => Self::Changed(id.parse().ok()?, version.parse().ok()?),
            ("b", replica, number) => Self::Beat(replica, number.parse().ok()?),
            _ => return None,
        };
        words.next().is_none().then_some(message)
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(id, version) => write!(f, "c {id} {version}"),
            Self::Beat(replica, number) => write!(f, "b {replica} {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        for message in [Message::Changed(7, i64::MAX), Message::Beat("0f", u64::MAX)] {
            let text = message.to_string();
            assert_eq!(Message::parse(text.as_bytes()), Some(message), "{text}");
        }
    }

    #[test]
    fn other_messages_are_not_read() {
        for text in [
            "", "c", "c 1", "c 1 x", "c 1 2 3", "d 1 2", "b 0f -1", "c  1 2",
        ] {
            assert_eq!(Message::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
