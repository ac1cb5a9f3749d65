//! Which idempotency keys this process is working on.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::store::Error;

/// The keys whose first request is still running here. Other processes are waited for in the
/// database.
pub(super) struct RunningKeys {
    running: Mutex<HashSet<String>>,
    left: Notify,
    patience: Duration,
}

/// Says, when dropped, that the work under a key has ended.
pub(super) struct Running<'a> {
    keys: &'a RunningKeys,
    key: String,
}

impl RunningKeys {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            running: Mutex::default(),
            left: Notify::new(),
            patience,
        }
    }

    /// Waits until nobody works under this key; [`Error::KeyBusy`] past the patience.
    pub(super) async fn enter(&self, key: &str) -> Result<Running<'_>, Error> {
        let entered = async {
            loop {
                // Made before the look, so that a departure between look and wait is not missed.
                let left = self.left.notified();
                if self.lock().insert(key.to_owned()) {
                    return Running {
                        keys: self,
                        key: key.to_owned(),
                    };
                }
                left.await;
            }
        };
        tokio::time::timeout(self.patience, entered)
            .await
            .map_err(|_| Error::KeyBusy)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.key);
        self.keys.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RunningKeys;
    use crate::store::Error;

    #[tokio::test(start_paused = true)]
    async fn the_second_with_a_key_waits_for_the_first() {
        let keys = RunningKeys::new(Duration::from_secs(3));
        let first = keys.enter("a").await.unwrap();

        let busy = keys.enter("a").await;
        let other = keys.enter("b").await;
        let (second, ()) = tokio::join!(keys.enter("a"), async { drop(first) });

        assert!(matches!(busy, Err(Error::KeyBusy)));
        assert!(other.is_ok());
        assert!(second.is_ok());
    }
}
