//! A process that runs out of descriptors.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use rlimit::{Resource, getrlimit, setrlimit};

use crate::harness::{Child, DEADLINE, is_child, serve_as_child};

/// Sends a request and reads the start of the answer.
fn is_served(stream: &mut TcpStream) -> bool {
    let mut start = [0; 12];
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
        .write_all(b"GET /count HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    stream.read_exact(&mut start).is_ok() && &start == b"HTTP/1.1 200"
}

#[test]
fn the_soft_limit_is_raised_to_the_hard_one() {
    let (_, hard) = getrlimit(Resource::NOFILE).unwrap();
    setrlimit(Resource::NOFILE, hard.min(512), hard).unwrap();

    let raised = server::raise_descriptor_limit().unwrap();

    assert_eq!(raised, hard);
    assert_eq!(getrlimit(Resource::NOFILE).unwrap(), (hard, hard));
}

#[test]
fn a_service_without_descriptors_neither_spins_nor_dies() {
    if is_child() {
        return serve_as_child();
    }
    let name = "descriptors::a_service_without_descriptors_neither_spins_nor_dies";
    let child = Child::start(name, 40);
    let mut first = TcpStream::connect(child.addr).unwrap();
    assert!(is_served(&mut first));
    let crowd: Vec<_> = (0..60)
        .map(|_| TcpStream::connect(child.addr).unwrap())
        .collect();
    child.wait_for("WARN");

    let before = child.ticks();
    thread::sleep(Duration::from_secs(1));
    let used = child.ticks() - before;

    assert!(
        used < 20,
        "{used} of 100 ticks went into waiting for a descriptor"
    );
    let warnings = child
        .printed()
        .iter()
        .filter(|line| line.starts_with("WARN"))
        .count();
    assert_eq!(warnings, 0, "one warning is enough");
    let mut rest = [0; 1024];
    first.set_nonblocking(true).unwrap();
    let _ = first.read(&mut rest);
    first.set_nonblocking(false).unwrap();
    assert!(is_served(&mut first), "those who are in go on");
    drop(crowd);
    assert!(
        is_served(&mut TcpStream::connect(child.addr).unwrap()),
        "and others can come again"
    );
}
