//! Which routes are for the people who run the service, and on which port they answer.

use poem::{Endpoint, EndpointExt, Request, Response, Result, endpoint::BoxEndpoint};

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
pub fn split<A, M>(api: A, management: M, one_port: bool) -> BoxEndpoint<'static, Response>
where
    A: Endpoint<Output = Response> + 'static,
    M: Endpoint<Output = Response> + 'static,
{
    Split {
        api,
        management,
        one_port,
    }
    .boxed()
}

struct Split<A, M> {
    api: A,
    management: M,
    one_port: bool,
}

impl<A, M> Endpoint for Split<A, M>
where
    A: Endpoint<Output = Response>,
    M: Endpoint<Output = Response>,
{
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        let managed = if self.one_port {
            is_management(path)
        } else {
            stays_on_both_ports(path)
        };
        if managed {
            self.management.call(request).await
        } else {
            self.api.call(request).await
        }
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
