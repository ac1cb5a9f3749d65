//! The kinds of value that keys have, and how each is read from text.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::time::Duration;

use telemetry::Filter;

use super::errors::Flaw;
use super::lists::Bounds;
use super::units::{parse_duration, parse_ratio, parse_size};
use super::value::Value;
use super::{endpoint, lists, redis_url, url};

/// What a key holds, with the range of values that make sense.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// An IP address, or `localhost`.
    Address,
    /// A TCP port; 0 asks the system for a free one.
    Port,
    /// A TCP port, or nothing.
    OptionalPort,
    /// A whole number.
    Count(RangeInclusive<u32>),
    /// `true` or `false`.
    Switch,
    /// A duration with its unit.
    Duration(RangeInclusive<Duration>),
    /// A size in bytes.
    Size(RangeInclusive<u64>),
    /// A share of the whole, from 0 to 1.
    Ratio,
    /// Any text.
    Text,
    /// Any text, or nothing.
    OptionalText,
    /// One of some names.
    Choice(&'static [&'static str]),
    /// The URL of a database; secret, since it may hold a password.
    DatabaseUrl,
    /// The URL of a Redis server, or nothing; secret, since it may hold a password.
    OptionalRedisUrl,
    /// The URL of an OTLP/gRPC receiver, or nothing; secret, since it may hold a password.
    OptionalEndpoint,
    /// The path of a file or folder, or nothing.
    OptionalPath,
    /// The path of a file that holds secrets, or nothing.
    OptionalSecretFile,
    /// Log directives, such as `info,products=debug`.
    LogFilter,
    /// IP addresses and networks.
    Networks,
    /// Web origins, or `*`.
    Origins,
    /// Upper bounds of a histogram's buckets.
    Buckets(Bounds),
}

impl Kind {
    /// Whether an empty text is a value: the empty list, or "unset".
    pub(super) fn allows_empty(&self) -> bool {
        matches!(
            self,
            Self::OptionalPort
                | Self::OptionalRedisUrl
                | Self::OptionalEndpoint
                | Self::OptionalPath
                | Self::OptionalText
                | Self::OptionalSecretFile
                | Self::Networks
                | Self::Origins
        )
    }

    /// Whether a value may be shown to nobody. People put a secret itself where its file belongs.
    pub(super) fn is_secret(&self) -> bool {
        matches!(
            self,
            Self::DatabaseUrl
                | Self::OptionalRedisUrl
                | Self::OptionalEndpoint
                | Self::OptionalSecretFile
        )
    }

    /// Whether the value may come from a file that a variable names; it may not where it is such a
    /// name already.
    pub(super) fn may_be_in_a_file(&self) -> bool {
        !matches!(self, Self::OptionalSecretFile)
    }

    /// Whether the value may be an array in a file.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::Networks | Self::Origins | Self::Buckets(_))
    }

    /// Reads a value from text without surrounding space.
    pub(super) fn parse(&self, text: &str) -> Result<Value, Flaw> {
        match self {
            Self::Address => parse_address(text).map(Value::Address),
            Self::Port => parse_port(text).map(|port| Value::Port(Some(port))),
            Self::OptionalPort if text.is_empty() => Ok(Value::Port(None)),
            Self::OptionalPort => parse_port(text).map(|port| Value::Port(Some(port))),
            Self::Count(range) => parse_count(text, range).map(Value::Count),
            Self::Switch => parse_switch(text).map(Value::Switch),
            Self::Duration(range) => parse_duration(text, range).map(Value::Duration),
            Self::Size(range) => parse_size(text, range).map(Value::Size),
            Self::Ratio => parse_ratio(text).map(Value::Ratio),
            Self::Text | Self::OptionalText => Ok(Value::Text(text.to_owned())),
            Self::Choice(names) => parse_choice(text, names).map(Value::Choice),
            Self::DatabaseUrl => url::parse(text).map(|url| Value::Secret(url.into())),
            Self::OptionalRedisUrl | Self::OptionalEndpoint if text.is_empty() => {
                Ok(Value::OptionalSecret(None))
            }
            Self::OptionalRedisUrl => {
                redis_url::parse(text).map(|url| Value::OptionalSecret(Some(url.into())))
            }
            Self::OptionalEndpoint => {
                endpoint::parse(text).map(|url| Value::OptionalSecret(Some(url.into())))
            }
            Self::OptionalPath | Self::OptionalSecretFile => {
                Ok(Value::Path((!text.is_empty()).then(|| text.into())))
            }
            Self::LogFilter => parse_filter(text).map(Value::Text),
            Self::Networks => lists::parse_networks(text).map(Value::Networks),
            Self::Origins => lists::parse_origins(text).map(Value::Origins),
            Self::Buckets(bounds) => lists::parse_buckets(text, *bounds).map(Value::Buckets),
        }
    }
}

fn parse_address(text: &str) -> Result<IpAddr, Flaw> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse().map_err(|_| {
        Flaw::new(
            "is not an IP address",
            "write an address such as 0.0.0.0, 127.0.0.1 or ::",
        )
    })
}

fn parse_port(text: &str) -> Result<u16, Flaw> {
    text.parse().map_err(|_| {
        Flaw::new(
            "is not a port",
            "write a number from 1 to 65535, or 0 for any free port",
        )
    })
}

fn parse_count(text: &str, range: &RangeInclusive<u32>) -> Result<u32, Flaw> {
    let remedy = format!("write a number from {} to {}", range.start(), range.end());
    match text.parse::<i128>() {
        Err(_) => Err(Flaw::new("is not a whole number", remedy)),
        Ok(number) => u32::try_from(number)
            .ok()
            .filter(|count| range.contains(count))
            .ok_or_else(|| Flaw::new("is out of range", remedy)),
    }
}

fn parse_switch(text: &str) -> Result<bool, Flaw> {
    text.to_ascii_lowercase()
        .parse()
        .map_err(|_| Flaw::new("is neither true nor false", "write true or false"))
}

fn parse_choice(text: &str, names: &[&'static str]) -> Result<&'static str, Flaw> {
    names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(text))
        .copied()
        .ok_or_else(|| {
            Flaw::new(
                "is not one of the choices",
                format!("write one of {}", names.join(", ")),
            )
        })
}

/// Keeps the text of a log filter that telemetry takes.
fn parse_filter(text: &str) -> Result<String, Flaw> {
    match text.parse::<Filter>() {
        Ok(filter) => Ok(filter.to_string()),
        Err(error) => Err(Flaw::new(
            error.problem,
            "write a level (off, error, warn, info, debug, trace) or directives such as \
             info,products=debug",
        )),
    }
}
