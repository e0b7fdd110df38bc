//! Secrets that are kept elsewhere, and the sources that they come from.

use crate::{
    FormTokens,
    auth::KeySource,
    secrets::{self, SecretHandle},
    settings::setting::{Setting, Stage},
};

/// The settings that hold a secret, with those that name where it is.
pub(in crate::settings) const REFERENCES: [(&str, &str); 4] = [
    ("PALISADE_FORM_KEY", "PALISADE_FORM_KEY_FROM"),
    ("PALISADE_AUTH_KEYS_JSON", "PALISADE_AUTH_KEYS_JSON_FROM"),
    ("PALISADE_REDIS_URL", "PALISADE_REDIS_URL_FROM"),
    ("PALISADE_REVOCATIONS_URL", "PALISADE_REVOCATIONS_URL_FROM"),
];

const ADDRESS: &str = "the address of a secret: vault:kv/data/shop#form_key";

/// The sources come first: what they are told holds for the secrets behind them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_SECRETS_REFRESH",
        "a time: 5 min",
        "5 min",
        "how often secrets are fetched again",
        |_, value| secrets::configure("PALISADE_SECRETS_REFRESH", value),
    ),
    Setting::new(
        "PALISADE_SECRETS_TIMEOUT",
        "a time: 5 s",
        "5 s",
        "how long a source may take",
        |_, value| secrets::configure("PALISADE_SECRETS_TIMEOUT", value),
    ),
    Setting::new(
        "PALISADE_VAULT_ROLE",
        "the name of a role",
        "",
        "the role that Vault gives the service account of Kubernetes",
        |_, value| secrets::configure("PALISADE_VAULT_ROLE", value),
    ),
    Setting::new(
        "PALISADE_VAULT_KUBERNETES_MOUNT",
        "a path",
        "kubernetes",
        "where that log-in is mounted in Vault",
        |_, value| secrets::configure("PALISADE_VAULT_KUBERNETES_MOUNT", value),
    ),
    Setting::new(
        "PALISADE_VAULT_KUBERNETES_TOKEN",
        "the path of a file",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "the token of the service account",
        |_, value| secrets::configure("PALISADE_VAULT_KUBERNETES_TOKEN", value),
    ),
    Setting::new(
        "PALISADE_VAULT_TOKEN_FILE",
        "the path of a file",
        "",
        "the token for Vault, in place of VAULT_TOKEN",
        |_, value| secrets::configure("PALISADE_VAULT_TOKEN_FILE", value),
    ),
    Setting::new(
        "PALISADE_FORM_KEY_FROM",
        ADDRESS,
        "",
        "where the secret of form tokens is",
        |stage, value| {
            if let Some(key) = fetched(stage, "PALISADE_FORM_KEY_FROM", value) {
                stage.set(|b| b.form_tokens(FormTokens::with_secret(&key)));
            }
        },
    ),
    Setting::new(
        "PALISADE_AUTH_KEYS_JSON_FROM",
        ADDRESS,
        "",
        "where the keys are that tokens are checked with",
        |stage, value| {
            let Some(keys) = fetched(stage, "PALISADE_AUTH_KEYS_JSON_FROM", value) else { return };
            match KeySource::secret(&keys) {
                Ok(source) => stage.set(|b| b.auth_keys(source)),
                Err(error) => stage.refuse(error.to_string()),
            }
        },
    ),
    Setting::new(
        "PALISADE_REDIS_URL_FROM",
        ADDRESS,
        "",
        "where the URL of the store is",
        |stage, value| keep(stage, "PALISADE_REDIS_URL", "PALISADE_REDIS_URL_FROM", value),
    ),
    Setting::new(
        "PALISADE_REVOCATIONS_URL_FROM",
        ADDRESS,
        "",
        "where the URL of the store of revocations is",
        |stage, value| {
            keep(stage, "PALISADE_REVOCATIONS_URL", "PALISADE_REVOCATIONS_URL_FROM", value);
        },
    ),
];

/// The secret at this address, or why there is none.
fn fetched(stage: &mut Stage, name: &str, address: &str) -> Option<SecretHandle> {
    match secrets::resolve(name, address) {
        Ok(secret) => Some(secret),
        Err(error) => {
            stage.refuse(error.to_string());
            None
        }
    }
}

fn keep(stage: &mut Stage, setting: &str, name: &str, address: &str) {
    let Some(url) = fetched(stage, name, address) else { return };
    if let Err(wrong) = stage.limits.keep_secret(setting, url) {
        stage.refuse(wrong);
    }
}
