//! What hostile input and careless code cannot do to the log: forge a line, give away a secret.

use std::collections::BTreeSet;

use poem::{
    Endpoint, EndpointExt, Request,
    endpoint::make,
    http::{HeaderValue, Method, Uri},
};
use serde_json::{Map, Value, json};
use telemetry::Format;

use crate::{app::App, capture::Capture};

/// Bytes that would like to be a line, the end of one, or another one when they are shown.
const HOSTILE: [(&[u8], &str); 12] = [
    (
        b"x\n{\"level\":\"ERROR\",\"message\":\"forged\"}\n",
        "a line of its own",
    ),
    (
        b"x\r\n12:00:00.000 ERROR forged: forged",
        "a line for people",
    ),
    (b"x\",\"level\":\"ERROR\",\"forged\":\"", "a closed string"),
    (b"x\"},{\"forged\":{\"a\":\"", "a closed object"),
    (b"x\\\",\"forged\":\"", "an escaped quote"),
    (
        b"x\x1b[2K\x1b[1A\x1b]0;forged\x07",
        "commands for a terminal",
    ),
    (b"x\x08\x08\x7f\x00\x0b\x0c", "control characters"),
    ("x\u{85}\u{9b}31mforged".as_bytes(), "C1 control characters"),
    ("x\u{2028}forged\u{2029}".as_bytes(), "line separators"),
    (
        "x\u{202e}degrof\u{2066}\u{200f}\u{61c}".as_bytes(),
        "direction marks",
    ),
    (b"x\xff\xfe\xc2 forged \xe2\x80", "invalid UTF-8"),
    (
        b"x field=forged level=ERROR\t{} %s $(id) ${jndi:x}",
        "other languages",
    ),
];

/// Sends each hostile text wherever a request has room for text, to a handler that logs what it
/// gets and creates a thing of that name.
async fn attack(app: &App) {
    for (bytes, _) in HOSTILE {
        let name = String::from_utf8_lossy(bytes).into_owned();
        let careless = make(move |request: Request| {
            let name = name.clone();
            async move {
                telemetry::set_user_id(&name);
                let (headers, uri) = (request.headers(), request.uri());
                tracing::info!(name, debug = ?name, %uri, ?headers, "Created {name}");
            }
        });
        let measured = careless.with(app.middleware());
        measured.get_response(request(bytes)).await;
    }
}

fn request(hostile: &[u8]) -> Request {
    let encoded: String = hostile.iter().map(|byte| format!("%{byte:02x}")).collect();
    let encoded = format!("/{encoded}?{encoded}");
    // As it is, if it can be a path at all.
    let uri = Uri::try_from([b"/", hostile].concat()).unwrap_or(encoded.parse().unwrap());
    let mut request = Request::builder()
        .method(Method::from_bytes(b"FORGED|'`").unwrap())
        .uri(uri)
        .finish();
    if let Ok(value) = HeaderValue::from_bytes(hostile) {
        for name in [
            "x-correlation-id",
            "x-request-id",
            "traceparent",
            "user-agent",
        ] {
            request.headers_mut().insert(name, value.clone());
        }
    }
    request
}

#[tokio::test]
async fn no_input_can_forge_a_json_line() {
    let log = Capture::json("info");

    attack(&App::new()).await;

    let text = log.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 * HOSTILE.len(), "{text}");
    for (pair, (hostile, why)) in lines.chunks(2).zip(HOSTILE) {
        let name = String::from_utf8_lossy(hostile);
        let own = ["debug", "headers", "name", "uri"];
        let created = object(pair[0], &own, why);
        assert_eq!(created["name"], *name, "{why}");
        assert_eq!(created["message"], format!("Created {name}"), "{why}");
        let own = [
            "duration_seconds",
            "endpoint",
            "function",
            "method",
            "path",
            "response_bytes",
            "status_code",
        ];
        let completed = object(pair[1], &own, why);
        assert_eq!(completed["user_id"], *name, "{why}");
        assert_eq!(completed["message"], "Request completed", "{why}");
    }
}

/// The line as an object with exactly the keys of every line and its `own`, each of them once.
#[track_caller]
fn object(line: &str, own: &[&str], why: &str) -> Map<String, Value> {
    let object: Map<String, Value> = serde_json::from_str(line).expect(why);
    let common =
        "correlation_id file level line logger message module request_id timestamp user_id";
    let expected: BTreeSet<&str> = common.split(' ').chain(own.iter().copied()).collect();
    let keys: BTreeSet<&str> = object.keys().map(String::as_str).collect();
    assert_eq!(keys, expected, "{why}: {line}");
    for key in keys {
        assert_eq!(
            line.matches(&format!(",\"{key}\":")).count(),
            usize::from(key != "timestamp"),
            "{why}: {line}"
        );
    }
    assert!(!line.contains(is_dangerous), "{why}: {line:?}");
    object
}

fn is_dangerous(character: char) -> bool {
    character.is_control() || "\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\u{61c}".contains(character)
}

#[tokio::test]
async fn no_input_can_forge_a_line_for_people() {
    let log = Capture::new("info", Format::Pretty, false);

    attack(&App::new()).await;
    let text = String::from_utf8_lossy(HOSTILE[1].0);
    tracing::error!(exception = &*text, "Failed");

    let text = log.text();
    let mut lines: Vec<&str> = text.lines().collect();
    // An exception keeps its lines, behind a gutter.
    let gutter = lines.split_off(2 * HOSTILE.len() + 1);
    assert_eq!(
        gutter,
        ["    | x", "    | 12:00:00.000 ERROR forged: forged"]
    );
    for line in lines {
        let (time, rest) = line.split_once(' ').unwrap();
        let shape: String = time
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        assert_eq!(shape, "00:00:00.000", "{line}");
        assert!(
            rest.starts_with(" INFO ") || rest.starts_with("ERROR "),
            "{line}"
        );
        assert!(!line.contains(is_dangerous), "{line:?}");
    }
}

/// What must not be seen anywhere.
const SECRETS: [&str; 14] = [
    "s3cr3t-bearer",
    "s3cr3t-cookie",
    "s3cr3t-api-key",
    "s3cr3t-set-cookie",
    "s3cr3t-query",
    "s3cr3t@user/info",
    "s3cr3t-nested",
    "s3cr3t-escaped",
    "s3cr3t-field",
    "s3cr3t-struct",
    "s3cr3t-error",
    "s3cr3t-form",
    "s3cr3t-message",
    "4111-1111-1111-1111",
];

#[derive(Debug)]
#[expect(dead_code, reason = "only its Debug output is wanted")]
struct Login<'a> {
    user: &'a str,
    client_secret: Option<&'a str>,
}

#[tokio::test]
async fn no_secret_is_seen_in_logs_or_metrics() {
    for (format, terminal) in [
        (Format::Json, false),
        (Format::Pretty, false),
        (Format::Pretty, true),
    ] {
        let log = Capture::new("trace", format, terminal);
        let app = App::new();

        let careless = make(|request: Request| async move { say_all(&request) });
        careless
            .with(app.middleware())
            .get_response(with_secrets())
            .await;
        app.send(with_secrets()).await;

        let text = log.text();
        assert!(text.contains("***REDACTED***"), "{text}");
        assert!(
            text.contains("ada") && text.contains("y=1"),
            "too much is gone: {text}"
        );
        let metrics = format!("{:?}", app.scrape().await);
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {text}");
            assert!(!metrics.contains(secret), "{secret} in {metrics}");
        }
    }
}

fn with_secrets() -> Request {
    Request::builder()
        .uri_str("/things/1;token=s3cr3t-query?api_key=s3cr3t-query&y=1")
        .header("authorization", "Bearer s3cr3t-bearer")
        .header("cookie", "a=s3cr3t-cookie; b=\"s3cr3t-cookie\"")
        .header("x-api-key", "s3cr3t-api-key")
        .header("set-cookie", "a=s3cr3t-set-cookie")
        .header(
            "referer",
            "https://ada:s3cr3t@user/info@host/?y=1&token=s3cr3t-query",
        )
        .finish()
}

/// What a handler had better not say.
fn say_all(request: &Request) {
    let body = json!({"user": "ada", "login": {"Password": "s3cr3t-nested", "n": [1]}}).to_string();
    let twice = json!({"body": json!({"secret": "s3cr3t-escaped"}).to_string()});
    let login = Login {
        user: "ada",
        client_secret: Some("s3cr3t-struct"),
    };
    let error = std::io::Error::other("cannot reach postgres://ada:s3cr3t@user/info@host/db");
    let error = std::io::Error::other(Outer(error));
    tracing::info!(headers = ?request.headers(), uri = %request.uri(), "Request");
    tracing::debug!(
        body,
        ?twice,
        ?login,
        "db.api-key" = "s3cr3t-field",
        "Bodies"
    );
    tracing::error!(exception = &error as &dyn std::error::Error, debug = ?error, "Error");
    tracing::warn!(
        card = "credit_card=4111-1111-1111-1111",
        "Form user=ada&token=s3cr3t-form&y=1"
    );
    tracing::trace!("password is wrong: password=s3cr3t-message");
}

/// An error that quotes its cause, as many do.
#[derive(Debug)]
struct Outer(std::io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "login with token 'x' and password = \"s3cr3t-error\": {}",
            self.0
        )
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
