//! Whether a page deep in a list costs more than one at its beginning.

use e2e::{Answer, Service, Store};

use crate::connection::Connection;
use crate::filling;
use crate::sample::{Ratio, Sample};
use crate::table::Table;

const LIMIT: usize = 100;

/// Every order, every filter on what its list is sorted by, and the deep page of each list.
///
/// Such a filter and the cursor bound the same index, and a planner that takes the filter's bound
/// for the cursor's reads all the pages before.
const LISTS: [(&str, usize); 16] = [
    ("sort=id", 1_000),
    ("sort=-id", 1_000),
    ("sort=name", 1_000),
    ("sort=-name", 1_000),
    ("sort=price", 1_000),
    ("sort=-price", 1_000),
    ("sort=amount", 1_000),
    ("sort=-amount", 1_000),
    ("sort=created_at", 1_000),
    ("sort=-created_at", 1_000),
    ("sort=name&name=b", 1_000),
    ("sort=-name&name=b", 1_000),
    ("sort=price&min_price=1", 1_000),
    ("sort=-price&max_price=2000", 1_000),
    // Two thirds of the products, and one third.
    ("sort=amount&in_stock=true", 600),
    ("sort=-amount&in_stock=false", 300),
];

/// The page to compare with: near the beginning, but itself reached by a link.
const NEAR: usize = 2;

/// A tenth more than the deepest page needs: what is measured is depth, and not the end of a list,
/// where PostgreSQL finds it cheaper to fetch and sort the few rows that are left.
const PRODUCTS: u32 = 110_000;

const ROUNDS: usize = 200;

/// Skipping deep is slow, and its slowness is plain after a few rounds.
const SKIP_ROUNDS: usize = 20;

/// How much more the deep page may cost.
const BOUND: f64 = 1.2;

/// Fills the store and prints what the two pages of each list cost, by `Link` and by `skip`.
///
/// # Panics
/// When the service answers otherwise than it should.
pub(crate) async fn run(store: &Store) {
    let service = Service::start(store).await;
    let mut connection = Connection::open(service.address()).await;
    filling::fill(&mut connection, PRODUCTS).await;
    let mut table = Table::new(&[
        "list",
        "page 2",
        "deep page",
        "its cost",
        "ratio",
        "ratio with skip=",
    ]);
    let mut ratios = Vec::new();
    for (list, deep) in LISTS {
        let pages = [NEAR, deep];
        let links = links(&mut connection, list, pages).await;
        let skips = pages.map(|page| format!("{}&skip={}", path(list), (page - 1) * LIMIT));
        let by_link = compare(&mut connection, &links, ROUNDS).await;
        let by_skip = compare(&mut connection, &skips, SKIP_ROUNDS).await;
        table.row([
            list.to_owned(),
            format!("{:.2} ms", by_link.near_ms),
            deep.to_string(),
            format!("{:.2} ms", by_link.far_ms),
            by_link.ratio.to_string(),
            by_skip.ratio.to_string(),
        ]);
        ratios.push((list, by_link.ratio.median));
    }
    println!("paging, {store}: {PRODUCTS} products, {LIMIT} a page, {ROUNDS} rounds");
    println!("{table}{}\n", verdict(&ratios));
}

/// What two pages cost.
struct Comparison {
    near_ms: f64,
    far_ms: f64,
    /// The far page over the near one.
    ratio: Ratio,
}

/// Asks for the two pages in rounds, each of them first in half of them.
async fn compare(connection: &mut Connection, paths: &[String; 2], rounds: usize) -> Comparison {
    let [near, far] = paths;
    let (mut near_sample, mut far_sample) = (Sample::default(), Sample::default());
    for round in 0..rounds {
        let mut turns = [(near, &mut near_sample), (far, &mut far_sample)];
        // The Thue-Morse sequence has no period that could agree with that in which the service's
        // pool hands out its connections, so that none of them serves one of the pages alone.
        if round.count_ones() % 2 == 1 {
            turns.reverse();
        }
        for (path, sample) in turns {
            sample.push(connection.get(path).await.elapsed);
        }
    }
    Comparison {
        near_ms: near_sample.median_ms(),
        far_ms: far_sample.median_ms(),
        ratio: far_sample.over(&near_sample),
    }
}

/// Walks a list from its beginning and gives the links that led to two of its pages.
async fn links(connection: &mut Connection, list: &str, pages: [usize; 2]) -> [String; 2] {
    let mut links = Vec::from([path(list)]);
    while links.len() < pages[1] {
        let page = connection.get(&links[links.len() - 1]).await.answer;
        links.push(next(&page));
    }
    let links = pages.map(|page| links[page - 1].clone());
    for link in &links {
        let page = connection.get(link).await.answer;
        let rows = page.json().as_array().map(Vec::len);
        assert_eq!(rows, Some(LIMIT), "{} is no full page", page.request);
        next(&page);
    }
    links
}

/// The first page of a list.
fn path(list: &str) -> String {
    format!("/products?{list}&limit={LIMIT}")
}

#[track_caller]
fn next(page: &Answer) -> String {
    let next = page.link("next");
    next.unwrap_or_else(|| panic!("{} has no next page", page.request))
}

/// The worst list beside the bound.
fn verdict(ratios: &[(&str, f64)]) -> String {
    let worst = ratios.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let (list, ratio) = worst.expect("there are lists");
    let verdict = if *ratio <= BOUND { "holds" } else { "BROKEN" };
    format!("  at most {BOUND}: {verdict}; the worst is {ratio:.2}, by {list}")
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn the_verdict_is_about_the_worst_list() {
        let held = verdict(&[("id", 1.0), ("name", 1.2), ("price", 0.9)]);
        let broken = verdict(&[("id", 1.0), ("name", 1.21)]);

        assert_eq!(held, "  at most 1.2: holds; the worst is 1.20, by name");
        assert_eq!(broken, "  at most 1.2: BROKEN; the worst is 1.21, by name");
    }
}
