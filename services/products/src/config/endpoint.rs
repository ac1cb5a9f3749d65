//! Which OTLP endpoints are accepted.

use telemetry::{TraceError, check_endpoint};

use super::errors::Flaw;

/// Keeps the URL of an OTLP/gRPC receiver that telemetry takes; the flaw never quotes it.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    let flaw = |error| match error {
        TraceError::Endpoint(problem) => problem.to_owned(),
        other => other.to_string(),
    };
    check_endpoint(text).map_err(|error| {
        Flaw::new(
            flaw(error),
            "write http://HOST:4317 or https://USER:PASSWORD@HOST:4317",
        )
    })?;
    Ok(text.to_owned())
}
