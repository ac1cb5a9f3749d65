//! Mistakes in the configuration, collected so that all of them are told at once.

use std::fmt;

/// One mistake: where it is, what is wrong and how to put it right.
///
/// No field ever holds the value of a secret key, nor what looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key (`server.port`), variable or file that the mistake is about.
    pub subject: String,
    /// Where it was given: a file, an environment variable, a line of `.env` or a flag.
    pub origin: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!(
            "{} ({}): {}; {}",
            self.subject, self.origin, self.problem, self.remedy
        );
        // Names and paths come from outside: a control character must not forge a line.
        line.chars().try_for_each(|c| {
            if c.is_control() {
                write!(f, "{}", c.escape_default())
            } else {
                write!(f, "{c}")
            }
        })
    }
}

/// Every mistake found in all sources; printed one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(Vec<Mistake>);

impl ConfigErrors {
    /// The mistakes, in the order in which the sources and keys are read; never empty.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

/// Collects mistakes while the sources are read and the values parsed.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(super) fn add(&mut self, subject: &str, origin: &str, flaw: Flaw) {
        self.0.push(Mistake {
            // Somebody may have written a URL where a name or path belongs.
            subject: telemetry::redact(subject).into_owned(),
            origin: telemetry::redact(origin).into_owned(),
            problem: flaw.problem,
            remedy: flaw.remedy,
        });
    }

    /// `Ok` when nothing was found.
    pub(super) fn into_result(self) -> Result<(), ConfigErrors> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(ConfigErrors(self.0))
    }
}

/// What is wrong with a value and how to write it, before it is known whose value it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl Flaw {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}
