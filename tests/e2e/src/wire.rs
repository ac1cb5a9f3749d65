//! Exact bytes, for what a well-behaved client never sends.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest silence of the service before the wait for more is given up.
const SILENCE: Duration = Duration::from_secs(20);

/// Opens a connection.
///
/// # Panics
/// When there is nobody to answer.
#[track_caller]
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the service listens");
    stream
        .set_read_timeout(Some(SILENCE))
        .expect("a timeout above zero can be set");
    stream
}

/// Sends `bytes` and gives all that is answered until the service closes.
///
/// # Panics
/// When the service neither answers nor closes.
#[track_caller]
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    // A service that has seen enough may close before it has read all.
    let _ = stream.write_all(bytes);
    rest(&mut stream)
}

/// All that is answered until the service closes.
///
/// # Panics
/// When the service neither answers nor closes.
#[track_caller]
pub fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        let text = String::from_utf8_lossy(&answer);
        assert!(
            error.kind() == ErrorKind::ConnectionReset,
            "{error}, after {text:?}"
        );
    }
    String::from_utf8_lossy(&answer).into_owned()
}
