//! The one place where outcomes become HTTP.

use std::time::Duration;

use poem::http::StatusCode;
use server::Problem;

use crate::store::Error;

/// What a client is asked to wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The problem that tells a client of an outcome; the cause of a 500 is logged, not told.
pub(super) fn problem(error: Error) -> Problem {
    match error {
        Error::NotFound => {
            Problem::new(StatusCode::NOT_FOUND).detail("There is no product with this id.")
        }
        Error::IdTaken(_) => {
            Problem::new(StatusCode::CONFLICT).detail("A product with this id exists already.")
        }
        Error::PreconditionFailed => Problem::new(StatusCode::PRECONDITION_FAILED).detail(
            "The product was changed since the version that If-Match names; read it again.",
        ),
        Error::KeyReused => Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
            .detail("This Idempotency-Key was used for another request; use a new one.")
            .error("", "differs from the body that came with the key first"),
        Error::KeyBusy => Problem::new(StatusCode::CONFLICT)
            .detail("The first request with this Idempotency-Key is still running; try again.")
            .retry_after(RETRY_AFTER),
        Error::Unavailable { outage, .. } => Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .detail(format!(
                "The request could not be answered: {outage}; try again."
            ))
            .retry_after(RETRY_AFTER),
        // The guard logs the detail of a 500 and tells nobody.
        Error::Internal(cause) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).detail(cause.to_string())
        }
    }
}
