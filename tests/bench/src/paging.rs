//! Whether a page deep in a list costs more than one at its beginning, in every order.

use e2e::{Answer, Service, Store};

use crate::connection::Connection;
use crate::filling;
use crate::sample::{Ratio, Sample};
use crate::table::Table;

const ORDERS: [&str; 10] = [
    "id",
    "-id",
    "name",
    "-name",
    "price",
    "-price",
    "amount",
    "-amount",
    "created_at",
    "-created_at",
];

const LIMIT: usize = 100;

/// A page near the beginning that is itself reached by a link, and one a thousand pages in.
const PAGES: [usize; 2] = [2, 1_000];

/// One page more than the deepest, so that both pages are full and lead on.
const PRODUCTS: u32 = 100_100;

const ROUNDS: usize = 200;

/// Skipping deep is slow, and its slowness is plain after a few rounds.
const SKIP_ROUNDS: usize = 20;

/// How much more the deep page may cost.
const BOUND: f64 = 1.2;

/// Fills the store and prints what the two pages cost by `Link` and by `skip` in every order.
///
/// # Panics
/// When the service answers otherwise than it should.
pub(crate) async fn run(store: &Store) {
    let service = Service::start(store).await;
    let mut connection = Connection::open(service.address()).await;
    filling::fill(&mut connection, PRODUCTS).await;
    let mut table = Table::new(&["sort", "page 2", "page 1000", "ratio", "ratio with skip="]);
    let mut ratios = Vec::new();
    for order in ORDERS {
        let links = links(&mut connection, order).await;
        let skips = PAGES.map(|page| format!("{}&skip={}", path(order), (page - 1) * LIMIT));
        let by_link = compare(&mut connection, &links, ROUNDS).await;
        let by_skip = compare(&mut connection, &skips, SKIP_ROUNDS).await;
        table.row([
            order.to_owned(),
            format!("{:.2} ms", by_link.near_ms),
            format!("{:.2} ms", by_link.far_ms),
            by_link.ratio.to_string(),
            by_skip.ratio.to_string(),
        ]);
        ratios.push((order, by_link.ratio.median));
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

/// Asks for the two pages in turn.
async fn compare(connection: &mut Connection, paths: &[String; 2], rounds: usize) -> Comparison {
    let [near, far] = paths;
    let (mut near_sample, mut far_sample) = (Sample::default(), Sample::default());
    for _ in 0..rounds {
        near_sample.push(connection.get(near).await.elapsed);
        far_sample.push(connection.get(far).await.elapsed);
    }
    Comparison {
        near_ms: near_sample.median_ms(),
        far_ms: far_sample.median_ms(),
        ratio: far_sample.over(&near_sample),
    }
}

/// Walks an order from its beginning and gives the links that led to [`PAGES`].
async fn links(connection: &mut Connection, order: &str) -> [String; 2] {
    let mut links = Vec::from([path(order)]);
    while links.len() < PAGES[1] {
        let page = connection.get(&links[links.len() - 1]).await.answer;
        links.push(next(&page));
    }
    let links = PAGES.map(|page| links[page - 1].clone());
    for link in &links {
        let page = connection.get(link).await.answer;
        let rows = page.json().as_array().map(Vec::len);
        assert_eq!(rows, Some(LIMIT), "{} is no full page", page.request);
        next(&page);
    }
    links
}

/// The first page of an order.
fn path(order: &str) -> String {
    format!("/products?sort={order}&limit={LIMIT}")
}

#[track_caller]
fn next(page: &Answer) -> String {
    let next = page.link("next");
    next.unwrap_or_else(|| panic!("{} has no next page", page.request))
}

/// The worst order beside the bound.
fn verdict(ratios: &[(&str, f64)]) -> String {
    let worst = ratios.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let (order, ratio) = worst.expect("there are orders");
    let verdict = if *ratio <= BOUND { "holds" } else { "BROKEN" };
    format!("  at most {BOUND}: {verdict}; the worst is {ratio:.2}, by {order}")
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn the_verdict_is_about_the_worst_order() {
        let held = verdict(&[("id", 1.0), ("name", 1.2), ("price", 0.9)]);
        let broken = verdict(&[("id", 1.0), ("name", 1.21)]);

        assert_eq!(held, "  at most 1.2: holds; the worst is 1.20, by name");
        assert_eq!(broken, "  at most 1.2: BROKEN; the worst is 1.21, by name");
    }
}
