//! Speaking OTLP/gRPC with the collector.

use std::{env, fs, time::Duration};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, trace_service_client::TraceServiceClient,
};
use percent_encoding::percent_decode_str;
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue},
    transport::{self, Certificate, Channel, ClientTlsConfig},
};

use super::{TraceError, endpoint::Endpoint};
use crate::log::Chain;

/// How long the collector may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Headers for the collector, `name=value,...`; the special name goes before the general one.
const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// A PEM file of a private authority that signed the collector's certificate.
const CERTIFICATE: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];

/// A client that connects when it is first used, and again when the connection is lost.
pub(super) struct Connection {
    client: TraceServiceClient<Channel>,
    headers: MetadataMap,
}

impl Connection {
    /// Checks everything that can be checked without the collector. Runs within a runtime.
    pub(super) fn prepare(endpoint: &Endpoint) -> Result<Self, TraceError> {
        let tls = |error: transport::Error| TraceError::Tls(Chain(&error).to_string());
        let mut target = endpoint
            .target()?
            .connect_timeout(ANSWER_LIMIT)
            .timeout(ANSWER_LIMIT);
        if endpoint.is_encrypted() {
            target = target.tls_config(trust()?).map_err(tls)?;
        }
        Ok(Self {
            client: TraceServiceClient::new(target.connect_lazy()),
            headers: headers(endpoint)?,
        })
    }

    /// Sends spans, and says how many of them the collector refused.
    pub(super) async fn send(&mut self, spans: ExportTraceServiceRequest) -> Result<u64, Status> {
        let mut request = Request::new(spans);
        *request.metadata_mut() = self.headers.clone();
        let answer = self.client.export(request).await?.into_inner();
        let refused = answer.partial_success.map_or(0, |part| part.rejected_spans);
        Ok(u64::try_from(refused).unwrap_or_default())
    }
}

/// Whether the same request may succeed later, by the OTLP specification.
pub(super) fn is_transient(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// What went wrong, without the text that the other side sent: it may echo credentials.
pub(super) fn describe(status: &Status) -> String {
    match std::error::Error::source(status) {
        Some(cause) => Chain(cause).to_string(),
        None => format!("the collector answered {:?}", status.code()),
    }
}

fn trust() -> Result<ClientTlsConfig, TraceError> {
    let tls = ClientTlsConfig::new().with_webpki_roots();
    let Some((variable, path)) = first_set(CERTIFICATE) else {
        return Ok(tls);
    };
    let pem = fs::read(path).map_err(|error| TraceError::Variable {
        variable,
        reason: format!("cannot read the file: {error}"),
    })?;
    Ok(tls.ca_certificate(Certificate::from_pem(pem)))
}

fn headers(endpoint: &Endpoint) -> Result<MetadataMap, TraceError> {
    let mut headers = MetadataMap::new();
    if let Some(credentials) = &endpoint.authorization {
        let value =
            MetadataValue::try_from(credentials.as_str()).expect("base64 is a header value");
        headers.insert("authorization", value);
    }
    if let Some((variable, list)) = first_set(HEADERS) {
        for (key, value) in parse_headers(&list).ok_or(TraceError::Variable {
            variable,
            reason: "is no list of `name=value`".to_owned(),
        })? {
            headers.insert(key, value);
        }
    }
    Ok(headers)
}

/// `name=value,name=value` with percent-encoded values, as in W3C baggage.
fn parse_headers(list: &str) -> Option<Vec<(MetadataKey<Ascii>, MetadataValue<Ascii>)>> {
    let pairs = list.split(',').filter(|pair| !pair.trim().is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            Some((
                MetadataKey::from_bytes(name.as_bytes()).ok()?,
                MetadataValue::try_from(&*value).ok()?,
            ))
        })
        .collect()
}

fn first_set(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| {
        let value = env::var(name).ok().filter(|value| !value.is_empty())?;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_pairs_with_percent_encoded_values() {
        let table = [
            ("", Some(0), "nothing"),
            ("api-key=abc", Some(1), "one"),
            (
                "Api-Key=a%20b, x=1=2,",
                Some(2),
                "blanks, case, equals signs",
            ),
            ("api-key", None, "no value"),
            ("api key=1", None, "no header name"),
            ("key=%0a", None, "a line break in a value"),
        ];
        for (list, count, why) in table {
            let found = parse_headers(list).map(|pairs| pairs.len());

            assert_eq!(found, count, "{why}");
        }
        let pairs = parse_headers("Api-Key=a%20b").unwrap();
        assert_eq!(pairs[0].0.as_str(), "api-key");
        assert_eq!(pairs[0].1, "a b");
    }
}
