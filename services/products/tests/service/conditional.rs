//! ETag, If-Match, If-None-Match.

use reqwest::Method;

use crate::app::{Answer, App, Request};
use crate::place::BOTH;

const BODY: &str = r#"{"name":"a","price":1,"amount":1}"#;

async fn with(app: &App, method: Method, id: i64, name: &str, value: &str) -> Answer {
    let request = Request::new(method.clone(), &format!("/products/{id}")).header(name, value);
    let request = match method {
        Method::PUT => request.json(BODY),
        Method::PATCH => request.json("{\"amount\":2}"),
        _ => request,
    };
    app.send(request).await
}

#[tokio::test]
async fn a_write_with_an_old_version_is_refused_and_changes_nothing() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let created = app.post(BODY).await.expect(201);
        let id = created.json()["id"].as_i64().unwrap();
        let old = created.header("etag").to_owned();
        let current = app
            .patch(id, r#"{"amount":5}"#)
            .await
            .header("etag")
            .to_owned();

        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            with(&app, method.clone(), id, "if-match", &old)
                .await
                .expect_problem(412, &["If-Match"]);
            let weak = format!("W/{current}");
            with(&app, method, id, "if-match", &weak)
                .await
                .expect_problem(412, &[]);
        }

        let read = app.get(&format!("/products/{id}")).await;
        assert_eq!(
            (read.header("etag"), &read.json()["amount"]),
            (current.as_str(), &5.into())
        );
        let put = with(
            &app,
            Method::PUT,
            id,
            "if-match",
            &format!("{old}, {current}"),
        )
        .await
        .expect(200);
        with(&app, Method::PATCH, id, "if-match", put.header("etag"))
            .await
            .expect(200);
        with(&app, Method::DELETE, id, "if-match", "*")
            .await
            .expect(204);
        with(&app, Method::PUT, id, "if-match", "*")
            .await
            .expect_problem(404, &[]);
    }
}

#[tokio::test]
async fn garbage_in_if_match_is_refused_and_changes_nothing() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let created = app.post(BODY).await.expect(201);
        let id = created.json()["id"].as_i64().unwrap();

        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            for garbage in ["1", "\"1", "x", "\"1\" \"2\""] {
                let answer = with(&app, method.clone(), id, "if-match", garbage).await;
                answer.expect_problem(400, &["If-Match", "double quotes"]);
            }
        }

        let etag = app
            .get(&format!("/products/{id}"))
            .await
            .header("etag")
            .to_owned();
        assert_eq!(etag, created.header("etag"));
    }
}

#[tokio::test]
async fn a_client_that_has_the_version_is_told_so() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let created = app.post(BODY).await.expect(201);
        let id = created.json()["id"].as_i64().unwrap();
        let etag = created.header("etag");

        let unchanged = with(&app, Method::GET, id, "if-none-match", etag)
            .await
            .expect(304);
        let changed = with(&app, Method::GET, id, "if-none-match", "\"0\"")
            .await
            .expect(200);

        assert_eq!(
            (unchanged.header("etag"), unchanged.body.as_str()),
            (etag, "")
        );
        assert_eq!(changed.header("etag"), etag);
    }
}

#[tokio::test]
async fn the_etag_of_a_deleted_product_matches_no_successor() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let body = r#"{"id":5,"name":"a","price":1,"amount":1}"#;
        let first = app.post(body).await.expect(201).header("etag").to_owned();
        app.delete(5).await.expect(204);
        let second = app.post(body).await.expect(201).header("etag").to_owned();

        assert_ne!(first, second);
        with(&app, Method::GET, 5, "if-none-match", &first)
            .await
            .expect(200);
        with(&app, Method::PUT, 5, "if-match", &first)
            .await
            .expect_problem(412, &[]);
        with(&app, Method::DELETE, 5, "if-match", &first)
            .await
            .expect_problem(412, &[]);
        with(&app, Method::PUT, 5, "if-match", &second)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn of_concurrent_writes_to_one_version_one_succeeds() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let created = app.post(BODY).await.expect(201);
        let id = created.json()["id"].as_i64().unwrap();

        let writes =
            (0..20).map(|_| with(&app, Method::PUT, id, "if-match", created.header("etag")));
        let answers = futures_util::future::join_all(writes).await;

        let succeeded = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 412).count();
        assert_eq!((succeeded, refused), (1, 19), "{engine:?}");
    }
}
