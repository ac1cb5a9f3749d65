//! As much of SQL's lexical structure as finding a verb takes.
//!
//! Strings, quoted names and comments are passed over as PostgreSQL reads them (its manual, 4.1);
//! SQLite differs in that its comments do not nest, and in that it reads `"text"` as a string where
//! there is no such column.

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A keyword or a name without quotes.
    Word(&'a str),
    Open,
    Close,
    Comma,
    Semicolon,
    /// A string, a quoted name, a number, an operator.
    Other,
}

/// Reads tokens from the beginning, each when it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self { rest: sql }
    }

    /// What has not been read.
    #[cfg(feature = "sea-orm")]
    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Passes blanks and comments, as reading the next token does.
    pub(crate) fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if self.rest.starts_with("--") {
                self.skip_to_after("\n");
            } else if self.rest.starts_with("/*") {
                self.skip_comment();
            } else {
                return;
            }
        }
    }

    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        let mut at = 0;
        let bytes = self.rest.as_bytes();
        while at < bytes.len() {
            match &bytes[at..] {
                [b'/', b'*', ..] => depth += 1,
                [b'*', b'/', ..] => depth -= 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
            if depth == 0 {
                break;
            }
        }
        self.rest = &self.rest[at..];
    }

    fn skip_to_after(&mut self, end: &str) {
        let after = self.rest.find(end).map(|at| at + end.len());
        self.rest = &self.rest[after.unwrap_or(self.rest.len())..];
    }

    /// Passes the closing quote. A doubled one ends a string and begins the next, which is as good.
    fn skip_quoted(&mut self, quote: char, escapes: bool) {
        let mut escaped = true;
        let end = self.rest.char_indices().find(|&(_, char)| {
            let closes = char == quote && !escaped;
            escaped = escapes && char == '\\' && !escaped;
            closes
        });
        let end = end.map_or(self.rest.len(), |(at, quote)| at + quote.len_utf8());
        self.rest = &self.rest[end..];
    }

    /// Passes `$tag$…$tag$`, or else the dollar alone: `$1` is a parameter.
    fn skip_dollar(&mut self) {
        let tag = self.rest[1..].find(|char: char| !is_part_of_word(char) || char == '$');
        let tag = tag.map(|end| &self.rest[..end + 2]);
        match tag {
            Some(tag)
                if tag.ends_with('$') && !tag[1..].starts_with(|c: char| c.is_ascii_digit()) =>
            {
                self.rest = &self.rest[tag.len()..];
                self.skip_to_after(tag);
            }
            _ => self.rest = &self.rest[1..],
        }
    }

    fn word(&mut self) -> Token<'a> {
        let end = self.rest.find(|char| !is_part_of_word(char));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        if rest.starts_with('\'') && word.eq_ignore_ascii_case("E") {
            // Strings have escapes with this prefix only.
            self.skip_quoted('\'', true);
            return Token::Other;
        }
        Token::Word(word)
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let first = self.rest.chars().next()?;
        let single = match first {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            ';' => Token::Semicolon,
            _ if is_part_of_word(first) && first != '$' => return Some(self.word()),
            _ => Token::Other,
        };
        match first {
            '\'' | '"' | '`' => self.skip_quoted(first, false),
            '$' => self.skip_dollar(),
            _ => self.rest = &self.rest[first.len_utf8()..],
        }
        Some(single)
    }
}

fn is_part_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_' || char == '$' || !char.is_ascii()
}
