//! The query of a list, and the links between its pages.

use poem::{Request, http::StatusCode};
use server::Problem;

use super::cursor;
use crate::{
    domain::{Price, ProductName},
    store::{Cursor, Filter, ListQuery, Page, Sort, SortKey, Start},
};

const DEFAULT_LIMIT: u64 = 100;
const MAX_LIMIT: u64 = 1000;

/// A list's query as it was asked.
pub(super) struct List {
    /// What it means.
    pub(super) query: ListQuery,
    /// Its parameters but for `after` and `skip`, for links.
    kept: Vec<(String, String)>,
}

impl List {
    /// Reads the query string. Unknown parameters are ignored; a bad value is a 400 that names its
    /// parameter and rule.
    pub(super) fn parse(request: &Request) -> Result<Self, Problem> {
        let parameters = Parameters::read(request.uri().query().unwrap_or(""));
        let sort = parameters.parse("sort", sort)?.unwrap_or(BY_ID);
        let filter = Filter {
            name: parameters.parse("name", name)?,
            min_price: parameters.parse("min_price", price)?,
            max_price: parameters.parse("max_price", price)?,
            in_stock: parameters.parse("in_stock", boolean)?,
        };
        let skip = parameters.parse("skip", skip)?;
        let after = parameters.parse("after", |text| {
            cursor::decode(text, sort, &filter)
                .ok_or("must be a cursor from a Link of a list with the same sort and filters")
        })?;
        let start = match (skip, after) {
            (Some(_), Some(_)) => return Err(bad("after and skip cannot be used together")),
            (Some(rows), None) => Start::Skip(rows),
            (None, Some(cursor)) => Start::At(cursor),
            (None, None) => Start::Skip(0),
        };
        let limit = parameters.parse("limit", limit)?.unwrap_or(DEFAULT_LIMIT);
        let count = parameters.parse("count", boolean)?.unwrap_or(false);
        let kept = parameters.kept();
        Ok(Self {
            query: ListQuery {
                sort,
                filter,
                start,
                limit,
                count,
            },
            kept,
        })
    }

    /// The `Link` header (RFC 8288) of a page: `first`, and `prev` and `next` where they exist.
    pub(super) fn links(&self, page: &Page) -> String {
        let mut links = vec![self.link("first", None)];
        links.extend(
            page.prev
                .as_ref()
                .map(|cursor| self.link("prev", Some(cursor))),
        );
        links.extend(
            page.next
                .as_ref()
                .map(|cursor| self.link("next", Some(cursor))),
        );
        links.join(", ")
    }

    fn link(&self, relation: &str, cursor: Option<&Cursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.kept);
        if let Some(cursor) = cursor {
            query.append_pair(
                "after",
                &cursor::encode(cursor, self.query.sort, &self.query.filter),
            );
        }
        match query.finish() {
            query if query.is_empty() => format!("</products>; rel=\"{relation}\""),
            query => format!("</products?{query}>; rel=\"{relation}\""),
        }
    }
}

const BY_ID: Sort = Sort {
    key: SortKey::Id,
    descending: false,
};

/// The parameters of a query string that this API knows.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    const KNOWN: [&str; 9] = [
        "limit",
        "after",
        "skip",
        "sort",
        "count",
        "name",
        "min_price",
        "max_price",
        "in_stock",
    ];

    fn read(query: &str) -> Self {
        let known = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .filter(|(name, _)| Self::KNOWN.contains(&name.as_str()));
        Self(known.collect())
    }

    fn parse<T>(
        &self,
        name: &str,
        rule: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, Problem> {
        let mut given = self.0.iter().filter(|(given, _)| given == name);
        let Some((_, value)) = given.next() else {
            return Ok(None);
        };
        if given.next().is_some() {
            return Err(bad(&format!("{name} is given more than once")));
        }
        rule(value)
            .map(Some)
            .map_err(|fault| bad(&format!("{name} {fault}")))
    }

    fn kept(self) -> Vec<(String, String)> {
        self.0
            .into_iter()
            .filter(|(name, _)| name != "after" && name != "skip")
            .collect()
    }
}

fn bad(fault: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(format!("Query parameter {fault}."))
}

fn limit(text: &str) -> Result<u64, &'static str> {
    let limit = text
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or("must be an integer from 1 to 1000")
}

fn name(text: &str) -> Result<String, &'static str> {
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters");
    }
    if text.chars().count() > ProductName::MAX_CHARS {
        return Err("must have at most 255 characters");
    }
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err("must be percent-encoded UTF-8");
    }
    Ok(text.to_owned())
}

fn skip(text: &str) -> Result<u64, &'static str> {
    let rows = text
        .parse()
        .ok()
        .filter(|&rows| i64::try_from(rows).is_ok());
    rows.ok_or("must be an integer from 0 to 9223372036854775807")
}

fn boolean(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

fn price(text: &str) -> Result<Price, &'static str> {
    Price::parse(text).map_err(
        |_| "must be a price: at least 0, with at most 2 fraction digits and 12 digits in all",
    )
}

fn sort(text: &str) -> Result<Sort, &'static str> {
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let key = match name {
        "id" => SortKey::Id,
        "name" => SortKey::Name,
        "price" => SortKey::Price,
        "amount" => SortKey::Amount,
        "created_at" => SortKey::CreatedAt,
        _ => {
            return Err(
                "must be id, name, price, amount or created_at, with - before it for descending",
            );
        }
    };
    Ok(Sort { key, descending })
}
