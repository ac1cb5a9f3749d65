//! Logs: one JSON object, or one readable line, per event.

mod clock;
mod counts;
mod escape;
mod fields;
mod filter;
mod find;
mod head;
mod json;
mod layer;
mod level;
mod panic;
mod pretty;
pub(crate) mod redact;
mod request;
mod sink;
mod site;
mod switch;

use std::{
    env,
    io::{self, IsTerminal, Write},
    str::FromStr,
};

use tracing::Subscriber;
use tracing_log::LogTracer;
use tracing_subscriber::layer::SubscriberExt;

use self::layer::{LineLayer, Style};
pub(crate) use self::{
    counts::register as register_counts, fields::Chain, sink::Sink, switch::Switch,
};
pub use self::{
    filter::{Filter, FilterError},
    level::{BodyError, CurrentLevel, LogLevel},
};
use crate::{
    TelemetryGuard, TraceError, TraceSettings,
    traces::{self, Gate},
};

/// What is logged, and how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// A level (`INFO`), or directives such as `info,sqlx=debug`: see [`Filter`].
    pub filter: String,
    /// How a line looks.
    pub format: Format,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            filter: "INFO".to_owned(),
            format: Format::default(),
        }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// [`Format::Pretty`] on a terminal, [`Format::Json`] otherwise.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For people: coloured on a terminal, unless `NO_COLOR` is set.
    Pretty,
}

impl FromStr for Format {
    type Err = LogError;

    fn from_str(name: &str) -> Result<Self, LogError> {
        match name.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err(LogError::Format(name.to_owned())),
        }
    }
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not one.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The format is not one.
    #[error("log format `{0}` is none of auto, json, pretty")]
    Format(String),
    /// The process logs already.
    #[error("logging is set up already")]
    Repeated,
    /// Traces could not be set up.
    #[error(transparent)]
    Traces(#[from] TraceError),
    /// The thread that writes the lines could not be started.
    #[error("cannot start the log writer: {0}")]
    Writer(#[from] io::Error),
}

/// Sets up logging to standard output for the whole process, of what is said through tracing and
/// the crate `log` and of panics, and the export of traces.
///
/// # Errors
///
/// [`LogError`] when the filter is malformed, the endpoint of traces is, a thread cannot be
/// started, or the process logs already.
pub fn init(settings: &LogSettings, traces: &TraceSettings) -> Result<TelemetryGuard, LogError> {
    let terminal = io::stdout().is_terminal();
    let (subscriber, layer, guard) = build(settings, traces, io::stdout(), terminal)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Repeated)?;
    LogTracer::init().map_err(|_| LogError::Repeated)?;
    layer.log_panics();
    Ok(guard)
}

/// The subscriber that [`init`] installs, writing to any `writer`; `terminal` says whether a
/// person reads there. Tests capture log lines with it.
///
/// # Errors
///
/// [`LogError`] when the filter is malformed, the endpoint of traces is, or a thread cannot be
/// started.
pub fn subscriber(
    settings: &LogSettings,
    traces: &TraceSettings,
    writer: impl Write + Send + 'static,
    terminal: bool,
) -> Result<(impl Subscriber + Send + Sync + 'static, TelemetryGuard), LogError> {
    let (subscriber, _, guard) = build(settings, traces, writer, terminal)?;
    Ok((subscriber, guard))
}

fn build(
    settings: &LogSettings,
    traces: &TraceSettings,
    writer: impl Write + Send + 'static,
    terminal: bool,
) -> Result<
    (
        impl Subscriber + Send + Sync + 'static,
        LineLayer,
        TelemetryGuard,
    ),
    LogError,
> {
    let filter: Filter = settings.filter.parse()?;
    let switch = Switch::new(&filter);
    let (tracer, exporter) = traces::start(traces)?.unzip();
    let sink = Sink::start(writer)?;
    let layer = LineLayer::new(style(settings.format, terminal), sink.clone());
    let subscriber = tracing_subscriber::registry()
        .with(Gate::new(switch.clone(), tracer.is_some()))
        .with(layer.clone())
        .with(tracer.map(traces::layer));
    let guard = TelemetryGuard::new(sink, LogLevel::new(filter, switch), exporter);
    Ok((subscriber, layer, guard))
}

fn style(format: Format, terminal: bool) -> Style {
    match (format, terminal) {
        (Format::Json, _) | (Format::Auto, false) => Style::Json,
        (Format::Pretty, _) | (Format::Auto, true) => Style::Pretty {
            // https://no-color.org: any value but the empty one.
            colour: terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        },
    }
}
