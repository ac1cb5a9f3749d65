//! What the span of a statement says of its SQL: never a value.

use super::{
    lexer::{Lexer, Token},
    operation::{Operation, main_verb},
};

/// The longest beginning of a statement that is looked at, in bytes.
const MAX_BYTES: usize = 4096;

/// What begins the clause after the tables.
const AFTER_TABLES: [&str; 12] = [
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "RETURNING",
    "SET",
    "VALUES",
];

/// The statement's main verb in capitals: `SELECT`, `BEGIN`.
pub(super) fn verb(sql: &str, operation: Operation) -> String {
    if operation != Operation::Other {
        return operation.label().to_ascii_uppercase();
    }
    main_verb(sql).unwrap_or_default().to_ascii_uppercase()
}

/// The statement with `?` in the place of every value, and without comments.
///
/// `"text"` is a name and stays: SQLite reads it as a string where there is no such column.
pub(super) fn shape(sql: &str) -> String {
    let sql = beginning(sql);
    let mut shape = String::with_capacity(sql.len());
    let mut end = sql.len();
    let mut previous = "";
    let mut lexer = Lexer::new(sql);
    loop {
        lexer.skip_blanks();
        let start = lexer.rest().len();
        if lexer.next().is_none() {
            return shape;
        }
        if start < end {
            shape.push(' ');
        }
        end = lexer.rest().len();
        let text = &sql[sql.len() - start..sql.len() - end];
        shape.push_str(if is_value(text, previous) { "?" } else { text });
        previous = text;
    }
}

/// The table that a statement is about, where it is about one: no CTE, no join, no subquery.
pub(super) fn collection(sql: &str) -> Option<String> {
    let mut lexer = Lexer::new(beginning(sql));
    let Some(Token::Word(verb)) = lexer.next() else {
        return None;
    };
    let before = match verb.to_ascii_uppercase().as_str() {
        "SELECT" | "DELETE" => "FROM",
        "INSERT" | "REPLACE" => "INTO",
        "UPDATE" => return name(&mut lexer),
        _ => return None,
    };
    let mut depth = 0_usize;
    while let Some(token) = lexer.next() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 && word.eq_ignore_ascii_case(before) => {
                return name(&mut lexer);
            }
            _ => {}
        }
    }
    None
}

/// The name that follows, without its schema, unless other tables do.
fn name(lexer: &mut Lexer<'_>) -> Option<String> {
    let mut name = part(lexer)?;
    while lexer.rest().starts_with('.') {
        lexer.next();
        name = part(lexer)?;
    }
    (!names_another(lexer)).then(|| name.to_owned())
}

/// Whether what comes after a table's name brings in a further table.
fn names_another(lexer: &mut Lexer<'_>) -> bool {
    let mut depth = 0_usize;
    // In the clauses that follow, a comma is between columns.
    let mut among_tables = true;
    lexer.any(|token| {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Comma => return depth == 0 && among_tables,
            Token::Word(word) => {
                among_tables &= !is_one_of(word, &AFTER_TABLES);
                // In parentheses it may be `extract(year FROM x)`.
                return is_one_of(word, &["JOIN", "SELECT", "USING"])
                    || depth == 0 && is_one_of(word, &["FROM"]);
            }
            Token::Semicolon | Token::Other => {}
        }
        false
    })
}

fn is_one_of(word: &str, keywords: &[&str]) -> bool {
    keywords
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword))
}

fn part<'a>(lexer: &mut Lexer<'a>) -> Option<&'a str> {
    lexer.skip_blanks();
    let text = lexer.rest();
    let token = lexer.next()?;
    let text = &text[..text.len() - lexer.rest().len()];
    match token {
        Token::Word(word) => Some(word),
        Token::Other => text
            .strip_prefix(['"', '`'])
            .and_then(|text| text.strip_suffix(['"', '`'])),
        _ => None,
    }
}

/// Strings and numbers are values, but for the numbers of parameters (`$1`, `?1`).
fn is_value(text: &str, previous: &str) -> bool {
    let first = text.chars().next().unwrap_or_default();
    let string = text.contains('\'') && matches!(first, '\'' | 'E' | 'e');
    let dollar_quoted = first == '$' && text.len() > 1;
    let number = first.is_ascii_digit() && !matches!(previous, "$" | "?");
    string || dollar_quoted || number
}

fn beginning(sql: &str) -> &str {
    &sql[..sql.floor_char_boundary(MAX_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_stays_in_a_statement() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT ?"),
            (
                "select a1 from t2 where x = $1",
                "select a1 from t2 where x = $1",
            ),
            ("SELECT ?1, ?", "SELECT ?1, ?"),
            ("SET x = 'it''s'", "SET x = ??"),
            ("SELECT E'a\\'b', $$c$$, $t$d$t$", "SELECT ?, ?, ?"),
            (
                "SELECT \"a 1\"  /* 2 */ -- 3\n , 1.5e3",
                "SELECT \"a 1\" , ?.?",
            ),
            ("SELECT 'open", "SELECT ?"),
        ] {
            assert_eq!(shape(sql), expected, "{sql}");
        }
    }

    #[test]
    fn the_one_table_of_a_plain_statement_is_found() {
        for (sql, expected) in [
            ("SELECT \"a\" FROM \"things\" WHERE 1", Some("things")),
            (
                "select (select 1 from x) from public.things p",
                Some("things"),
            ),
            (
                "INSERT INTO \"s\".\"things\" (a) VALUES (1)",
                Some("things"),
            ),
            ("UPDATE things SET a = 1", Some("things")),
            ("DELETE FROM `things`", Some("things")),
            (
                "SELECT x, y FROM things t WHERE f(x, y) ORDER BY x, y",
                Some("things"),
            ),
            (
                "UPDATE things SET a = extract(year FROM x), b = 2",
                Some("things"),
            ),
            ("INSERT INTO things (a) VALUES (1), (2)", Some("things")),
            ("SELECT 1 FROM a JOIN b ON 1", None),
            ("SELECT 1 FROM a, b", None),
            ("SELECT 1 FROM a AS x (c, d), b WHERE 1", None),
            ("SELECT 1 FROM a WHERE x IN (SELECT 1 FROM b)", None),
            ("SELECT 1 FROM a UNION SELECT 1 FROM b", None),
            ("DELETE FROM a USING b WHERE 1", None),
            ("UPDATE a SET x = 1 FROM b", None),
            ("INSERT INTO a SELECT 1 FROM b", None),
            ("SELECT 1 FROM (SELECT 2)", None),
            ("WITH x AS (SELECT 1) SELECT 1 FROM x", None),
            ("SELECT 1", None),
            ("BEGIN", None),
        ] {
            assert_eq!(collection(sql).as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn the_verb_is_that_of_the_statement_itself() {
        for (sql, expected) in [
            ("select 1", "SELECT"),
            ("BEGIN", "BEGIN"),
            ("-- no\n; vacuum", "VACUUM"),
            ("WITH x AS (SELECT 1) MERGE INTO a USING x ON true", "MERGE"),
            ("WITH x AS (SELECT 1) UPDATE a SET b = 1", "UPDATE"),
            ("WITH", "WITH"),
            ("", ""),
        ] {
            assert_eq!(verb(sql, Operation::of(sql)), expected, "{sql}");
        }
    }

    #[test]
    fn a_long_statement_is_cut() {
        let sql = format!("SELECT {}", "é,".repeat(MAX_BYTES));

        assert!(shape(&sql).len() <= MAX_BYTES);
    }
}
