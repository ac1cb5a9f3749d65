//! No interleaving serves a value that is older than a write that was acknowledged by the replica that
//! is asked, and the others' are bounded.

use std::{
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use products::cache::CacheMetrics;
use telemetry::{Metrics, MetricsSettings};

use crate::schedule::{Stale, World, play};

/// Stories that are told, from this number on: `CACHE_SCHEDULES` for more.
const SCHEDULES: u64 = 100_000;

fn schedules() -> u64 {
    env::var("CACHE_SCHEDULES").map_or(SCHEDULES, |number| number.parse().unwrap())
}

/// Plays stories until one is told wrongly.
fn search(schedules: u64, world: World) -> Option<Stale> {
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let metrics = CacheMetrics::register(&metrics).unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let found: Arc<Mutex<Option<Stale>>> = Arc::default();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= schedules || found.lock().unwrap().is_some() {
                        return;
                    }
                    if let Err(stale) = play(seed, world, &metrics) {
                        found.lock().unwrap().get_or_insert(stale);
                    }
                }
            });
        }
    });
    found.lock().unwrap().take()
}

#[test]
fn nothing_stale_is_read_whatever_happens() {
    let world = World {
        compares: true,
        watches: true,
        fails: true,
    };

    if let Some(stale) = search(schedules(), world) {
        panic!("{stale}");
    }
}

#[test]
fn without_a_comparison_of_versions_the_classic_race_is_found() {
    // Nothing fails: reading, writing and storing in an unlucky order is enough.
    let world = World {
        compares: false,
        watches: true,
        fails: false,
    };

    let stale = search(schedules(), world).expect("read old, write new, store old");

    assert!(stale.to_string().contains("seed"), "{stale}");
}

#[test]
fn without_a_look_at_the_clock_what_strays_is_found() {
    let world = World {
        compares: true,
        watches: false,
        fails: true,
    };

    let stale = search(schedules(), world).expect("what strayed until its successor had expired");

    assert!(stale.to_string().contains("seed"), "{stale}");
}
