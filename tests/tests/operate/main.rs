//! A service as its operators see it: settings, certificates, health, metrics, and real peers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod acme;
mod attackers;
mod audit;
mod audit_changes;
mod audit_dependencies;
mod audit_files;
mod authority;
mod aws_secrets;
mod client_certificates;
mod deploy_checks;
mod deploy_examples;
mod draining;
mod error_hygiene;
mod example;
mod health;
mod http2;
mod http2_bodies;
mod http2_floods;
mod http2_load;
mod http2_memory;
mod http2_peers;
mod http2_service;
mod http2_tls;
mod judges;
mod log_lines;
mod measured_service;
mod metrics;
mod openapi;
mod openapi_answers;
mod openapi_built;
mod openapi_changes;
mod openapi_inputs;
mod openapi_operations;
mod openapi_served;
mod operator_ports;
mod otel;
mod otel_exports;
mod process;
mod prometheus;
mod proxy_protocol;
mod redirect;
mod reload;
mod sandbox;
mod schemathesis;
mod secret_output;
mod secret_rotation;
mod secret_sources;
mod syslog;
mod systemd;
mod tls;
mod tls_client;
mod tls_reload;
