//! Lists, written with commas: networks, web origins, bucket bounds.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use poem::http::Uri;

use super::errors::Flaw;
use super::units;

/// The latency objective, in seconds. The rules that watch it read the bucket with this bound, so
/// that no list of buckets may leave it out.
const OBJECTIVE_SECONDS: f64 = 0.25;

/// A histogram's cost grows with its buckets, on every label set.
const MOST_BUCKETS: usize = 100;

/// Reads addresses and networks; a lone address is a network of one.
pub(super) fn parse_networks(text: &str) -> Result<Vec<IpNet>, Flaw> {
    items(text).map(parse_network).collect()
}

fn parse_network(item: &str) -> Result<IpNet, Flaw> {
    item.parse::<IpNet>()
        .map(|network| network.trunc())
        .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| {
            Flaw::new(
                format!("holds {item:?}, which is no address or network"),
                "write addresses or networks with commas, such as 10.0.0.0/8,192.0.2.7",
            )
        })
}

/// Reads web origins as browsers send them, or a lone `*`.
pub(super) fn parse_origins(text: &str) -> Result<Vec<String>, Flaw> {
    let origins: Vec<String> = items(text).map(parse_origin).collect::<Result<_, _>>()?;
    if origins.len() > 1 && origins.iter().any(|origin| origin == "*") {
        return Err(Flaw::new(
            "has other origins beside *",
            "write * alone, or only the origins",
        ));
    }
    Ok(origins)
}

fn parse_origin(item: &str) -> Result<String, Flaw> {
    if item == "*" || is_origin(item) {
        return Ok(item.to_ascii_lowercase());
    }
    Err(Flaw::new(
        format!("holds {item:?}, which is no origin"),
        "write SCHEME://HOST or SCHEME://HOST:PORT without a path or a slash at the end, or *",
    ))
}

/// Scheme, host and perhaps a port; nothing before, between or after.
fn is_origin(item: &str) -> bool {
    let Ok(uri) = item.parse::<Uri>() else {
        return false;
    };
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => {
            item.len() == scheme.len() + "://".len() + authority.as_str().len()
                && !authority.host().is_empty()
                && !authority.as_str().contains(['@', '*'])
        }
        _ => false,
    }
}

/// What the bounds of a list of buckets measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// Request durations in seconds, the objective's among them.
    Durations,
    /// Any seconds.
    Seconds,
    /// Bytes.
    Bytes,
}

impl Bounds {
    fn unit(self) -> &'static str {
        match self {
            Self::Durations | Self::Seconds => "seconds",
            Self::Bytes => "bytes",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Durations | Self::Seconds => "0.1,0.25,1 or 100ms,250ms,1s",
            Self::Bytes => "100,10000,1000000 or 1KiB,1MiB",
        }
    }
}

/// Reads bucket bounds: finite, above zero, rising.
pub(super) fn parse_buckets(text: &str, kind: Bounds) -> Result<Vec<f64>, Flaw> {
    let bounds: Vec<f64> = items(text)
        .map(|item| parse_bound(item, kind))
        .collect::<Result<_, _>>()?;
    if !bounds.is_sorted_by(|lower, upper| lower < upper) {
        return Err(Flaw::new(
            "does not rise from bound to bound",
            "write the bounds from small to large, each once",
        ));
    }
    if kind == Bounds::Durations && !bounds.contains(&OBJECTIVE_SECONDS) {
        return Err(Flaw::new(
            format!("lacks the bound {OBJECTIVE_SECONDS}, the latency objective"),
            format!("add {OBJECTIVE_SECONDS}"),
        ));
    }
    if bounds.len() > MOST_BUCKETS {
        return Err(Flaw::new(
            format!("has {} bounds", bounds.len()),
            format!("write at most {MOST_BUCKETS}"),
        ));
    }
    Ok(bounds)
}

fn parse_bound(item: &str, kind: Bounds) -> Result<f64, Flaw> {
    let unit = kind.unit();
    let with_unit = || match kind {
        Bounds::Durations | Bounds::Seconds => {
            let duration = units::parse_duration(item, &(Duration::ZERO..=Duration::MAX));
            Some(duration.ok()?.as_secs_f64())
        }
        Bounds::Bytes => Some(units::parse_size(item, &(0..=u64::MAX)).ok()? as f64),
    };
    item.parse()
        .ok()
        .or_else(with_unit)
        .filter(|bound: &f64| bound.is_finite() && *bound > 0.0)
        .ok_or_else(|| {
            Flaw::new(
                format!("holds {item:?}, which is no number of {unit} above zero"),
                format!("write {unit} with commas, such as {}", kind.example()),
            )
        })
}

/// The trimmed items of a list; none when the text is empty.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(move |_| !text.is_empty())
}
