//! What every response carries.

use poem::{Request, Response, http::StatusCode};

use crate::app::App;

fn correlation_id(response: &Response) -> &str {
    response.header("x-correlation-id").expect("no id")
}

#[tokio::test]
async fn every_response_has_an_id_and_a_time() {
    let app = App::new();
    for (method, path, status) in [
        ("GET", "/things", StatusCode::OK),
        ("GET", "/things/99", StatusCode::NOT_FOUND),
        ("GET", "/nowhere", StatusCode::NOT_FOUND),
        ("DELETE", "/things", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let response = app.ask(method, path).await;

        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(correlation_id(&response).len(), 36, "{method} {path}");
        let seconds = response.header("x-process-time").expect("no time");
        let (whole, decimals) = seconds.split_once('.').expect("no point");
        assert!(whole.parse::<u64>().is_ok(), "{seconds}");
        assert!(
            decimals.len() == 6 && decimals.parse::<u64>().is_ok(),
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn two_requests_never_share_a_new_id() {
    let app = App::new();

    let one = app.ask("GET", "/things").await;
    let other = app.ask("GET", "/things").await;

    assert_ne!(correlation_id(&one), correlation_id(&other));
}

#[tokio::test]
async fn an_acceptable_id_comes_back_and_another_does_not() {
    let app = App::new();
    let too_long = "x".repeat(129);
    for (name, id, kept) in [
        ("X-Correlation-ID", "order-17:retry.2_A", true),
        ("x-request-id", "from-the-proxy", true),
        ("x-correlation-id", "a b", false),
        ("x-correlation-id", "<script>", false),
        ("x-correlation-id", too_long.as_str(), false),
    ] {
        let request = Request::builder().uri_str("/things").header(name, id);

        let response = app.send(request.finish()).await;

        assert_eq!(correlation_id(&response) == id, kept, "{name}: {id}");
    }
}
