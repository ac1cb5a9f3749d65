//! Quoted text, at any depth of escaping.

/// A quotation mark and the backslashes before it: `\"` quotes in a string within a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) mark: u8,
    pub(super) slashes: usize,
}

impl Quote {
    /// The quote that begins at `start`, perhaps as `b"`, and where its content begins.
    pub(super) fn opening(text: &[u8], start: usize) -> Option<(Self, usize)> {
        let rest = text[start..].strip_prefix(b"b").unwrap_or(&text[start..]);
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let mark = *rest.get(slashes).filter(|byte| is_mark(**byte))?;
        let content = text.len() - rest.len() + slashes + 1;
        Some((Self { mark, slashes }, content))
    }

    /// The quote that ends at `end`, and where its content ends.
    pub(super) fn closing(text: &[u8], end: usize) -> Option<(Self, usize)> {
        let mark = *text[..end].last().filter(|byte| is_mark(**byte))?;
        let slashes = slashes_before(text, end - 1);
        Some((Self { mark, slashes }, end - 1 - slashes))
    }

    /// Where the content ends that begins at `start`; with the text, when nothing closes it.
    ///
    /// A mark with fewer backslashes closes what is around the quote, one with more of them
    /// belongs to the content. Each depth doubles the backslashes of the content and adds one to
    /// those of a mark.
    pub(super) fn content_end(self, text: &[u8], start: usize) -> usize {
        let mut at = start;
        while let Some(step) = text[at..].iter().position(|byte| *byte == self.mark) {
            let mark = at + step;
            let slashes = slashes_before(&text[start..], mark - start);
            // SQL writes a quote within quotes twice.
            let doubled =
                self.slashes == 0 && mark > start && text.get(mark + 1) == Some(&self.mark);
            let closes =
                slashes < self.slashes || slashes % (2 * (self.slashes + 1)) == self.slashes;
            if closes && !doubled {
                return mark - slashes.min(self.slashes);
            }
            at = mark + 1 + usize::from(doubled);
        }
        text.len()
    }

    pub(super) fn write(self, text: &mut String) {
        text.extend(std::iter::repeat_n('\\', self.slashes));
        text.push(char::from(self.mark));
    }
}

pub(super) fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn slashes_before(text: &[u8], end: usize) -> usize {
    let slashes = text[..end].iter().rev().take_while(|byte| **byte == b'\\');
    slashes.count()
}
