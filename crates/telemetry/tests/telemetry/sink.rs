//! The way from a line to the output, when the output is slow or broken.

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, channel},
};

use telemetry::{Format, LogSettings, TraceSettings};

use crate::{
    app::{App, DEADLINE},
    capture::{self, Output},
};

/// Writes nothing until its gate is opened (or gone), then everything.
struct Stuck {
    gate: Receiver<()>,
    open: bool,
    output: Output,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.open {
            let _ = self.gate.recv();
            self.open = true;
        }
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An output that nobody reads any more.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings() -> LogSettings {
    capture::prepare();
    LogSettings {
        format: Format::Json,
        ..LogSettings::default()
    }
}

#[test]
fn a_stuck_output_drops_and_counts_instead_of_blocking() {
    let output = Output::default();
    let (open, gate) = channel();
    let writer = Stuck {
        gate,
        open: false,
        output: output.clone(),
    };
    let (subscriber, log) =
        telemetry::subscriber(&settings(), &TraceSettings::default(), writer, false).unwrap();
    let lines = 2_000;
    let long = "x".repeat(8 * 1024);

    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..lines {
            tracing::info!(long, "Line");
        }
    });
    let dropped = log.dropped();
    open.send(()).unwrap();
    log.flush(DEADLINE);

    assert!(dropped > 0);
    assert_eq!(log.dropped(), dropped);
    assert_eq!(output.text().lines().count() as u64 + dropped, lines);
}

#[test]
fn lines_that_the_output_refuses_are_counted() {
    let (subscriber, log) =
        telemetry::subscriber(&settings(), &TraceSettings::default(), Broken, false).unwrap();

    tracing::subscriber::with_default(subscriber, || {
        tracing::info!("One");
        tracing::error!("Two");
    });
    log.flush(DEADLINE);

    assert_eq!(log.dropped(), 2);
}

#[test]
fn dropping_the_guard_writes_what_is_left() {
    let output = Output::default();
    let (subscriber, log) = telemetry::subscriber(
        &settings(),
        &TraceSettings::default(),
        output.clone(),
        false,
    )
    .unwrap();

    tracing::subscriber::with_default(subscriber, || tracing::info!("Last words"));
    drop(log);

    assert!(output.text().contains("Last words"));
}

#[tokio::test]
async fn lines_are_counted_by_level_and_outcome() {
    let traces = TraceSettings::default();
    let (subscriber, log) = telemetry::subscriber(&settings(), &traces, Broken, false).unwrap();
    let app = App::new();
    app.log(&log);
    let before = app.scrape().await;

    tracing::subscriber::with_default(subscriber, || {
        tracing::info!("One");
        tracing::info!("Two");
        tracing::error!("Three");
        tracing::debug!("Not wanted");
    });
    log.flush(DEADLINE);

    let after = app.scrape().await;
    for (level, count) in [
        ("ERROR", 1),
        ("WARN", 0),
        ("INFO", 2),
        ("DEBUG", 0),
        ("TRACE", 0),
    ] {
        for name in ["log_messages_total", "log_messages_dropped_total"] {
            let series = format!("{name}{{level=\"{level}\"}}");
            assert_eq!(before.get(&series), Some(&0.0), "{series}");
            assert_eq!(after.get(&series), Some(&f64::from(count)), "{series}");
        }
    }
    assert_eq!(after.get("panics_total"), Some(&0.0));
}
