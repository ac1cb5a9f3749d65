//! A text on its way to being one without secrets.

use std::{borrow::Cow, ops::Range};

use super::{REDACTED, quote::Quote};

/// A text that is copied without its secrets, and only if there are any.
pub(super) struct Clean<'a> {
    text: &'a str,
    redacted: String,
    /// Up to where the text is copied or left out.
    pub(super) done: usize,
}

impl<'a> Clean<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let redacted = String::new();
        let done = 0;
        Self {
            text,
            redacted,
            done,
        }
    }

    /// Leaves out what is at `place`, and puts quotes around what is written instead.
    pub(super) fn leave_out(&mut self, place: &Range<usize>, quote: Option<Quote>) {
        if place.start >= self.done {
            self.redacted.push_str(&self.text[self.done..place.start]);
            if let Some(quote) = quote {
                quote.write(&mut self.redacted);
            }
            self.redacted.push_str(REDACTED);
            if let Some(quote) = quote {
                quote.write(&mut self.redacted);
            }
        }
        self.done = self.done.max(place.end);
    }

    pub(super) fn end(mut self) -> Cow<'a, str> {
        if self.done == 0 {
            return Cow::Borrowed(self.text);
        }
        self.redacted.push_str(&self.text[self.done..]);
        Cow::Owned(self.redacted)
    }
}
