//! A real Redis, seen from a test that uses it.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use servers::Redis;

const DEADLINE: Duration = Duration::from_secs(30);

#[test]
fn a_command_is_answered_and_a_wrong_one_is_an_error() {
    let redis = Redis::shared();

    redis.command(&["SET", "greeting", "hello\nyou"]).unwrap();

    assert_eq!(redis.command(&["GET", "greeting"]).unwrap(), "hello\nyou");
    let error = redis.command(&["NONSENSE"]).unwrap_err().to_string();
    assert!(error.contains("unknown command"), "{error}");
}

#[test]
fn a_killed_server_comes_back_empty_or_with_its_snapshot() {
    let redis = Redis::start().unwrap();
    let url = redis.url();
    redis.command(&["SET", "kept", "1"]).unwrap();
    redis.save_snapshot().unwrap();
    redis.command(&["SET", "lost", "1"]).unwrap();

    redis.kill().unwrap();
    let gone = redis.command(&["PING"]).is_err();
    redis.restart_empty().unwrap();
    let empty = redis.command(&["DBSIZE"]).unwrap();
    redis.restart_from_snapshot().unwrap();

    assert!(gone, "a killed server answered");
    assert_eq!(empty, "0");
    assert_eq!(redis.command(&["KEYS", "*"]).unwrap(), "kept");
    assert_eq!(redis.url(), url);
}

#[test]
fn a_paused_server_answers_when_it_goes_on() {
    let redis = Redis::start().unwrap();

    redis.pause().unwrap();

    let mut stream = TcpStream::connect(redis.address()).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let mut answer = [0; 7];
    let kind = stream.read(&mut answer).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::WouldBlock, "a paused server answered");
    redis.resume().unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[test]
fn a_password_and_encryption_are_demanded() {
    let guarded = Redis::start_guarded(&[]).unwrap();
    let (encrypted, authority) = Redis::start_encrypted().unwrap();

    for (redis, scheme) in [(guarded, "redis"), (encrypted, "rediss")] {
        let start = format!("{scheme}://:{}@127.0.0.1:", redis.password());
        assert!(redis.url().starts_with(&start), "{}", redis.url());
        assert_eq!(redis.command(&["PING"]).unwrap(), "PONG");
        let demanded = redis.command(&["CONFIG", "GET", "requirepass"]).unwrap();
        assert!(demanded.ends_with(redis.password()), "{demanded}");
    }
    assert!(authority.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn settings_are_taken_and_what_the_server_refuses_is_reported_with_its_log() {
    let redis = Redis::start_with(&[("maxmemory", "3mb")]).unwrap();

    let limit = redis.command(&["CONFIG", "GET", "maxmemory"]).unwrap();
    let error = Redis::start_with(&[("no-such-setting", "1")]).unwrap_err();

    assert_eq!(limit, "maxmemory\n3145728");
    let report = format!("{error:?}");
    assert!(report.contains("no-such-setting"), "{report}");
}
