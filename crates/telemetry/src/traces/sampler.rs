//! Which traces are exported.

use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceId},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// Marks the context of a span that must not begin an exported trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quiet;

/// As the parent was sampled; without a parent, the share `ratio` of all traces.
pub(super) fn parent_or(ratio: f64) -> Sampler {
    Sampler::ParentBased(Box::new(Root(Sampler::TraceIdRatioBased(ratio))))
}

/// Decides on traces that begin here.
#[derive(Debug, Clone)]
struct Root(Sampler);

impl ShouldSample for Root {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self
            .0
            .should_sample(parent, trace, name, kind, attributes, links);
        if parent.is_some_and(|context| context.get::<Quiet>().is_some()) {
            result.decision = SamplingDecision::Drop;
        }
        result
    }
}
