//! Passwords, certificates, and what is said of them.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use products::cache::{Event, RedisRemote, Remote};
use secrecy::SecretString;
use servers::Redis;

use crate::setup::{Ear, prefix, present, remote, remote_at, stored};

#[tokio::test]
async fn a_password_opens_a_guarded_server_and_a_wrong_one_does_not() {
    let redis = Redis::start_guarded(&[]).unwrap();
    let right = remote(&redis);
    let wrong = redis.url().replace(redis.password(), "another-secret");
    let none = format!("redis://{}", redis.address());

    right.publish(&[present(1, 5)]).await.unwrap();
    Ear::open(&right).await;

    assert_eq!(stored(&right, 1).await, Some(present(1, 5).entry));
    for (url, why) in [(wrong, "a wrong password"), (none, "none")] {
        let refused = remote_at(&url, &prefix())
            .get(1)
            .await
            .unwrap_err()
            .to_string();
        assert!(!refused.contains("another-secret"), "{why}: {refused}");
    }
}

#[tokio::test]
async fn an_encrypted_server_is_trusted_for_the_authority_that_is_named() {
    let (redis, authority) = Redis::start_encrypted().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.pem");
    std::fs::write(&path, authority).unwrap();

    let url = format!("{}?sslrootcert={}", redis.url(), path.display());
    let trusting = remote_at(&url, &prefix());
    trusting.publish(&[present(1, 5)]).await.unwrap();
    Ear::open(&trusting).await;
    let stranger = remote(&redis).get(1).await.unwrap_err().to_string();

    assert_eq!(stored(&trusting, 1).await, Some(present(1, 5).entry));
    assert!(stranger.contains("certificate"), "{stranger}");
}

#[test]
fn a_url_that_cannot_be_used_is_refused_without_being_shown() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let unreadable = format!("rediss://:secret@host?sslrootcert={}", empty.display());

    for (url, complaint) in [
        ("secret", "begin with redis://"),
        ("http://:secret@host", "begin with redis://"),
        ("unix:///secret", "begin with redis://"),
        (
            "redis://:secret@host?sslrootcrt=secret",
            "parameter besides",
        ),
        ("redis://:secret@host/zero", "cannot be understood"),
        (
            "redis://:secret@host?protocol=secret",
            "cannot be understood",
        ),
        ("rediss://:secret@host#insecure", "fragment"),
        (
            "rediss://:secret@host?sslrootcert=/nowhere.pem",
            "/nowhere.pem: No such file",
        ),
        (
            "redis://:secret@host?sslrootcert=/etc/hostname",
            "no certificate",
        ),
        (unreadable.as_str(), "no certificate"),
    ] {
        let error = RedisRemote::new(&SecretString::from(url), "p").unwrap_err();

        let said = format!("{error} {error:?}");
        assert!(said.contains(complaint), "{url}: {said}");
        assert!(!said.contains("secret"), "{url}: {said}");
    }
}

#[test]
fn a_remote_is_made_without_a_runtime_and_shows_no_password() {
    let url = SecretString::from("redis://user:secret@127.0.0.1:1/0");

    let remote = RedisRemote::new(&url, "p").unwrap();

    let shown = format!("{remote:?}");
    assert!(
        shown.contains("\"p\"") && !shown.contains("secret"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_quoted() {
    for (answer, shown) in [
        (
            "-ERR unknown command 'GET', with args beginning with: 'a b!' 'and more'\r\n",
            "unknown command 'GET'",
        ),
        (
            "-ERR I will not have a b! nor a%20b%21 here\r\n",
            "not have *** nor ***",
        ),
    ] {
        let address = parrot(answer);
        let remote = remote_at(&format!("redis://:a%20b%21@{address}"), &prefix());

        let error = remote.get(1).await.unwrap_err();

        let said = format!("{error} {error:?}");
        assert!(said.contains(shown), "{said}");
        assert!(!said.contains("a b!"), "{said}");
        assert!(!said.contains("and more"), "what was sent is shown: {said}");
    }
}

/// A server that takes any password and has one answer to every other command.
fn parrot(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok((mut client, _)) = listener.accept() {
            while let Ok(length @ 1..) = client.read(&mut piece) {
                // A command begins with the number of its words.
                for command in String::from_utf8_lossy(&piece[..length]).split('*').skip(1) {
                    let known = command.contains("AUTH");
                    let said = if known { "+OK\r\n" } else { answer };
                    let _ = client.write_all(said.as_bytes());
                }
            }
        }
    });
    address
}

#[tokio::test]
async fn the_rights_that_the_documentation_names_are_enough() {
    let redis = Redis::start().unwrap();
    let operations = include_str!("../../../../docs/operations.md");
    let rights = operations.split("begin with the prefix, and `").nth(1);
    let rights = rights.and_then(|text| text.split('`').next()).unwrap();
    let mut user = vec!["ACL", "SETUSER", "cache", "on", ">secret", "~p:*", "&p:*"];
    user.extend(rights.split_whitespace());
    redis.command(&user).unwrap();
    let url = redis.url().replace("redis://", "redis://cache:secret@");
    let remote = remote_at(&url, "p");

    let ear = Ear::open(&remote).await;
    remote.offer(&present(1, 5)).await.unwrap();
    remote.publish(&[present(1, 6)]).await.unwrap();
    remote.beat(1).await.unwrap();

    assert_eq!(stored(&remote, 1).await, Some(present(1, 6).entry));
    ear.await_events("the heartbeat", |events| {
        events.ends_with(&[Event::Beat(1)])
    })
    .await;
}
