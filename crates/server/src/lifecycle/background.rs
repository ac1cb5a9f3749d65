//! What runs beside the requests and is waited for, by name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::task::TaskTracker;

/// Groups of tasks; clones have the same ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Background(Arc<Mutex<Vec<Group>>>);

type Group = (&'static str, TaskTracker);

impl Background {
    /// The tasks of this name, to which some can be added.
    pub(super) fn group(&self, name: &'static str) -> TaskTracker {
        let mut groups = self.lock();
        if let Some((_, tasks)) = groups.iter().find(|(known, _)| *known == name) {
            return tasks.clone();
        }
        let tasks = TaskTracker::new();
        groups.push((name, tasks.clone()));
        tasks
    }

    pub(super) fn add(&self, name: &'static str, tasks: TaskTracker) {
        self.lock().push((name, tasks));
    }

    /// Waits until none of them runs, those included that begin meanwhile.
    pub(super) async fn ended(&self) {
        while let Some(tasks) = self.unfinished() {
            tasks.close();
            tasks.wait().await;
        }
    }

    /// Names, and how many tasks of each still run.
    pub(super) fn running(&self) -> Vec<(&'static str, usize)> {
        let groups = self.lock();
        groups
            .iter()
            .map(|(name, tasks)| (*name, tasks.len()))
            .filter(|(_, running)| *running > 0)
            .collect()
    }

    fn unfinished(&self) -> Option<TaskTracker> {
        let groups = self.lock();
        let mut unfinished = groups.iter().filter(|(_, tasks)| !tasks.is_empty());
        unfinished.next().map(|(_, tasks)| tasks.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Group>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
