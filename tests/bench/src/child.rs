//! A server in a process of its own, so that its processor time is its own, too.

use std::{
    env,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    process::{self, Command, Stdio},
    thread,
    time::Duration,
};

use crate::processor;

/// This program once more, which serves until this is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: process::Child,
    address: SocketAddr,
}

impl Child {
    /// Starts this program with these arguments, which make it a server that keeps to `processor`.
    /// Its log goes through a pipe, as in a container.
    ///
    /// # Panics
    /// When it does not say where it listens.
    pub(crate) fn start(arguments: &[&str], processor: usize) -> Self {
        let program = env::current_exe().expect("a program knows its own path");
        let mut process = Command::new(program)
            .args(arguments)
            .args(["--processor", &processor.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this program can be started once more");
        let mut log = process.stdout.take().expect("standard output is a pipe");
        thread::spawn(move || io::copy(&mut log, &mut io::sink()));
        let mut said = String::new();
        let errors = process.stderr.take().expect("standard error is a pipe");
        let mut errors = BufReader::new(errors);
        errors.read_line(&mut said).expect("the pipe can be read");
        let address = said.trim().parse();
        let address = address.unwrap_or_else(|_| panic!("{arguments:?} did not start: {said}"));
        thread::spawn(move || io::copy(&mut errors, &mut io::stderr()));
        Self { process, address }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it has run on its processor so far.
    pub(crate) fn processor_time(&self) -> Duration {
        processor::time_of(self.process.id())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
