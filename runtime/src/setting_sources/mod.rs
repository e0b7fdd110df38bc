//! Where the values of settings come from: the environment, files, the command line.
//!
//! [`settings`](crate::settings) parses and applies what is read here.

pub(crate) mod command_line;
pub(crate) mod described;
mod duration;
mod environment;
pub(crate) mod file;
pub(crate) mod layers;
pub(crate) mod origin;
mod secret_file;
pub(crate) mod single;
pub(crate) mod sources;
pub(crate) mod weak;

pub(crate) use duration::duration;
pub(crate) use origin::{Origin, with_origin};
pub(crate) use single::Single;
pub(crate) use weak::WeakSecret;

pub(crate) const PREFIX: &str = "PALISADE_";

/// The section of palisade's own settings.
pub(crate) const SECTION: &str = "palisade";

/// The settings that hold a secret, with those that name where it is.
pub(crate) const REFERENCES: [(&str, &str); 5] = [
    ("PALISADE_FORM_KEY", "PALISADE_FORM_KEY_FROM"),
    ("PALISADE_AUTH_KEYS_JSON", "PALISADE_AUTH_KEYS_JSON_FROM"),
    ("PALISADE_REDIS_URL", "PALISADE_REDIS_URL_FROM"),
    ("PALISADE_REVOCATIONS_URL", "PALISADE_REVOCATIONS_URL_FROM"),
    ("PALISADE_AUDIT_KEY", "PALISADE_AUDIT_KEY_FROM"),
];

/// Two variables that both name a secret.
pub(crate) fn both(name: &str, from: &str) -> String {
    format!("{name} and {from} each say what the secret is: keep one of them")
}
