//! What is known already is answered without the routes, and within the same limits.

use poem::{
    Body, Endpoint, IntoResponse, Request, Response, Route,
    endpoint::make_sync,
    get,
    http::{Method, StatusCode, header},
};
use server::{App, Limits, Origins, Problem, RouteTable, guard_past};

use crate::harness::DEADLINE;

/// The routes answer "asked them"; whatever is below `/known` needs no asking.
fn app(max_in_flight: usize) -> App {
    let route = get(make_sync(|_| "asked them")).post(make_sync(|_| "asked them"));
    let limits = Limits::new(1 << 20, max_in_flight, DEADLINE);
    let routes = Route::new().at("/*path", route);
    guard_past(
        known,
        routes,
        limits,
        RouteTable::default(),
        &Origins::default(),
    )
}

fn known(request: &Request) -> Option<Result<Response, Problem>> {
    match request.uri().path() {
        "/known" => Some(Ok("known".into_response())),
        "/known/missing" => Some(Err(Problem::new(StatusCode::NOT_FOUND))),
        "/known/panic" => panic!("of a test"),
        _ => None,
    }
}

async fn ask(app: &App, request: Request) -> (StatusCode, String) {
    let response = app.get_response(request).await;
    let status = response.status();
    (status, response.into_body().into_string().await.unwrap())
}

fn get_of(path: &str) -> Request {
    Request::builder().uri_str(path).finish()
}

#[tokio::test]
async fn what_is_known_is_answered_without_the_routes_and_the_rest_by_them() {
    let app = app(1);

    assert_eq!(ask(&app, get_of("/known")).await.1, "known");
    assert_eq!(ask(&app, get_of("/unknown")).await.1, "asked them");
}

#[tokio::test]
async fn a_failure_that_is_known_is_a_problem_about_its_path() {
    let app = app(1);

    let (status, body) = ask(&app, get_of("/known/missing")).await;

    assert_eq!(status, StatusCode::NOT_FOUND);
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["instance"], "/known/missing");
}

#[tokio::test]
async fn a_panic_is_a_500_and_gives_its_place_back() {
    let app = app(1);

    let (panicked, _) = ask(&app, get_of("/known/panic")).await;
    let (next, _) = ask(&app, get_of("/known")).await;

    assert_eq!(panicked, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(next, StatusCode::OK);
}

#[tokio::test]
async fn a_request_too_many_is_refused_though_its_answer_is_known() {
    let (status, _) = ask(&app(0), get_of("/known")).await;

    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn requests_with_a_body_and_head_go_the_usual_way() {
    let app = app(1);
    let with_body = Request::builder()
        .method(Method::POST)
        .uri_str("/known")
        .body(Body::from_string("{}".to_owned()));
    let head = Request::builder()
        .method(Method::HEAD)
        .uri_str("/known")
        .finish();

    assert_eq!(ask(&app, with_body).await.1, "asked them");
    let answer = app.get_response(head).await;
    let length = answer.headers().get(header::CONTENT_LENGTH);
    assert_eq!(length.unwrap(), "10", "of what the routes answer");
}
