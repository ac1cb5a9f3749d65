//! Certificates for servers on 127.0.0.1, vouched for by an authority that nobody knows.

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tonic::transport::Identity;

/// A new server's certificate with its key, and its authority's certificate as PEM.
pub(crate) fn issue() -> Result<(Identity, String)> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let root = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    let certificate = server.signed_by(&key, &issuer)?.pem();
    Ok((Identity::from_pem(certificate, key.serialize_pem()), root))
}
