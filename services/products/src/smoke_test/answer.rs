//! What came, held against what was expected.

use std::fmt;

use anyhow::anyhow;
use hyper::{HeaderMap, http::response};
use serde_json::Value;

use super::Request;

/// So many characters of a body are quoted.
const QUOTED: usize = 500;

/// An answer to its last byte.
#[derive(Debug)]
pub(super) struct Answer {
    request: Request,
    status: u16,
    headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn new(request: Request, head: response::Parts, body: &[u8]) -> Self {
        Self {
            request,
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    /// Whether its status is `status`.
    pub(super) fn is(&self, status: u16) -> bool {
        self.status == status
    }

    /// Itself, if its status is `status`.
    ///
    /// # Errors
    /// When it is another.
    pub(super) fn expect_status(self, status: u16) -> anyhow::Result<Self> {
        if self.is(status) {
            return Ok(self);
        }
        Err(self.unexpected(&format!("status {status}"), &self.quoted()))
    }

    /// A header that must be there.
    ///
    /// # Errors
    /// When it is not, or is no text.
    pub(super) fn header(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| self.unexpected(name, "none"))
    }

    /// A header that must have this value.
    ///
    /// # Errors
    /// When it has another, or is not there.
    pub(super) fn expect_header(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let found = self.header(name)?;
        if found == value {
            return Ok(());
        }
        Err(self.unexpected(&format!("{name}: {value}"), found))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.body).map_err(|_| self.unexpected("JSON", &self.quoted()))
    }

    /// The members of `wanted` stand in the JSON object that the body is.
    ///
    /// # Errors
    /// With the first that does not.
    pub(super) fn expect_members(&self, wanted: &Value) -> anyhow::Result<()> {
        let body = self.json()?;
        for (name, value) in wanted.as_object().into_iter().flatten() {
            if body.get(name) != Some(value) {
                return Err(self.unexpected(&format!("{name} {value}"), &self.quoted()));
            }
        }
        Ok(())
    }

    /// The same product in the same version as in an earlier answer.
    ///
    /// # Errors
    /// With what differs.
    pub(super) fn expect_same(&self, earlier: &Self) -> anyhow::Result<()> {
        self.expect_header("ETag", earlier.header("ETag")?)?;
        if self.json()? == earlier.json()? {
            return Ok(());
        }
        Err(self.unexpected(&earlier.body, &self.quoted()))
    }

    /// The failure to be what was expected.
    pub(super) fn unexpected(&self, expected: &str, got: &str) -> anyhow::Error {
        let request = &self.request;
        match self.headers.get("x-correlation-id").map(|id| id.to_str()) {
            Some(Ok(id)) => {
                anyhow!("{request}: expected {expected}, got {got} (X-Correlation-ID {id})")
            }
            _ => anyhow!("{request}: expected {expected}, got {got}"),
        }
    }

    fn quoted(&self) -> String {
        if self.body.is_empty() {
            return format!("{} without a body", self.status);
        }
        let mut quoted: String = self.body.chars().take(QUOTED).collect();
        if quoted.len() < self.body.len() {
            quoted.push('…');
        }
        format!("{} {}", self.status, quoted.trim_end())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.request, self.status)
    }
}
