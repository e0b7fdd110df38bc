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
        "the time between two fetches of a secret",
        |_, value| secrets::configure("PALISADE_SECRETS_REFRESH", value),
    ),
    Setting::new(
        "PALISADE_SECRETS_TIMEOUT",
        "a time: 5 s",
        "5 s",
        "the timeout of one attempt to fetch a secret",
        |_, value| secrets::configure("PALISADE_SECRETS_TIMEOUT", value),
    ),
    Setting::new(
        "PALISADE_VAULT_ROLE",
        "the name of a role",
        "",
        "the role for the log-in to Vault with the Kubernetes service account",
        |_, value| secrets::configure("PALISADE_VAULT_ROLE", value),
    ),
    Setting::new(
        "PALISADE_VAULT_KUBERNETES_MOUNT",
        "a path",
        "kubernetes",
        "the mount path of the Kubernetes auth method in Vault",
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
        "the token for Vault, instead of VAULT_TOKEN",
        |_, value| secrets::configure("PALISADE_VAULT_TOKEN_FILE", value),
    ),
    Setting::new(
        "PALISADE_FORM_KEY_FROM",
        "the address of a secret: vault:kv/data/shop#form_key",
        "",
        "the address of the secret of form tokens",
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
        "the address of the keys that verify tokens",
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
        "the address of the URL of Redis",
        |stage, value| keep(stage, "PALISADE_REDIS_URL", "PALISADE_REDIS_URL_FROM", value),
    ),
    Setting::new(
        "PALISADE_REVOCATIONS_URL_FROM",
        "the address of a secret: azure:shop-vault/revocations-url",
        "",
        "the address of the URL of the store of revocations",
        |stage, value| {
            keep(stage, "PALISADE_REVOCATIONS_URL", "PALISADE_REVOCATIONS_URL_FROM", value);
        },
    ),
    Setting::new(
        "PALISADE_AUDIT_KEY_FROM",
        "the address of a secret: file:/run/secrets/audit.json#key",
        "",
        "the address of the secret that authenticates the lines of the audit file; read at the start only",
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
