//! The filter in force, and the one place where it can be exchanged.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tracing::{Metadata, callsite, level_filters::LevelFilter};
use tracing_subscriber::{Layer, Registry, filter::Targets};

use super::filter::Filter;

/// Says which events are logged.
///
/// tracing keeps the decision with each place in the code that logs; exchanging the filter has
/// all of them decided anew. An event that is not logged never costs a look at the filter, and one
/// that is logged costs none without traces. With them it costs one, under a lock for reading:
/// the layer of spans takes no event, so that tracing is not sure of any place.
#[derive(Debug, Clone)]
pub(crate) struct Switch {
    targets: Arc<RwLock<Targets>>,
}

impl Switch {
    pub(super) fn new(filter: &Filter) -> Self {
        Self {
            targets: Arc::new(RwLock::new(filter.targets().clone())),
        }
    }

    pub(super) fn set(&self, filter: &Filter) {
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        targets.clone_from(filter.targets());
        // Deciding anew reads what was just written.
        drop(targets);
        callsite::rebuild_interest_cache();
    }

    pub(crate) fn lets_pass(&self, metadata: &Metadata<'_>) -> bool {
        self.targets()
            .would_enable(metadata.target(), metadata.level())
    }

    /// The most verbose level at which anything is logged.
    pub(crate) fn max_level(&self) -> LevelFilter {
        let most = Layer::<Registry>::max_level_hint(&*self.targets());
        most.unwrap_or(LevelFilter::TRACE)
    }

    fn targets(&self) -> RwLockReadGuard<'_, Targets> {
        self.targets.read().unwrap_or_else(PoisonError::into_inner)
    }
}
