//! Encrypted connections.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use hyper::{Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::program::benchmark;

/// A server for 127.0.0.1, and the certificate of its authority.
async fn serve() -> (SocketAddr, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust it leaves.
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let answer = |_| async { Ok::<_, Infallible>(Response::new("hello".to_owned())) };
                let connection = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(answer));
                let _ = connection.await;
            });
        }
    });
    (address, root)
}

#[tokio::test]
async fn a_server_is_asked_over_tls_if_its_authority_is_trusted() {
    let (address, root) = serve().await;
    let folder = TempDir::new().unwrap();
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, root).unwrap();
    let line = format!("load-test --endpoints / --duration 0.5 --base-url https://{address}");

    let ended = benchmark(&format!("{line} --ca-certificate {}", trusted.display())).await;
    let distrusted = benchmark(&line).await;

    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.results.unwrap().results[0].successful_requests > 0);
    assert_eq!(distrusted.status, 1);
    assert!(
        distrusted.stderr.contains("no TLS"),
        "{}",
        distrusted.stderr
    );
}

#[tokio::test]
async fn plain_http_to_a_server_that_encrypts_ends_with_a_hint() {
    let (address, _) = serve().await;

    let ended = benchmark(&format!(
        "load-test --endpoints / --duration 0.5 --base-url http://{address}"
    ))
    .await;

    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("is the scheme right?"),
        "{}",
        ended.stderr
    );
}
