//! From a base URL to connections.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use anyhow::Context as _;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use super::connection::Connection;
use crate::target::BaseUrl;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The server did not take it.
    #[error(transparent)]
    Tcp(io::Error),
    /// Its certificate is not trusted, or it does not encrypt.
    #[error("no TLS: {0}")]
    Tls(io::Error),
    /// It was closed before it could be used.
    #[error(transparent)]
    Http(hyper::Error),
}

/// Opens connections to one server.
#[derive(Clone)]
pub(crate) struct Connector {
    addresses: Arc<[SocketAddr]>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    /// Looks the host up, once: what the resolver takes is no part of any figure.
    ///
    /// # Errors
    /// When the host is unknown, or the file with the certificate cannot be used.
    pub(crate) async fn resolve(url: &BaseUrl, authority: Option<&Path>) -> anyhow::Result<Self> {
        let addresses = lookup_host((url.host.as_str(), url.port)).await;
        let addresses: Vec<SocketAddr> = addresses
            .with_context(|| format!("cannot find the host of {url}"))?
            .collect();
        let tls = if url.tls {
            let name = ServerName::try_from(url.host.clone())
                .with_context(|| format!("{url} has no name that a certificate could be for"))?;
            Some((TlsConnector::from(Arc::new(trust(authority)?)), name))
        } else {
            None
        };
        Ok(Self {
            addresses: addresses.into(),
            tls,
        })
    }

    /// Opens a connection.
    pub(crate) async fn open(&self) -> Result<Connection, ConnectError> {
        let stream = self.dial().await.map_err(ConnectError::Tcp)?;
        let opened = match &self.tls {
            None => Connection::new(TokioIo::new(stream)).await,
            Some((tls, name)) => {
                let stream = tls.connect(name.clone(), stream).await;
                Connection::new(TokioIo::new(stream.map_err(ConnectError::Tls)?)).await
            }
        };
        opened.map_err(ConnectError::Http)
    }

    /// The first address that answers; the error is the last one's.
    async fn dial(&self) -> io::Result<TcpStream> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in self.addresses.iter() {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // Requests are written whole: waiting for more bytes to send only delays them.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

/// Whom to believe: the authorities that browsers know, or the one in a file instead.
fn trust(authority: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match authority {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unusable = || format!("cannot use the certificates in {}", path.display());
            let certificates = CertificateDer::pem_file_iter(path).with_context(unusable)?;
            for certificate in certificates {
                let certificate = certificate.with_context(unusable)?;
                roots.add(certificate).with_context(unusable)?;
            }
            anyhow::ensure!(!roots.is_empty(), "{}: there are none", unusable());
        }
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS cannot be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
