//! The test binary as a process of its own, for what a process has only once.

use std::{
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use server::{Connections, Grace, Lifecycle, Limits, Origins, guard, serve};
use tokio::net::TcpListener;

use super::{DEADLINE, print_log, routes, table};

/// Set in a child: it plays the service instead of testing it.
const PLAY: &str = "SERVER_TEST_CHILD";

/// Whether this process is the child of a test.
pub(crate) fn is_child() -> bool {
    env::var_os(PLAY).is_some()
}

/// Serves until a signal, on a runtime with a single thread, with the routes of the harness.
pub(crate) fn serve_as_child() {
    print_log();
    let grace = Grace {
        drain_delay: Duration::ZERO,
        shutdown_timeout: DEADLINE,
    };
    let lifecycle = Lifecycle::on_signals(grace).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("\nADDR={}", listener.local_addr().unwrap());
        let latch = routes::Latch::default();
        let limits = Limits::new(1 << 20, 100, DEADLINE);
        let app = guard(routes::routes(&latch), limits, table(), &Origins::default());
        let connections = Connections {
            max_connections: 10_000,
            header_read_timeout: DEADLINE,
        };
        serve(listener, app, connections, lifecycle).await;
    });
}

/// A process that runs the test `name` with [`is_child`] true.
pub(crate) struct Child {
    process: std::process::Child,
    lines: mpsc::Receiver<String>,
    pub(crate) addr: SocketAddr,
}

impl Child {
    /// Starts it with at most `descriptors` open files and waits until it serves.
    pub(crate) fn start(name: &str, descriptors: u32) -> Child {
        let mut process = Command::new("sh")
            .args([
                "-c",
                "ulimit -n $0 && exec \"$@\"",
                &descriptors.to_string(),
            ])
            .arg(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(PLAY, "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let addr = loop {
            let line = lines
                .recv_timeout(DEADLINE)
                .expect("the child announces its address");
            if let Some(addr) = line.strip_prefix("ADDR=") {
                break addr.parse().unwrap();
            }
        };
        Child {
            process,
            lines,
            addr,
        }
    }

    /// Waits for a line that contains `text`.
    pub(crate) fn wait_for(&self, text: &str) {
        loop {
            let line = self.lines.recv_timeout(DEADLINE);
            if line
                .unwrap_or_else(|_| panic!("the child never said {text:?}"))
                .contains(text)
            {
                return;
            }
        }
    }

    /// What it has printed since.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// The processor time it has used, in ticks of 10 ms.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the child still runs");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
