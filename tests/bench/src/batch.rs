//! Whether many products in one request cost less than one request for each.

use std::time::Duration;

use e2e::{Service, Store};

use crate::connection::Connection;
use crate::filling::{self, BATCH};
use crate::sample::Sample;
use crate::table::Table;

/// A thousand commits take seconds on a slow disk.
const ROUNDS: u32 = 5;

/// Creates as many products both ways in turn and prints what that took.
///
/// # Panics
/// When the service answers otherwise than it should.
pub(crate) async fn run(store: &Store) {
    let service = Service::start(store).await;
    let mut connection = Connection::open(service.address()).await;
    let (mut together, mut singly) = (Sample::default(), Sample::default());
    for round in 0..ROUNDS {
        let indices = round * BATCH..(round + 1) * BATCH;
        let array = filling::array(indices.clone());
        together.push(connection.create(array).await.elapsed);
        let mut elapsed = Duration::ZERO;
        for index in indices {
            elapsed += connection.create(filling::product(index)).await.elapsed;
        }
        singly.push(elapsed);
    }
    let mut table = Table::new(&["one array", "one by one", "ratio"]);
    table.row([
        format!("{:.0} ms", together.median_ms()),
        format!("{:.0} ms", singly.median_ms()),
        singly.over(&together).to_string(),
    ]);
    println!("batch, {store}: {BATCH} products, {ROUNDS} rounds\n{table}");
}
