//! What a user does, one step after the other.

use std::rc::Rc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Method, Request, Uri};

use crate::http::Answer;

/// What a user sends next.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The row of the ledger.
    pub(crate) row: usize,
    pub(crate) method: Method,
    pub(crate) target: Uri,
    pub(crate) headers: Rc<HeaderMap>,
    pub(crate) body: Bytes,
}

/// A user's mind: what it asks for, and what it thinks of the answers.
pub(crate) trait Script {
    /// Whether it looks into the bodies of answers.
    const READS: bool;

    /// What to send next; `None` when it has had enough.
    fn next(&mut self) -> Option<Step>;

    /// What to think of an answer; whoever does not look into it goes by its status.
    ///
    /// # Errors
    /// What is wrong with it, where it is another than it should be.
    fn judge(&mut self, _answer: &Answer) -> Result<Verdict, String> {
        Ok(Verdict::ByStatus)
    }

    /// There was no answer: nobody knows whether the request took effect.
    fn lost(&mut self) {}
}

/// Whether an answer is what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is, whatever its status.
    Right,
    /// Its status says it.
    ByStatus,
}

impl Step {
    pub(super) fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = HeaderMap::clone(&self.headers);
        request
    }
}
