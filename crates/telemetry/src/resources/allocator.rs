//! jemalloc's own statistics.

use std::hint;

use tikv_jemalloc_ctl::{epoch, stats, thread};

use crate::{MetricsError, Registry, metrics::Reading};

/// What jemalloc counted up to the epoch that a scrape began.
struct Allocator {
    allocated: Option<f64>,
    resident: Option<f64>,
    retained: Option<f64>,
}

impl Allocator {
    fn read() -> Self {
        // Without a new epoch, the numbers are those of the scrape before.
        let fresh = epoch::advance().is_ok();
        let bytes = |read: tikv_jemalloc_ctl::Result<usize>| {
            let bytes = read.ok().filter(|_| fresh)?;
            Some(bytes as f64)
        };
        Self {
            allocated: bytes(stats::allocated::read()),
            resident: bytes(stats::resident::read()),
            retained: bytes(stats::retained::read()),
        }
    }
}

static READINGS: [Reading<Allocator>; 3] = [
    Reading::gauge(
        "allocator_allocated_bytes",
        "Memory that the program has asked for and not given back.",
        |allocator| allocator.allocated,
    ),
    Reading::gauge(
        "allocator_resident_bytes",
        "Memory that the allocator keeps in RAM for that, what it cannot use included.",
        |allocator| allocator.resident,
    ),
    Reading::gauge(
        "allocator_retained_bytes",
        "Address space that the allocator keeps without any memory behind it.",
        |allocator| allocator.retained,
    ),
];

/// Adds the metrics, if jemalloc is what this program allocates with.
pub(super) fn register(registry: &Registry) -> Result<(), MetricsError> {
    if !serves_this_program() {
        return Ok(());
    }
    registry.readings(&READINGS, Allocator::read)
}

/// The feature alone only links jemalloc: whether the program chose it shows in an allocation.
fn serves_this_program() -> bool {
    let Ok(allocated) = thread::allocatedp::read() else {
        return false;
    };
    let before = allocated.get();
    drop(hint::black_box(Box::new([0_u8; 64])));
    allocated.get() > before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Metrics, MetricsSettings};

    #[test]
    fn a_program_with_another_allocator_shows_no_numbers_of_jemalloc() {
        let metrics = Metrics::new(&MetricsSettings::default()).unwrap();

        register(metrics.registry()).unwrap();

        let families = metrics.registry().gather();
        assert!(
            families
                .iter()
                .all(|family| !family.name().starts_with("allocator"))
        );
    }
}
