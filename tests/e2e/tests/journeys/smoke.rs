//! `products smoke-test`: what it finds good, and what it does not.

mod faults;
mod liar;
mod spread;

use std::fs;

use e2e::{Ended, Launch, Port, Service, Store, run, run_until};
use poem::http::HeaderValue;
use poem::http::header::AUTHORIZATION;
use servers::{Postgres, Redis};
use tempfile::TempDir;

use self::liar::{Liar, Lie};
use self::spread::spread;

/// `EX_USAGE` of sysexits.h.
const USAGE: i32 = 64;

/// Runs a check with these further arguments, in an empty directory.
async fn check(arguments: &[&str]) -> Ended {
    let directory = TempDir::new().expect("a temporary directory");
    run(
        directory.path(),
        &[&["smoke-test"], arguments].concat(),
        &[],
    )
    .await
}

#[track_caller]
fn expect_good(ended: &Ended, steps: &[&str]) {
    let told = format!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.code, 0, "{told}");
    let done: Vec<&str> = ended
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("ok      ")?.split(':').next())
        .collect();
    assert_eq!(done, steps, "{told}");
    assert_eq!(ended.stderr, "");
}

const API: &[&str] = &[
    "ready",
    "create",
    "read",
    "unchanged",
    "replace",
    "outdated",
    "patch",
    "read again",
    "find",
    "delete",
    "gone",
];

const CACHE: &[&str] = &[
    "ready",
    "create",
    "hit",
    "hit by others",
    "write",
    "not old",
    "not old for others",
    "hit again",
    "delete",
    "gone",
    "gone for others",
];

const METRICS: &[&str] = &["ready", "scrape", "rise"];

#[tokio::test]
async fn a_sound_service_passes_and_keeps_nothing() {
    for store in Store::both() {
        let service = Launch::new().on_two_ports(&store).await;
        let url = service.url();
        let metrics = format!("http://{}/metrics", service.management().address());

        let api = check(&["api", "--url", &url]).await;
        let counted = check(&["metrics", "--url", &url, "--metrics-url", &metrics]).await;

        expect_good(&api, API);
        expect_good(&counted, METRICS);
        assert_eq!(service.client().count().await, 0, "{store}");
    }
}

#[tokio::test]
async fn a_cache_in_the_process_passes_and_none_fails_with_the_reason() {
    let [sqlite, postgres] = Store::both();
    let (cached, bare) = (
        Service::start(&sqlite).await,
        Service::start(&postgres).await,
    );

    let hit = check(&["cache", "--url", &cached.url()]).await;
    let off = check(&["cache", "--url", &bare.url(), "--wait", "1s"]).await;

    expect_good(&hit, CACHE);
    assert_eq!(off.code, 1, "{}", off.stdout);
    assert!(off.stderr.contains("the cache is off"), "{}", off.stderr);
    for service in [cached, bare] {
        assert_eq!(service.client().count().await, 0);
    }
}

#[tokio::test]
async fn two_replicas_behind_one_address_pass() {
    let redis = Redis::start().unwrap();
    let store = Postgres::shared().database();
    let launch = || {
        Launch::new()
            .variable("REDIS_URL", &redis.url())
            .variable("DATABASE_URL", &store.url())
    };
    // The variable says which database.
    let first = launch().on_two_ports(&Store::Sqlite).await;
    let second = launch().on_two_ports(&Store::Sqlite).await;
    let api = spread([first.address(), second.address()]).await;
    let management = [first.management(), second.management()].map(|client| client.address());
    let url = format!("http://{api}");
    let metrics = format!("http://{}/metrics", spread(management).await);

    for _ in 0..5 {
        expect_good(&check(&["api", "--url", &url]).await, API);
        expect_good(&check(&["cache", "--url", &url]).await, CACHE);
        let counted = check(&["metrics", "--url", &url, "--metrics-url", &metrics]).await;
        expect_good(&counted, METRICS);
    }
    assert_eq!(first.client().count().await, 0);
}

#[tokio::test]
async fn a_service_that_starts_later_is_waited_for() {
    let port = Port::reserve();
    let url = format!("http://{}", port.address());
    let store = Store::Sqlite;
    let checked = tokio::spawn(async move { check(&["api", "--url", &url]).await });

    let service = Launch::new().port(port).on(&store).await;

    expect_good(&checked.await.unwrap(), API);
    assert_eq!(service.client().count().await, 0);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let port = Port::reserve();
    let url = format!("http://{}", port.address());
    for arguments in [
        &["api"][..],
        &["cache"],
        &["metrics", "--metrics-url", "http://localhost:1/metrics"],
    ] {
        let ended = check(&[arguments, &["--url", &url, "--wait", "500ms"]].concat()).await;

        assert_eq!(ended.code, 1, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stdout.starts_with("FAILED  ready: not within 500ms"),
            "{}",
            ended.stdout
        );
        for said in [&*url, "cannot connect"] {
            assert!(ended.stderr.contains(said), "no {said}: {}", ended.stderr);
        }
    }
}

#[tokio::test]
async fn no_configuration_is_needed_and_a_bad_one_is_no_matter() {
    let service = Service::start(&Store::Sqlite).await;
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join(".env"), "NONSENSE").unwrap();
    let bad = [
        ("DATABASE_URL", "mysql://nobody"),
        ("PRODUCTS__SERVER__PROT", "1"),
        ("PRODUCTS_CONFIG", "absent.yaml"),
    ];

    let ended = run(
        directory.path(),
        &["smoke-test", "api", "--url", &service.url()],
        &bad,
    )
    .await;

    expect_good(&ended, API);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "files");
}

#[tokio::test]
async fn mistakes_in_the_command_line_are_usage_errors() {
    for (arguments, said) in [
        (&[][..], "Usage"),
        (&["everything"], "everything"),
        (&["api"], "--url"),
        (
            &["api", "--url", "localhost:8000"],
            "must begin with http://",
        ),
        (
            &["api", "--url", "https://localhost"],
            "https:// is not supported",
        ),
        (
            &["api", "--url", "http://localhost/v1"],
            "must end after the port",
        ),
        (
            &["api", "--url", "http://me:hunter2@localhost"],
            "--token-file",
        ),
        (
            &["api", "--url", "http://localhost", "--wait", "30"],
            "has no unit",
        ),
        (
            &["api", "--url", "http://localhost", "--wait", "25h"],
            "is out of range",
        ),
        (&["metrics", "--url", "http://localhost"], "--metrics-url"),
        (
            &["api", "--url", "http://localhost", "--token-file", "absent"],
            "cannot be read",
        ),
    ] {
        let ended = check(arguments).await;

        assert_eq!(ended.code, USAGE, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(said),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[tokio::test]
async fn the_token_of_a_file_goes_with_each_request() {
    let service = Service::start(&Store::Sqlite).await;
    let guarded = Lie {
        tell: |asked, told, _| {
            let token = HeaderValue::from_static("Bearer s3cret");
            if asked.headers.get(AUTHORIZATION) != Some(&token) {
                told.status = 401;
            }
        },
        ..Lie::NONE
    };
    let liar = Liar::start(service.client(), guarded).await;
    let file = service.directory().join("token");
    fs::write(&file, "s3cret\n").unwrap();
    let (url, file) = (liar.url(), file.to_str().unwrap().to_owned());
    let metrics = format!("{url}/metrics");
    let arguments = [
        "metrics",
        "--wait",
        "1s",
        "--url",
        &url,
        "--metrics-url",
        &metrics,
    ];

    let refused = check(&arguments).await;
    let counted = check(&[&arguments[..], &["--token-file", &file]].concat()).await;
    let api = check(&["api", "--url", &url, "--token-file", &file]).await;

    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("got 401"), "{}", refused.stderr);
    expect_good(&counted, METRICS);
    expect_good(&api, API);
}

#[tokio::test]
async fn a_signal_ends_it_and_its_product_is_deleted() {
    let service = Service::start(&Store::postgres()).await;
    let url = service.url();
    // Nothing is cached there, which it waits to change.
    let arguments = ["smoke-test", "cache", "--url", &url];
    for (signal, said) in [("TERM", "stopped by SIGTERM"), ("INT", "stopped by SIGINT")] {
        let ended = run_until(service.directory(), &arguments, "ok      create", signal).await;

        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert!(
            ended.stdout.contains("ok      clean up"),
            "{}",
            ended.stdout
        );
        assert_eq!(service.client().count().await, 0);
    }
}
