//! What SIGTERM and SIGINT do to a process.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use crate::harness::{Child, is_child, serve_as_child};

#[test]
fn a_signal_drains_and_the_process_ends_well() {
    if is_child() {
        return serve_as_child();
    }
    for signal in ["TERM", "INT"] {
        let mut child = Child::start("signals::a_signal_drains_and_the_process_ends_well", 256);

        child.signal(signal);

        assert!(child.ended().success(), "{signal}");
    }
}

#[test]
fn a_second_signal_exits_at_once_even_when_the_service_is_stuck() {
    if is_child() {
        return serve_as_child();
    }
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let name = "signals::a_second_signal_exits_at_once_even_when_the_service_is_stuck";
        let mut child = Child::start(name, 256);
        let mut stuck = TcpStream::connect(child.addr).unwrap();
        stuck
            .write_all(b"GET /stick HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        child.wait_for("stuck");

        child.signal("TERM");
        child.wait_for("draining");
        child.signal(signal);

        assert_eq!(child.ended().code(), Some(status));
        assert_eq!(stuck.read(&mut [0]).unwrap_or(0), 0);
    }
}
