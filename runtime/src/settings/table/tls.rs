//! TLS of the server, and the plain port beside it.

use crate::settings::setting::{Setting, Stage};
#[cfg(feature = "tls")]
use crate::{
    service::Builder,
    tls::{TlsFiles, TlsVersion},
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_TLS_CERT",
        "paths of PEM files, separated by commas",
        "",
        "certificates, each with its chain; the files are read again when they change",
        #[cfg(feature = "tls")]
        |stage, value| files(stage, |files| files.set_certificates(paths(value))),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_KEY",
        "paths of PEM files, separated by commas, in the order of the certificates",
        "",
        "the private keys of the certificates",
        #[cfg(feature = "tls")]
        |stage, value| files(stage, |files| files.set_keys(paths(value))),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_MIN",
        "1.2 or 1.3",
        "1.2",
        "the oldest version of TLS",
        #[cfg(feature = "tls")]
        |stage, value| match value {
            "1.2" => changed(stage, |files| files.min_version(TlsVersion::V1_2)),
            "1.3" => changed(stage, |files| files.min_version(TlsVersion::V1_3)),
            _ => stage.refuse(format!("is {value:?}: write 1.2 or 1.3")),
        },
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_STRICT_NAMES",
        "true or false",
        "false",
        "whether clients are refused that ask for a name without a certificate; they get the first otherwise",
        #[cfg(feature = "tls")]
        |stage, value| match value {
            "true" => changed(stage, TlsFiles::strict_names),
            "false" => {}
            _ => stage.refuse(format!("is {value:?}: write true or false")),
        },
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_CLIENT_CA",
        "the path of a PEM file",
        "",
        "the authorities whose certificates clients show",
        #[cfg(feature = "tls")]
        |stage, value| changed(stage, |files| files.client_authority(value)),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_CLIENT_CERT",
        "required or optional",
        "required",
        "whether clients have to show a certificate",
        #[cfg(feature = "tls")]
        |stage, value| match value {
            "optional" => changed(stage, TlsFiles::client_certificates_optional),
            "required" => {}
            _ => stage.refuse(format!("is {value:?}: write required or optional")),
        },
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_CLIENT_CRL",
        "the path of a file of revocation lists",
        "",
        "which certificates of clients are revoked; read again when it changes",
        #[cfg(feature = "tls")]
        |stage, value| changed(stage, |files| files.client_revocations(value)),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_HTTP_REDIRECT",
        "address:port",
        "",
        "where requests of plain HTTP are led to https",
        #[cfg(feature = "tls")]
        |stage, value| stage.set(|b| b.http_redirect(value)),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
];

#[cfg(not(feature = "tls"))]
fn without_tls(stage: &mut Stage, _: &str) {
    stage.lacks("tls");
}

#[cfg(feature = "tls")]
fn paths(value: &str) -> Vec<std::path::PathBuf> {
    value.split(',').map(|path| path.trim().into()).collect()
}

#[cfg(feature = "tls")]
fn files(stage: &mut Stage, change: impl FnOnce(&mut TlsFiles)) {
    stage.set(|builder: Builder| builder.tls_files(change));
}

#[cfg(feature = "tls")]
fn changed(stage: &mut Stage, change: impl FnOnce(TlsFiles) -> TlsFiles) {
    files(stage, |files| *files = change(std::mem::take(files)));
}
