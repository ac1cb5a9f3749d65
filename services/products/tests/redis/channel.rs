//! What is told and heard.

use products::cache::{Entry, Event, LAST, Remote};
use servers::Redis;

use crate::setup::{Ear, absent, change, prefix, present, remote, remote_at, stored};

fn changed(id: i64, version: i64) -> Event {
    Event::Changed { id, version }
}

#[tokio::test]
async fn changes_and_own_heartbeats_are_heard_in_their_order() {
    let prefix = prefix();
    let [one, other] = [(); 2].map(|()| remote_at(&Redis::shared().url(), &prefix));
    let ear = Ear::open(&one).await;

    one.publish(&[present(1, 5), absent(2, 6)]).await.unwrap();
    one.beat(1).await.unwrap();
    other.beat(7).await.unwrap();
    other
        .publish(&[change(3, Entry::unknown(LAST))])
        .await
        .unwrap();
    one.beat(2).await.unwrap();

    ear.await_exactly(&[
        Event::Subscribed,
        changed(1, 5),
        changed(2, 6),
        Event::Beat(1),
        changed(3, LAST),
        Event::Beat(2),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_stored_is_told_and_what_is_offered_is_not() {
    let remote = remote(Redis::shared());
    remote.publish(&[present(1, 9)]).await.unwrap();
    let ear = Ear::open(&remote).await;

    remote.offer(&present(1, 10)).await.unwrap();
    remote.publish(&[present(1, 8)]).await.unwrap();

    ear.await_exactly(&[Event::Subscribed, changed(1, 8)]).await;
    assert_eq!(stored(&remote, 1).await, Some(present(1, 10).entry));
}

#[tokio::test]
async fn what_somebody_else_tells_is_not_heard() {
    let redis = Redis::shared();
    let prefix = prefix();
    let remote = remote_at(&redis.url(), &prefix);
    let ear = Ear::open(&remote).await;

    for message in ["", "hello", "c 1", "c 1 x", "b x 1"] {
        redis
            .command(&["PUBLISH", &format!("{prefix}:changes"), message])
            .unwrap();
    }
    remote.beat(1).await.unwrap();

    ear.await_exactly(&[Event::Subscribed, Event::Beat(1)])
        .await;
}

#[tokio::test]
async fn a_thousand_changes_are_published_at_once() {
    let remote = remote(Redis::shared());
    let ear = Ear::open(&remote).await;
    let changes: Vec<_> = (0..1000).map(|id| present(id, id + 1)).collect();

    remote.publish(&changes).await.unwrap();
    remote.publish(&[]).await.unwrap();

    let mut events = vec![Event::Subscribed];
    events.extend((0..1000).map(|id| changed(id, id + 1)));
    ear.await_exactly(&events).await;
    for change in changes {
        assert_eq!(stored(&remote, change.id).await, Some(change.entry));
    }
}
