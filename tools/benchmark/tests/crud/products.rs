//! The defaults are made for `products`.

use std::sync::Arc;

use benchmark::crud::{DEFAULT_RESOURCE, DEFAULT_TEMPLATE, Scenario, Template, User, Weights};
use hyper::{HeaderMap, StatusCode};
use poem::{Endpoint, EndpointExt, Request};
use products::{
    api,
    catalogue::Catalogue,
    config::{Config, Sources},
    store::Store,
};
use telemetry::{Metrics, MetricsSettings};

/// The service's routes with an SQLite file in `folder`.
async fn service(folder: &std::path::Path) -> impl Endpoint<Output = poem::Response> {
    let url = format!("sqlite://{}/products.db?mode=rwc", folder.display());
    let config = Config::load(&Sources {
        working_dir: folder.to_owned(),
        flags: vec![("database.url".to_owned(), url)],
        ..Sources::default()
    });
    let config = config.unwrap();
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let store = Arc::new(Store::open(&config.database, &metrics).unwrap());
    store.migrate().await.unwrap();
    let patience = config.database.acquire_timeout;
    let catalogue = Catalogue::new(store, metrics.items("products"), patience);
    api::routes(catalogue, true).map_to_response()
}

async fn answer(
    service: &impl Endpoint<Output = poem::Response>,
    step: &benchmark::crud::Step,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder()
        .method(step.method.clone())
        .uri(step.path.parse().unwrap())
        .finish();
    *request.headers_mut() = step.headers.clone();
    if let Some(body) = &step.body {
        request.set_body(body.clone());
    }
    let (head, body) = service.get_response(request).await.into_parts();
    let body = body.into_bytes().await.unwrap();
    (head.status, head.headers, body.into())
}

#[tokio::test]
async fn the_service_does_all_right() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(folder.path()).await;
    let template = Template::parse(DEFAULT_TEMPLATE).unwrap();
    let scenario = Scenario::new(DEFAULT_RESOURCE, template, Weights::default(), 1).unwrap();
    let mut user = User::new(Arc::new(scenario), 1);

    for _ in 0..400 {
        let step = user.next();
        let (status, headers, body) = answer(&service, &step).await;
        let said = user.check(&step, status, &headers, &body);
        let body = String::from_utf8_lossy(&body);
        assert_eq!(
            said,
            Ok(()),
            "{step:?} was answered {status} {headers:?} {body}"
        );
    }

    for step in user.leftovers() {
        let (status, ..) = answer(&service, &step).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{step:?}");
    }
}
