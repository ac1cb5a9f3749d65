//! The ports of the service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Context;
use tokio::net::TcpListener;

use crate::config;

/// Bound ports: connections wait in the backlog from here on.
pub struct Listeners {
    /// The API's.
    pub api: TcpListener,
    /// The management routes' own, if they have one.
    pub management: Option<std::net::TcpListener>,
}

/// Where people reach the service on its own machine.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Base URL of the API.
    pub api: String,
    /// Base URL of the management routes.
    pub management: String,
}

impl Listeners {
    /// Binds the configured ports; port 0 is any free one.
    pub async fn bind(server: &config::Server) -> anyhow::Result<Self> {
        let api = bind(server.host, server.port).await?;
        let management = match server.management_port {
            Some(port) => Some(bind(server.host, port).await?.into_std()?),
            None => None,
        };
        Ok(Self { api, management })
    }

    /// The URLs of the ports.
    pub fn addresses(&self) -> anyhow::Result<Addresses> {
        let api = url(self.api.local_addr()?);
        let management = match &self.management {
            Some(listener) => url(listener.local_addr()?),
            None => api.clone(),
        };
        Ok(Addresses { api, management })
    }
}

async fn bind(host: IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with --port"))
}

fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("http://localhost:{}", address.port());
    }
    format!("http://{address}")
}

/// The address by which this machine reaches a service that listens on `host`.
pub(crate) fn local(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}
