//! Reads and writes all the while that Redis dies, forgets, remembers too much and is cut off.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use e2e::{Client, Connection, Service};
use serde_json::json;
use servers::{Postgres, Proxy, Redis, Scrape};
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::agreement::{agree, race, settle};
use super::seen::{Deed, History, Note};
use super::visitor::{HOT, Visitor};
use super::{answered, minutes, name, rename, replicas};

/// Visitors of each replica.
const VISITORS: usize = 6;

/// How long each step lasts: twelve are a minute.
const STEP: Duration = Duration::from_secs(5);

/// What a replica far from Redis has to wait each way: less than `cache.operation_timeout`.
const FAR: Duration = Duration::from_millis(5);

/// A Redis, and the way to it of each replica.
struct Scene {
    redis: Redis,
    ways: [Proxy; 2],
}

/// What happens, and which replica hears of nothing from then on.
type Step = (&'static str, fn(&Scene), Option<usize>);

const MINUTE: [Step; 12] = [
    ("quiet", Scene::heal, None),
    ("Redis killed", Scene::die_after_a_snapshot, Some(0)),
    ("Redis back, empty", Scene::restart_empty, None),
    (
        "one replica far away",
        |scene| scene.ways[0].delay(FAR),
        None,
    ),
    ("Redis killed", Scene::die, Some(1)),
    ("Redis back, with an old snapshot", Scene::restart_old, None),
    ("quiet", Scene::heal, None),
    (
        "one replica not answered",
        |scene| mute(&scene.ways[0]),
        Some(0),
    ),
    ("one replica cut off", |scene| scene.ways[0].cut(), Some(0)),
    ("both cut off", |scene| mute(&scene.ways[1]), Some(1)),
    ("both back", Scene::heal, None),
    ("one replica cut off", |scene| scene.ways[1].cut(), Some(1)),
];

impl Scene {
    fn new() -> Self {
        let redis = Redis::start().expect("a Redis");
        let way = || Proxy::start(redis.address()).expect("a proxy");
        let ways = [way(), way()];
        Self { redis, ways }
    }

    fn die_after_a_snapshot(&self) {
        self.redis.save_snapshot().expect("a snapshot");
        self.die();
    }

    fn die(&self) {
        self.redis.kill().expect("an end");
    }

    /// Nobody has heard of anything, and one replica's news arrive late.
    fn begin_anew(&self) {
        self.restart_empty();
        self.ways[0].delay(FAR);
    }

    fn restart_empty(&self) {
        self.redis.restart_empty().expect("a Redis");
    }

    fn restart_old(&self) {
        self.redis.restart_from_snapshot().expect("a Redis");
    }

    fn heal(&self) {
        self.ways.iter().for_each(Proxy::heal);
    }
}

/// Connections stay open, and can be made, and nothing comes.
fn mute(way: &Proxy) {
    way.strand();
    way.delay(Duration::from_secs(3600));
}

/// Makes it all happen, one step after the other; gives when each began.
async fn play(scene: &Scene, services: &[Service; 2]) -> Vec<(Instant, &'static str)> {
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut began = Vec::new();
    for (what, act, deaf) in (0..minutes()).flat_map(|_| MINUTE) {
        began.push((Instant::now(), what));
        block_in_place(|| act(scene));
        if let Some(deaf) = deaf {
            let [deaf, other] = [deaf, 1 - deaf].map(|replica| services[replica].client());
            shows_what_it_does_not_hear_of(&deaf, &other).await;
        }
        ticks.tick().await;
        services.iter().for_each(Service::forget_output);
    }
    began
}

/// Once a replica that hears of nothing has found that out, it keeps up with the other at once.
async fn shows_what_it_does_not_hear_of(deaf: &Client, other: &Client) {
    answered(deaf, 1, "bypass").await;
    for round in 0..20 {
        let wanted = format!("unheard {round}");
        rename(other, &wanted).await;
        assert_eq!(name(deaf).await, wanted);
    }
}

async fn send_visitors(services: &[Service; 2], stop: &CancellationToken) -> JoinSet<Vec<Note>> {
    let mut visitors = JoinSet::new();
    for number in 0..2 * VISITORS {
        let replica = number % 2;
        let connection = Connection::open(services[replica].address()).await;
        let visitor = Visitor::new(number, replica, connection.expect("a connection"));
        visitors.spawn(visitor.roam(stop.clone()));
    }
    visitors
}

/// Looks at every read, and prints how far behind the other replica's writes they were.
#[expect(clippy::print_stdout, reason = "times are told, not judged")]
fn judge(notes: &[Note], steps: &[(Instant, &'static str)]) {
    let history = History::new(notes);
    let mut lags: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
    for read in notes.iter().filter(|note| note.is_read()) {
        let forgotten = history.forgotten(read);
        let step = steps.partition_point(|(began, _)| *began <= read.began);
        let what = step.checked_sub(1).map_or("quiet", |step| steps[step].1);
        assert!(forgotten.is_none(), "{what}: {read:?}: {forgotten:?}");
        let (reads, largest) = lags.entry(what).or_default();
        *reads += 1;
        *largest = history.lag(read).max(*largest);
    }
    println!(
        "{} requests; reads, and the largest lag behind the other replica:",
        notes.len()
    );
    for (what, (reads, largest)) in lags {
        println!("  {what}: {reads}, {largest:.1?}");
    }
}

/// Everything that was to happen did, at both replicas.
fn was_lively(notes: &[Note]) {
    let kind = |note: &Note| match note.deed {
        Deed::Read(Some(_)) if note.name.is_none() => "unmodified",
        Deed::Read(Some(_)) => "found",
        Deed::Read(None) => "missed",
        Deed::Wrote(Some(_)) => "written",
        Deed::Wrote(None) => "created in a batch",
        Deed::Deleted(_) => "deleted",
    };
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for note in notes {
        *kinds.entry((note.replica, kind(note))).or_default() += 1;
    }
    assert_eq!(kinds.len(), 2 * 6, "{kinds:?}");
}

/// What a replica counted: no failure of its own, and that its cache was of use and suffered.
async fn judge_metrics(service: &Service) {
    let text = service.management().get("/metrics").await.expect(200).body;
    let scrape = Scrape::parse(&text);
    let sum = |name: &str, labels: &[(&str, &str)]| {
        let series = scrape.series(name, labels);
        assert!(!series.is_empty(), "no {name} {labels:?}");
        series.iter().map(|series| series.value).sum::<f64>()
    };
    for route in ["/products", "/products/{product_id}"] {
        for status in ["500", "503", "504"] {
            let labels = [("endpoint", route), ("status_code", status)];
            assert_eq!(sum("http_requests_total", &labels), 0.0, "{labels:?}");
        }
    }
    for tier in ["local", "redis"] {
        let hits = sum("cache_requests_total", &[("tier", tier), ("result", "hit")]);
        assert!(hits > 0.0, "no hit: {tier}");
    }
    assert!(sum("cache_invalidation_failures_total", &[]) > 0.0);
    assert_eq!(sum("cache_circuit_open", &[]), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_becomes_of_redis_no_replica_forgets_what_it_acknowledged() {
    let scene = Scene::new();
    let database = Postgres::shared().database();
    let ways = scene.ways.each_ref();
    let ways = ways.map(|way| scene.redis.url_through(way.address()));
    let services = replicas(&database.url(), ways.each_ref().map(String::as_str)).await;
    let products =
        (1..=*HOT.end()).map(|id| json!({"id": id, "name": "0", "price": 1, "amount": 1}));
    services[0]
        .client()
        .create(&products.collect())
        .await
        .expect(201);

    let stop = CancellationToken::new();
    let visitors = send_visitors(&services, &stop).await;
    let steps = play(&scene, &services).await;
    stop.cancel();
    let notes = visitors.join_all().await.concat();

    judge(&notes, &steps);
    was_lively(&notes);
    scene.heal();
    settle(&services).await;
    agree(&services, &database, "after all that").await;
    block_in_place(|| scene.begin_anew());
    settle(&services).await;
    race(&services).await;
    scene.heal();
    settle(&services).await;
    agree(&services, &database, "after a race").await;
    for service in &services {
        judge_metrics(service).await;
    }
}
