//! The declared routes: from a path to its template, its series and how loudly it is logged.
//!
//! Matching here, before the routes are asked, labels a request rightly even when nobody answers
//! it: its client left, it timed out, its handler panicked, or a layer above the routes refused it.

use std::time::Duration;

use matchit::Router;
use poem::http::{Method, StatusCode};

use super::{
    HttpFamilies, RouteSpec, RoutesError, method,
    series::{ByStatus, Series},
};

/// The label of every path that no template matches.
const UNMATCHED: &str = "unmatched";

pub(super) struct Table {
    pub(super) families: HttpFamilies,
    templates: Router<usize>,
    rows: Vec<Row>,
    unmatched: Row,
}

/// One template with its series per method.
pub(super) struct Row {
    pub(super) label: String,
    quiet: [bool; method::LABELS.len()],
    series: [ByStatus; method::LABELS.len()],
}

impl Table {
    pub(super) fn new(
        families: HttpFamilies,
        routes: impl IntoIterator<Item = RouteSpec>,
    ) -> Result<Self, RoutesError> {
        let mut table = Self {
            families,
            templates: Router::new(),
            rows: Vec::new(),
            unmatched: Row::new(UNMATCHED.to_owned()),
        };
        for route in routes {
            table.declare(&route)?;
        }
        table.expect_strangers();
        Ok(table)
    }

    /// The row of `path`, which is matched as it came, without decoding.
    pub(super) fn row(&self, path: &str) -> &Row {
        self.templates
            .at(path)
            .map_or(&self.unmatched, |found| &self.rows[*found.value])
    }

    /// Counts and times one finished request.
    pub(super) fn observe(&self, row: &Row, method: &Method, status: u16, elapsed: Duration) {
        self.series(row, method::index(method), status)
            .observe(elapsed);
    }

    fn series<'a>(&self, row: &'a Row, method: usize, status: u16) -> &'a Series {
        row.series[method].find(status, || {
            Series::resolve(&self.families, method::LABELS[method], &row.label, status)
        })
    }

    fn declare(&mut self, route: &RouteSpec) -> Result<(), RoutesError> {
        let place = self.place(&route.template)?;
        let method = method::index(&route.method);
        self.rows[place].quiet[method] = route.quiet;
        let row = &self.rows[place];
        for status in &route.statuses {
            self.series(row, method, *status);
        }
        Ok(())
    }

    /// The index of the row of `template`, which is made when this is its first method.
    fn place(&mut self, template: &str) -> Result<usize, RoutesError> {
        let label = template.replace("{*", "{");
        if let Some(place) = self.rows.iter().position(|row| row.label == label) {
            return Ok(place);
        }
        let place = self.rows.len();
        self.templates
            .insert(template, place)
            .map_err(|error| RoutesError {
                template: template.to_owned(),
                reason: error.to_string(),
            })?;
        self.rows.push(Row::new(label));
        Ok(place)
    }

    /// Unknown paths are certain to come, and must not make new series when they do.
    fn expect_strangers(&self) {
        for method in 0..method::LABELS.len() {
            self.series(&self.unmatched, method, StatusCode::NOT_FOUND.as_u16());
        }
    }
}

impl Row {
    fn new(label: String) -> Self {
        Self {
            label,
            quiet: Default::default(),
            series: Default::default(),
        }
    }

    /// Whether requests of `method` are logged at DEBUG only. HEAD is as quiet as GET.
    pub(super) fn is_quiet(&self, method: &Method) -> bool {
        let head_as_get = method == Method::HEAD && self.quiet[method::index(&Method::GET)];
        head_as_get || self.quiet[method::index(method)]
    }
}
