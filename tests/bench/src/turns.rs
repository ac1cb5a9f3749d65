//! Who follows whom within a round.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// All places in another order each round, the same in every run, so that nothing measured always
/// follows the same neighbour.
pub(crate) fn order(round: usize, places: usize) -> Vec<usize> {
    let shuffle = BuildHasherDefault::<DefaultHasher>::default();
    let mut order: Vec<usize> = (0..places).collect();
    order.sort_by_key(|place| shuffle.hash_one((round, place)));
    order
}
