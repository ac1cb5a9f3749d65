//! jemalloc, which this test's program allocates with.

use std::hint;

use crate::watched::Watched;

#[test]
fn what_is_allocated_is_seen_at_once_and_gone_when_it_is_freed() {
    const BYTES: usize = 512 * 1024 * 1024;
    let (watched, _runtime) = Watched::start();
    let before = watched.read("allocator_allocated_bytes");

    let memory = hint::black_box(Vec::<u8>::with_capacity(BYTES));

    let scrape = watched.scrape();
    let allocated = scrape["allocator_allocated_bytes"];
    // Other tests allocate too, but not as much.
    assert!(allocated - before > 0.5 * BYTES as f64, "{allocated}");
    assert!(scrape["allocator_resident_bytes"] >= allocated);
    assert!(scrape.contains_key("allocator_retained_bytes"));
    drop(memory);
    let freed = watched.read("allocator_allocated_bytes");
    assert!(allocated - freed > 0.5 * BYTES as f64, "{freed}");
}
