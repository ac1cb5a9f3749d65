//! The log level at run time, through the real binary.

use e2e::{Answer, Client, Launch, Service, Store};
use reqwest::Method;

/// One port, and a port of their own for management routes.
fn layouts() -> [Launch; 2] {
    [
        Launch::new(),
        Launch::new().set("server.management_port", "0"),
    ]
}

async fn change(operator: &Client, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = operator.with_json(Method::PUT, "/loglevel", body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    operator.send(request).await
}

/// Waits until a request to `path` has left so many lines: at DEBUG it leaves two, at INFO one.
async fn await_lines(service: &mut Service, path: &str, lines: usize) {
    service.client().get(path).await.problem(404);
    let member = format!("\"path\":\"{path}\"");
    service.await_output(&member, lines).await;
}

#[tokio::test]
async fn a_change_is_seen_in_the_log_and_ends_by_itself() {
    for launch in layouts() {
        let mut service = launch.on(&Store::Sqlite).await;
        let operator = service.management();
        await_lines(&mut service, "/before", 1).await;
        assert!(!service.stdout().contains("\"Request started\""));

        let body = r#"{"filter":"debug","ttl_seconds":3600}"#;
        change(&operator, body, &[]).await.expect(200);
        await_lines(&mut service, "/after", 2).await;

        let body = r#"{"filter":"debug","ttl_seconds":1}"#;
        change(&operator, body, &[]).await.expect(200);
        service
            .await_output("Log level is the configured one again", 1)
            .await;
        let shown = operator.get("/loglevel").await.expect(200);
        assert_eq!(shown.body, r#"{"filter":"INFO"}"#);
    }
}

#[tokio::test]
async fn who_changes_it_is_logged_by_name_and_never_by_token() {
    for launch in layouts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tokens = folder.path().join("tokens");
        std::fs::write(&tokens, "# operators\nada:hunter2\n").expect("the file is written");
        let path = tokens.to_str().expect("a path in UTF-8");
        let launch = launch.set("auth.management_token_file", path);
        let mut service = launch.on(&Store::Sqlite).await;
        let operator = service.management();
        let body = r#"{"filter":"debug"}"#;

        for refused in [&[][..], &[("authorization", "Bearer hunter3")]] {
            let refused = change(&operator, body, refused).await;
            refused.problem(401);
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        }
        change(&operator, body, &[("authorization", "Bearer hunter2")])
            .await
            .expect(200);

        service.await_output("\"operator\":\"ada\"", 1).await;
        await_lines(&mut service, "/after", 2).await;
        let said = service.stdout();
        assert!(!said.contains("hunter"), "{said}");
    }
}

#[tokio::test]
async fn a_token_file_with_mistakes_is_told_before_anything_is_bound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tokens"), "hunter2\nada:\n").expect("the file is written");

    let setting = "auth.management_token_file=tokens";
    let arguments = ["serve", "--set", setting, "--port", "x"];
    let ended = e2e::run(folder.path(), &arguments, &[]).await;

    assert_eq!(ended.code, 64, "{ended:?}");
    for told in ["line 1", "line 2", "server.port"] {
        assert!(ended.stderr.contains(told), "{told} in {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}
