//! Who the traces say they are from.

use std::process;

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
};
use sysinfo::System;
use uuid::Uuid;

use super::TraceSettings;

/// The resource by OpenTelemetry's semantic conventions. `OTEL_RESOURCE_ATTRIBUTES` adds to it
/// and goes before what is found out here, but not before what `settings` say.
pub(super) fn describe(settings: &TraceSettings) -> Resource {
    let mut found = vec![
        KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
        KeyValue::new("process.pid", i64::from(process::id())),
    ];
    found.extend(System::host_name().map(|name| KeyValue::new("host.name", name)));
    let mut settled = vec![KeyValue::new("service.name", settings.service_name.clone())];
    if !settings.service_version.is_empty() {
        let version = settings.service_version.clone();
        settled.push(KeyValue::new("service.version", version));
    }
    Resource::builder_empty()
        .with_attributes(found)
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_attributes(settled)
        .build()
}
