//! Ports that a service has for longer than one start.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpSocket;

/// A free port of 127.0.0.1 that nobody else is given, whether the service listens there or not.
///
/// It is bound here, which keeps the system from handing it out, and does not listen, which leaves
/// it to whoever asks for it by number as a server does (`SO_REUSEADDR`).
#[derive(Debug, Clone)]
pub struct Port {
    address: SocketAddr,
    _socket: Arc<TcpSocket>,
}

impl Port {
    /// Finds one and keeps it until the last clone is dropped.
    ///
    /// # Panics
    /// When none is free.
    #[track_caller]
    pub fn reserve() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        socket.set_reuseaddr(true).expect("a socket takes options");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(any).expect("there is a free port");
        Self {
            address: socket.local_addr().expect("a bound socket has an address"),
            _socket: Arc::new(socket),
        }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.address.port()
    }
}
