//! A service whose runtime is stuck, asked on the management port.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    time::Duration,
};

use health::{Check, Health, HealthSettings};
use server::{App, Connections, Grace, Lifecycle, Limits, Management, Origins, RouteTable, guard};
use telemetry::{Metrics, MetricsSettings, ResourceSettings};
use tokio::runtime::Builder;

const DEADLINE: Duration = Duration::from_secs(30);

fn settings() -> HealthSettings {
    HealthSettings {
        interval: Duration::from_millis(50),
        timeout: Duration::from_millis(100),
        stall_after: Duration::from_millis(200),
        ..HealthSettings::default()
    }
}

fn serve(health: &Health, lifecycle: &Lifecycle) -> (Management, SocketAddr) {
    let limits = Limits::management(1024, lifecycle.draining());
    let table = RouteTable::default();
    let app = guard(health.routes(), limits, table, &Origins::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Connections {
        max_connections: 10,
        header_read_timeout: DEADLINE,
    };
    let app = App::new(app);
    let management = Management::spawn(listener, app, connections, lifecycle.clone());
    (management.unwrap(), address)
}

/// The answer as it comes over the wire.
fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn becomes(address: SocketAddr, path: &str, status: u16, text: &str) {
    servers::poll_until_blocking(&format!("{path} {status} {text}"), DEADLINE, || {
        let answer = get(address, path);
        let as_wanted = answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(text);
        if as_wanted { Ok(()) } else { Err(answer) }
    });
}

#[test]
fn it_is_neither_alive_nor_ready_until_it_turns_again() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let lifecycle = Lifecycle::manual(Grace {
        drain_delay: Duration::ZERO,
        shutdown_timeout: DEADLINE,
    });
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let watcher = metrics.watch(&ResourceSettings::default(), runtime.handle());
    let watcher = watcher.unwrap();
    let event_loop = watcher.event_loop();
    let health = Health::new(settings(), lifecycle.draining());
    health.add(Check::new("database", || async { Ok::<_, String>(()) }));
    health.watch_stall(move || event_loop.stalled_for());
    runtime.block_on(async { health.spawn() });
    let (management, address) = serve(&health, &lifecycle);
    becomes(address, "/health/ready", 200, "ready");
    becomes(address, "/livez", 200, "alive");

    let (free, until) = mpsc::channel::<()>();
    runtime.spawn(async move {
        // The mistake that this is all about: a task that blocks.
        let _ = until.recv();
    });

    for (path, text) in [
        ("/health/live", "event loop stalled"),
        ("/livez", "event loop stalled"),
        ("/health/ready", "database unavailable"),
        ("/health/detailed", "stale"),
    ] {
        becomes(address, path, 503, text);
    }
    becomes(address, "/health", 200, "unhealthy");

    drop(free);
    for path in ["/livez", "/health/ready", "/health/detailed"] {
        becomes(address, path, 200, "");
    }
    lifecycle.drained().cancel();
    assert!(runtime.block_on(management.join(DEADLINE)));
}
