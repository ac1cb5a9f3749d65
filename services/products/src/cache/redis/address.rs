//! From a URL to a client of Redis.

use std::fs;

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, TlsCertificates, io::tcp::TcpSettings,
    parse_redis_url,
};

use super::failure::RedisFailure;

/// The name of PostgreSQL's parameter for the same.
const AUTHORITY: &str = "sslrootcert";

/// The redis crate's: 2 or 3.
const PROTOCOL: &str = "protocol";

/// A client, not connected.
pub(super) fn open(url: &str) -> Result<Client, RedisFailure> {
    let refused = |reason: &str| RedisFailure::Url(reason.to_owned());
    let url = parse_redis_url(url)
        .filter(|url| ["redis", "rediss"].contains(&url.scheme()))
        .ok_or_else(|| refused("does not begin with redis:// or rediss://"))?;
    if url.fragment().is_some() {
        return Err(refused("has a fragment, which means nothing here"));
    }
    let mut authority = None;
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            AUTHORITY => authority = Some(value.into_owned()),
            PROTOCOL => {}
            _ => {
                return Err(refused(
                    "has a parameter besides `sslrootcert` and `protocol`",
                ));
            }
        }
    }
    // Commands are small and wait for their answers.
    let tcp = TcpSettings::default().set_nodelay(true);
    let server = url
        .into_connection_info()
        .map_err(|_| refused("cannot be understood"))?
        .set_tcp_settings(tcp);
    match authority {
        None => Client::open(server).map_err(|_| refused("cannot be used")),
        Some(path) => trusting(server, &path),
    }
}

/// A client that trusts the authorities in a PEM file, and no others.
fn trusting(server: ConnectionInfo, path: &str) -> Result<Client, RedisFailure> {
    let refused = |reason: &str| RedisFailure::Authority(format!("{path}: {reason}"));
    let pem = fs::read(path).map_err(|error| refused(&error.to_string()))?;
    if !String::from_utf8_lossy(&pem).contains("BEGIN CERTIFICATE") {
        return Err(refused("it has no certificate"));
    }
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(pem),
    };
    Client::build_with_tls(server, certificates).map_err(|error| refused(error.category()))
}
