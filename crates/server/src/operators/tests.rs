use std::net::SocketAddr;

use poem::{
    Addr, Body, EndpointExt, RequestParts, Response,
    endpoint::make_sync,
    web::{LocalAddr, RemoteAddr},
};

use super::*;

type Headers<'a> = &'a [(&'a str, &'a str)];

fn request(peer: &str, headers: Headers<'_>) -> Request {
    let mut head = poem::http::Request::put("/switch");
    for (name, value) in headers {
        head = head.header(*name, *value);
    }
    let (parts, ()) = head.body(()).unwrap().into_parts();
    let peer: SocketAddr = peer.parse().unwrap();
    let parts = RequestParts::from((
        parts,
        LocalAddr::default(),
        RemoteAddr(Addr::SocketAddr(peer)),
        poem::http::uri::Scheme::HTTP,
    ));
    Request::from_parts(parts, Body::empty())
}

async fn ask(operators: &Operators, peer: &str, headers: Headers<'_>) -> Response {
    let switch = make_sync(|_| "switched").with(operators.clone());
    switch
        .map_to_response()
        .get_response(request(peer, headers))
        .await
}

#[tokio::test]
async fn without_tokens_only_the_machine_itself_is_let_through() {
    let operators = Operators::local("auth.token_file");
    let table: [(&str, Headers<'_>, u16, &str); 23] = [
        ("127.0.0.1:9", &[], 200, "loopback"),
        ("127.200.3.4:9", &[], 200, "anywhere in 127/8"),
        ("[::1]:9", &[], 200, "IPv6 loopback"),
        ("[::ffff:127.0.0.1]:9", &[], 200, "loopback, v4-mapped"),
        ("10.0.0.1:9", &[], 403, "another machine"),
        ("0.0.0.0:9", &[], 403, "no address"),
        (
            "[::ffff:10.0.0.1]:9",
            &[],
            403,
            "another machine, v4-mapped",
        ),
        ("[2001:db8::1]:9", &[], 403, "another machine, IPv6"),
        (
            "127.0.0.1:9",
            &[("Forwarded", "for=1.2.3.4")],
            403,
            "RFC 7239",
        ),
        (
            "127.0.0.1:9",
            &[("X-Forwarded-For", "127.0.0.1")],
            403,
            "proxy",
        ),
        ("127.0.0.1:9", &[("X-Forwarded-For", "")], 403, "empty"),
        (
            "127.0.0.1:9",
            &[("X-Forwarded-Host", "a")],
            403,
            "any X-Forwarded",
        ),
        (
            "127.0.0.1:9",
            &[("X-Forwarded-Proto", "https")],
            403,
            "any X-Forwarded",
        ),
        ("127.0.0.1:9", &[("X-Real-IP", "1.2.3.4")], 403, "nginx"),
        ("127.0.0.1:9", &[("Via", "1.1 proxy")], 403, "RFC 9110"),
        (
            "127.0.0.1:9",
            &[("Sec-Fetch-Site", "none")],
            200,
            "typed in",
        ),
        (
            "127.0.0.1:9",
            &[("Sec-Fetch-Site", "same-origin")],
            200,
            "own page",
        ),
        (
            "127.0.0.1:9",
            &[("Sec-Fetch-Site", "same-site")],
            403,
            "another port's page",
        ),
        (
            "127.0.0.1:9",
            &[("Sec-Fetch-Site", "cross-site")],
            403,
            "foreign page",
        ),
        (
            "127.0.0.1:9",
            &[("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")],
            403,
            "two answers",
        ),
        (
            "127.0.0.1:9",
            &[("Origin", "http://localhost:8000")],
            200,
            "own page",
        ),
        (
            "127.0.0.1:9",
            &[("Origin", "http://[::1]:8000")],
            200,
            "own page, IPv6",
        ),
        (
            "127.0.0.1:9",
            &[
                ("Sec-Fetch-Site", "same-origin"),
                ("Origin", "http://evil.example:8000"),
            ],
            403,
            "a name that was pointed at this machine",
        ),
    ];

    for (peer, headers, status, why) in table {
        let answer = ask(&operators, peer, headers).await;

        assert_eq!(
            answer.status().as_u16(),
            status,
            "{why}: {peer} {headers:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_configure() {
    let answer = ask(&Operators::local("auth.token_file"), "10.0.0.1:9", &[]).await;

    assert_eq!(answer.content_type(), Some("application/problem+json"));
    let body = answer.into_body().into_string().await.unwrap();
    assert!(body.contains("auth.token_file"), "{body}");
}

#[tokio::test]
async fn with_tokens_only_a_token_lets_through() {
    let tokens = Tokens::parse(
        "ada:s3cret\nbob:sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    );
    let operators = Operators::with_tokens(tokens.unwrap());
    let table: [(Headers<'_>, u16, &str); 11] = [
        (&[("Authorization", "Bearer s3cret")], 200, "ada"),
        (
            &[("Authorization", "bearer  s3cret")],
            200,
            "schemes ignore case",
        ),
        (&[("Authorization", "Bearer secret")], 200, "bob"),
        (&[], 401, "no token, though from loopback"),
        (&[("Authorization", "Bearer s3cret2")], 401, "another token"),
        (&[("Authorization", "Bearer ")], 401, "an empty token"),
        (
            &[("Authorization", "Bearer")],
            401,
            "no token after the scheme",
        ),
        (&[("Authorization", "s3cret")], 401, "no scheme"),
        (&[("Authorization", "Basic s3cret")], 401, "another scheme"),
        (
            &[
                ("Authorization", "Bearer x"),
                ("Authorization", "Bearer s3cret"),
            ],
            401,
            "two tokens",
        ),
        (
            &[
                ("X-Forwarded-For", "1.2.3.4"),
                ("Authorization", "Bearer s3cret"),
            ],
            200,
            "a token is good through a proxy",
        ),
    ];

    for (headers, status, why) in table {
        let answer = ask(&operators, "127.0.0.1:9", headers).await;

        assert_eq!(answer.status().as_u16(), status, "{why}");
        let challenge = (status == 401).then_some("Bearer");
        assert_eq!(answer.header("www-authenticate"), challenge, "{why}");
    }
}
