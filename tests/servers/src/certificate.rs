//! Certificates for servers on 127.0.0.1, vouched for by an authority that nobody knows.

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// A server's certificate, its key and its authority's certificate, as PEM.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) authority: String,
}

/// A new server's certificate by a new authority.
pub(crate) fn issue() -> Result<Certificate> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let root = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    // One of its authority's name would look as if it vouched for itself.
    let name = &mut server.distinguished_name;
    name.push(DnType::CommonName, "a server of the tests");
    Ok(Certificate {
        certificate: server.signed_by(&key, &issuer)?.pem(),
        key: key.serialize_pem(),
        authority: root,
    })
}
