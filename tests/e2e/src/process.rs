//! The binaries under test as processes.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use servers::poll_until;

/// Longest wait for a process that was told to end: the service's own deadline and then some.
const END_DEADLINE: Duration = Duration::from_secs(60);

/// A binary of this repository: the one that `variable` names, or the one that was built beside
/// this test.
///
/// # Panics
/// When there is none, with the command that builds it.
#[track_caller]
fn binary(name: &str, variable: &str) -> PathBuf {
    if let Some(path) = env::var_os(variable) {
        return path.into();
    }
    let test = env::current_exe().expect("this test is a file");
    // target/PROFILE/deps/this-test
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("tests run from target/PROFILE/deps");
    let path = profile.join(name);
    assert!(
        path.exists(),
        "{} is missing; build it with `cargo build --package {name}`",
        path.display()
    );
    path
}

/// How a process ended and what it said.
#[derive(Debug)]
pub struct Ended {
    /// Exit code, or 128 and the number of the signal that ended it, as a shell counts.
    pub code: i32,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
}

/// Runs `products` with these arguments and environment in `directory` until it ends by itself.
///
/// # Panics
/// When it cannot be started or does not end.
pub async fn run(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = command(directory, arguments);
    command.envs(environment.iter().copied());
    Process::spawn(command).end().await
}

/// Runs `products` with these arguments in `directory` until it has written `text` to standard
/// output, sends it the signal of this name, and waits until it has ended.
///
/// # Panics
/// When it cannot be started, does not write that, or does not end.
pub async fn run_until(directory: &Path, arguments: &[&str], text: &str, signal: &str) -> Ended {
    let mut process = Process::spawn(command(directory, arguments));
    poll_until(text, END_DEADLINE, || {
        let said = process.stdout();
        async move {
            if said.contains(text) {
                Ok(())
            } else {
                Err(said)
            }
        }
    })
    .await;
    process.signal(signal);
    process.end().await
}

/// `products` of this test (`PRODUCTS_BIN` names another), to be run in `directory`.
#[track_caller]
pub(crate) fn command(directory: &Path, arguments: &[&str]) -> Command {
    isolated(&binary("products", "PRODUCTS_BIN"), directory, arguments)
}

/// `benchmark` of this test (`BENCHMARK_BIN` names another), to be run in `directory`.
#[track_caller]
pub(crate) fn benchmark(directory: &Path, arguments: &[&str]) -> Command {
    isolated(&binary("benchmark", "BENCHMARK_BIN"), directory, arguments)
}

/// A command with nothing of this process's environment; it dies with the thread that starts it.
fn isolated(binary: &Path, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(binary)
        .args(arguments);
    command.current_dir(directory).env_clear();
    command.env("RUST_BACKTRACE", "1");
    command
}

/// A running process whose output is being collected. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: Collected,
    stderr: Collected,
}

impl Process {
    #[track_caller]
    pub(crate) fn spawn(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stdout = Collected::from(child.stdout.take().expect("a pipe was asked for"));
        let stderr = Collected::from(child.stderr.take().expect("a pipe was asked for"));
        Self {
            child,
            stdout,
            stderr,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    pub(crate) fn forget_output(&self) {
        self.stdout.clear();
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .expect("an own child can be waited for")
    }

    /// Sends a signal by its name; one that has ended takes none.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.id().to_string()])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "SIG{name} to {}",
            self.id()
        );
    }

    /// Kills it as `kill -9` does and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("an own child can be killed");
        self.child.wait().expect("an own child can be waited for");
    }

    /// Waits until it ends by itself.
    pub(crate) async fn end(&mut self) -> Ended {
        let status = poll_until("the process to end", END_DEADLINE, || {
            let state = self.ended().ok_or_else(|| self.stdout());
            async { state }
        })
        .await;
        Ended {
            code: exit_code(status),
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    let of_signal = || 128 + status.signal().unwrap_or_default();
    status.code().unwrap_or_else(of_signal)
}

/// The lines that a thread reads from a pipe.
#[derive(Debug)]
struct Collected {
    lines: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Collected {
    fn from(pipe: impl Read + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&lines);
        let reader = thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut text = shared.lock().expect("no holder of the lock panics");
                text.push_str(&line);
                text.push('\n');
            }
        });
        Self {
            lines,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        self.lines
            .lock()
            .expect("no holder of the lock panics")
            .clone()
    }

    fn clear(&self) {
        *self.lines.lock().expect("no holder of the lock panics") = String::new();
    }

    /// All there will ever be, once the process has ended.
    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading does not panic");
        }
        self.text()
    }
}
