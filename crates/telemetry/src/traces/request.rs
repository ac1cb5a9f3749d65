//! The span of a request, by OpenTelemetry's semantic conventions for HTTP servers (1.23, stable).

use std::net::IpAddr;

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, Status, TraceContextExt},
};
use poem::{
    Request,
    http::{Method, Version, header, uri::Authority},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{inbound::Inbound, sampler::Quiet};

/// What OpenTelemetry calls a method that it does not know.
const OTHER_METHOD: &str = "_OTHER";

/// A request's span; nothing where nothing is traced. A clone is the same span.
#[derive(Debug, Clone)]
pub(crate) struct RequestSpan {
    /// For work to be done within.
    span: Span,
    /// The same for OpenTelemetry.
    context: Option<Context>,
}

impl RequestSpan {
    /// Begins the span, as a child of the caller's if there is one. A `quiet` request is exported
    /// only if its caller's span is.
    pub(crate) fn begin(caller: Option<&Inbound>, quiet: bool) -> Self {
        if !tracing::span_enabled!(tracing::Level::INFO) {
            return Self {
                span: Span::none(),
                context: None,
            };
        }
        let mut parent = Context::new();
        if let Some(caller) = caller {
            parent = parent.with_remote_span_context(caller.span());
        }
        if quiet {
            parent = parent.with_value(Quiet);
        }
        let _parent = parent.attach();
        let span = tracing::info_span!("request", otel.kind = "server");
        let context = (!span.is_disabled()).then(|| span.context());
        Self { span, context }
    }

    /// For work to be done within.
    pub(crate) fn tracing(&self) -> Span {
        self.span.clone()
    }

    /// Runs `work` within it, where there is no future to tie to it.
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        self.span.in_scope(work)
    }

    /// The span's ids and whether it is exported.
    pub(crate) fn ids(&self) -> Option<SpanContext> {
        let context = self.context.as_ref()?;
        Some(context.span().span_context().clone())
    }

    /// Says what is asked, and of which route. Does nothing for a span that is not exported.
    pub(crate) fn describe(
        &self,
        request: &Request,
        route: Option<&str>,
        client: Option<IpAddr>,
        correlation_id: &str,
    ) {
        let Some(context) = self.exported() else {
            return;
        };
        let span = context.span();
        span.update_name(name(request.method(), route));
        let mut attributes = Vec::with_capacity(16);
        let mut add = |key: &'static str, value: &str| {
            attributes.push(KeyValue::new(key, value.to_owned()));
        };
        add("correlation_id", correlation_id);
        match known(request.method()) {
            Some(method) => add("http.request.method", method),
            None => {
                add("http.request.method", OTHER_METHOD);
                add("http.request.method_original", request.method().as_str());
            }
        }
        if let Some(route) = route {
            add("http.route", route);
        }
        add("url.scheme", request.scheme().as_str());
        add("url.path", request.uri().path());
        if let Some(query) = request.uri().query() {
            add("url.query", query);
        }
        if let Some(version) = version(request.version()) {
            add("network.protocol.version", version);
        }
        if let Some(agent) = header_of(request, &header::USER_AGENT) {
            add("user_agent.original", agent);
        }
        if let Some(client) = client {
            add("client.address", &client.to_string());
        }
        attributes.extend(server(request));
        span.set_attributes(attributes);
    }

    /// Ends the span with the head of the answer. A status from 500 on is an error; 499, a client
    /// that left, is none of this side's.
    pub(crate) fn end(&self, status: u16) {
        let Some(context) = &self.context else {
            return;
        };
        let span = context.span();
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if status >= 500 {
            span.set_attribute(KeyValue::new("error.type", status.to_string()));
            span.set_status(Status::error(""));
        }
        // Work that goes on after the answer has spans of its own below this one.
        span.end();
    }

    fn exported(&self) -> Option<&Context> {
        let context = self.context.as_ref()?;
        context.span().is_recording().then_some(context)
    }
}

fn name(method: &Method, route: Option<&str>) -> String {
    let method = known(method).unwrap_or("HTTP");
    match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

/// The methods of RFC 9110 and RFC 5789.
fn known(method: &Method) -> Option<&str> {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::OPTIONS,
        Method::TRACE,
        Method::PATCH,
    ];
    methods.contains(method).then(|| method.as_str())
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

fn server(request: &Request) -> Vec<KeyValue> {
    let host = header_of(request, &header::HOST).and_then(|host| host.parse::<Authority>().ok());
    let Some(authority) = host.as_ref().or(request.uri().authority()) else {
        return Vec::new();
    };
    let mut attributes = vec![KeyValue::new("server.address", authority.host().to_owned())];
    if let Some(port) = authority.port_u16() {
        attributes.push(KeyValue::new("server.port", i64::from(port)));
    }
    attributes
}

fn header_of<'a>(request: &'a Request, name: &header::HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}
