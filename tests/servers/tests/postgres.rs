//! A real PostgreSQL, seen from a test that uses it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use servers::{Postgres, Proxy, poll_until_blocking};

/// Set for the process that [`a_killed_process_leaves_no_server`] starts and kills.
const VICTIM: &str = "SERVERS_TEST_VICTIM";

/// The first message of PostgreSQL's protocol: "may the connection be encrypted?"
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

#[test]
fn databases_are_fresh_and_apart() {
    let one = Postgres::shared().database();
    let other = Postgres::shared().database();

    one.query("CREATE TABLE things (id int)").unwrap();

    let count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_ne!(one.url(), other.url());
    assert_eq!(one.query(count).unwrap(), "1");
    assert_eq!(other.query(count).unwrap(), "0");
}

#[test]
fn text_is_not_compared_by_bytes() {
    let database = Postgres::shared().database();

    let below = database
        .query("SELECT 'a' < 'B', 'a' < 'B' COLLATE \"C\"")
        .unwrap();

    assert_eq!(below, "t|f");
}

#[test]
fn statements_are_seen_from_the_moment_they_are_asked_for() {
    let database = Postgres::shared().database();
    database.query("SELECT 'before'").unwrap();

    database.log_statements().unwrap();
    database.query("SELECT 'after'").unwrap();

    let sql: Vec<_> = database
        .statements()
        .unwrap()
        .into_iter()
        .map(|s| s.sql)
        .collect();
    assert_eq!(sql, ["SELECT 'after'"]);
}

#[test]
fn a_locked_table_makes_writes_wait_and_reads_go_on() {
    let database = Postgres::shared().database();
    database.query("CREATE TABLE things (id int)").unwrap();
    let lock = database.lock("things").unwrap();

    thread::scope(|scope| {
        let write = scope.spawn(|| database.query("INSERT INTO things VALUES (1)"));
        poll_until_blocking(
            "a write that waits",
            Duration::from_secs(10),
            || match database.waiting().unwrap() {
                1 => Ok(()),
                other => Err(other),
            },
        );
        assert_eq!(database.query("SELECT count(*) FROM things").unwrap(), "0");
        drop(lock);
        write.join().unwrap().unwrap();
    });

    assert_eq!(database.query("SELECT count(*) FROM things").unwrap(), "1");
    assert!(
        database.lock("nothing").is_err(),
        "a table that is not there was locked"
    );
}

#[test]
fn a_setting_that_the_server_refuses_is_reported_with_its_log() {
    let error = Postgres::start_with(&[("no_such_setting", "1")]).unwrap_err();

    let report = format!("{error:?}");
    assert!(
        report.contains("unrecognized configuration parameter"),
        "{report}"
    );
}

#[test]
fn a_database_is_reached_through_a_proxy() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).unwrap();
    let url = postgres.database().url_through(proxy.address());
    let (_, rest) = url.split_once('@').unwrap();
    let (address, _) = rest.split_once('/').unwrap();

    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&SSL_REQUEST).unwrap();
    let mut answer = [0];
    stream.read_exact(&mut answer).unwrap();

    assert_eq!(&answer, b"N", "PostgreSQL without TLS says no");
}

/// The process that gets killed: this test, run again by itself.
#[test]
fn a_killed_process_leaves_no_server() {
    if std::env::var_os(VICTIM).is_some() {
        println!(
            "serving {}",
            Postgres::shared()
                .database()
                .query("SHOW data_directory")
                .unwrap()
        );
        loop {
            std::thread::park();
        }
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_process_leaves_no_server",
            "--nocapture",
        ])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let data = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once("serving ").map(|(_, data)| data.to_owned()))
        .expect("the victim started its server");
    let directory = Path::new(&data).parent().unwrap();
    assert!(directory.exists(), "{data} is the victim's");

    victim.kill().unwrap();
    victim.wait().unwrap();

    poll_until_blocking(
        "the server's directory to go",
        Duration::from_secs(30),
        || {
            if directory.exists() {
                Err(data.as_str())
            } else {
                Ok(())
            }
        },
    );
}
