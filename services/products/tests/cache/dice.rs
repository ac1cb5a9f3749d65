//! What happens by chance.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::sleep;

/// A clone throws on.
#[derive(Debug, Clone)]
pub(crate) struct Dice(Arc<Mutex<fastrand::Rng>>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// Whether something happens that does once in `times`.
    pub(crate) fn once_in(&self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// A number from 0 on.
    pub(crate) fn below(&self, end: u32) -> u32 {
        self.0.lock().unwrap().u32(0..end)
    }

    /// A time up to `longest`; short ones are likelier.
    pub(crate) fn time(&self, longest: Duration) -> Duration {
        let part = self.0.lock().unwrap().f64();
        longest.mul_f64(part * part)
    }

    /// Lets some time pass.
    pub(crate) async fn pause(&self, longest: Duration) {
        sleep(self.time(longest)).await;
    }
}
