//! TLS of the server, and the plain port beside it.

use crate::settings::setting::{Setting, Stage};
#[cfg(feature = "acme")]
use crate::tls::Acme;
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
        "the minimum version of TLS",
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
        "whether a client that requests a name without a certificate is refused, instead of getting the first certificate",
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
        "the authorities that sign client certificates",
        #[cfg(feature = "tls")]
        |stage, value| changed(stage, |files| files.client_authority(value)),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_TLS_CLIENT_CERT",
        "required or optional",
        "required",
        "whether clients must present a certificate",
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
        "the revocation lists for client certificates; read again when the file changes",
        #[cfg(feature = "tls")]
        |stage, value| changed(stage, |files| files.client_revocations(value)),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_HTTP_REDIRECT",
        "address:port",
        "",
        "a second address, on which plain HTTP requests are redirected to https",
        #[cfg(feature = "tls")]
        |stage, value| stage.set(|b| b.http_redirect(value)),
        #[cfg(not(feature = "tls"))]
        without_tls,
    ),
    Setting::new(
        "PALISADE_ACME_DOMAINS",
        "names, separated by commas",
        "",
        "the names for which a certificate is requested",
        #[cfg(feature = "acme")]
        |stage, value| acme(stage, |acme| acme.set_domains(names(value))),
        #[cfg(not(feature = "acme"))]
        without_acme,
    ),
    Setting::new(
        "PALISADE_ACME_CACHE",
        "the path of a folder",
        "",
        "the private folder for the account and the certificate; required with PALISADE_ACME_DOMAINS",
        #[cfg(feature = "acme")]
        |stage, value| acme(stage, |acme| acme.set_folder(value.into())),
        #[cfg(not(feature = "acme"))]
        without_acme,
    ),
    Setting::new(
        "PALISADE_ACME_CONTACT",
        "mailto: and an address",
        "",
        "the contact that the authority can write to",
        #[cfg(feature = "acme")]
        |stage, value| acme_changed(stage, |acme| acme.contact(value)),
        #[cfg(not(feature = "acme"))]
        without_acme,
    ),
    Setting::new(
        "PALISADE_ACME_DIRECTORY",
        "the https URL of a directory",
        "that of Let's Encrypt",
        "the ACME directory of the authority (RFC 8555)",
        #[cfg(feature = "acme")]
        |stage, value| acme_changed(stage, |acme| acme.directory(value)),
        #[cfg(not(feature = "acme"))]
        without_acme,
    ),
    Setting::new(
        "PALISADE_ACME_ROOT",
        "the path of a PEM file",
        "",
        "the authorities that verify the certificate of the directory, instead of those of the system",
        #[cfg(feature = "acme")]
        |stage, value| acme_changed(stage, |acme| acme.directory_authority(value)),
        #[cfg(not(feature = "acme"))]
        without_acme,
    ),
];

#[cfg(not(feature = "acme"))]
fn without_acme(stage: &mut Stage, _: &str) {
    stage.lacks("acme");
}

#[cfg(feature = "acme")]
fn names(value: &str) -> Vec<String> {
    value.split(',').map(|name| name.trim().to_owned()).collect()
}

#[cfg(feature = "acme")]
fn acme(stage: &mut Stage, change: impl FnOnce(&mut Acme)) {
    stage.set(|builder: Builder| builder.acme_settings(change));
}

#[cfg(feature = "acme")]
fn acme_changed(stage: &mut Stage, change: impl FnOnce(Acme) -> Acme) {
    acme(stage, |acme| *acme = change(std::mem::take(acme)));
}

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
