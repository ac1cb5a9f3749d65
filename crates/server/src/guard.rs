//! What stands between the outside and the routes: limits, and a proper answer whatever happens.

mod body;
mod outcome;
mod upload;

use std::{
    future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, future::Either};
use poem::{
    Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};
use tokio::{
    select,
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

use self::upload::Upload;
use crate::{
    app::App,
    cors::{Origins, allow_origins},
    limits::Limits,
    problem::Problem,
    routes::RouteTable,
};

/// When a client that met the in-flight limit, or the end of the service, is told to come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long an answer waits for the rest of a body that nobody read.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);

/// Puts the guard around `routes`.
///
/// Whatever `routes` makes of a request, the result is a response: errors, panics and plain-text
/// failures become problems; a request over a limit is answered with 413, 503 or 504, one that the
/// service cannot wait for when it stops with 503; a 405 names the methods that `table` knows for
/// the path; `HEAD` is answered wherever `GET` is.
pub fn guard(
    routes: impl IntoEndpoint<Endpoint: 'static>,
    limits: Limits,
    table: RouteTable,
    origins: &Origins,
) -> App {
    guard_past(|_| None, routes, limits, table, origins)
}

/// [`guard`] with a way past `routes` for what is known already: an answer of `known` is given at
/// once. It is asked about requests without a body, of any method but `HEAD`.
pub fn guard_past(
    known: impl Fn(&Request) -> Option<Result<Response, Problem>> + Send + Sync + 'static,
    routes: impl IntoEndpoint<Endpoint: 'static>,
    limits: Limits,
    table: RouteTable,
    origins: &Origins,
) -> App {
    let in_flight = limits
        .max_in_flight
        .map(|max| Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
    let guard = Guard {
        known,
        inner: App::new(routes.map_to_response()),
        limits,
        in_flight,
        table,
    };
    allow_origins(App::new(guard), origins)
}

struct Guard<K> {
    known: K,
    inner: App,
    limits: Limits,
    in_flight: Option<Semaphore>,
    table: RouteTable,
}

impl<K> Endpoint for Guard<K>
where
    K: Fn(&Request) -> Option<Result<Response, Problem>> + Send + Sync,
{
    type Output = Response;

    fn call(&self, mut request: Request) -> impl Future<Output = Result<Response>> + Send {
        let upload = Upload::limit(&mut request, self.limits.max_request_size);
        match self.answer_at_once(&request, &upload) {
            Some(response) => Either::Left(future::ready(Ok(response))),
            None => Either::Right(self.answer(request, upload)),
        }
    }
}

impl<K> Guard<K>
where
    K: Fn(&Request) -> Option<Result<Response, Problem>> + Send + Sync,
{
    /// What is known already. Nothing is waited for, so there is nothing to be bounded in time.
    fn answer_at_once(&self, request: &Request, upload: &Option<Arc<Upload>>) -> Option<Response> {
        if upload.is_some() || request.method() == Method::HEAD {
            return None;
        }
        let _permit = self.admit().ok()?;
        let known = catch_unwind(AssertUnwindSafe(|| (self.known)(request)));
        let answer = known.unwrap_or_else(|_panic| Some(Err(panicked())))?;
        Some(answer.unwrap_or_else(|problem| problem.at(request.uri().path()).into_response()))
    }

    fn answer(
        &self,
        mut request: Request,
        upload: Option<Arc<Upload>>,
    ) -> impl Future<Output = Result<Response>> + Send {
        let started = Instant::now();
        let uri = request.uri().clone();
        let head_only = self.answer_head_with_get(&mut request, uri.path());

        let permit = self.admit();
        let overloaded = permit.is_err();
        let handling = permit.and_then(|permit| {
            self.check_length(&request)?;
            // Nothing runs yet. What waits below is small without the request.
            Ok((permit, self.inner.call(request)))
        });

        async move {
            let path = uri.path();
            let handled = match handling {
                Ok((_permit, handling)) => self.handle(handling, &upload).await,
                Err(problem) => Err(problem),
            };
            let mut response = match handled {
                Ok(response) => outcome::complete(response, path).await,
                // Nobody reads a body, and none must count as sent.
                Err(problem) if problem.status() == client_closed_request() => {
                    problem.status().into_response()
                }
                Err(problem) => problem.at(path).into_response(),
            };

            self.name_allowed_methods(&mut response, path);
            self.bound_stream(&mut response);
            if let Some(upload) = upload {
                // Nothing is waited for where there is no room to wait in.
                if !overloaded {
                    self.discard_rest(&upload, started).await;
                }
                if upload.is_unread() {
                    close_connection(&mut response);
                }
            }
            if head_only {
                drop_body(&mut response);
            }
            Ok(response)
        }
    }

    /// Lets the routes see a `GET` unless they declare a `HEAD` of their own.
    fn answer_head_with_get(&self, request: &mut Request, path: &str) -> bool {
        let head_only =
            request.method() == Method::HEAD && !self.table.declares(&Method::HEAD, path);
        if head_only {
            request.set_method(Method::GET);
        }
        head_only
    }

    /// A place among the requests in flight, where their number is limited.
    fn admit(&self) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        let in_flight = self.in_flight.as_ref();
        in_flight
            .map(|in_flight| in_flight.try_acquire().map_err(|_| overloaded()))
            .transpose()
    }

    fn check_length(&self, request: &Request) -> Result<(), Problem> {
        match content_length(request) {
            Some(bytes) if bytes > self.limits.max_request_size => Err(self.too_large()),
            _ => Ok(()),
        }
    }

    async fn handle(
        &self,
        handling: impl Future<Output = Result<Response>>,
        upload: &Option<Arc<Upload>>,
    ) -> Result<Response, Problem> {
        let handling = self.within_timeout(AssertUnwindSafe(handling).catch_unwind());
        let Some(result) = self.unless_cut(handling).await else {
            telemetry::mark_cut();
            return Err(stopping());
        };
        let result = result?;
        // A body that cannot be read decides, whatever the handler made of the failed read.
        if let Some(upload) = upload {
            if upload.is_over_limit() {
                return Err(self.too_large());
            }
            if upload.is_broken() {
                return Err(unreadable());
            }
            if upload.is_left() {
                return Err(Problem::new(client_closed_request()));
            }
        }
        match result {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => outcome::from_error(error),
            Err(_panic) => Err(panicked()),
        }
    }

    /// `None` when the service stops before it is done and cannot wait.
    async fn unless_cut<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let Some(cut) = &self.limits.cut else {
            return Some(work.await);
        };
        select! {
            // What is done at once costs no look at the token, which all requests share.
            biased;
            done = work => Some(done),
            () = cut.cancelled() => None,
        }
    }

    async fn within_timeout<T>(&self, handling: impl Future<Output = T>) -> Result<T, Problem> {
        let Some(limit) = self.limits.request_timeout else {
            return Ok(handling.await);
        };
        tokio::time::timeout(limit, handling).await.map_err(|_| {
            Problem::new(StatusCode::GATEWAY_TIMEOUT)
                .detail("The request took longer than the server allows.")
        })
    }

    /// Reads the rest of the body away, within the time of the request and of the service.
    async fn discard_rest(&self, upload: &Upload, started: Instant) {
        let request_timeout = self.limits.request_timeout.unwrap_or(DISCARD_TIMEOUT);
        let left = request_timeout.saturating_sub(started.elapsed());
        let discarding = upload.discard_rest(left.min(DISCARD_TIMEOUT));
        let _whether_cut = self.unless_cut(discarding).await;
    }

    fn too_large(&self) -> Problem {
        let max = self.limits.max_request_size;
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
            .detail(format!("The request body is larger than {max} bytes."))
    }

    fn name_allowed_methods(&self, response: &mut Response, path: &str) {
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            let allow = || self.table.allow(path);
            response
                .headers_mut()
                .entry(header::ALLOW)
                .or_insert_with(allow);
        }
    }

    fn bound_stream(&self, response: &mut Response) {
        if let Some(end) = &self.limits.streams_end {
            body::end_stream(response, end);
        }
    }
}

/// Sees to it that what is left of the body is not taken for the next request.
fn close_connection(response: &mut Response) {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// The panic hook has logged it, with its place.
fn panicked() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR)
}

fn overloaded() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .detail("The server is handling as many requests as it can.")
        .retry_after(RETRY_AFTER)
}

fn stopping() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .detail("The server stops and cannot wait for this request. It may have taken effect.")
        .retry_after(RETRY_AFTER)
}

/// Status 499, nginx's name for a client that left: for logs and metrics, nobody reads it.
fn client_closed_request() -> StatusCode {
    StatusCode::from_u16(499).expect("a status has three digits")
}

fn unreadable() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail("The request body could not be read to its end.")
}

fn content_length(request: &Request) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Leaves the head that `GET` would have had: the length of the body, but not the body.
fn drop_body(response: &mut Response) {
    let length = body::exact_length(response.take_body());
    let bodiless = matches!(
        response.status(),
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    );
    if let (Some(bytes), false) = (length, bodiless) {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(bytes));
    }
}
