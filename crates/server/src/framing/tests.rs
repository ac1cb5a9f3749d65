use proptest::{prelude::*, sample::select};

use super::*;

/// Streams that end between two requests.
const CLEAR: [&str; 9] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na\nb\r\nGET / HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\ncontent-length:0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\ntransfer-encoding:\tChunked \r\n\r\nA;x=y\r\n0123456789\r\n00\r\nX: y\r\n\r\n",
    "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    "GET / HTTP/1.1\r\nX-Note: content-length: 5\r\n\r\n",
];

/// Streams that two readers could take for different requests, and the reason.
const AMBIGUOUS: [(&str, &str); 21] = [
    (
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "bare LF after the request line",
    ),
    ("GET / HTTP/1.1\r\nHost: a\n\r\n", "bare LF after a field"),
    ("GET / HTTP/1.1\r\nHost: a\r\n\n", "bare LF ends the head"),
    (
        "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
        "bare CR within a field",
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "CR CR LF"),
    (
        "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        "both lengths",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
        "both lengths",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "unknown coding",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "chunked is not the last",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n",
        "two codings",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "twice",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
        "odd white space",
    ),
    (
        "POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
        "twice",
    ),
    ("POST / HTTP/1.1\r\nContent-Length: 4, 4\r\n\r\n", "a list"),
    ("POST / HTTP/1.1\r\nContent-Length: +4\r\n\r\n", "a sign"),
    (
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "too large a number",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        "bare LF after a size",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
        "prefix before a size",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
        "LF in an extension",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        "data past its size",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n",
        "bare LF in a trailer",
    ),
];

/// Feeds the pieces; the number of bytes let through and whether all of them were.
fn follow<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (usize, bool, Framing) {
    let mut framing = Framing::default();
    let mut passed = 0;
    for piece in pieces {
        match framing.follow(piece) {
            Ok(()) => passed += piece.len(),
            Err(Ambiguous { at }) => return (passed + at, false, framing),
        }
    }
    (passed, true, framing)
}

#[test]
fn clear_streams_pass_whole_however_they_are_cut() {
    for stream in CLEAR {
        for cut in 0..stream.len() {
            let (before, after) = stream.as_bytes().split_at(cut);

            let (passed, clear, framing) = follow([before, after]);

            assert!(clear && passed == stream.len(), "cut at {cut}: {stream:?}");
            assert!(framing.is_between_requests(), "cut at {cut}: {stream:?}");
        }
        let (_, clear, framing) = follow(stream.as_bytes().chunks(1));
        assert!(
            clear && framing.is_between_requests(),
            "byte by byte: {stream:?}"
        );
    }
}

#[test]
fn ambiguous_streams_stop_at_the_same_byte_however_they_are_cut() {
    for (stream, reason) in AMBIGUOUS {
        let (stop, clear, _) = follow([stream.as_bytes()]);
        assert!(!clear, "{reason}: {stream:?}");
        assert_eq!(stream.as_bytes()[stop], b'\n', "{reason}: {stream:?}");

        for cut in 0..stream.len() {
            let (before, after) = stream.as_bytes().split_at(cut);
            let (passed, clear, _) = follow([before, after]);
            assert!(
                !clear && passed == stop,
                "cut at {cut}, {reason}: {stream:?}"
            );
        }
        let (passed, clear, _) = follow(stream.as_bytes().chunks(1));
        assert!(
            !clear && passed == stop,
            "byte by byte, {reason}: {stream:?}"
        );
    }
}

#[test]
fn nothing_passes_after_a_refusal() {
    let mut framing = Framing::default();
    framing.refuse();

    assert_eq!(
        framing.follow(b"GET / HTTP/1.1\r\n\r\n"),
        Err(Ambiguous { at: 0 })
    );
}

#[test]
fn a_request_that_is_not_complete_is_not_between_requests() {
    for part in [
        "G",
        "GET / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nx",
    ] {
        let (_, _, framing) = follow([part.as_bytes()]);

        assert!(!framing.is_between_requests(), "{part:?}");
    }
}

/// Two streams in a row, one byte of them changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let streams: Vec<&str> = CLEAR
        .into_iter()
        .chain(AMBIGUOUS.map(|(stream, _)| stream))
        .collect();
    let byte = select(b"\r\n :;0aF,\0\x0bx".to_vec());
    (
        select(streams.clone()),
        select(streams),
        any::<prop::sample::Index>(),
        byte,
    )
        .prop_map(|(first, second, at, byte)| {
            let mut stream = [first, second].concat().into_bytes();
            let at = at.index(stream.len());
            stream[at] = byte;
            stream
        })
}

proptest! {
    #[test]
    fn how_a_stream_is_cut_never_changes_the_verdict(
        stream in damaged(),
        sizes in prop::collection::vec(1_usize..40, 1..40),
    ) {
        let (stop, clear, whole) = follow([stream.as_slice()]);

        let mut rest = stream.as_slice();
        let mut pieces = Vec::new();
        for size in sizes.into_iter().cycle() {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            pieces.push(piece);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let (passed, also_clear, cut) = follow(pieces);

        prop_assert_eq!((stop, clear), (passed, also_clear));
        prop_assert_eq!(whole.is_between_requests(), cut.is_between_requests());
    }

    #[test]
    fn no_bare_line_end_passes_outside_of_data(stream in "[\\r\\n ax:]{0,60}") {
        let (passed, _, _) = follow([stream.as_bytes()]);

        let let_through = &stream[..passed];
        let bare = let_through.replace("\r\n", "");
        prop_assert!(!bare.contains('\n'), "{let_through:?}");
    }
}
