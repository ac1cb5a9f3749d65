//! Values on the command line.

use std::{ffi::OsStr, str::FromStr, time::Duration};

use clap::{Arg, Command, builder::TypedValueParser, error::ErrorKind};
use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};

use crate::{
    load::ENDLESS,
    target::{BaseUrl, BaseUrlError},
};

/// The most users there can be: each needs a connection, and there are not more ports.
const MAX_USERS: u32 = 60_000;

/// The longest time there can be. It is no limit to anybody, and clocks can count that far.
const LONGEST: Duration = ENDLESS;

/// A time: seconds, `2.5`, or with a unit, `500ms`, `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) Duration);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.parse().map(Duration::try_from_secs_f64);
        let duration = match plain {
            Ok(seconds) => seconds.map_err(|error| error.to_string())?,
            Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string())?,
        };
        if duration > LONGEST {
            return Err("more than a year".to_owned());
        }
        Ok(Self(duration))
    }
}

/// One number of users or more, to be tried in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Users(pub(crate) Vec<u32>);

impl FromStr for Users {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| match text.trim().parse() {
            Ok(users) if (1..=MAX_USERS).contains(&users) => Ok(users),
            _ => Err(format!(
                "`{text}` is not a number of users from 1 to {MAX_USERS}"
            )),
        };
        Ok(Self(text.split(',').map(number).collect::<Result<_, _>>()?))
    }
}

/// A header, `Name: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once(':')
            .ok_or("a header is written NAME: VALUE")?;
        let name = name.trim();
        Ok(Self {
            name: name
                .parse()
                .map_err(|_| format!("`{name}` is not the name of a header"))?,
            value: value
                .trim()
                .parse()
                .map_err(|_| format!("the value of `{name}` has characters no header may have"))?,
        })
    }
}

/// Reads a URL. The errors of other values repeat what was given, and this may hold a password.
#[derive(Debug, Clone)]
pub(crate) struct UrlParser;

impl TypedValueParser for UrlParser {
    type Value = BaseUrl;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<BaseUrl, clap::Error> {
        let url = value.to_string_lossy().parse();
        url.map_err(|error: BaseUrlError| {
            let name = argument.map(ToString::to_string).unwrap_or_default();
            let sentence = format!("invalid value for '{name}': {error}\n");
            clap::Error::raw(ErrorKind::ValueValidation, sentence).with_cmd(command)
        })
    }
}

/// All headers of a request, those that were not given filled in.
pub(crate) fn headers(
    given: &[Header],
    authority: &str,
    is_json: bool,
) -> Result<HeaderMap, String> {
    use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
    let mut headers = HeaderMap::new();
    for header in given {
        headers.append(header.name.clone(), header.value.clone());
    }
    let host = authority.parse().map_err(|_| "no host".to_owned())?;
    headers.entry(HOST).or_insert(host);
    let agent = HeaderValue::from_static(concat!("benchmark/", env!("CARGO_PKG_VERSION")));
    headers.entry(USER_AGENT).or_insert(agent);
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    if is_json {
        let json = HeaderValue::from_static("application/json");
        headers.entry(CONTENT_TYPE).or_insert(json);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_have_a_unit() {
        for (text, millis) in [
            ("60", 60_000),
            ("0.5", 500),
            ("250ms", 250),
            ("1m 30s", 90_000),
        ] {
            assert_eq!(text.parse(), Ok(Seconds(Duration::from_millis(millis))));
        }
        for text in ["", "-1", "fast", "1x", "inf", "NaN", "1e19", "400d"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }

    #[test]
    fn users_are_levels_of_at_least_one() {
        assert_eq!("50,100, 1000".parse(), Ok(Users(vec![50, 100, 1000])));
        for text in ["", "0", "10,0", "-5", "ten", "10,,20", "99999"] {
            assert!(text.parse::<Users>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let header: Header = "X-Api-Key:  secret ".parse().unwrap();

        assert_eq!(
            (header.name.as_str(), header.value.as_bytes()),
            ("x-api-key", &b"secret"[..])
        );
        for (text, reason) in [
            ("X-Api-Key", "NAME: VALUE"),
            (": x", "not the name"),
            ("a b: x", "not the name"),
            ("a: x\ny", "no header may have"),
        ] {
            let error = text.parse::<Header>().unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_was_given_stands_and_the_rest_is_filled_in() {
        let given = ["Host: other", "Content-Type: text/plain"].map(|text| text.parse().unwrap());

        let headers = headers(&given, "localhost:8000", true).unwrap();

        assert_eq!(headers["host"], "other");
        assert_eq!(headers["content-type"], "text/plain");
        assert!(
            headers["user-agent"]
                .to_str()
                .unwrap()
                .starts_with("benchmark/")
        );
    }
}
