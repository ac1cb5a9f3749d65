//! What comes too late, by the server's own clock.

use std::time::Duration;

use products::cache::{Change, Entry, Event, Remote};
use servers::{Proxy, Redis, poll_until};
use tokio::time::Instant;

use crate::setup::{DEADLINE, Ear, await_answers, prefix, present, remote, remote_at, stored};

/// A change whose content had to be there a moment ago.
fn late(change: Change) -> Change {
    let by = Instant::now() - Duration::from_millis(1);
    Change { by, ..change }
}

#[tokio::test]
async fn what_was_read_too_long_ago_is_not_stored() {
    let remote = remote(Redis::shared());

    remote.offer(&late(present(1, 5))).await.unwrap();
    assert_eq!(stored(&remote, 1).await, None);
    remote.offer(&present(1, 5)).await.unwrap();
    remote.offer(&late(present(1, 6))).await.unwrap();

    assert_eq!(stored(&remote, 1).await, Some(present(1, 5).entry));
}

#[tokio::test]
async fn what_was_written_too_long_ago_is_told_and_stored_as_unknown() {
    let remote = remote(Redis::shared());
    let ear = Ear::open(&remote).await;

    remote
        .publish(&[late(present(1, 5)), present(2, 6)])
        .await
        .unwrap();

    let told = [(1, 5), (2, 6)].map(|(id, version)| Event::Changed { id, version });
    ear.await_events("both changes", |events| events.ends_with(&told))
        .await;
    assert_eq!(stored(&remote, 1).await, Some(Entry::unknown(5)));
    assert_eq!(stored(&remote, 2).await, Some(present(2, 6).entry));
}

/// How often the server ran the script.
fn runs(redis: &Redis) -> usize {
    let statistics = redis.command(&["INFO", "commandstats"]).unwrap();
    let calls = statistics.split("cmdstat_evalsha:calls=").nth(1);
    let calls = calls.and_then(|text| text.split(',').next());
    calls.map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test]
async fn what_was_held_up_on_its_way_is_too_late_though_it_was_sent_in_time() {
    let redis = Redis::start().unwrap();
    let proxy = Proxy::start(redis.address()).unwrap();
    let [prefix, away] = [prefix(), redis.url_through(proxy.address())];
    let (near, far) = (remote_at(&redis.url(), &prefix), remote_at(&away, &prefix));
    await_answers(&far).await;
    // The script is known there.
    far.offer(&present(0, 1)).await.unwrap();
    let before = runs(&redis);
    let by = Instant::now() + Duration::from_millis(200);

    proxy.delay(Duration::from_millis(600));
    let sent = Change {
        by,
        ..present(1, 5)
    };
    // Whoever asked may have given up.
    let _ = far.offer(&sent).await;

    poll_until("the script to have run", DEADLINE, || async {
        let runs = runs(&redis);
        if runs > before { Ok(()) } else { Err(runs) }
    })
    .await;
    assert_eq!(stored(&near, 1).await, None);
}
