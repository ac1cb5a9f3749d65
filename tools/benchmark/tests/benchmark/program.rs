//! The program itself.

use std::{path::PathBuf, pin::pin, process::Stdio, time::Duration};

use benchmark::results::{EndpointResult, Results};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::{app::Instance, client::DEADLINE};

/// A run of the program, with a folder for what it writes.
pub(crate) struct Program {
    folder: TempDir,
    child: Child,
    progress: Option<Lines<BufReader<ChildStderr>>>,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What it wrote, if it did.
    pub(crate) results: Option<Results>,
}

impl Program {
    /// Starts it with the words of `line` as its arguments; its results go to a file, unless the
    /// line says where they go.
    pub(crate) fn start(line: &str) -> Self {
        Self::start_into(line, Stdio::piped())
    }

    /// The same, with its standard output.
    pub(crate) fn start_into(line: &str, stdout: Stdio) -> Self {
        let folder = TempDir::new().unwrap();
        let output = ["--output".into(), file(&folder).into_os_string()];
        let child = Command::new(env!("CARGO_BIN_EXE_benchmark"))
            .args(line.split_whitespace())
            .args(output.iter().filter(|_| !line.contains("--output")))
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            folder,
            child,
            progress: None,
        }
    }

    /// Waits for its next line of progress; the first says that it is under way.
    pub(crate) async fn progress(&mut self) -> String {
        let lines = self
            .progress
            .get_or_insert_with(|| BufReader::new(self.child.stderr.take().unwrap()).lines());
        let line = timeout(DEADLINE, lines.next_line()).await;
        line.expect("it says something").unwrap().expect("it runs")
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// Presses Ctrl-C again and again until it ends.
    pub(crate) async fn interrupted(self) -> Ended {
        self.ended_by(Signal::INT).await
    }

    /// Sends it a signal again and again until it ends.
    pub(crate) async fn ended_by(self, signal: Signal) -> Ended {
        let id = self.id();
        let mut ended = pin!(self.ended());
        loop {
            // The process is there until somebody waited for it.
            kill_process(id, signal).unwrap();
            if let Ok(ended) = timeout(Duration::from_millis(50), &mut ended).await {
                return ended;
            }
        }
    }

    /// Waits for its end.
    pub(crate) async fn ended(self) -> Ended {
        let output = timeout(DEADLINE, self.child.wait_with_output()).await;
        let output = output.expect("it ends by itself").unwrap();
        let written = std::fs::read_to_string(file(&self.folder)).ok();
        Ended {
            status: output.status.code().expect("it was not killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            results: written.map(|text| serde_json::from_str(&text).unwrap()),
        }
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap()
    }
}

impl Ended {
    /// What it wrote of its first endpoint.
    #[track_caller]
    pub(crate) fn first_result(self) -> EndpointResult {
        self.results.expect(&self.stderr).results.remove(0)
    }

    /// That it ended like this, and said so; `line` is what it was told.
    #[track_caller]
    pub(crate) fn expect(&self, status: i32, words: &str, line: &str) {
        let stderr = &self.stderr;
        assert_eq!(self.status, status, "{line}: {stderr}");
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
}

/// Runs the program to its end.
pub(crate) async fn benchmark(line: &str) -> Ended {
    Program::start(line).ended().await
}

/// Runs the program against `instance` to its end.
pub(crate) async fn measure(instance: &Instance, line: &str) -> Ended {
    benchmark(&format!("{line} --base-url {}", instance.base_url)).await
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("results.json")
}
