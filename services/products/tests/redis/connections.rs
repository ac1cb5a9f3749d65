//! What becomes of connections, and that others take their place.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use products::cache::{Event, Remote};
use servers::{Proxy, Redis, poll_until};

use crate::setup::{
    DEADLINE, Ear, await_answers, in_time, prefix, present, remote, remote_at, stored,
};

const AGAIN: [Event; 3] = [Event::Subscribed, Event::Lost, Event::Subscribed];

#[tokio::test]
async fn a_server_that_comes_late_is_found() {
    let redis = Redis::start().unwrap();
    redis.kill().unwrap();
    let remote = remote(&redis);

    let before = remote.get(1).await;
    redis.restart_empty().unwrap();

    assert!(before.is_err(), "{before:?} from nobody");
    await_answers(&remote).await;
    Ear::open(&remote).await;
}

#[tokio::test]
async fn a_server_that_was_killed_is_found_again_empty_and_with_a_snapshot() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    let ear = Ear::open(&remote).await;
    remote.offer(&present(1, 5)).await.unwrap();
    redis.save_snapshot().unwrap();

    redis.kill().unwrap();
    let dead = in_time(remote.get(1)).await;
    redis.restart_empty().unwrap();
    await_answers(&remote).await;
    let empty = stored(&remote, 1).await;
    ear.await_exactly(&AGAIN).await;
    redis.restart_from_snapshot().unwrap();
    await_answers(&remote).await;

    assert!(dead.is_err(), "{dead:?} from nobody");
    assert_eq!(empty, None);
    assert_eq!(stored(&remote, 1).await, Some(present(1, 5).entry));
    ear.await_exactly(&[&AGAIN[..], &AGAIN[1..]].concat()).await;
}

#[tokio::test]
async fn a_cut_of_the_listening_connection_is_told_and_made_good() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    let ear = Ear::open(&remote).await;

    redis
        .command(&["CLIENT", "KILL", "TYPE", "pubsub"])
        .unwrap();

    ear.await_exactly(&AGAIN).await;
    remote.beat(1).await.unwrap();
    ear.await_events("the heartbeat", |events| {
        events.ends_with(&[Event::Beat(1)])
    })
    .await;
}

#[tokio::test]
async fn a_cut_of_the_commands_connection_costs_one_command_at_most() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    let ear = Ear::open(&remote).await;
    remote.offer(&present(1, 5)).await.unwrap();

    redis
        .command(&["CLIENT", "KILL", "TYPE", "normal"])
        .unwrap();

    let _ = remote.get(1).await;
    await_answers(&remote).await;
    assert_eq!(ear.heard(), [Event::Subscribed], "the other is not touched");
}

#[tokio::test]
async fn a_paused_server_keeps_nobody_for_long_and_answers_when_it_goes_on() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    await_answers(&remote).await;

    redis.pause().unwrap();
    let patient = remote.get(1).await.unwrap_err().to_string();
    let hasty = in_time(remote.get(1)).await;

    assert!(patient.contains("timed out"), "{patient}");
    assert!(hasty.is_err(), "{hasty:?} from a paused server");
    redis.resume().unwrap();
    await_answers(&remote).await;
}

/// The other end is open and silent, for ever: the machine is gone, or a firewall forgot it.
#[tokio::test]
async fn silent_connections_are_replaced() {
    let redis = Redis::start().unwrap();
    let proxy = Proxy::start(redis.address()).unwrap();
    let remote = remote_at(&redis.url_through(proxy.address()), &prefix());
    let ear = Ear::open(&remote).await;
    await_answers(&remote).await;

    proxy.strand();

    let mut number = 0;
    poll_until("heartbeats to come back", DEADLINE, || {
        number += 1;
        let (remote, ear) = (&remote, &ear);
        async move {
            let beaten = in_time(remote.beat(number)).await;
            let heard = ear.heard();
            match heard.last() {
                Some(Event::Beat(_)) => Ok(()),
                _ => Err((beaten, heard)),
            }
        }
    })
    .await;
    assert_eq!(ear.heard()[..3], AGAIN);
}

#[tokio::test]
async fn connections_that_are_alive_are_kept() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    let ear = Ear::open(&remote).await;
    await_answers(&remote).await;
    let made = clients(&redis);

    // Longer than a silence is put up with on either.
    let end = tokio::time::Instant::now() + Duration::from_secs(4);
    let mut number = 0;
    while tokio::time::Instant::now() < end {
        number += 1;
        remote.beat(number).await.unwrap();
        ear.await_events("the heartbeat", |events| {
            events.ends_with(&[Event::Beat(number)])
        })
        .await;
    }

    assert_eq!(clients(&redis), made);
}

/// Which is no failure of the network: there are too many clients, or a right is missing.
#[tokio::test]
async fn a_server_that_turned_a_connection_away_is_asked_again() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    let elsewhere = remote_at(&redis.url().replace("/0", "/1"), &prefix());
    redis
        .command(&["ACL", "SETUSER", "default", "-select"])
        .unwrap();
    let forbidden = elsewhere.get(1).await;
    let mut crowd = TcpStream::connect(redis.address()).unwrap();
    crowd.write_all(b"PING\r\n").unwrap();
    crowd.read_exact(&mut [0]).unwrap();
    redis
        .command(&["CONFIG", "SET", "maxclients", "1"])
        .unwrap();
    let crowded = remote.get(1).await;

    drop(crowd);
    await_answers(&remote).await;
    drop(remote);
    poll_until("room for who gives permission", DEADLINE, || async {
        redis.command(&["ACL", "SETUSER", "default", "+select"])
    })
    .await;

    assert!(crowded.is_err(), "{crowded:?} beyond the limit");
    assert!(forbidden.is_err(), "{forbidden:?} without permission");
    await_answers(&elsewhere).await;
}

/// After a failover the connection may lead to what is a replica by now, its name to the new primary.
#[tokio::test]
async fn a_server_that_may_not_be_written_is_connected_anew() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    remote.offer(&present(1, 5)).await.unwrap();
    let made = clients(&redis);
    redis.command(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();

    poll_until("another connection", DEADLINE, || async {
        let refusal = remote.offer(&present(1, 6)).await.unwrap_err().to_string();
        assert!(refusal.starts_with("READONLY"), "{refusal}");
        let now = clients(&redis);
        if now == made { Err(now) } else { Ok(()) }
    })
    .await;
}

/// Those who are connected, but for who asks.
fn clients(redis: &Redis) -> Vec<String> {
    let text = redis.command(&["CLIENT", "LIST"]).unwrap();
    let others = text
        .lines()
        .filter(|line| !line.contains(" cmd=client|list"));
    others
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}
