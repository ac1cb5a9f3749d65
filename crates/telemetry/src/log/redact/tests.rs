use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::prelude::*;

use super::{is_secret, redact};

/// Rows of text, what is left of it, and why; `~` stands for the replacement.
#[track_caller]
fn check(table: &[(&str, &str, &str)]) {
    for (text, left, why) in table {
        let redacted = redact(text);

        assert_eq!(
            redacted,
            left.replace('~', "***REDACTED***"),
            "{why}: {text}"
        );
        assert_eq!(redact(&redacted), redacted, "again: {why}");
    }
}

#[test]
fn keys_are_secret_by_their_last_word_in_every_spelling() {
    for key in [
        "password",
        "PASSWORD",
        "token",
        "api_key",
        "Api-Key",
        "apiKey",
        "apikey",
        "ssn",
        "credit_card",
        "creditCard",
        "CREDIT-CARD",
        "authorization",
        "Proxy-Authorization",
        "cookie",
        "Set-Cookie",
        "setCookie",
        "setcookie",
        "secret",
        "db_password",
        "x-api-key",
        "access_token",
        "clientSecret",
        "user.password",
        "userSSN",
        "XApiKey",
        "oauth2token",
        "PGPASSWORD",
        "pass%77ord",
        "api%5Fkey",
    ] {
        assert!(is_secret(key), "{key}");
    }
    for key in [
        "",
        "passwords",
        "tokens_left",
        "token_count",
        "path",
        "api",
        "cookie.name",
        "lessn",
        "undertoken",
        "secretary",
        "key",
        "card",
        "method",
        "endpoint",
    ] {
        assert!(!is_secret(key), "{key}");
    }
}

#[test]
fn json_is_redacted_at_any_depth_and_stays_json() {
    check(&[
        (
            r#"{"user":{"password":"x","id":1}}"#,
            r#"{"user":{"password":"~","id":1}}"#,
            "nested",
        ),
        (
            r#"{"password" : "a\"b\\","id":1}"#,
            r#"{"password" : "~","id":1}"#,
            "escapes",
        ),
        (
            r#"{"ssn":123456789,"id":1}"#,
            r#"{"ssn":"~","id":1}"#,
            "a number",
        ),
        (r#"{"token":null}"#, r#"{"token":"~"}"#, "null"),
        (
            r#"{"secret":{"a":["}"]},"id":1}"#,
            r#"{"secret":"~","id":1}"#,
            "an object",
        ),
        (
            r#"{"cookie":["a","b"],"id":1}"#,
            r#"{"cookie":"~","id":1}"#,
            "an array",
        ),
        (
            "{\"token\":\n  \"x\"}",
            "{\"token\":\n  \"~\"}",
            "on the next line",
        ),
        (
            r#"{"password":""}"#,
            r#"{"password":""}"#,
            "nothing to hide",
        ),
        (r#"{"password":"cut o"#, r#"{"password":"~"#, "cut off"),
        (
            r#"{"passwords":"x","tokens_left":3}"#,
            r#"{"passwords":"x","tokens_left":3}"#,
            "other keys",
        ),
        (
            r#"{'token': 'x', 'id': 1}"#,
            r#"{'token': '~', 'id': 1}"#,
            "Python's",
        ),
        (
            r#"{'token': {'a': '}x'}}"#,
            r#"{'token': '~'}"#,
            "Python's, nested",
        ),
    ]);
}

#[test]
fn json_in_strings_is_redacted_too() {
    check(&[
        (
            r#"body: "{\"password\":\"x\",\"id\":1}""#,
            r#"body: "{\"password\":\"~\",\"id\":1}""#,
            "a string in Debug",
        ),
        (
            r#""{\"password\":\"a\\\"b\",\"id\":1}""#,
            r#""{\"password\":\"~\",\"id\":1}""#,
            "an escaped quote in it",
        ),
        (
            r#""\"{\\\"token\\\":\\\"x\\\",\\\"id\\\":1}\"""#,
            r#""\"{\\\"token\\\":\\\"~\\\",\\\"id\\\":1}\"""#,
            "a string in a string",
        ),
        (
            r#""{\"ssn\":123,\"id\":1}""#,
            r#""{\"ssn\":\"~\",\"id\":1}""#,
            "a number",
        ),
        (
            r#""a=1\npassword=x""#,
            r#""a=1\npassword=~""#,
            "after an escaped line end",
        ),
    ]);
}

#[test]
fn debug_output_is_redacted() {
    check(&[
        (
            r#"Login { password: "x", token: Some("y"), id: 1 }"#,
            r#"Login { password: "~", token: ~, id: 1 }"#,
            "fields",
        ),
        (r#"Some(Secret("x"))"#, "Some(Secret(~))", "a newtype"),
        ("Ssn(123)", "Ssn(~)", "a newtype of a number"),
        ("Secret { inner: [1, 2] }, 3", "Secret {~}, 3", "a struct"),
        (
            "A { token: B { b: 1 }, c: 2 }",
            "A { token: ~, c: 2 }",
            "a struct as value",
        ),
        (
            r#"A { token: b"x", c: 2 }"#,
            r#"A { token: b"~", c: 2 }"#,
            "bytes",
        ),
        (
            "Login {\n    token: Some(\n        \"x\",\n    ),\n    id: 1,\n}",
            "Login {\n    token: ~,\n    id: 1,\n}",
            "over several lines",
        ),
        (
            r#"{"authorization": "Bearer x", "cookie": "a=b", "accept": "*/*"}"#,
            r#"{"authorization": "~", "cookie": "~", "accept": "*/*"}"#,
            "a map of headers",
        ),
        (
            r#"A { authorization: Some("Bearer x"), b: 1 }"#,
            r#"A { authorization: ~, b: 1 }"#,
            "a header in a struct",
        ),
        (
            r#"[("cookie", "a=b"), ("accept", "*/*")]"#,
            r#"[("cookie", "~"), ("accept", "*/*")]"#,
            "pairs",
        ),
        (
            r#"[["x-token","x"],["a","b"]]"#,
            r#"[["x-token","~"],["a","b"]]"#,
            "pairs in JSON",
        ),
        (
            r#"(b"cookie", b"a=b")"#,
            r#"(b"cookie", b"~")"#,
            "pairs of bytes",
        ),
    ]);
}

#[test]
fn headers_are_redacted_to_the_end_of_their_line() {
    check(&[
        ("Authorization: Bearer x", "Authorization: ~", "a scheme"),
        (
            "GET / HTTP/1.1\r\nCookie: a=b; c=\"d\"\r\nHost: e",
            "GET / HTTP/1.1\r\nCookie: ~\r\nHost: e",
            "several pairs",
        ),
        (
            "set-cookie: a=b; Path=/\nVary: c",
            "set-cookie: ~\nVary: c",
            "attributes",
        ),
        (
            "X-Api-Key: x\nVary: c",
            "X-Api-Key: ~\nVary: c",
            "a key of one word",
        ),
        (
            "X-Token: Bearer x y",
            "X-Token: ~ y",
            "a scheme under another key",
        ),
        (
            "Authorization: Digest a=\"(\", b=\"c\"\nd",
            "Authorization: ~\nd",
            "a bracket",
        ),
    ]);
}

#[test]
fn query_strings_and_forms_are_redacted() {
    check(&[
        ("/a?token=x&y=1", "/a?token=~&y=1", "a query"),
        (
            "/a?y=1&token=x HTTP/1.1",
            "/a?y=1&token=~ HTTP/1.1",
            "the last of a query",
        ),
        (
            "pass%77ord=x&api%5Fkey=y&z=1",
            "pass%77ord=~&api%5Fkey=~&z=1",
            "encoded keys",
        ),
        (
            "user[password]=x&a[]=1",
            "user[password]=~&a[]=1",
            "nested keys",
        ),
        (
            "user%5Bpassword%5D=x&y=1",
            "user%5Bpassword%5D=~&y=1",
            "encoded brackets",
        ),
        (
            "token=a&b&y=1",
            "token=~&y=1",
            "an ampersand that ends nothing",
        ),
        (
            "cookie=a=b&y=1",
            "cookie=~&y=1",
            "a line that ends with the pair",
        ),
        (
            "next=%2Fa%3Ftoken%3Dx%26y%3D1&z=2",
            "next=%2Fa%3Ftoken%3D~%26y%3D1&z=2",
            "encoded",
        ),
        ("token=&y=1", "token=&y=1", "nothing to hide"),
        ("tokens=x", "tokens=x", "another key"),
        (
            r#"{"url":"/a?token=x","b":1}"#,
            r#"{"url":"/a?token=~","b":1}"#,
            "in a string",
        ),
        (
            r#""{\"url\":\"/a?token=x\"}""#,
            r#""{\"url\":\"/a?token=~\"}""#,
            "in a deeper string",
        ),
    ]);
}

#[test]
fn what_is_secret_once_it_is_decoded_is_redacted() {
    check(&[
        (
            "/nope/%7B%22password%22%3A%22x%22%7D",
            "/nope/%7B%22password%22%3A%22~%22%7D",
            "JSON",
        ),
        (
            "/nope/%7B%22password%22:%22a&b%22,%22id%22:1%7D",
            "/nope/%7B%22password%22:%22~%22,%22id%22:1%7D",
            "JSON of which a browser encodes some",
        ),
        (
            "q=%7B%22ssn%22%3A123%2C%22id%22%3A1%7D&z=2",
            "q=%7B%22ssn%22%3A~%2C%22id%22%3A1%7D&z=2",
            "a number",
        ),
        (
            r#"{"url":"/a?q=%7B%22ssn%22%3A1%7D","b":2}"#,
            r#"{"url":"/a?q=%7B%22ssn%22%3A~%7D","b":2}"#,
            "JSON in JSON",
        ),
        (
            "%257B%2522token%2522%253A%2522a%2520b%2522%257D",
            "%257B%2522token%2522%253A%2522~%2522%257D",
            "encoded twice",
        ),
        (
            r#"/nope/"password"%20:%20"x""#,
            r#"/nope/"password"%20:%20"~""#,
            "blanks",
        ),
        ("/nope/password%09=x", "/nope/password%09=~", "a tab"),
        (
            "/nope/password%09=a%20b%22,c d",
            "/nope/password%09=~ d",
            "a password with a blank, a quote and a comma",
        ),
        (
            "/nope/token%253Dx%2526y%253D1",
            "/nope/token%253D~",
            "a pair encoded twice, of which the end is in doubt",
        ),
        ("token%25253Dx", "token%25253D~", "three times"),
        (
            "%74%6F%6B%65%6E%25%33%44x",
            "%74%6F%6B%65%6E%25%33%44~",
            "every character, and that again",
        ),
        ("Secret%28%22x%20y%22%29", "Secret%28~%29", "a newtype"),
        (
            "/nope/http:%2F%2Fu:x%40h/a",
            "/nope/http:%2F%2F~%40h/a",
            "user-info",
        ),
        (
            "a%253A%252F%252Fu%253Ax%2540h",
            "a%253A%252F%252F~%2540h",
            "user-info encoded twice",
        ),
        (
            "a://b:c@d/%40e",
            "a://~@d/%40e",
            "an encoded @ behind the user-info",
        ),
        (
            "Zürich%20%C3%A9 password%20=%20東京%20x 🦀",
            "Zürich%20%C3%A9 password%20=%20~ 🦀",
            "beyond ASCII",
        ),
    ]);
}

#[test]
fn innocent_texts_stay_as_they_were_encoded() {
    for text in [
        "/products/caf%C3%A9",
        "/products/%FF%C3",
        "/a%20b%2Fc?q=%7B%22id%22%3A1%7D",
        "/a?q=tokens_left%253D3",
        "/a?to=https%3A%2F%2Fh%3A80%2Fa",
        "/users/ada%40example.com",
        "100% sure, 50%25 or %zz or %4",
        "name LIKE '%ab%'",
    ] {
        assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn pairs_in_prose_are_redacted() {
    check(&[
        (
            "login with password=a,b;c failed",
            "login with password=~ failed",
            "punctuation",
        ),
        ("password=x, user=y", "password=~, user=y", "a list"),
        (
            "password=x;user=y",
            "password=~;user=y",
            "a connection string",
        ),
        ("(password=x)", "(password=~)", "in brackets"),
        ("password = 'it''s', a", "password = '~', a", "SQL"),
        ("password == \"x\"", "password == \"~\"", "an operator"),
        ("'password' => 'x'", "'password' => '~'", "an arrow"),
        (
            "token: abc while connecting",
            "token: ~ while connecting",
            "a word",
        ),
        ("token %3A x", "token %3A ~", "an encoded colon"),
        (
            "credit card: 4111 1111 1111 1111 declined",
            "credit card: ~ declined",
            "groups",
        ),
        ("3 token(s) expired", "3 token(s) expired", "a plural"),
        (
            "telemetry::token::parse failed",
            "telemetry::token::parse failed",
            "a path",
        ),
        ("the password is wrong", "the password is wrong", "no value"),
        (
            "enter password:\nthanks",
            "enter password:\nthanks",
            "the next line",
        ),
        (
            "Zürich: password=東京 🦀",
            "Zürich: password=~ 🦀",
            "beyond ASCII",
        ),
    ]);
}

#[test]
fn user_info_is_redacted() {
    check(&[
        (
            "postgres://user:pw@host/db",
            "postgres://~@host/db",
            "a database",
        ),
        ("https://token@host/a", "https://~@host/a", "no password"),
        (
            "redis://:p@ss@host:6379/0",
            "redis://~@host:6379/0",
            "an @ in the password",
        ),
        (
            "postgres://u:a/b?c@host/db",
            "postgres://~@host/db",
            "a slash in it",
        ),
        (
            "https://u:a/b@host/db",
            "https://~@host/db",
            "a slash in it, in the web",
        ),
        (
            "https://host:80/@user?a=b@c",
            "https://host:80/@user?a=b@c",
            "an @ in a path",
        ),
        (
            "https://[::1]:80/@user",
            "https://[::1]:80/@user",
            "an address",
        ),
        ("a://b:c@d, e://f:g@h", "a://~@d, e://~@h", "several"),
        (
            "a://b:c@d,e://f:g@h",
            "a://~@d,e://~@h",
            "several without a blank",
        ),
        (
            r#"{"url":"a://b:c@d","e":"f@g"}"#,
            r#"{"url":"a://~@d","e":"f@g"}"#,
            "in JSON",
        ),
        (
            "to=a%3A%2F%2Fu%3Apw%40h%2Fx&e=f%40g",
            "to=a%3A%2F%2F~%40h%2Fx&e=f%40g",
            "encoded",
        ),
        (
            "mail ada@example.com: hi",
            "mail ada@example.com: hi",
            "an address of mail",
        ),
        (
            "a://b:c@d/?token=x&y=1",
            "a://~@d/?token=~&y=1",
            "a query as well",
        ),
    ]);
}

/// Where a scan began anew for each of these, the test would not end.
#[test]
fn long_texts_that_begin_much_and_end_nothing_are_scanned_once() {
    for unit in [
        "%3A%2F%2F",
        "a://",
        "\"token\"(",
        "(\"token\",",
        "cookie: (\n",
        "token=(",
        "token = ",
        "&a%26a",
        "%25",
        "%2525",
        "token%09=x%20",
        "%22token%22%3A",
        "token%28",
        "\\\"token\\\":",
    ] {
        let text = unit.repeat(200_000 / unit.len());

        assert!(redact(&text).len() <= 2 * text.len(), "{unit}");
    }
}

/// What a password or token may look like.
fn secrets() -> impl Strategy<Value = String> {
    "Q[A-Za-z0-9+/_.!*~-]{6,20}Z"
}

fn keys() -> impl Strategy<Value = String> {
    let names = "password|Token|api_key|apiKey|API-KEY|ssn|credit_card|creditCard|secret";
    ("(x-|db_|user\\.)?", names).prop_map(|(prefix, name)| prefix + &name)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_strange(text in "\\PC*", keyed in r#"([a-z=:,(){}\[\]"'\\%&@/ \n]|token|://|password|%3D|%25|%2[02]|%C3|é){0,60}"#) {
        for text in [text, keyed] {
            let _ = redact(&text);
        }
    }

    #[test]
    fn text_without_keys_is_left_alone(text in r#"[a-fA-F0-9 =:,(){}\[\]"'\\&;<>\n]*"#) {
        prop_assert!(matches!(redact(&text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn no_planted_secret_survives(
        key in keys(),
        secret in secrets(),
        before in "[ -~]{0,12}[ ;&?\n]",
        after in "([ &;,\n][ -~]{0,12})?",
    ) {
        let json = serde_json::json!({ "a": [1, { &key: &secret }], "b": "c" }).to_string();
        let twice = serde_json::json!({ "body": json }).to_string();
        let header = format!("x-{key}");
        for shape in [
            json.clone(),
            format!("{json:?}"),
            format!("{twice:?}"),
            format!("{:?}", (&key, &secret)),
            format!("{:?}", std::collections::HashMap::from([(&key, Some(&secret))])),
            format!("{key}={secret}{after}"),
            format!("{key}: {secret}{after}"),
            format!("{header}: Bearer {secret}{after}"),
            format!("authorization: Basic {secret}{after}"),
            format!("Cookie: a=b; c={secret}"),
            format!("postgres://user:{secret}@host/db{after}"),
            format!("?a=b&{key}={secret}&c=d"),
        ] {
            let text = format!("{before}{shape}");
            let redacted = redact(&text);
            prop_assert!(!redacted.contains(&secret), "{text} -> {redacted}");
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            for encoded in [utf8_percent_encode(&encoded, NON_ALPHANUMERIC).to_string(), encoded] {
                let redacted = redact(&encoded);
                let once = percent_decode_str(&redacted).decode_utf8_lossy();
                let twice = percent_decode_str(&once).decode_utf8_lossy();
                prop_assert!(!once.contains(&secret) && !twice.contains(&secret), "{encoded} -> {redacted}");
            }
        }
    }
}
