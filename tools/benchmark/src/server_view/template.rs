//! Which route template a path belongs to.

use std::cmp::Reverse;

/// The most literal of `templates` that `path` belongs to.
///
/// A parameter in braces stands for a segment, or for a part of one (`{name}.json`); as the last
/// one, `{*rest}` or `{rest:path}` stands for all that follows. A query is not part of a path.
pub(super) fn route_of<'a>(
    path: &str,
    templates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let matching = templates.into_iter().filter_map(|template| {
        let kinds = kinds(template.strip_prefix('/')?, &path)?;
        Some((Reverse(kinds), template))
    });
    matching.max().map(|(_, template)| template)
}

/// How a segment was matched: the more literal, the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Literal,
    Part,
    Whole,
    Rest,
}

/// How each segment of `template` matches; `None` if they do not.
fn kinds(template: &str, path: &[&str]) -> Option<Vec<Kind>> {
    let mut segments: Vec<&str> = template.split('/').collect();
    let rest = segments.pop_if(|last| last.starts_with("{*") || last.ends_with(":path}"));
    let (head, tail) = path.split_at_checked(segments.len())?;
    if rest.is_some() == tail.is_empty() {
        return None;
    }
    let pairs = segments.into_iter().zip(head);
    let kinds = pairs.map(|(segment, part)| kind(segment, part));
    kinds.chain(rest.map(|_| Some(Kind::Rest))).collect()
}

fn kind(segment: &str, part: &str) -> Option<Kind> {
    let Some((before, rest)) = segment.split_once('{') else {
        return (segment == part).then_some(Kind::Literal);
    };
    let (_, after) = rest.rsplit_once('}')?;
    let parameter = part.strip_prefix(before)?.strip_suffix(after)?;
    let kind = if before.is_empty() && after.is_empty() {
        Kind::Whole
    } else {
        Kind::Part
    };
    (!parameter.is_empty()).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_most_literal_template_that_matches() {
        let templates = [
            "unmatched",
            "/",
            "/things",
            "/things/{thing_id}",
            "/things/newest",
            "/things/{thing_id}/parts/{part_id}",
            "/things/7/parts/{part_id}",
            "/things/{name}.json",
            "/files/{*path}",
            "/files/{folder}/index",
            "/pages/{page:path}",
        ];
        let table = [
            ("/", Some("/"), "the root"),
            ("/things", Some("/things"), "a literal"),
            ("/things?limit=3&after=/x", Some("/things"), "a query"),
            ("/things/7?x=1", Some("/things/{thing_id}"), "a parameter"),
            (
                "/things/{id}",
                Some("/things/{thing_id}"),
                "a template of the client",
            ),
            (
                "/things/newest",
                Some("/things/newest"),
                "literal before parameter",
            ),
            (
                "/things/a.json",
                Some("/things/{name}.json"),
                "part before whole",
            ),
            (
                "/things/7/parts/8",
                Some("/things/7/parts/{part_id}"),
                "literal in the middle",
            ),
            (
                "/things/8/parts/8",
                Some("/things/{thing_id}/parts/{part_id}"),
                "two parameters",
            ),
            ("/things/", None, "an empty segment is no parameter"),
            ("/thing", None, "no prefix of a segment counts"),
            ("/things/7/parts", None, "too short"),
            ("/files/a/b/c", Some("/files/{*path}"), "the rest"),
            (
                "/files/a/index",
                Some("/files/{folder}/index"),
                "a parameter before the rest",
            ),
            (
                "/pages/a/b",
                Some("/pages/{page:path}"),
                "the rest, in the other spelling",
            ),
            ("/unmatched", None, "a label that is no path"),
        ];
        for (path, expected, why) in table {
            assert_eq!(route_of(path, templates), expected, "{why}: {path}");
        }
    }
}
