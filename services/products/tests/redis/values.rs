//! What is stored, and what gives way to what.

use std::{sync::Arc, time::Duration};

use products::cache::{Change, Entry, LAST, NEVER, RedisFailure, Remote};
use servers::{Redis, poll_until};

use crate::setup::{
    DEADLINE, Ear, MINUTE, absent, change, prefix, present, remote, remote_at, stored,
};

/// What is held, what comes, whether it is taken, and why.
fn rows() -> [(Arc<Entry>, Arc<Entry>, bool, &'static str); 12] {
    let [absent, unknown] = [Entry::absent, Entry::unknown];
    let present = |version| present(0, version).entry;
    [
        (
            absent(9),
            present(10),
            true,
            "ten is more than nine, if not by its first digit",
        ),
        (absent(10), present(9), false, "nine is less than ten"),
        (
            absent(10),
            present(10),
            false,
            "the same version is the same state",
        ),
        (absent(NEVER), present(1), true, "it has been created since"),
        (
            present(1),
            absent(NEVER),
            false,
            "who saw nothing looked before it was created",
        ),
        (
            unknown(5),
            present(5),
            true,
            "what was unknown is known now",
        ),
        (unknown(5), present(6), true, "it was changed once more"),
        (unknown(5), present(4), false, "this was read before"),
        (present(5), unknown(5), false, "what is known remains so"),
        (
            present(5),
            unknown(6),
            true,
            "it was changed to who knows what",
        ),
        (
            unknown(LAST),
            present(7),
            false,
            "nothing is stored over it",
        ),
        (
            present(LAST - 1),
            unknown(LAST),
            true,
            "it is above all others",
        ),
    ]
}

#[tokio::test]
async fn what_is_newer_is_taken_and_nothing_else() {
    let remote = remote(Redis::shared());

    for (id, (held, comes, taken, why)) in (0..).zip(rows()) {
        let [offered, published] = [id, 1000 + id];
        let before = [offered, published].map(|id| change(id, held.clone()));
        remote.publish(&before).await.unwrap();

        remote.offer(&change(offered, comes.clone())).await.unwrap();
        remote
            .publish(&[change(published, comes.clone())])
            .await
            .unwrap();

        let wanted = if taken { &comes } else { &held };
        for (id, way) in [(offered, "offered"), (published, "published")] {
            let entry = stored(&remote, id).await;
            assert_eq!(entry.as_ref(), Some(wanted), "{way} over {held:?}: {why}");
        }
    }
}

#[tokio::test]
async fn what_is_stored_is_found_as_it_was_until_its_end() {
    let prefix = prefix();
    let remote = remote_at(&Redis::shared().url(), &prefix);
    let nothing = remote.get(1).await.unwrap();

    for (id, entry) in [
        (1, Entry::present(12, "{\"name\":\"caf\u{e9}\"}")),
        (2, Entry::present(13, "")),
        (3, Entry::present(14, vec![0, 13, 10, 255])),
        (4, Entry::absent(15)),
        (5, Entry::unknown(16)),
        (i64::MIN, Entry::absent(NEVER)),
    ] {
        remote.offer(&change(id, entry.clone())).await.unwrap();

        let kept = remote.get(id).await.unwrap().unwrap();
        assert_eq!(kept.entry, entry);
        assert!(
            kept.lifetime <= MINUTE && kept.lifetime > Duration::ZERO,
            "{kept:?}"
        );
    }
    assert_eq!(nothing, None, "nothing was stored yet");
    let raw = Redis::shared().command(&["GET", &format!("{prefix}:4")]);
    assert_eq!(raw.unwrap(), "0000000000000000015-");
}

#[tokio::test]
async fn what_has_lived_its_time_is_gone() {
    let remote = remote(Redis::shared());

    for (id, lifetime) in [(1, Duration::ZERO), (2, Duration::from_millis(20))] {
        let change = Change {
            lifetime,
            ..present(id, 5)
        };
        remote.publish(&[change]).await.unwrap();

        poll_until("the end of a short life", DEADLINE, || async {
            stored(&remote, id).await.map_or(Ok(()), Err)
        })
        .await;
    }
    let change = Change {
        lifetime: Duration::MAX,
        ..present(3, 5)
    };
    remote.publish(&[change]).await.unwrap();
    assert!(stored(&remote, 3).await.is_some(), "a long life");
}

#[tokio::test]
async fn what_somebody_else_wrote_says_nothing_and_gives_way() {
    let redis = Redis::shared();
    let prefix = prefix();
    let remote = remote_at(&redis.url(), &prefix);
    let rows: [&[&str]; 4] = [
        &["SET", "nonsense"],
        &["SET", "99"],
        &["SET", "9999999999999999999+{}"],
        &["LPUSH", "a", "b"],
    ];

    for (id, words) in (0..).zip(rows) {
        let [offered, published] = [id, 1000 + id];
        for id in [offered, published] {
            let key = format!("{prefix}:{id}");
            let mut command = words.to_vec();
            command.insert(1, &key);
            redis.command(&command).unwrap();
            let nothing = Some(Entry::unknown(NEVER));
            assert_eq!(stored(&remote, id).await, nothing, "{words:?}");
        }

        remote.offer(&present(offered, 5)).await.unwrap();
        remote.publish(&[present(published, 5)]).await.unwrap();

        for id in [offered, published] {
            let entry = stored(&remote, id).await;
            assert_eq!(entry, Some(present(id, 5).entry), "{words:?}");
        }
    }
}

#[tokio::test]
async fn a_value_without_an_end_is_not_kept_beyond_the_moment() {
    let redis = Redis::shared();
    let prefix = prefix();
    let remote = remote_at(&redis.url(), &prefix);
    remote.offer(&present(1, 5)).await.unwrap();

    redis.command(&["PERSIST", &format!("{prefix}:1")]).unwrap();

    let kept = remote.get(1).await.unwrap().unwrap();
    assert_eq!(
        (kept.entry, kept.lifetime),
        (present(1, 5).entry, Duration::ZERO)
    );
}

#[tokio::test]
async fn prefixes_are_apart() {
    let [one, other] = [(); 2].map(|()| remote(Redis::shared()));

    one.publish(&[present(1, 5)]).await.unwrap();

    assert_eq!(stored(&other, 1).await, None);
}

#[tokio::test]
async fn a_server_that_forgot_the_script_is_taught_it_again() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    remote.offer(&present(1, 5)).await.unwrap();

    redis.command(&["SCRIPT", "FLUSH"]).unwrap();

    remote.offer(&present(1, 6)).await.unwrap();
    assert_eq!(stored(&remote, 1).await, Some(present(1, 6).entry));
}

/// Redis refuses whatever needs memory when it has none and may evict nothing, which is its default.
#[tokio::test]
async fn a_full_server_lets_go_of_what_is_out_of_date_and_says_that_it_failed() {
    let redis = Redis::start().unwrap();
    let remote = remote(&redis);
    let ear = Ear::open(&remote).await;
    let held = [present(1, 5), change(2, Entry::unknown(5)), present(3, 9)];
    remote.publish(&held).await.unwrap();
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();

    let failure = remote
        .publish(&[absent(2, 6), present(1, 6), present(3, 8)])
        .await;

    let Err(RedisFailure::Server(reason)) = failure else {
        panic!("{failure:?}");
    };
    assert!(reason.starts_with("OOM"), "{reason}");
    assert_eq!(
        stored(&remote, 2).await,
        Some(Entry::unknown(5)),
        "it claims nothing"
    );
    let first = stored(&remote, 1).await;
    assert!(
        first != Some(present(1, 5).entry),
        "an old state was left: {first:?}"
    );
    assert_eq!(
        stored(&remote, 3).await,
        Some(present(3, 9).entry),
        "it is newer"
    );
    ear.await_events("all to be told all the same", |events| events.len() == 7)
        .await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    remote
        .publish(&[absent(2, 6), present(1, 6)])
        .await
        .unwrap();
    assert_eq!(stored(&remote, 1).await, Some(present(1, 6).entry));
    assert_eq!(stored(&remote, 2).await, Some(absent(2, 6).entry));
}
