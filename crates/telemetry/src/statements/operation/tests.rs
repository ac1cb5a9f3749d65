use proptest::prelude::*;

use super::Operation::{self, Delete, Insert, Other, Select, Update};

#[test]
fn the_main_verb_is_found() {
    let table = [
        ("SELECT 1", Select, "plain"),
        ("select 1", Select, "lower case"),
        ("SELECT'a'", Select, "no blank before a string"),
        ("VALUES (1), (2)", Select, "a table of values"),
        ("TABLE things", Select, "a whole table"),
        (" \n\t INSERT INTO p VALUES (1)", Insert, "blanks"),
        ("REPLACE INTO p VALUES (1)", Insert, "SQLite's upsert"),
        ("UPDATE p SET a = 1", Update, "plain"),
        ("DELETE FROM p", Delete, "plain"),
        ("-- SELECT\nDELETE FROM p", Delete, "line comment"),
        (
            "/* a /* nested */ b */ UPDATE p SET a = 1",
            Update,
            "block comment",
        ),
        ("((SELECT 1) UNION (SELECT 2))", Select, "parentheses"),
        ("; SELECT 1", Select, "an empty statement before"),
        ("BEGIN", Other, "transaction"),
        ("SET LOCAL lock_timeout = 1", Other, "setting"),
        ("EXPLAIN DELETE FROM p", Other, "nothing is deleted"),
        ("PRAGMA foreign_keys", Other, "pragma"),
        ("MERGE INTO p USING q ON true", Other, "none of the four"),
        ("CREATE TABLE p AS SELECT 1", Other, "schema"),
        ("selection", Other, "a word that begins like a verb"),
        ("", Other, "nothing"),
        ("-- SELECT", Other, "a comment only"),
        ("/* SELECT", Other, "an open comment"),
        ("'SELECT'", Other, "a string"),
    ];
    for (sql, operation, why) in table {
        assert_eq!(Operation::of(sql), operation, "{why}: {sql}");
    }
}

#[test]
fn ctes_belong_to_the_verb_that_follows_them() {
    let table = [
        ("WITH a AS (SELECT 1) SELECT * FROM a", Select, "plain"),
        ("with a as (select 1) delete from p", Delete, "lower case"),
        ("WITH a AS (SELECT 1)DELETE FROM p", Delete, "no blank"),
        (
            "WITH a AS (DELETE FROM p RETURNING id) SELECT * FROM a",
            Select,
            "data-modifying CTE",
        ),
        (
            "WITH a AS (SELECT 1), b AS (SELECT 2) INSERT INTO p SELECT * FROM a",
            Insert,
            "two",
        ),
        (
            "WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n + 1 FROM a) UPDATE p SET a = 1",
            Update,
            "recursive",
        ),
        (
            "WITH a AS NOT MATERIALIZED (SELECT 1) DELETE FROM p",
            Delete,
            "hint",
        ),
        (
            "WITH a AS (SELECT ')') DELETE FROM p",
            Delete,
            "parenthesis in a string",
        ),
        (
            "WITH a AS (SELECT 'it''s)') DELETE FROM p",
            Delete,
            "doubled quote",
        ),
        (
            r"WITH a AS (SELECT E'\')') DELETE FROM p",
            Delete,
            "escaped quote",
        ),
        (
            r"WITH a AS (SELECT '\') DELETE FROM p",
            Delete,
            "backslash without escapes",
        ),
        (
            "WITH a AS (SELECT $$)$$, $t$)$$)$t$, $1) DELETE FROM p",
            Delete,
            "dollar quotes",
        ),
        (
            "WITH \"a)\" AS (SELECT 1) DELETE FROM p",
            Delete,
            "parenthesis in a name",
        ),
        (
            "WITH a AS (SELECT 1 -- )\n) DELETE FROM p",
            Delete,
            "parenthesis in a line comment",
        ),
        (
            "WITH a AS (SELECT 1 /* ) */) DELETE FROM p",
            Delete,
            "parenthesis in a comment",
        ),
        (
            "WITH update AS (SELECT 1) SELECT * FROM update",
            Select,
            "a CTE that is named like a verb",
        ),
        (
            "WITH RECURSIVE values AS (SELECT 1) DELETE FROM p",
            Delete,
            "the same, recursive",
        ),
        (
            "WITH a AS (SELECT 1), update AS (SELECT 2) DELETE FROM p",
            Delete,
            "the same, second",
        ),
        (
            "WITH RECURSIVE a(n) AS (SELECT 1) SEARCH DEPTH FIRST BY n, update SET values DELETE FROM p",
            Delete,
            "names in a SEARCH clause",
        ),
        (
            "WITH RECURSIVE a(n) AS (SELECT 1) CYCLE n SET c TO 'y' DEFAULT 'n' USING update INSERT INTO p TABLE a",
            Insert,
            "names in a CYCLE clause",
        ),
        (
            "(WITH a AS (SELECT 1) SELECT * FROM a)",
            Select,
            "in parentheses",
        ),
        (
            "WITH a AS (SELECT 1) MERGE INTO p USING a ON true",
            Other,
            "none of the four",
        ),
        ("WITH a AS (SELECT 1", Other, "not closed"),
        ("WITH", Other, "nothing"),
    ];
    for (sql, operation, why) in table {
        assert_eq!(Operation::of(sql), operation, "{why}: {sql}");
    }
}

/// Text that a lexer must pass over as one piece.
fn opaque() -> impl Strategy<Value = String> {
    let text = "[^'\"$*/\n]*";
    prop_oneof![
        text.prop_map(|text| format!("'{text}'''")),
        text.prop_map(|text| format!("\"{text}\"")),
        text.prop_map(|text| format!("$t${text}$t$")),
        text.prop_map(|text| format!("--{text}\n")),
        text.prop_map(|text| format!("/*{text}*/")),
    ]
}

proptest! {
    #[test]
    fn no_text_is_too_strange(sql in ".*") {
        let _ = Operation::of(&sql);
        let _ = Operation::of(&format!("WITH {sql}"));
    }

    #[test]
    fn what_strings_and_comments_say_is_no_matter(
        pieces in proptest::collection::vec(opaque(), 1..4),
    ) {
        let body = pieces.join(",");

        let operation = Operation::of(&format!("WITH a AS (SELECT {body}) UPDATE p SET a = 1"));

        prop_assert_eq!(operation, Update);
    }
}
