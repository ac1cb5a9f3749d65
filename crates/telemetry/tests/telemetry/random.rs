//! Numbers that look random and are the same ones in every run.

/// Knuth's MMIX generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Less than 2^31.
    pub(crate) fn number(&mut self) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The low bits of such a generator repeat soon.
        (self.0 >> 33) as usize
    }

    pub(crate) fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.number() % things.len()]
    }

    /// A method of one to twelve letters, or one that is known.
    pub(crate) fn method(&mut self) -> String {
        const KNOWN: [&str; 9] = [
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
        ];
        match self.number() % 2 {
            0 => self.one_of(&KNOWN).to_string(),
            _ => self.word(b"ABCXYZabcxyz-_"),
        }
    }

    /// A path of one to five segments.
    pub(crate) fn path(&mut self) -> String {
        let segments = 1 + self.number() % 5;
        (0..segments)
            .map(|_| format!("/{}", self.word(b"abcxyz0123456789.-_~")))
            .collect()
    }

    fn word(&mut self, letters: &[u8]) -> String {
        let length = 1 + self.number() % 12;
        (0..length)
            .map(|_| char::from(*self.one_of(letters)))
            .collect()
    }
}
