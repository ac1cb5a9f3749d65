//! A value that has been read and checked, whatever its kind.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::mask::{mask_endpoint, mask_url};
use super::units::{format_duration, format_size};

/// A checked value; [`Kind`](super::kind::Kind) says which keys have which variant.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Address(IpAddr),
    Port(Option<u16>),
    Count(u32),
    Switch(bool),
    Duration(Duration),
    Size(u64),
    Choice(&'static str),
    Ratio(f64),
    Secret(SecretString),
    OptionalSecret(Option<SecretString>),
    Text(String),
    Path(Option<PathBuf>),
    Networks(Vec<IpNet>),
    Origins(Vec<String>),
    Buckets(Vec<f64>),
}

impl Value {
    /// The value as TOML, secrets masked; reading it back gives the same value.
    pub(super) fn to_toml(&self) -> String {
        match self {
            Self::Address(address) => quote(&address.to_string()),
            Self::Port(port) => port.map_or_else(|| quote(""), |port| port.to_string()),
            Self::Count(count) => count.to_string(),
            Self::Switch(on) => on.to_string(),
            Self::Duration(duration) => quote(&format_duration(*duration)),
            Self::Size(bytes) => quote(&format_size(*bytes)),
            Self::Choice(name) => quote(name),
            Self::Secret(url) => quote(&mask_url(url.expose_secret())),
            Self::OptionalSecret(None) => quote(""),
            Self::OptionalSecret(Some(url)) => quote(&mask_endpoint(url.expose_secret())),
            Self::Text(text) => quote(text),
            Self::Path(None) => quote(""),
            Self::Path(Some(path)) => quote(&path.to_string_lossy()),
            Self::Networks(networks) => list(networks, |network| quote(&network.to_string())),
            Self::Origins(origins) => list(origins, |origin| quote(origin)),
            // `{:?}` keeps the point of whole numbers, which makes them TOML floats.
            Self::Ratio(share) => format!("{share:?}"),
            Self::Buckets(bounds) => list(bounds, |bound| format!("{bound:?}")),
        }
    }
}

/// A TOML basic string. JSON's escapes are all TOML escapes too, and the one character that TOML
/// escapes and JSON does not, DEL, never passes the check of values.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list<T>(items: &[T], element: impl Fn(&T) -> String) -> String {
    let elements: Vec<String> = items.iter().map(element).collect();
    format!("[{}]", elements.join(", "))
}
