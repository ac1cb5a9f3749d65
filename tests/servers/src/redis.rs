//! A Redis of the tests' own.

mod program;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use self::program::{PROCESS, Program, SNAPSHOT};
use crate::supervisor::{Supervised, on_a_free_port};
use crate::{certificate, poll_until_blocking};

/// The kernel stops a process at once, but not a busy machine.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// A test can look for it where no password belongs.
const PASSWORD: &str = "a-secret-of-the-tests";

/// A Redis server that listens on a free port of 127.0.0.1, and comes back there after it was
/// killed. It writes nothing to disk unless it is asked to.
#[derive(Debug)]
pub struct Redis {
    program: Program,
    port: u16,
    /// `None` while it is killed.
    server: Mutex<Option<Supervised>>,
    snapshot: Mutex<Vec<u8>>,
}

impl Redis {
    /// Starts an empty server.
    ///
    /// # Errors
    /// When Redis 7 or newer is not installed (with the command that installs it), or does not
    /// start (with its log).
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with these settings of `redis.conf`, such as `maxmemory`.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        Self::run(Program::find(settings)?)
    }

    /// Starts a server that asks for [`Redis::password`].
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn start_guarded(settings: &[(&str, &str)]) -> Result<Self> {
        let mut program = Program::find(settings)?;
        program.password = Some(PASSWORD);
        Self::run(program)
    }

    /// Starts a server with TLS that asks for [`Redis::password`]; gives the certificate of the
    /// authority that vouches for it, as PEM.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn start_encrypted() -> Result<(Self, String)> {
        let mut program = Program::find(&[])?;
        let issued = certificate::issue()?;
        let authority = issued.authority.clone();
        program.password = Some(PASSWORD);
        program.certificate = Some(issued);
        Ok((Self::run(program)?, authority))
    }

    /// The server of this process, for tests that do it no harm; it ends with the process.
    ///
    /// # Panics
    /// When it cannot be started, with the error of [`Redis::start`].
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(|| match Self::start() {
            Ok(server) => server,
            Err(error) => panic!("{error:?}"),
        })
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The address as programs take it: `redis://127.0.0.1:PORT/0`, `rediss` with TLS, and the
    /// password where it is asked for.
    pub fn url(&self) -> String {
        self.url_through(self.address())
    }

    /// [`Redis::url`] by way of a [`Proxy`](crate::Proxy) that listens at `address`.
    pub fn url_through(&self, address: SocketAddr) -> String {
        let scheme = match self.program.certificate {
            Some(_) => "rediss",
            None => "redis",
        };
        match self.program.password {
            Some(password) => format!("{scheme}://:{password}@{address}/0"),
            None => format!("{scheme}://{address}/0"),
        }
    }

    /// The password in [`Redis::url`], where there is one.
    pub fn password(&self) -> &'static str {
        self.program.password.unwrap_or_default()
    }

    /// Runs a command, `["SET", "key", "value"]`, and gives the answer as text, one item a line.
    ///
    /// # Errors
    /// When the server refuses, with its message, or is not there.
    pub fn command(&self, words: &[&str]) -> Result<String> {
        self.program
            .command(self.address(), &self.directory()?, words)
    }

    /// Ends the server at once (`kill -9`); what it held is lost. Does nothing when it is killed.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn kill(&self) -> Result<()> {
        if self.server().is_some() {
            self.signal(Signal::KILL)?;
            *self.server() = None;
        }
        Ok(())
    }

    /// Kills the server if it runs, and starts an empty one in its place.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn restart_empty(&self) -> Result<()> {
        self.kill()?;
        *self.server() = Some(start(&self.program, self.port, None)?);
        Ok(())
    }

    /// Keeps all that the server holds now for [`Redis::restart_from_snapshot`].
    ///
    /// # Errors
    /// When the server refuses.
    pub fn save_snapshot(&self) -> Result<()> {
        self.command(&["SAVE"])?;
        let snapshot = fs::read(self.directory()?.join(SNAPSHOT)).context("read the snapshot")?;
        *self.snapshot.lock().expect("no holder of the lock panics") = snapshot;
        Ok(())
    }

    /// Kills the server if it runs, and starts one in its place with what the last snapshot kept.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn restart_from_snapshot(&self) -> Result<()> {
        self.kill()?;
        let snapshot = self.snapshot.lock().expect("no holder of the lock panics");
        *self.server() = Some(start(&self.program, self.port, Some(&snapshot))?);
        Ok(())
    }

    /// Stops the server in its tracks: connections stay open and are made, nothing is answered.
    ///
    /// # Errors
    /// When it is killed.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::STOP)?;
        let process = self.process()?.as_raw_nonzero();
        poll_until_blocking("Redis to stop", STOP_DEADLINE, || {
            let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            if state.contains(") T ") {
                Ok(())
            } else {
                Err(state)
            }
        });
        Ok(())
    }

    /// Lets a paused server go on where it was.
    ///
    /// # Errors
    /// When it is killed.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// What the server logged since its last start.
    pub fn log(&self) -> String {
        self.server()
            .as_mut()
            .map(Supervised::log)
            .unwrap_or_default()
    }

    fn run(program: Program) -> Result<Self> {
        let (port, server) = on_a_free_port(|| {
            let port = steady_port()?;
            Ok((port, start(&program, port, None)?))
        })?;
        Ok(Self {
            program,
            port,
            server: Mutex::new(Some(server)),
            snapshot: Mutex::default(),
        })
    }

    fn server(&self) -> MutexGuard<'_, Option<Supervised>> {
        self.server.lock().expect("no holder of the lock panics")
    }

    fn directory(&self) -> Result<PathBuf> {
        let server = self.server();
        let server = server.as_ref().context("the server is killed")?;
        Ok(server.directory().to_owned())
    }

    fn process(&self) -> Result<Pid> {
        let path = self.directory()?.join(PROCESS);
        let text = fs::read_to_string(path).context("read the server's process id")?;
        let process = text.trim().parse().ok().and_then(Pid::from_raw);
        process.context("understand the server's process id")
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.process()?, signal).context("signal the server")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A paused server would not hear that it is to stop.
        let _ = self.signal(Signal::CONT);
    }
}

fn start(program: &Program, port: u16, snapshot: Option<&[u8]>) -> Result<Supervised> {
    let directory = tempfile::Builder::new().prefix("redis-").tempdir()?;
    if let Some(snapshot) = snapshot {
        fs::write(directory.path().join(SNAPSHOT), snapshot).context("write the snapshot")?;
    }
    let command = program.argv(directory.path(), port)?;
    let mut server = Supervised::spawn(directory, "TERM", &command)?;
    server.await_ready("Redis", |server| {
        server.log().contains("Ready to accept connections")
    })?;
    Ok(server)
}

/// A free port below those that the kernel gives to outgoing connections: while the server is
/// away, one that asks for it could be given its port, and be connected with itself.
fn steady_port() -> Result<u16> {
    let ports = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")?;
    let lowest = ports.split_whitespace().next();
    let end: u16 = lowest.context("read the range of ports")?.parse()?;
    (0..1000)
        .map(|_| fastrand::u16(1024..end.max(1025)))
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .context("find a free port")
}
