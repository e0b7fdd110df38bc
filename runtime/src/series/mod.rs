//! What is counted, as texts for Prometheus and as metrics of OTLP.

pub(crate) mod histogram;
#[cfg(feature = "otel")]
pub(crate) mod otlp;
pub(crate) mod process;
#[cfg(feature = "metrics")]
pub(crate) mod recorder;
pub(crate) mod text;

#[cfg(feature = "sql")]
pub(crate) use text::Seconds;
pub(crate) use text::{Format, Label, Text, Type};
