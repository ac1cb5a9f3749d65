//! From the command line to requests.

use std::{collections::BTreeMap, fs, rc::Rc};

use bytes::Bytes;
use hyper::{
    Method,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, HeaderName, USER_AGENT},
};

use super::Usage;
use crate::{
    arguments::{Header, headers},
    cli::{Common, Requests},
    load::Step,
    record::Row,
    results::{Configuration, Model},
};

/// One step for each endpoint, in their order.
pub(super) fn steps(common: &Common, requests: &Requests) -> Result<Vec<Step>, Usage> {
    let body = payload(common, requests)?;
    let headers = headers(
        &common.headers,
        &common.base_url.authority,
        !body.is_empty(),
    );
    let headers = Rc::new(headers.map_err(Usage)?);
    let method = method(requests);
    let step = |(row, path): (usize, &String)| {
        let target = common.base_url.target(path);
        Ok(Step {
            row,
            method: method.clone(),
            target: target
                .parse()
                .map_err(|error| Usage(format!("{path}: {error}")))?,
            headers: Rc::clone(&headers),
            body: body.clone(),
        })
    };
    requests.endpoints.iter().enumerate().map(step).collect()
}

/// The rows of the ledger, in the order of the steps.
pub(super) fn rows(requests: &Requests) -> Vec<Row> {
    let row = |endpoint: &String| Row {
        method: method(requests).to_string(),
        endpoint: endpoint.clone(),
    };
    requests.endpoints.iter().map(row).collect()
}

/// What was asked for, where the same is sent to some endpoints.
pub(super) fn sent(
    command: &str,
    common: &Common,
    requests: &Requests,
    steps: &[Step],
) -> Configuration {
    Configuration {
        endpoints: requests.endpoints.clone(),
        weights: vec![1.0; steps.len()],
        method: method(requests).to_string(),
        payload_bytes: steps.first().map_or(0, |step| step.body.len()),
        ..configuration(command, common)
    }
}

/// What was asked for, as far as all commands have it in common.
pub(super) fn configuration(command: &str, common: &Common) -> Configuration {
    Configuration {
        command: command.to_owned(),
        base_url: common.base_url.to_string(),
        endpoints: Vec::new(),
        weights: Vec::new(),
        method: String::new(),
        headers: shown(&common.headers),
        payload_bytes: 0,
        model: Model::Closed,
        users: vec![1],
        rate: None,
        duration: 0.0,
        ramp_up: 0.0,
        timeout: common.timeout.0.as_secs_f64(),
        iterations: None,
        thresholds: common.thresholds.iter().map(ToString::to_string).collect(),
    }
}

/// Headers for everybody to read: results are passed on, credentials are not.
fn shown(headers: &[Header]) -> BTreeMap<String, String> {
    const PLAIN: [HeaderName; 5] = [ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT];
    let shown = headers.iter().map(|header| {
        let value = match header.value.to_str() {
            Ok(value) if PLAIN.contains(&header.name) => value,
            _ => "***",
        };
        (header.name.to_string(), value.to_owned())
    });
    shown.collect()
}

/// POST where there is something to send, as with curl.
pub(super) fn method(requests: &Requests) -> Method {
    requests.method.clone().unwrap_or(match requests.payload {
        Some(_) => Method::POST,
        None => Method::GET,
    })
}

/// The payload, which must be JSON unless a header says that it is something else.
fn payload(common: &Common, requests: &Requests) -> Result<Bytes, Usage> {
    let Some(given) = &requests.payload else {
        return Ok(Bytes::new());
    };
    let bytes = match given.strip_prefix('@') {
        None => Bytes::from(given.clone()),
        Some(path) => fs::read(path)
            .map_err(|error| Usage(format!("--payload: cannot read {path}: {error}")))?
            .into(),
    };
    let typed = common.headers.iter().any(|header| {
        let json = header
            .value
            .to_str()
            .is_ok_and(|kind| kind.contains("json"));
        header.name == CONTENT_TYPE && !json
    });
    if !typed {
        serde_json::from_slice::<serde::de::IgnoredAny>(&bytes)
            .map_err(|error| Usage(format!("--payload is not JSON: {error}")))?;
    }
    Ok(bytes)
}
