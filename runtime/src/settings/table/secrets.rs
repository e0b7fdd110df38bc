//! Secrets that are kept elsewhere, and the sources that they come from.

use secrecy::ExposeSecret as _;

use super::observability::audit_key;
use crate::{
    FormTokens,
    auth::KeySource,
    secrets,
    settings::setting::{Setting, Stage},
};

/// The sources come first: their settings apply to the secrets after them.
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
        "the address of a secret: vault:kv/data/shop#form_key",
        "",
        "where the secret of form tokens is",
        |stage, value| {
            if let Some(key) = stage.fetch("PALISADE_FORM_KEY_FROM", value) {
                stage.set(|b| b.form_tokens(FormTokens::with_secret(&key)));
            }
        },
    ),
    Setting::new(
        "PALISADE_AUTH_KEYS_JSON_FROM",
        "the address of a secret: google:projects/shop/secrets/auth-keys",
        "",
        "where the keys are that tokens are checked with",
        |stage, value| {
            let Some(keys) = stage.fetch("PALISADE_AUTH_KEYS_JSON_FROM", value) else { return };
            match KeySource::secret(&keys) {
                Ok(source) => stage.set(|b| b.auth_keys(source)),
                Err(error) => stage.refuse(error.to_string()),
            }
        },
    ),
    Setting::new(
        "PALISADE_REDIS_URL_FROM",
        "the address of a secret: aws:shop/production#redis_url",
        "",
        "where the URL of the store is",
        |stage, value| keep(stage, "PALISADE_REDIS_URL", "PALISADE_REDIS_URL_FROM", value),
    ),
    Setting::new(
        "PALISADE_REVOCATIONS_URL_FROM",
        "the address of a secret: azure:shop-vault/revocations-url",
        "",
        "where the URL of the store of revocations is",
        |stage, value| {
            keep(stage, "PALISADE_REVOCATIONS_URL", "PALISADE_REVOCATIONS_URL_FROM", value);
        },
    ),
    Setting::new(
        "PALISADE_AUDIT_KEY_FROM",
        "the address of a secret: file:/run/secrets/audit.json#key",
        "",
        "where the secret is that lines of the audit file are authenticated with; read at the start",
        |stage, value| {
            if let Some(key) = stage.fetch("PALISADE_AUDIT_KEY_FROM", value) {
                audit_key(stage, key.current().value().expose_secret());
            }
        },
    ),
];

fn keep(stage: &mut Stage, setting: &'static str, name: &'static str, address: &str) {
    let Some(url) = stage.fetch(name, address) else {
        stage.limits.leave_out();
        return;
    };
    if let Err(wrong) = stage.limits.keep_secret(setting, url) {
        stage.refuse(wrong);
    }
}
