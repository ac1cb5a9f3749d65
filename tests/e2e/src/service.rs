//! A `products serve` of one's own.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use servers::poll_until;
use tempfile::TempDir;

use crate::process::{Ended, Process, command};
use crate::{Client, Port, Store};

/// Longest wait for a service to be ready: it migrates a database first, on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// How a service is to be started.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    settings: Vec<String>,
    environment: Vec<(String, String)>,
    port: Option<Port>,
    management_port: Option<Port>,
    descriptors: Option<u32>,
    processor: Option<usize>,
}

impl Launch {
    /// With the defaults, but on a free port of 127.0.0.1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key of the configuration.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.push(format!("{key}={value}"));
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has the API listen on this port, at each start.
    #[must_use]
    pub fn port(mut self, port: Port) -> Self {
        self.port = Some(port);
        self
    }

    /// Has the management routes listen on this port, at each start.
    #[must_use]
    pub fn management_port(mut self, port: Port) -> Self {
        self.management_port = Some(port);
        self
    }

    /// Allows this many open files and no more.
    #[must_use]
    pub fn descriptors(mut self, limit: u32) -> Self {
        self.descriptors = Some(limit);
        self
    }

    /// Keeps the service on one processor, by its number. What reads its log is elsewhere.
    #[must_use]
    pub fn processor(mut self, number: usize) -> Self {
        self.processor = Some(number);
        self
    }

    /// Starts the service on `store` and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready, with all that it said.
    pub async fn on(self, store: &Store) -> Service {
        let mut service = self.begin(store);
        service.await_ready().await;
        service
    }

    /// Starts the service on `store` with a management port and waits until it is ready.
    ///
    /// # Panics
    /// As [`Launch::on`].
    pub async fn on_two_ports(self, store: &Store) -> Service {
        self.set("server.management_port", "0").on(store).await
    }

    /// Starts the service on `store` without waiting for anything.
    #[track_caller]
    pub fn begin(mut self, store: &Store) -> Service {
        if let Some(url) = store.url() {
            self.environment.push(("DATABASE_URL".to_owned(), url));
        }
        let directory = TempDir::new().expect("a temporary directory can be made");
        let process = self.spawn(directory.path());
        Service {
            launch: self,
            directory,
            process,
            client: None,
            management: None,
        }
    }

    #[track_caller]
    fn spawn(&self, directory: &Path) -> Process {
        let port = self.port.as_ref().map_or(0, Port::number).to_string();
        let mut arguments = vec!["serve", "--host", "127.0.0.1", "--port", &port];
        let management = self
            .management_port
            .as_ref()
            .map(|port| format!("server.management_port={}", port.number()));
        for setting in self.settings.iter().chain(&management) {
            arguments.extend(["--set", setting]);
        }
        let mut command = command(directory, &arguments);
        if let Some(limit) = self.descriptors {
            command = limited(&command, directory, limit);
        }
        if let Some(number) = self.processor {
            command = pinned(&command, directory, number);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Process::spawn(command)
    }
}

/// The same command from a shell that lowers its limit of open files first.
fn limited(command: &Command, directory: &Path, limit: u32) -> Command {
    let mut shell = Command::new("/bin/sh");
    let mut script = String::new();
    write!(script, "ulimit -n {limit}; exec \"$@\"").expect("a string takes all");
    shell.args(["-c", &script, "sh"]);
    behind(shell, command, directory)
}

/// The same command from a program that keeps to one processor first.
fn pinned(command: &Command, directory: &Path, processor: usize) -> Command {
    let mut taskset = Command::new("taskset");
    taskset.args(["--cpu-list", &processor.to_string()]);
    behind(taskset, command, directory)
}

/// The same command as the last arguments of another, which becomes it.
fn behind(mut first: Command, command: &Command, directory: &Path) -> Command {
    first.arg(command.get_program()).args(command.get_args());
    first
        .current_dir(directory)
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    first
}

/// A running service with a directory of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Service {
    launch: Launch,
    process: Process,
    client: Option<Client>,
    management: Option<Client>,
    directory: TempDir,
}

impl Service {
    /// Starts a service with the defaults on `store` and waits until it is ready.
    ///
    /// # Panics
    /// As [`Launch::on`].
    pub async fn start(store: &Store) -> Self {
        Launch::new().on(store).await
    }

    /// The way to talk to it. It stays the same until the next start.
    #[track_caller]
    pub fn client(&self) -> Client {
        self.client
            .clone()
            .expect("the service has told its address")
    }

    /// The way to its management routes, which have a port of their own or share the API's.
    #[track_caller]
    pub fn management(&self) -> Client {
        self.management
            .clone()
            .expect("the service has told its address")
    }

    /// Where its API listens.
    #[track_caller]
    pub fn address(&self) -> SocketAddr {
        self.client().address()
    }

    /// Where its API begins, such as `http://127.0.0.1:4711`.
    #[track_caller]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Its working directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it wrote to standard output since its last start, but for what was forgotten.
    pub fn stdout(&self) -> String {
        self.process.stdout()
    }

    /// Forgets what it wrote to standard output so far: the log of a million requests is long.
    pub fn forget_output(&self) {
        self.process.forget_output();
    }

    /// Waits until its standard output contains `text` so many times.
    ///
    /// # Panics
    /// When it ends or stays silent, with all that it said.
    pub async fn await_output(&mut self, text: &str, times: usize) {
        let process = &mut self.process;
        poll_until(text, START_DEADLINE, || {
            let found = process.stdout().matches(text).count();
            let state = if found >= times {
                Ok(())
            } else {
                Err(said(process))
            };
            async { state }
        })
        .await;
    }

    /// Waits until it has told its addresses.
    ///
    /// # Panics
    /// When it ends or stays silent, with all that it said.
    pub async fn await_address(&mut self) {
        let process = &mut self.process;
        let (api, management) = poll_until("the service's addresses", START_DEADLINE, || {
            let state = addresses_in(&process.stdout()).ok_or_else(|| said(process));
            async { state }
        })
        .await;
        self.client = Some(Client::new(api));
        self.management = Some(Client::new(management));
    }

    /// Waits until `/health/ready` answers 200.
    ///
    /// # Panics
    /// When it does not, with all that the service said.
    pub async fn await_ready(&mut self) {
        self.await_address().await;
        let client = self.management();
        poll_until("the service to be ready", START_DEADLINE, || async {
            // A connection kept open would be one of the few that some tests allow.
            let request = client.request(Method::GET, "/health/ready");
            match client.try_send(request.header("connection", "close")).await {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err((answer.body, self.process.stdout())),
                Err(error) => Err((format!("{error:?}"), self.process.stdout())),
            }
        })
        .await;
    }

    /// Ends it as a power cut would, with `kill -9`, and waits until it is gone.
    pub fn kill9(&mut self) {
        self.process.kill();
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Stops it in the middle of whatever it does, as a machine that hangs would.
    #[track_caller]
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after [`Service::pause`].
    #[track_caller]
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends it the signal of this name, such as `INT`.
    ///
    /// # Panics
    /// When it has ended.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn end(mut self) -> Ended {
        self.process.end().await
    }

    /// Waits until it has ended by itself, to be started again, and gives its exit code.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn await_end(&mut self) -> i32 {
        self.process.end().await.code
    }

    /// Starts it again on the same database and waits until it is ready. It listens elsewhere,
    /// unless it was given a [`Port`].
    ///
    /// # Panics
    /// As [`Launch::on`].
    pub async fn restart(&mut self) {
        self.process = self.launch.spawn(self.directory.path());
        self.await_ready().await;
    }

    /// Starts it again with other settings, otherwise as [`Service::restart`] does.
    ///
    /// # Panics
    /// As [`Launch::on`].
    pub async fn restart_as(&mut self, mut launch: Launch) {
        launch.environment.append(&mut self.launch.environment);
        self.launch = launch;
        self.restart().await;
    }
}

/// Standard output and error, for a failure's message. Fails at once where nothing more can come.
fn said(process: &mut Process) -> String {
    let state = process.ended();
    let text = format!("stdout:\n{}stderr:\n{}", process.stdout(), process.stderr());
    assert!(state.is_none(), "the service ended ({state:?}):\n{text}");
    text
}

/// The addresses in the line that the service logs as soon as it listens: the API's, and that of
/// the management routes.
fn addresses_in(output: &str) -> Option<(SocketAddr, SocketAddr)> {
    let address = |member: &str| {
        let (_, rest) = output.split_once(&format!("\"{member}\":\"http://"))?;
        rest.split(['"', '/']).next()?.parse().ok()
    };
    Some((address("api")?, address("management")?))
}
