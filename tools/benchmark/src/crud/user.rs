//! Somebody who creates, reads, changes and deletes, one request after the other.

use std::sync::Arc;

use fastrand::Rng;

use super::{
    Operation, Scenario, Step,
    objects::{Object, Objects},
    step::Subject,
};

/// Of so many reads, one asks for an object that was deleted.
const READS_PER_GRAVE: u8 = 8;

/// One user with its objects. Each step must have been checked, or said to be unanswered, before
/// the next one is taken.
#[derive(Debug)]
pub struct User {
    pub(super) scenario: Arc<Scenario>,
    pub(super) objects: Objects,
    rng: Rng,
}

impl User {
    /// A user without objects; what it does in which order follows from `seed`.
    pub fn new(scenario: Arc<Scenario>, seed: u64) -> Self {
        Self {
            scenario,
            objects: Objects::default(),
            rng: Rng::with_seed(seed),
        }
    }

    /// What it does next. Where there is nothing to read, change or delete, it creates.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator ends, and gives items that need no answer"
    )]
    pub fn next(&mut self) -> Step {
        let operation = self.scenario.operation(self.rng.f64());
        let subject = match operation {
            Operation::Create => None,
            Operation::List => Some(Subject::All),
            Operation::Get => self.any_to_read(),
            Operation::Update => self.objects.any_live(&mut self.rng).map(|object| {
                let number = self.scenario.number();
                Subject::Replaced(Object { number, ..object })
            }),
            Operation::Delete => self.objects.any_live(&mut self.rng).map(Subject::Doomed),
        };
        let subject = subject.unwrap_or_else(|| Subject::New(self.scenario.number()));
        self.scenario.step(subject)
    }

    /// Says that `step` was not answered, or not in time.
    ///
    /// What it was to write may be written or not, or may be later. The object is asked for no
    /// more; it is deleted at the end.
    pub fn unanswered(&mut self, step: &Step) {
        if let Subject::Replaced(object) | Subject::Doomed(object) = &step.subject {
            self.objects.doubt(&object.id);
        }
    }

    /// The deletion of each object that is there, or may be. A 404 is as good as a 204 for those.
    /// What came of a creation that was not answered is not known, and stays.
    pub fn leftovers(self) -> impl Iterator<Item = Step> {
        let scenario = self.scenario;
        let ids = self.objects.leftovers();
        ids.map(move |id| scenario.step(Subject::Doomed(Object { id, number: 0 })))
    }

    fn any_to_read(&mut self) -> Option<Subject> {
        if self.rng.u8(..READS_PER_GRAVE) == 0
            && let Some(deleted) = self.objects.any_deleted(&mut self.rng)
        {
            return Some(Subject::Deleted(deleted));
        }
        self.objects.any_live(&mut self.rng).map(Subject::Live)
    }
}
