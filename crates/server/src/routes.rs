//! Which methods a path answers to: what the `Allow` header of a 405 says.

use std::collections::BTreeMap;

use poem::http::{HeaderValue, Method};

/// The methods of each route template, looked up by path.
#[derive(Debug, Default)]
pub struct RouteTable {
    routes: matchit::Router<Vec<Method>>,
}

/// A template that cannot be part of the table.
#[derive(Debug, thiserror::Error)]
#[error("route template {template:?} does not fit the others: {reason}")]
pub struct BadTemplate {
    template: String,
    reason: matchit::InsertError,
}

impl RouteTable {
    /// Builds the table from methods and templates such as `/things/{thing_id}` (`{*rest}`
    /// takes the remaining segments). `HEAD` goes with `GET` and need not be named, unless the
    /// application answers it by itself.
    ///
    /// # Errors
    /// Two templates that contradict each other (`/a/{b}` and `/a/{c}`) or one of bad syntax.
    pub fn new<T: Into<String>>(
        routes: impl IntoIterator<Item = (Method, T)>,
    ) -> Result<RouteTable, BadTemplate> {
        let mut methods = BTreeMap::<String, Vec<Method>>::new();
        for (method, template) in routes {
            methods.entry(template.into()).or_default().push(method);
        }
        let mut table = RouteTable::default();
        for (template, methods) in methods {
            let inserted = table.routes.insert(template.as_str(), methods);
            inserted.map_err(|reason| BadTemplate { template, reason })?;
        }
        Ok(table)
    }

    /// Whether the application itself answers `method` at `path`.
    pub(crate) fn declares(&self, method: &Method, path: &str) -> bool {
        self.methods(path).contains(method)
    }

    /// The value of `Allow` for `path`: empty where nothing is known.
    pub(crate) fn allow(&self, path: &str) -> HeaderValue {
        let declared = self.methods(path);
        let mut names: Vec<&str> = declared.iter().map(Method::as_str).collect();
        if declared.contains(&Method::GET) {
            names.push(Method::HEAD.as_str());
        }
        names.sort_unstable();
        names.dedup();
        HeaderValue::from_str(&names.join(", ")).expect("method names are tokens")
    }

    fn methods(&self, path: &str) -> &[Method] {
        self.routes.at(path).map_or(&[], |found| found.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allow_lists_the_methods_of_the_matching_template_and_head_with_get() {
        let table = RouteTable::new([
            (Method::GET, "/things"),
            (Method::POST, "/things"),
            (Method::PUT, "/things/{thing_id}"),
        ])
        .unwrap();

        assert_eq!(table.allow("/things"), "GET, HEAD, POST");
        assert_eq!(table.allow("/things/7"), "PUT");
        assert_eq!(table.allow("/elsewhere"), "");
    }

    #[test]
    fn contradicting_templates_are_refused_by_name() {
        let error =
            RouteTable::new([(Method::GET, "/a/{b}"), (Method::GET, "/a/{c}")]).unwrap_err();

        assert!(error.to_string().contains("/a/{c}"), "{error}");
    }
}
