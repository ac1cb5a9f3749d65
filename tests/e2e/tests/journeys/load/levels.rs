//! More and more users at once.

use e2e::{Benchmark, Service, Store};

#[tokio::test]
async fn a_thousand_users_are_served_without_an_error() {
    let service = Service::start(&Store::Sqlite).await;

    let line = "load-test --endpoints /products --users 50,100,1000 --duration 2";
    let measured = Benchmark::run(&service, line).await.expect(0);

    let levels = measured.list("levels");
    let users: Vec<_> = levels.iter().map(|level| &level["users"]).collect();
    assert_eq!(users, [50, 100, 1000]);
    for (level, result) in levels.iter().zip(measured.results()) {
        assert_eq!(level["failed_requests"], 0, "{level}");
        assert_eq!(level["users"], result["users"]);
        assert_eq!(level["total_requests"], result["total_requests"]);
        let requests = result["total_requests"].as_u64();
        assert!(
            requests >= level["users"].as_u64(),
            "each user was answered: {result}"
        );
    }
    let log = service.stdout();
    assert!(!log.contains("panic"), "{log}");
    assert!(
        !measured.ended.stderr.contains("panic"),
        "{}",
        measured.ended.stderr
    );
}
