//! Where one request ends and the next begins, decided without any leniency.
//!
//! hyper takes what RFC 9112 lets a server take: bare LF as line end, `Transfer-Encoding` beside
//! `Content-Length`, a `chunked` after other codings. A proxy in front that reads the same bytes
//! differently would let a client hide a request in the body of another. [`Framing`] follows the
//! byte stream and stops it at the first byte on which two readers could disagree.

use std::mem;

/// Follows the bytes of one connection from request to request.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    next: Next,
    /// The line being read, as far as earlier pieces brought it.
    line: Vec<u8>,
    head: Head,
}

/// What the next byte belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Next {
    #[default]
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailer,
    Refused,
}

/// What the head of the current request has said so far.
#[derive(Debug, Default)]
struct Head {
    begun: bool,
    length: Option<u64>,
    chunked: bool,
}

/// The stream is ambiguous from the line that this byte would have ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ambiguous {
    /// How many of the given bytes precede that end of line.
    pub(crate) at: usize,
}

impl Framing {
    /// Takes the next bytes of the stream.
    ///
    /// # Errors
    /// The first end of line that makes the stream ambiguous. Nothing from there on may reach the
    /// parser; every later call fails at its first byte.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> Result<(), Ambiguous> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match self.next {
                Next::Refused => return Err(Ambiguous { at }),
                Next::Body(left) => self.skip(rest.len(), left, Next::Body, Next::Head),
                Next::Chunk(left) => self.skip(rest.len(), left, Next::Chunk, Next::ChunkEnd),
                _ => match memchr::memchr(b'\n', rest) {
                    None => self.keep(rest),
                    Some(end) => {
                        self.end_line(&rest[..end])
                            .ok_or(Ambiguous { at: at + end })?;
                        end + 1
                    }
                },
            };
        }
        Ok(())
    }

    /// Whether the next line belongs to a head: the parser answers a bad head by itself.
    pub(crate) fn is_in_head(&self) -> bool {
        self.next == Next::Head
    }

    /// Whether the stream is between two requests.
    pub(crate) fn is_between_requests(&self) -> bool {
        self.next == Next::Head && !self.head.begun && self.line.is_empty()
    }

    /// Closes the stream to everything that follows.
    pub(crate) fn refuse(&mut self) {
        self.next = Next::Refused;
    }

    fn skip(&mut self, available: usize, left: u64, more: fn(u64) -> Next, done: Next) -> usize {
        let skipped = left.min(available as u64);
        self.next = if skipped == left {
            done
        } else {
            more(left - skipped)
        };
        usize::try_from(skipped).unwrap_or(available)
    }

    fn keep(&mut self, part: &[u8]) -> usize {
        self.line.extend_from_slice(part);
        part.len()
    }

    /// Ends the line with `part`; `None` when its end or its meaning is ambiguous.
    fn end_line(&mut self, part: &[u8]) -> Option<()> {
        if self.line.is_empty() {
            self.next = self.after(part)?;
            return Some(());
        }
        let mut line = mem::take(&mut self.line);
        line.extend_from_slice(part);
        self.next = self.after(&line)?;
        line.clear();
        self.line = line;
        Some(())
    }

    /// What follows `line`, which comes without its LF.
    fn after(&mut self, line: &[u8]) -> Option<Next> {
        let line = line.strip_suffix(b"\r")?;
        if memchr::memchr(b'\r', line).is_some() {
            return None;
        }
        match (self.next, line) {
            (Next::Head, b"") => self.end_of_head(),
            (Next::Head, line) => self.head.read(line).map(|()| Next::Head),
            (Next::ChunkSize, line) => chunk_size(line).map(|size| match size {
                0 => Next::Trailer,
                size => Next::Chunk(size),
            }),
            (Next::ChunkEnd, b"") => Some(Next::ChunkSize),
            (Next::Trailer, b"") => Some(Next::Head),
            (Next::Trailer, _) => Some(Next::Trailer),
            _ => None,
        }
    }

    /// An empty line before the request line is skipped, as RFC 9112 §2.2 asks.
    fn end_of_head(&mut self) -> Option<Next> {
        let head = mem::take(&mut self.head);
        match (head.chunked, head.length) {
            (true, Some(_)) => None,
            (true, None) => Some(Next::ChunkSize),
            (false, None | Some(0)) => Some(Next::Head),
            (false, Some(length)) => Some(Next::Body(length)),
        }
    }
}

impl Head {
    /// Takes a line of the head; `None` when it makes the length of the body ambiguous.
    fn read(&mut self, line: &[u8]) -> Option<()> {
        if !mem::replace(&mut self.begun, true) {
            return Some(());
        }
        // A line without a colon, and one that continues another, are refused by the parser.
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = (&line[..colon], line[colon..].get(1..).unwrap_or_default());
        let value = value.trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let first = self.length.replace(digits(value)?).is_none();
            return first.then_some(());
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let first = !mem::replace(&mut self.chunked, true);
            return (first && value.eq_ignore_ascii_case(b"chunked")).then_some(());
        }
        Some(())
    }
}

fn digits(value: &[u8]) -> Option<u64> {
    let decimal = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    decimal
        .then(|| str::from_utf8(value).ok()?.parse().ok())
        .flatten()
}

/// The size in `HEX` or `HEX;extension`.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let end = memchr::memchr(b';', line).unwrap_or(line.len());
    let size = &line[..end];
    let hexadecimal = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
    hexadecimal
        .then(|| u64::from_str_radix(str::from_utf8(size).ok()?, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests;
