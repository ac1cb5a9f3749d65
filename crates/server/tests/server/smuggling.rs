//! No request hides in another.

use crate::harness::{App, Wire};

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// Starts of requests, each followed on the wire by [`HIDDEN`], and what is wrong with them.
const IN_THE_HEAD: [(&str, &str); 26] = [
    (
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "length and coding",
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
        "coding and length",
    ),
    (
        "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\nabcd",
        "unknown coding and length",
    ),
    (
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "unknown coding",
    ),
    (
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "chunked is not the last",
    ),
    (
        "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        "a coding before chunked",
    ),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "coding twice",
    ),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        "two codings",
    ),
    (
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "space before the colon",
    ),
    (
        "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
        "tab before the colon",
    ),
    (
        "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        "vertical tab before the value",
    ),
    ("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "quoted"),
    (
        "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a continued line",
    ),
    (
        "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "a continued value",
    ),
    (
        "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "the same length twice",
    ),
    (
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "two lengths",
    ),
    ("Content-Length: 4, 4\r\n\r\nabcd", "a list of lengths"),
    ("Content-Length: +4\r\n\r\nabcd", "a signed length"),
    ("Content-Length: -4\r\n\r\nabcd", "a negative length"),
    ("Content-Length: 0x4\r\n\r\nabcd", "a hexadecimal length"),
    (
        "Content-Length: 4 \x0c\r\n\r\nabcd",
        "a form feed after the length",
    ),
    ("Content-Length:\r\n\r\n", "no length"),
    ("X: y\n\r\n", "bare LF after a field"),
    ("X: y\r\n\n", "bare LF after the head"),
    (
        "X: y\rContent-Length: 4\r\n\r\nabcd",
        "bare CR within a field",
    ),
    ("X: y\0z\r\n\r\n", "NUL within a field"),
];

/// Chunked bodies that two readers could end at different places.
const IN_THE_BODY: [(&str, &str); 9] = [
    ("3\nabc\r\n0\r\n\r\n", "bare LF after a size"),
    ("3\r\nabc\n0\r\n\r\n", "bare LF after a chunk"),
    ("2\r\nabc\r\n0\r\n\r\n", "a chunk past its size"),
    ("0x3\r\nabc\r\n0\r\n\r\n", "a prefix before the size"),
    ("-3\r\nabc\r\n0\r\n\r\n", "a negative size"),
    ("3;a\nb\r\nabc\r\n0\r\n\r\n", "LF within an extension"),
    (
        "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        "a size past 64 bits",
    ),
    ("\r\n3\r\nabc\r\n0\r\n\r\n", "an empty line before the size"),
    ("3\r\nabc\r\n0\r\nX: y\n\r\n", "bare LF within the trailers"),
];

async fn answer(wire: &mut Wire, request: &str, by_byte: bool) -> String {
    let pieces = request
        .as_bytes()
        .chunks(if by_byte { 1 } else { request.len() });
    for piece in pieces {
        if !wire.try_send(piece).await {
            break;
        }
    }
    wire.rest().await
}

#[track_caller]
fn assert_refused(answer: &str, reason: &str) {
    assert!(answer.starts_with("HTTP/1.1 400 "), "{reason}: {answer:?}");
    assert_eq!(
        answer.matches("HTTP/1.1 ").count(),
        1,
        "{reason}: {answer:?}"
    );
}

#[tokio::test]
async fn an_ambiguous_head_is_refused_before_anybody_sees_it() {
    let app = App::start().await;

    for (fields, reason) in IN_THE_HEAD {
        for by_byte in [false, true] {
            let request = format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}{HIDDEN}");
            let answer = answer(&mut app.connect().await, &request, by_byte).await;

            assert_refused(&answer, reason);
            assert_eq!(app.handled(), 0, "{reason}");
        }
    }
}

#[tokio::test]
async fn an_ambiguous_request_line_is_refused_before_anybody_sees_it() {
    let app = App::start().await;

    for (line, reason) in [
        ("GET /count HTTP/1.1\n", "bare LF"),
        ("GET /count HTTP/1.1\r\r\n", "CR CR LF"),
        ("GET /count\rHTTP/1.1\r\n", "CR for a space"),
        ("\nGET /count HTTP/1.1\r\n", "bare LF before it"),
    ] {
        let request = format!("{line}Host: a\r\n\r\n{HIDDEN}");
        let answer = answer(&mut app.connect().await, &request, false).await;

        assert_refused(&answer, reason);
        assert_eq!(app.handled(), 0, "{reason}");
    }
}

#[tokio::test]
async fn an_ambiguous_body_is_refused_and_what_follows_it_is_no_request() {
    let app = App::start().await;

    for (body, reason) in IN_THE_BODY {
        for by_byte in [false, true] {
            let before = app.handled();
            let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
            let request = format!("{head}{body}{HIDDEN}");
            let answer = answer(&mut app.connect().await, &request, by_byte).await;

            assert_refused(&answer, reason);
            assert_eq!(app.handled(), before + 1, "{reason}");
        }
    }
}

#[tokio::test]
async fn an_ambiguous_body_that_nobody_wants_ends_the_connection() {
    let app = App::start().await;

    for (body, reason) in IN_THE_BODY {
        let before = app.handled();
        let head = "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let request = format!("{head}{body}{HIDDEN}");
        let answer = answer(&mut app.connect().await, &request, false).await;

        assert!(answer.starts_with("HTTP/1.1 404 "), "{reason}: {answer:?}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{reason}: {answer:?}"
        );
        assert_eq!(app.handled(), before + 1, "{reason}");
    }
}

#[tokio::test]
async fn an_ambiguous_request_after_a_good_one_is_refused_alone() {
    let app = App::start().await;

    let good = "GET /count HTTP/1.1\r\nHost: a\r\n\r\n";
    let bad =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = answer(
        &mut app.connect().await,
        &format!("{good}{bad}0\r\n\r\n{HIDDEN}"),
        false,
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    assert_eq!(answer.matches("HTTP/1.1 400 ").count(), 1, "{answer:?}");
    assert_eq!(app.handled(), 1);
}

#[tokio::test]
async fn a_coding_in_http_1_0_is_refused() {
    let app = App::start().await;

    let request =
        format!("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}");
    let answer = answer(&mut app.connect().await, &request, false).await;

    assert!(answer.contains(" 400 "), "{answer:?}");
    assert_eq!(app.handled(), 0);
}
