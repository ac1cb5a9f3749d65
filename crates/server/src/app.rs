//! An application, whatever it is made of.

use std::{fmt, sync::Arc};

use poem::{
    Endpoint, Request, Response, Result,
    endpoint::{DynEndpoint, ToDynEndpoint},
};

/// An endpoint of any type; a clone is the same endpoint.
///
/// Unlike a call of poem's `BoxEndpoint`, a call of this one does not copy the request into two
/// more futures before the endpoint has it.
#[derive(Clone)]
pub struct App(Arc<dyn DynEndpoint<Output = Response>>);

impl App {
    /// Hides the type of `endpoint`.
    pub fn new(endpoint: impl Endpoint<Output = Response> + 'static) -> App {
        App(Arc::new(ToDynEndpoint(endpoint)))
    }
}

impl Endpoint for App {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> + Send {
        DynEndpoint::call(&*self.0, request)
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}
