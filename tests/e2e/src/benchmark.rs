//! The load test, as a process beside a service.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Process, benchmark};
use crate::{Ended, Service};

/// A run of `benchmark` with a directory of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Benchmark {
    line: String,
    process: Process,
    directory: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub struct Measured {
    /// How it ended and what it said.
    pub ended: Ended,
    /// The document that it wrote.
    pub document: Value,
    /// What it was told, for messages.
    pub line: String,
}

impl Benchmark {
    /// Starts it against `service` with the words of `line`; its results go to a file.
    ///
    /// # Panics
    /// When the binary is missing, with the command that builds it.
    #[track_caller]
    pub fn start(service: &Service, line: &str) -> Self {
        let line = format!("{line} --base-url {}", service.url());
        let directory = TempDir::new().expect("a temporary directory can be made");
        let file = file_in(directory.path());
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        arguments.extend(["--output", file.to_str().expect("its path is text")]);
        let process = Process::spawn(benchmark(directory.path(), &arguments));
        Self {
            line,
            process,
            directory,
        }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// As [`Benchmark::end`].
    pub async fn run(service: &Service, line: &str) -> Measured {
        Self::start(service, line).end().await
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// When it does not end or writes no results, with all that it said.
    pub async fn end(mut self) -> Measured {
        let ended = self.process.end().await;
        let written = fs::read_to_string(file_in(self.directory.path()));
        let document = written.map(|text| serde_json::from_str(&text));
        match document {
            Ok(Ok(document)) => Measured {
                ended,
                document,
                line: self.line,
            },
            other => panic!("{}: {other:?}: {}", self.line, ended.stderr),
        }
    }
}

impl Measured {
    /// Itself, if it ended with the exit status `code`.
    ///
    /// # Panics
    /// When it is another, with what it said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.ended.code, code,
            "{}: {}",
            self.line, self.ended.stderr
        );
        self
    }

    /// The elements of an array of the document.
    ///
    /// # Panics
    /// When there is no such array.
    #[track_caller]
    pub fn list(&self, member: &str) -> &[Value] {
        match self.document[member].as_array() {
            Some(list) => list,
            None => panic!("{}: no {member} in {}", self.line, self.document),
        }
    }

    /// What became of the endpoints, at each level of users.
    ///
    /// # Panics
    /// When the document has none.
    #[track_caller]
    pub fn results(&self) -> &[Value] {
        self.list("results")
    }

    /// The sum of a count over all endpoints and levels; the pointer is one into a result
    /// (RFC 6901), and where it leads nowhere the count is 0.
    ///
    /// # Panics
    /// When the document has no results.
    #[track_caller]
    pub fn sum(&self, pointer: &str) -> u64 {
        let count = |result: &Value| {
            let count = result.pointer(pointer).and_then(Value::as_u64);
            count.unwrap_or_default()
        };
        self.results().iter().map(count).sum()
    }
}

fn file_in(directory: &Path) -> PathBuf {
    directory.join("results.json")
}
