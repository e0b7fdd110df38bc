//! Every setting of palisade: its name, what it takes, what holds without it, and how it is applied.
//!
//! A setting is one row here and nothing else: the sources, the checks, `--help`, `--print-settings`
//! and the list of names for did-you-mean are read off these rows.

mod auth;
mod browsers;
mod connections;
mod deploy;
mod http2;
mod instances;
mod observability;
mod operation;
#[cfg(feature = "otel")]
mod otel;
mod secrets;
mod server;
mod tls;

use super::setting::Setting;
use crate::setting_sources::described::Described;

/// The settings that each say where keys come from.
pub(super) const KEY_SOURCES: [&str; 5] = [
    "PALISADE_AUTH_KEYS",
    "PALISADE_AUTH_KEYS_JSON",
    "PALISADE_AUTH_KEYS_JSON_FROM",
    "PALISADE_AUTH_KEYS_URL",
    "PALISADE_AUTH_DISCOVERY",
];

/// Every setting, in the order in which it is applied and shown.
pub(super) fn settings() -> impl Iterator<Item = &'static Setting> {
    #[cfg(feature = "otel")]
    let otel = otel::SETTINGS;
    // The names of the standard are not palisade's, and other programs of the machine have them too.
    #[cfg(not(feature = "otel"))]
    let otel: &'static [Setting] = &[];
    let all: [&'static [Setting]; 12] = [
        server::SETTINGS,
        auth::SETTINGS,
        browsers::SETTINGS,
        instances::SETTINGS,
        connections::SETTINGS,
        tls::SETTINGS,
        http2::SETTINGS,
        operation::SETTINGS,
        observability::SETTINGS,
        otel,
        secrets::SETTINGS,
        deploy::SETTINGS,
    ];
    all.into_iter().flatten()
}

/// What the sources need to know of them.
pub(super) fn described() -> Vec<Described> {
    settings().map(|setting| setting.described).collect()
}
