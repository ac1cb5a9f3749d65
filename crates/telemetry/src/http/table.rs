//! The declared routes: from a path to its template, its series and how loudly it is logged.
//!
//! Matching here, before the routes are asked, labels a request rightly even when nobody answers
//! it: its client left, it timed out, its handler panicked, or a layer above the routes refused it.

use std::{sync::OnceLock, time::Duration};

use matchit::Router;
use poem::http::{Method, StatusCode};

use super::{
    HttpFamilies, RouteSpec, RoutesError, method,
    series::{ByStatus, Series, Sizes},
};

/// The label of every path that no template matches.
const UNMATCHED: &str = "unmatched";

/// The place of the row of [`UNMATCHED`].
const STRANGERS: usize = 0;

pub(super) struct Table {
    pub(super) families: HttpFamilies,
    templates: Router<usize>,
    rows: Vec<Row>,
}

/// One template, with a cell for each method.
struct Row {
    label: String,
    cells: [Cell; method::LABELS.len()],
}

/// A method and an endpoint.
#[derive(Default)]
struct Cell {
    quiet: bool,
    by_status: ByStatus,
    sizes: OnceLock<Sizes>,
}

/// Where a request belongs in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    row: usize,
    method: usize,
}

impl Table {
    pub(super) fn new(
        families: HttpFamilies,
        routes: impl IntoIterator<Item = RouteSpec>,
    ) -> Result<Self, RoutesError> {
        let mut table = Self {
            families,
            templates: Router::new(),
            rows: vec![Row::new(UNMATCHED.to_owned())],
        };
        for route in routes {
            table.declare(&route)?;
        }
        table.expect_strangers();
        Ok(table)
    }

    /// The place of a request; `path` is matched as it came, without decoding.
    pub(super) fn place(&self, method: &Method, path: &str) -> Place {
        Place {
            row: self.templates.at(path).map_or(STRANGERS, |row| *row.value),
            method: method::index(method),
        }
    }

    /// The route template at `place`.
    pub(super) fn endpoint(&self, place: Place) -> &str {
        &self.rows[place.row].label
    }

    /// The route template at `place`, if it is one that was declared.
    pub(super) fn route(&self, place: Place) -> Option<&str> {
        (place.row != STRANGERS).then(|| self.endpoint(place))
    }

    /// Whether requests are logged at DEBUG only. HEAD is as quiet as GET.
    pub(super) fn is_quiet(&self, place: Place) -> bool {
        let cells = &self.rows[place.row].cells;
        let head_as_get = place.method == method::HEAD && cells[method::GET].quiet;
        head_as_get || cells[place.method].quiet
    }

    /// Counts and times an answer.
    pub(super) fn observe(&self, place: Place, status: u16, elapsed: Duration) {
        self.series(place, status).observe(elapsed);
    }

    /// Records the bytes of the two bodies of a request that is over.
    pub(super) fn observe_sizes(&self, place: Place, received: u64, sent: u64) {
        self.sizes(place).observe(received, sent);
    }

    fn series(&self, place: Place, status: u16) -> &Series {
        let row = &self.rows[place.row];
        row.cells[place.method].by_status.find(status, || {
            let method = method::LABELS[place.method];
            Series::resolve(&self.families, method, &row.label, status)
        })
    }

    fn sizes(&self, place: Place) -> &Sizes {
        let row = &self.rows[place.row];
        row.cells[place.method].sizes.get_or_init(|| {
            let method = method::LABELS[place.method];
            Sizes::resolve(&self.families, method, &row.label)
        })
    }

    fn declare(&mut self, route: &RouteSpec) -> Result<(), RoutesError> {
        let place = Place {
            row: self.row(&route.template)?,
            method: method::index(&route.method),
        };
        self.rows[place.row].cells[place.method].quiet = route.quiet;
        for status in &route.statuses {
            self.series(place, *status);
        }
        self.sizes(place);
        Ok(())
    }

    /// The index of the row of `template`, which is made when this is its first method.
    fn row(&mut self, template: &str) -> Result<usize, RoutesError> {
        let label = template.replace("{*", "{");
        if let Some(row) = self.rows.iter().position(|row| row.label == label) {
            return Ok(row);
        }
        let row = self.rows.len();
        self.templates
            .insert(template, row)
            .map_err(|error| RoutesError {
                template: template.to_owned(),
                reason: error.to_string(),
            })?;
        self.rows.push(Row::new(label));
        Ok(row)
    }

    /// Unknown paths are certain to come, and must not make new series when they do.
    fn expect_strangers(&self) {
        for method in 0..method::LABELS.len() {
            let row = STRANGERS;
            self.series(Place { row, method }, StatusCode::NOT_FOUND.as_u16());
            self.sizes(Place { row, method });
        }
    }
}

impl Row {
    fn new(label: String) -> Self {
        Self {
            label,
            cells: Default::default(),
        }
    }
}
