//! A user of the scenario, as the load knows users.

use std::{rc::Rc, sync::Arc};

use hyper::{
    HeaderMap,
    header::{ACCEPT, HeaderValue},
};

use crate::{
    arguments::headers,
    cli::Common,
    command::Usage,
    crud::{self, Fault, Scenario, User},
    http::Answer,
    load::{Script, Step, Verdict},
    target::BaseUrl,
};

/// From the scenario's steps to requests.
pub(super) struct Writer {
    base_url: BaseUrl,
    bare: Rc<HeaderMap>,
    with_body: Rc<HeaderMap>,
}

impl Writer {
    /// # Errors
    /// When the headers cannot be sent.
    pub(super) fn new(common: &Common) -> Result<Self, Usage> {
        let headers = |has_body| {
            let authority = &common.base_url.authority;
            let mut headers = headers(&common.headers, authority, has_body).map_err(Usage)?;
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            Ok(Rc::new(headers))
        };
        Ok(Self {
            base_url: common.base_url.clone(),
            bare: headers(false)?,
            with_body: headers(true)?,
        })
    }

    fn write(&self, step: &crud::Step) -> Step {
        let target = self.base_url.target(&step.path);
        let headers = match step.body {
            Some(_) => &self.with_body,
            None => &self.bare,
        };
        Step {
            row: step.operation as usize,
            method: step.method.clone(),
            target: target.parse().expect("the scenario makes valid paths"),
            headers: Rc::clone(headers),
            body: step.body.clone().unwrap_or_default(),
        }
    }
}

/// A user with its objects, which reads every answer.
pub(super) struct Mind {
    user: User,
    writer: Rc<Writer>,
    /// What it waits for.
    current: Option<crud::Step>,
}

impl Mind {
    pub(super) fn new(scenario: &Arc<Scenario>, writer: &Rc<Writer>, seed: u64) -> Self {
        Self {
            user: User::new(Arc::clone(scenario), seed),
            writer: Rc::clone(writer),
            current: None,
        }
    }

    /// The deletion of each object that is left.
    pub(super) fn leftovers(self) -> impl Iterator<Item = Step> {
        let writer = self.writer;
        self.user.leftovers().map(move |step| writer.write(&step))
    }
}

impl Script for Mind {
    const READS: bool = true;

    fn next(&mut self) -> Option<Step> {
        let step = self.user.next();
        let written = self.writer.write(&step);
        self.current = Some(step);
        Some(written)
    }

    fn judge(&mut self, answer: &Answer) -> Result<Verdict, String> {
        let Some(step) = self.current.take() else {
            return Ok(Verdict::ByStatus);
        };
        let checked = self
            .user
            .check(&step, answer.status, &answer.headers, &answer.body);
        match checked {
            Ok(()) => Ok(Verdict::Right),
            Err(Fault::Status(status)) if status.is_client_error() || status.is_server_error() => {
                Ok(Verdict::ByStatus)
            }
            Err(fault) => Err(fault.to_string()),
        }
    }

    fn lost(&mut self) {
        if let Some(step) = self.current.take() {
            self.user.unanswered(&step);
        }
    }
}
