//! A PostgreSQL of the tests' own.

mod binaries;
mod database;
mod lock;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use anyhow::{Context, Result};
use tempfile::TempDir;

use self::binaries::{Binaries, run};
use crate::supervisor::{Supervised, on_a_free_port};

pub use self::database::{Database, Statement};
pub use self::lock::TableLock;

/// Speed instead of safety: nothing here has to survive a power cut.
const FAST: [(&str, &str); 2] = [("fsync", "off"), ("full_page_writes", "off")];

/// A running PostgreSQL server that listens on a free port of 127.0.0.1.
///
/// It compares text by ICU's rules for American English, unlike `C`, so that a query that leaves
/// the collation to the server shows it. Databases belong to a role without special rights.
#[derive(Debug)]
pub struct Postgres {
    address: SocketAddr,
    binaries: Binaries,
    server: Mutex<Supervised>,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a server that is fast rather than safe: a crash of the machine may cost its data,
    /// a crash of any process does not.
    ///
    /// # Errors
    /// When PostgreSQL 15 or newer is not installed (with the command that installs it), or does
    /// not start (with its log).
    pub fn start() -> Result<Self> {
        Self::start_with(&FAST)
    }

    /// Starts a server with these settings of `postgresql.conf` and PostgreSQL's defaults.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let binaries = Binaries::find()?;
        on_a_free_port(|| Self::start_once(&binaries, settings))
    }

    /// The server of this process, started at the first call; it ends with the process.
    ///
    /// # Panics
    /// When it cannot be started, with the error of [`Postgres::start`].
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match Self::start() {
            Ok(server) => server,
            Err(error) => panic!("{error:?}"),
        })
    }

    /// Creates an empty database under a name that no other has.
    ///
    /// # Panics
    /// When the server refuses, with its message.
    #[track_caller]
    pub fn database(&self) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let log = self.directory().join("log");
        match Database::create(&self.binaries, self.address, number, log) {
            Ok(database) => database,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        self.server().log()
    }

    fn directory(&self) -> PathBuf {
        self.server().directory().to_owned()
    }

    fn server(&self) -> MutexGuard<'_, Supervised> {
        self.server.lock().expect("no holder of the lock panics")
    }

    fn start_once(binaries: &Binaries, settings: &[(&str, &str)]) -> Result<Self> {
        let directory = cluster(binaries)?;
        let data = directory.path().join("data");
        let port = free_port()?;
        let command = server_command(binaries, &data, port, settings);
        // SIGINT is PostgreSQL's fast shutdown: sessions are cut, nothing is waited for.
        let mut server = Supervised::spawn(directory, "INT", &command)?;
        server.await_ready("PostgreSQL", |_| accepts(&data))?;
        binaries.query(port, "postgres", &database::create_owner())?;
        Ok(Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            binaries: binaries.clone(),
            server: Mutex::new(server),
            databases: AtomicU32::new(1),
        })
    }
}

/// A directory with a new cluster in `data`, owned by the user that the server runs as.
fn cluster(binaries: &Binaries) -> Result<TempDir> {
    let directory = binaries.directory()?;
    let mut initdb = binaries.command("initdb");
    initdb.arg("--pgdata").arg(directory.path().join("data"));
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
    initdb.args([
        "--locale=C.UTF-8",
        "--locale-provider=icu",
        "--icu-locale=en-US",
    ]);
    initdb.args(["--no-sync", "--no-instructions"]);
    run(initdb).context("create a PostgreSQL cluster")?;
    demand_password(&directory.path().join("data/pg_hba.conf"))?;
    Ok(directory)
}

/// Has the owner of the databases asked for a password; everyone else on this machine is trusted.
fn demand_password(rules: &Path) -> Result<()> {
    // The first rule that fits decides.
    let rule = format!("host all {} 127.0.0.1/32 scram-sha-256\n", database::OWNER);
    let rest = std::fs::read_to_string(rules).context("read who may connect")?;
    std::fs::write(rules, rule + &rest).context("write who may connect")
}

fn server_command(
    binaries: &Binaries,
    data: &Path,
    port: u16,
    settings: &[(&str, &str)],
) -> Vec<String> {
    let mut command = binaries.argv("postgres");
    command.extend(["-D".to_owned(), data.display().to_string()]);
    let port = port.to_string();
    let fixed = [
        ("listen_addresses", "127.0.0.1"),
        ("password_encryption", "scram-sha-256"),
        ("port", port.as_str()),
        ("unix_socket_directories", ""),
        ("max_connections", "600"),
        ("log_line_prefix", database::LOG_LINE_PREFIX),
        // Values of bound parameters would make the log of a large batch larger than the batch.
        ("log_parameter_max_length", "0"),
    ];
    for (name, value) in fixed.iter().chain(settings) {
        command.extend(["-c".to_owned(), format!("{name}={value}")]);
    }
    command
}

/// Whether the server's own file says that it accepts connections.
fn accepts(data: &Path) -> bool {
    let state = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let status = state.lines().nth(7);
    status.is_some_and(|status| status.trim() == "ready")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr().context("read the free port")?.port())
}
