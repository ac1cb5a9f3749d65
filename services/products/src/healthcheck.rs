//! `products healthcheck`: asks the service on this machine, for `docker compose`.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};

use crate::{config, service::local_address};

const TIMEOUT: Duration = Duration::from_secs(3);

/// Succeeds if `/health/ready` answers 200.
pub fn run(server: &config::Server) -> anyhow::Result<()> {
    let port = server.management_port.unwrap_or(server.port);
    let address = SocketAddr::new(local_address(server.host), port);
    let answer = ask(address).with_context(|| format!("no answer from {address}"))?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    bail!("not ready: {}", answer.lines().last().unwrap_or_default())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&address, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    write!(
        connection,
        "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}
