//! The file of an embedded database.

use std::{fs, time::Duration};

use servers::poll_until;

use crate::app::{App, open_store};
use crate::place::{Engine, Place};

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_service_whose_file_was_moved_away_is_not_ready_and_makes_no_other() {
    let place = Place::new(Engine::Sqlite);
    let settings = [
        ("health.interval", "50ms"),
        ("health.failure_threshold", "1"),
    ];
    let app = App::start_at(&place, &settings).await;
    let Place::File(folder) = &place else {
        unreachable!("SQLite was asked for")
    };
    let file = folder.path().join("products.db");
    let aside = folder.path().join("aside.db");

    fs::rename(&file, &aside).expect("a file to move");

    poll_until("the loss to be found out", DEADLINE, || async {
        let answer = app.get("/health/ready").await;
        match answer.status {
            503 => Ok(()),
            _ => Err(answer),
        }
    })
    .await;
    app.get("/health/live").await.expect(200);
    assert!(!file.exists(), "the probe made another one");
    fs::rename(&aside, &file).expect("a place to move it to");
    app.becomes_ready().await;
}

#[tokio::test]
async fn a_closed_store_is_one_file_that_can_be_copied() {
    let place = Place::new(Engine::Sqlite);
    let store = open_store(&place);
    store.migrate().await.expect("a schema");
    store.ping().await.expect("a sign of life");

    store.close().await;

    let Place::File(folder) = &place else {
        unreachable!("SQLite was asked for")
    };
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    assert_eq!(left, ["products.db"]);
}
