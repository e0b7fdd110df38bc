//! OpenTelemetry, by the names that its specification has for all programs.

use crate::{
    otel::{OtelSettings, Signal},
    settings::setting::Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "a URL with http or https: http://127.0.0.1:4318",
        "",
        "the collector that traces and metrics are sent to",
        |stage, value| stage.otel(|otel| otel.endpoint(value)),
    )
    .keyed("otel_exporter_otlp_endpoint"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "name=value, separated by commas, with percent-encoding in values",
        "",
        "headers of each export, such as the key of the collector",
        |stage, value| stage.otel(|otel| otel.headers(value)),
    )
    .keyed("otel_exporter_otlp_headers")
    .secret(),
    Setting::new(
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "milliseconds, from 1 to 600000",
        "10000",
        "how long the collector may take for an answer",
        |stage, value| stage.otel(|otel| otel.timeout(value)),
    )
    .keyed("otel_exporter_otlp_timeout"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "gzip or none",
        "none",
        "how exports are compressed",
        |stage, value| stage.otel(|otel| otel.compression(value)),
    )
    .keyed("otel_exporter_otlp_compression"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "the path of a PEM file",
        "",
        "the authorities that the certificate of the collector is verified with, in place of those of the system",
        |stage, value| stage.otel(|otel| otel.certificate(value)),
    )
    .keyed("otel_exporter_otlp_certificate"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "a URL with http or https, which nothing is appended to",
        "",
        "the collector that traces are sent to",
        |stage, value| stage.otel(|otel| otel.signal_endpoint(Signal::Traces, value)),
    )
    .keyed("otel_exporter_otlp_traces_endpoint"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "name=value, separated by commas, with percent-encoding in values",
        "",
        "headers of each export of traces, in place of those of all exports",
        |stage, value| stage.otel(|otel| otel.signal_headers(Signal::Traces, value)),
    )
    .keyed("otel_exporter_otlp_traces_headers")
    .secret(),
    Setting::new(
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "milliseconds, from 1 to 600000",
        "",
        "how long the collector of traces may take for an answer, in place of OTEL_EXPORTER_OTLP_TIMEOUT",
        |stage, value| stage.otel(|otel| otel.signal_timeout(Signal::Traces, value)),
    )
    .keyed("otel_exporter_otlp_traces_timeout"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "a URL with http or https, which nothing is appended to",
        "",
        "the collector that metrics are sent to",
        |stage, value| stage.otel(|otel| otel.signal_endpoint(Signal::Metrics, value)),
    )
    .keyed("otel_exporter_otlp_metrics_endpoint"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
        "name=value, separated by commas, with percent-encoding in values",
        "",
        "headers of each export of metrics, in place of those of all exports",
        |stage, value| stage.otel(|otel| otel.signal_headers(Signal::Metrics, value)),
    )
    .keyed("otel_exporter_otlp_metrics_headers")
    .secret(),
    Setting::new(
        "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
        "milliseconds, from 1 to 600000",
        "",
        "how long the collector of metrics may take for an answer, in place of OTEL_EXPORTER_OTLP_TIMEOUT",
        |stage, value| stage.otel(|otel| otel.signal_timeout(Signal::Metrics, value)),
    )
    .keyed("otel_exporter_otlp_metrics_timeout"),
    Setting::new(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/protobuf",
        "http/protobuf",
        "the protocol of the exports",
        |stage, value| stage.otel(|_| OtelSettings::protocol(value)),
    )
    .keyed("otel_exporter_otlp_protocol"),
    Setting::new(
        "OTEL_SERVICE_NAME",
        "a name",
        "",
        "the name of the service in traces and metrics",
        |stage, value| stage.otel(|otel| otel.service_name(value)),
    )
    .keyed("otel_service_name"),
    Setting::new(
        "OTEL_RESOURCE_ATTRIBUTES",
        "name=value, separated by commas, with percent-encoding in values",
        "",
        "further attributes of the service in traces and metrics",
        |stage, value| stage.otel(|otel| otel.attributes(value)),
    )
    .keyed("otel_resource_attributes"),
    Setting::new(
        "OTEL_TRACES_SAMPLER",
        "always_on, always_off, traceidratio, or one of these with parentbased_ before it",
        "parentbased_always_on",
        "which requests are traced",
        |stage, value| stage.otel(|otel| otel.sampler(value)),
    )
    .keyed("otel_traces_sampler"),
    Setting::new(
        "OTEL_TRACES_SAMPLER_ARG",
        "a number from 0 to 1",
        "1",
        "the ratio of traced requests, with traceidratio",
        |stage, value| stage.otel(|otel| otel.sampler_argument(value)),
    )
    .keyed("otel_traces_sampler_arg"),
    Setting::new(
        "OTEL_TRACES_EXPORTER",
        "otlp or none",
        "otlp",
        "whether traces are sent",
        |stage, value| stage.otel(|otel| otel.traces_exporter(value)),
    )
    .keyed("otel_traces_exporter"),
    Setting::new(
        "OTEL_METRICS_EXPORTER",
        "otlp or none",
        "otlp",
        "whether metrics are sent",
        |stage, value| stage.otel(|otel| otel.metrics_exporter(value)),
    )
    .keyed("otel_metrics_exporter"),
    Setting::new(
        "OTEL_METRIC_EXPORT_INTERVAL",
        "milliseconds, from 1000 to 86400000",
        "60000",
        "the time between two exports of metrics",
        |stage, value| stage.otel(|otel| otel.metric_interval(value)),
    )
    .keyed("otel_metric_export_interval"),
    Setting::new(
        "OTEL_SDK_DISABLED",
        "true or false",
        "false",
        "whether OpenTelemetry is disabled",
        |stage, value| stage.otel(|otel| otel.disabled(value)),
    )
    .keyed("otel_sdk_disabled"),
];
