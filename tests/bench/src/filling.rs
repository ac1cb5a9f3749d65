//! Products to fill a database with.

use crate::connection::Connection;

/// The longest array that the API takes.
pub(crate) const BATCH: u32 = 1_000;

// Words of one length, as nearly all that follows: pages from either end of an order are of a size.
const MATERIALS: [&str; 8] = [
    "Baize", "Balsa", "Beech", "Birch", "Black", "Brass", "Brick", "Brown",
];
const THINGS: [&str; 6] = ["bench", "chair", "couch", "shelf", "stool", "table"];

/// Product number `index` of an endless row of them as JSON text, without an id.
///
/// - About a thousand names in three spellings of case, all of which begin with a b, and two
///   thousand prices between 1000 and 1100, each in an order of its own.
/// - A third of the products have the amount 0 and a third the largest: the deep page by amount
///   lies far inside a run of equal ones, where only the id parts the rows.
///
/// The same index gives the same product in every run.
pub(crate) fn product(index: u32) -> String {
    let name = name(index);
    let (euros, cents) = {
        let minor = 100_001 + 5 * scatter(index, 1_999);
        (minor / 100, minor % 100)
    };
    let amount = amount(index);
    format!(r#"{{"name":"{name}","price":{euros}.{cents:02},"amount":{amount}}}"#)
}

/// The products `indices` as one JSON array.
pub(crate) fn array(indices: impl Iterator<Item = u32>) -> String {
    let products: Vec<String> = indices.map(product).collect();
    format!("[{}]", products.join(","))
}

/// Creates the products `0..count` in arrays of [`BATCH`].
pub(crate) async fn fill(connection: &mut Connection, count: u32) {
    for begin in (0..count).step_by(BATCH as usize) {
        let end = count.min(begin + BATCH);
        connection.create(array(begin..end)).await;
    }
}

fn name(index: u32) -> String {
    let number = scatter(index, 1_009);
    let material = MATERIALS[number as usize % MATERIALS.len()];
    let thing = THINGS[number as usize / MATERIALS.len() % THINGS.len()];
    let name = format!("{material} {thing} {number:04}");
    match index % 3 {
        0 => name,
        1 => name.to_lowercase(),
        _ => name.to_uppercase(),
    }
}

fn amount(index: u32) -> u32 {
    match scatter(index, 1_499) {
        number @ 500..1_000 => number,
        number if number < 500 => 0,
        _ => 999,
    }
}

/// A number below the prime `modulus` that follows from `index` in no visible order.
fn scatter(index: u32, modulus: u32) -> u32 {
    // Knuth's multiplicative hash; its low bits are the poor ones.
    (index.wrapping_mul(2_654_435_769) >> 8) % modulus
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{name, product};

    #[test]
    fn names_repeat_and_differ_in_case_alone() {
        let names: HashSet<String> = (0..100_000).map(name).collect();
        let keys: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();

        assert_eq!(names.len(), 3 * keys.len());
        assert_eq!(keys.len(), 1_009);
    }

    #[test]
    fn products_differ_in_length_by_the_digits_of_the_amount_alone() {
        let lengths: HashSet<usize> = (0..100_000).map(|index| product(index).len()).collect();

        let longest = lengths.iter().max().copied().unwrap_or_default();
        assert_eq!(lengths, HashSet::from([longest - 2, longest]));
    }
}
