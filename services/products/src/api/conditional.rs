//! Conditional requests (RFC 9110 §13): entity tags are versions.

use poem::{
    Request,
    http::{HeaderName, StatusCode, header},
};
use server::Problem;

use crate::{cache::entity_tag, domain::Version, store::Precondition};

/// The strong entity tag of a version.
pub(super) fn etag(version: Version) -> String {
    entity_tag(version.value())
}

/// Reads `If-Match`; text that is no list of entity tags is a 400.
pub(super) fn if_match(request: &Request) -> Result<Precondition, Problem> {
    match tags(request, header::IF_MATCH)? {
        None | Some(Tags::Any) => Ok(Precondition::None),
        // A weak tag never matches in the strong comparison that If-Match asks for.
        Some(Tags::Listed(tags)) => Ok(Precondition::OneOf(
            tags.iter()
                .filter(|tag| !tag.weak)
                .filter_map(|tag| tag.version())
                .collect(),
        )),
    }
}

/// Reads `If-None-Match` and says of a version whether the client lacks it. What is no list of
/// entity tags matches nothing.
pub(super) fn lacks(request: &Request) -> impl FnOnce(Version) -> bool + use<> {
    let held = tags(request, header::IF_NONE_MATCH).ok().flatten();
    move |version| match held {
        None => true,
        Some(Tags::Any) => false,
        Some(Tags::Listed(tags)) => !tags
            .iter()
            .any(|tag| tag.version() == Some(version.value())),
    }
}

enum Tags {
    Any,
    Listed(Vec<Tag>),
}

struct Tag {
    weak: bool,
    opaque: String,
}

impl Tag {
    /// The version that the tag stands for; only the spelling that `etag` writes counts.
    fn version(&self) -> Option<i64> {
        let version = self.opaque.parse::<i64>().ok()?;
        (version.to_string() == self.opaque).then_some(version)
    }
}

fn tags(request: &Request, name: HeaderName) -> Result<Option<Tags>, Problem> {
    let lines: Vec<&[u8]> = request
        .headers()
        .get_all(&name)
        .iter()
        .map(|v| v.as_bytes())
        .collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&lines.join(&b", "[..])).into_owned();
    parse(&text).map(Some).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST).detail(format!(
            "{} must be * or a list of entity tags in double quotes, for example \"42\"",
            if name == header::IF_MATCH {
                "If-Match"
            } else {
                "If-None-Match"
            },
        ))
    })
}

fn parse(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut tags = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (opaque, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if opaque.chars().any(|c| c.is_control() || c == ' ') {
            return None;
        }
        tags.push(Tag {
            weak,
            opaque: opaque.to_owned(),
        });
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    (!tags.is_empty()).then_some(Tags::Listed(tags))
}

#[cfg(test)]
mod tests {
    use poem::Request;

    use super::{etag, if_match, lacks};
    use crate::{domain::Version, store::Precondition};

    fn with(name: &str, value: &str) -> Request {
        Request::builder().header(name, value).finish()
    }

    #[test]
    fn if_match_compares_strongly() {
        for (value, expected) in [
            ("*", Precondition::None),
            ("\"7\"", Precondition::OneOf(vec![7])),
            ("\"7\" , \"9\"", Precondition::OneOf(vec![7, 9])),
            ("W/\"7\"", Precondition::OneOf(vec![])),
            ("\"07\", \"x,y\", \"\"", Precondition::OneOf(vec![])),
        ] {
            assert_eq!(
                if_match(&with("If-Match", value)).unwrap(),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn garbage_in_if_match_is_refused() {
        for value in [
            "",
            " ",
            "7",
            "\"7",
            "7\"",
            "\"7\" \"8\"",
            "\"7\"x",
            "w/\"7\"",
            "*, \"7\"",
            "\"a b\"",
            ",",
        ] {
            assert!(if_match(&with("If-Match", value)).is_err(), "{value:?}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for (value, lacking) in [
            ("\"7\"", false),
            ("W/\"7\"", false),
            ("*", false),
            ("\"8\"", true),
            ("garbage", true),
        ] {
            assert_eq!(
                lacks(&with("If-None-Match", value))(Version(7)),
                lacking,
                "{value}"
            );
        }
        assert_eq!(etag(Version(7)), "\"7\"");
    }
}
