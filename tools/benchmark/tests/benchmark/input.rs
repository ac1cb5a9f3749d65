//! What is wrong with a command line is said, and nothing hangs.

use std::{fs, net::TcpListener};

use tempfile::TempDir;

use crate::{
    app::Instance,
    program::{benchmark, measure},
};

#[tokio::test]
async fn a_wrong_command_line_is_refused_with_what_is_wrong() {
    for (line, words) in [
        ("fly", "unrecognized subcommand 'fly'"),
        ("--mode fly --endpoints /", "unrecognized subcommand 'fly'"),
        ("load-test", "--endpoints"),
        (
            "load-test --endpoints things",
            "a path begins with a slash: /things",
        ),
        (
            "load-test --endpoints /things,/things/7",
            "separated by spaces",
        ),
        (
            "load-test --endpoints / --base-url localhost:8000",
            "must begin with http://",
        ),
        (
            "load-test --endpoints / --base-url ftp://localhost",
            "must begin with http://",
        ),
        (
            "load-test --endpoints / --users 0",
            "is not a number of users",
        ),
        (
            "load-test --endpoints / --users 10,x",
            "`x` is not a number of users",
        ),
        (
            "load-test --endpoints / --duration 0",
            "--duration must be more than 0",
        ),
        ("load-test --endpoints / --duration soon", "'soon'"),
        (
            "load-test --endpoints / --duration 5 --ramp-up 6",
            "--ramp-up is longer",
        ),
        ("load-test --endpoints / --rate 0", "more than 0"),
        ("load-test --endpoints / --timeout -1", "'-1'"),
        ("load-test --endpoints / --timeout 0", "in no time"),
        (
            "load-test --endpoints / --duration 1e19",
            "more than a year",
        ),
        (
            "load-test --endpoints / /a --weights 1",
            "1 numbers for 2 endpoints",
        ),
        ("load-test --endpoints / --weights 0", "at least 1"),
        (
            "load-test --endpoints / --threshold p95",
            "write it like p95<50ms",
        ),
        ("load-test --endpoints / --header nonsense", "NAME: VALUE"),
        (
            "load-test --endpoints / --payload {oops",
            "--payload is not JSON",
        ),
        (
            "load-test --endpoints / --payload @/no/such/file",
            "cannot read /no/such/file",
        ),
        ("profile --endpoints / --iterations 0", "at least 1"),
        (
            "load-test --endpoints / --output results.doc",
            ".json, .csv",
        ),
        (
            "load-test --endpoints / --output /no/such/results.json",
            "/no/such",
        ),
        (
            "profile --endpoints / --output /no/such/results.json",
            "/no/such",
        ),
        ("crud --output /no/such/results.json", "/no/such"),
        (
            "compare --endpoints / --against http://localhost --threshold p95<1s",
            "--fail-if-slower",
        ),
        (
            "compare --endpoints / --against http://localhost --metrics-url http://localhost/metrics",
            "--metrics-url is for one run",
        ),
    ] {
        let ended = benchmark(line).await;

        ended.expect(64, words, line);
    }
}

#[tokio::test]
async fn credentials_in_a_url_are_refused_and_not_repeated() {
    for option in ["--base-url", "--metrics-url", "--against"] {
        let command = match option {
            "--against" => "compare",
            _ => "load-test",
        };
        let line = format!("{command} --endpoints / {option} http://me:secret@localhost");

        let ended = benchmark(&line).await;

        ended.expect(64, option, &line);
        ended.expect(64, "--header 'Authorization: ...'", &line);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_measured_is_named() {
    let instance = Instance::start().await;
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = &instance.base_url;
    let encrypted = url.replace("http://", "https://");
    for (line, words) in [
        (
            format!("--base-url http://{nobody}"),
            "cannot connect to http://127",
        ),
        (
            "--base-url http://host.invalid".to_owned(),
            "cannot find the host of http://host.invalid",
        ),
        (format!("--base-url {encrypted}"), "no TLS"),
        (
            format!("--base-url {url} --metrics-url {url}/things"),
            "not Prometheus",
        ),
        (
            format!("--base-url {url} --ca-certificate /no/file --base-url {encrypted}"),
            "cannot be used multiple times",
        ),
    ] {
        let ended = benchmark(&format!("load-test --endpoints / --duration 1 {line}")).await;

        assert!([1, 64].contains(&ended.status), "{line}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{line}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn endpoints_that_never_give_a_good_answer_are_named() {
    let instance = Instance::start().await;
    for (line, words) in [
        ("/things /nowhere", "GET /nowhere: not one of"),
        ("/nowhere", "most ended with status 404: is the path right?"),
        (
            "/things/7 --method POST",
            "most ended with status 405: is the method right?",
        ),
        ("/broken", "most ended with status 502"),
        ("/stuck --timeout 0.1", "most ended with timeout"),
    ] {
        let line = format!("load-test --duration 0.3 --endpoints {line}");

        let ended = measure(&instance, &line).await;

        ended.expect(1, words, &line);
        assert!(
            ended.results.is_some(),
            "what there is was written all the same"
        );
    }
}

#[tokio::test]
async fn a_side_of_a_comparison_that_never_gives_a_good_answer_is_named() {
    let instance = Instance::start().await;
    let url = &instance.base_url;
    let folder = TempDir::new().unwrap();
    let written = folder.path().join("comparison.json");
    for (old, new) in [("things", "nowhere"), ("nowhere", "things")] {
        let line = format!(
            "compare --endpoints /7 --rounds 3 --duration 0.6 --base-url {url}/{old} \
             --against {url}/{new} --output {}",
            written.display()
        );

        let ended = benchmark(&line).await;

        ended.expect(1, &format!("{url}/nowhere: GET /7: not one of"), &line);
        ended.expect(1, "most ended with status 404: is the path right?", &line);
        let complaints = ended.stderr.matches("not one of").count();
        assert_eq!(complaints, 1, "once for all rounds: {}", ended.stderr);
        fs::remove_file(&written).expect("what there is was written all the same");
    }
}

#[tokio::test]
async fn a_run_in_which_nothing_was_sent_measured_nothing() {
    let instance = Instance::start().await;
    let line = "load-test --endpoints /things --duration 1us";

    let ended = measure(&instance, line).await;

    ended.expect(1, "too short", line);
}
