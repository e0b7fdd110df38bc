//! A service as its operators see it: settings, certificates, health, metrics, and real peers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod acme;
mod authority;
mod client_certificates;
mod redirect;
mod tls;
mod tls_client;
mod tls_reload;
mod http2;
mod http2_bodies;
mod http2_floods;
mod http2_load;
mod http2_peers;
mod http2_service;
mod draining;
mod health;
mod process;
mod proxy_protocol;
mod reload;
mod systemd;
mod audit_dependencies;
mod deploy_checks;
mod deploy_examples;
mod error_hygiene;
mod sandbox;
mod aws_secrets;
mod secret_output;
mod secret_rotation;
mod secret_sources;
mod audit;
mod audit_files;
mod log_lines;
mod metrics;
mod prometheus;
mod syslog;
mod example;
mod judges;
mod openapi;
mod openapi_changes;
mod openapi_served;
mod schemathesis;
