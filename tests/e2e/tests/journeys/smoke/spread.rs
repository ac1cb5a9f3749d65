//! Connections in turn to several servers, as a Kubernetes Service spreads them.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// Listens for as long as the test's runtime lives, and gives the address.
pub(super) async fn spread(servers: [SocketAddr; 2]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has one");
    tokio::spawn(async move {
        for server in servers.into_iter().cycle() {
            let (mut client, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    address
}
