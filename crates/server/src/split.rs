//! Which routes are for the people who run the service, and on which port they answer.

use poem::{Endpoint, Request, Response, Result};

use crate::app::App;

/// Whether `path` is a management route: metrics, health, probes, analytics, log level.
pub fn is_management(path: &str) -> bool {
    const EXACT: [&str; 7] = [
        "/metrics",
        "/health",
        "/livez",
        "/readyz",
        "/startupz",
        "/performance",
        "/loglevel",
    ];
    const BELOW: [&str; 2] = ["/health/", "/performance/"];
    EXACT.contains(&path) || BELOW.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether `path` is a management route that the API port keeps when there is a management port:
/// load balancers ask the port that they send traffic to.
fn stays_on_both_ports(path: &str) -> bool {
    matches!(path, "/health" | "/health/live")
}

/// The endpoint of the API port: hands each request to `api` or to `management` by its path.
///
/// With `one_port` every management path is served. Otherwise only `/health` and `/health/live`
/// are, and the others go to `api`, which does not know them and answers 404.
pub fn split(api: App, management: App, one_port: bool) -> App {
    App::new(Split {
        api,
        management,
        one_port,
    })
}

struct Split {
    api: App,
    management: App,
    one_port: bool,
}

impl Endpoint for Split {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> + Send {
        let path = request.uri().path();
        let managed = if self.one_port {
            is_management(path)
        } else {
            stays_on_both_ports(path)
        };
        let app = if managed { &self.management } else { &self.api };
        app.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn management_paths_are_those_of_the_contract_and_nothing_that_looks_like_them() {
        for path in [
            "/metrics",
            "/health",
            "/health/ready",
            "/livez",
            "/performance/report",
            "/loglevel",
        ] {
            assert!(is_management(path), "{path}");
        }
        for path in [
            "/",
            "/things",
            "/healthy",
            "/metrics/",
            "/performances",
            "/loglevel/x",
        ] {
            assert!(!is_management(path), "{path}");
        }
    }
}
