//! What a statement does, by its main verb.

use super::lexer::{Lexer, Token};

/// The values of the label `operation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Select,
    Insert,
    Update,
    Delete,
    Other,
}

impl Operation {
    /// In the order of declaration.
    pub(crate) const ALL: [Self; 5] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Other,
    ];

    /// The operation of `sql`: its first verb, or after `WITH` the one that the CTEs belong to.
    pub(crate) fn of(sql: &str) -> Self {
        main_verb(sql)
            .and_then(Self::by_verb)
            .unwrap_or(Self::Other)
    }

    /// The label's value.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Other => "other",
        }
    }

    /// Whether it surely changes data.
    #[cfg(feature = "sea-orm")]
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Insert | Self::Update | Self::Delete)
    }

    fn by_verb(word: &str) -> Option<Self> {
        let verbs = [
            ("SELECT", Self::Select),
            ("INSERT", Self::Insert),
            ("UPDATE", Self::Update),
            ("DELETE", Self::Delete),
            ("VALUES", Self::Select),
            ("TABLE", Self::Select),
            ("REPLACE", Self::Insert),
            ("UPSERT", Self::Insert),
            ("MERGE", Self::Other),
        ];
        let known = verbs
            .iter()
            .find(|(verb, _)| word.eq_ignore_ascii_case(verb));
        known.map(|&(_, operation)| operation)
    }
}

/// The first verb of `sql`, or after `WITH` the one that the CTEs belong to.
pub(crate) fn main_verb(sql: &str) -> Option<&str> {
    let mut tokens = Lexer::new(sql);
    loop {
        return match tokens.next()? {
            Token::Open | Token::Semicolon => continue,
            Token::Word(word) if word.eq_ignore_ascii_case("WITH") => {
                Some(after_with(tokens).unwrap_or(word))
            }
            Token::Word(word) => Some(word),
            _ => None,
        };
    }
}

/// The first verb outside of all parentheses that does not stand where a name belongs: PostgreSQL
/// lets CTEs and columns be called `update` or `values`.
fn after_with(tokens: Lexer<'_>) -> Option<&str> {
    let mut depth = 0_usize;
    let mut name_follows = true;
    for token in tokens {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ if depth > 0 => continue,
            Token::Word(word) if !name_follows && Operation::by_verb(word).is_some() => {
                return Some(word);
            }
            _ => {}
        }
        name_follows = precedes_name(token);
    }
    None
}

/// Of the words of a WITH clause, and its SEARCH and CYCLE clauses, those that a name follows.
fn precedes_name(token: Token<'_>) -> bool {
    match token {
        Token::Comma => true,
        Token::Word(word) => ["RECURSIVE", "BY", "CYCLE", "SET", "USING"]
            .iter()
            .any(|keyword| word.eq_ignore_ascii_case(keyword)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
