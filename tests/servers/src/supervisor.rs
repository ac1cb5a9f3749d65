//! A server process that cannot outlive the process that started it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::poll_until_blocking;

/// A cold start on a busy machine takes seconds, a hung one for ever.
pub(crate) const START_DEADLINE: Duration = Duration::from_secs(60);

/// Another process may take the free port between its choice and its use.
const PORT_ATTEMPTS: u32 = 5;

/// Starts a server by `start`, which chooses a port; again where another process was quicker.
pub(crate) fn on_a_free_port<T>(start: impl Fn() -> Result<T>) -> Result<T> {
    let mut attempt = 1;
    loop {
        match start() {
            Err(error) if attempt < PORT_ATTEMPTS && lost_its_port(&error) => attempt += 1,
            outcome => return outcome,
        }
    }
}

fn lost_its_port(error: &anyhow::Error) -> bool {
    error.to_string().contains("Address already in use")
}

/// A running server and the directory that goes away with it.
///
/// Dropping it stops the server and waits until the directory is gone. When the process ends
/// without dropping it, the supervising shell sees its standard input end and does the same.
#[derive(Debug)]
pub(crate) struct Supervised {
    shell: Child,
    directory: PathBuf,
    /// Open, so that it can still be read when the directory has gone with its server.
    log: File,
}

impl Supervised {
    /// Runs `command` with its output in `log` under `directory`; `stop` is the name of the signal
    /// that ends it in good order.
    pub(crate) fn spawn<S: AsRef<OsStr>>(
        directory: TempDir,
        stop: &str,
        command: &[S],
    ) -> Result<Self> {
        let path = directory.path().join("log");
        let output = File::create(&path).context("create the server's log")?;
        let log = File::open(&path).context("open the server's log")?;
        let shell = Command::new("sh")
            .args(["-c", include_str!("supervise.sh"), "supervise"])
            .arg(directory.path())
            .arg(stop)
            .args(command)
            // A group of its own: Ctrl-C at the terminal is for the tests, the pipe is for this.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output.try_clone().context("share the server's log")?)
            .stderr(output)
            .spawn()
            .context("start the supervising shell")?;
        Ok(Self {
            shell,
            directory: directory.keep(),
            log,
        })
    }

    /// Waits until `name` accepts connections by a sign that is only its own, for the port could be
    /// some other server's. Fails with its log if it ends instead.
    pub(crate) fn await_ready(
        &mut self,
        name: &str,
        accepts: impl Fn(&mut Self) -> bool,
    ) -> Result<()> {
        let what = format!("{name} to accept connections");
        let ready = poll_until_blocking(&what, START_DEADLINE, || {
            if accepts(self) {
                Ok(true)
            } else if self.ended() {
                Ok(false)
            } else {
                Err(self.log())
            }
        });
        if !ready {
            bail!("{name} did not start:\n{}", self.log());
        }
        Ok(())
    }

    /// What the server wrote to its standard output and error so far.
    pub(crate) fn log(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = self
            .log
            .rewind()
            .and_then(|()| self.log.read_to_end(&mut bytes));
        match read {
            Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => format!("(the server's log cannot be read: {error})"),
        }
    }

    /// Where the server keeps its files.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether the server has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.shell.try_wait(), Ok(None))
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nobody is left to tell when the shell cannot be waited for.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    fn pid_written_in(directory: &Path) -> String {
        poll_until_blocking("the server's process id", DEADLINE, || {
            std::fs::read_to_string(directory.join("log"))
                .map_err(|error| error.to_string())
                .and_then(|log| match log.strip_suffix('\n') {
                    Some(pid) => Ok(pid.to_owned()),
                    None => Err(log),
                })
        })
    }

    fn is_running(pid: &str) -> bool {
        Path::new("/proc").join(pid).exists()
    }

    #[test]
    fn dropping_stops_the_server_and_removes_its_directory() {
        let server = Supervised::spawn(
            TempDir::new().unwrap(),
            "TERM",
            &[
                "sh",
                "-c",
                "trap 'exit 0' TERM; echo $$; while :; do sleep 0.1; done",
            ],
        )
        .unwrap();
        let directory = server.directory().to_owned();
        let pid = pid_written_in(&directory);

        drop(server);

        assert!(!is_running(&pid), "server {pid} outlived its owner");
        assert!(!directory.exists(), "{} was left", directory.display());
    }

    #[test]
    fn a_closed_pipe_is_enough_to_stop_it() {
        let mut server = Supervised::spawn(
            TempDir::new().unwrap(),
            "TERM",
            &["sh", "-c", "echo $$; exec sleep 600"],
        )
        .unwrap();
        let directory = server.directory().to_owned();
        let pid = pid_written_in(&directory);

        // What the kernel does for a process that was killed.
        drop(server.shell.stdin.take());

        poll_until_blocking("the directory to go", DEADLINE, || {
            if directory.exists() {
                Err(&directory)
            } else {
                Ok(())
            }
        });
        assert!(!is_running(&pid), "server {pid} outlived its owner");
    }

    #[test]
    fn a_server_that_ends_by_itself_is_seen_to_have_ended() {
        let mut server = Supervised::spawn(TempDir::new().unwrap(), "TERM", &["false"]).unwrap();

        poll_until_blocking("the server to end", DEADLINE, || {
            if server.ended() {
                Ok(())
            } else {
                Err("running")
            }
        });
    }
}
