//! Azure's metadata service, its token endpoint and a Key Vault, as their APIs are documented.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::json;

use super::{Asked, Peer, Reply, unheard_of};

/// All in one server.
#[derive(Debug)]
pub struct KeyVault {
    /// The server, to misbehave.
    pub peer: Peer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Values by name and version, the newest one last, and whether they are enabled.
    secrets: BTreeMap<String, Vec<(String, String, bool)>>,
    token: String,
    /// Client and assertion of the workload identity.
    workload: Option<(String, String)>,
}

impl KeyVault {
    /// Starts one without secrets.
    pub fn start() -> Self {
        let token = format!("eyJ0.{}", unheard_of());
        let state = Arc::new(Mutex::new(State { token, ..State::default() }));
        let own = Arc::clone(&state);
        let peer = Peer::start(move |asked| answer(&lock(&own), asked));
        Self { peer, state }
    }

    /// Sets a secret, and returns its version.
    pub fn set(&self, name: &str, value: &str, is_enabled: bool) -> String {
        let version = unheard_of().chars().take(32).collect::<String>();
        let mut state = lock(&self.state);
        let versions = state.secrets.entry(name.to_owned()).or_default();
        versions.push((version.clone(), value.to_owned(), is_enabled));
        version
    }

    /// Accepts this assertion of this client.
    pub fn federate(&self, client: &str, assertion: &str) {
        lock(&self.state).workload = Some((client.to_owned(), assertion.to_owned()));
    }

    /// Accepts another token from now on, as after the end of one.
    pub fn end_tokens(&self) {
        lock(&self.state).token = format!("eyJ0.{}", unheard_of());
    }

    /// The token that is accepted.
    pub fn token(&self) -> String {
        lock(&self.state).token.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(status: u16, code: &str, inner: Option<&str>) -> Reply {
    let inner = inner.map(|code| json!({"code": code}));
    Reply::json(status, json!({"error": {"code": code, "message": "..", "innererror": inner}}))
}

fn answer(state: &State, asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/metadata/identity/oauth2/token" => {
            if asked.header("metadata") != "true"
                || asked.parameter("api-version") != "2018-02-01"
                || asked.parameter("resource") != "https://vault.azure.net"
            {
                return error(400, "invalid_request", None);
            }
            let body = json!({
                "access_token": state.token, "expires_in": "86399", "token_type": "Bearer",
            });
            Reply::json(200, body)
        }
        "/tenant-1/oauth2/v2.0/token" => {
            let form = asked.form();
            let of = |name: &str| form.get(name).cloned().unwrap_or_default();
            let known = state.workload.clone().unwrap_or_default();
            if (of("client_id"), of("client_assertion")) != known
                || of("scope") != "https://vault.azure.net/.default"
                || of("grant_type") != "client_credentials"
                || asked.method != "POST"
            {
                return error(401, "invalid_client", None);
            }
            Reply::json(200, json!({"access_token": state.token, "expires_in": 3_599}))
        }
        path => secret(state, asked, path),
    }
}

fn secret(state: &State, asked: &Asked, path: &str) -> Reply {
    if asked.header("authorization").strip_prefix("Bearer ") != Some(&state.token) {
        return error(401, "Unauthorized", None);
    }
    let Some(rest) = path.strip_prefix("/secrets/") else { return error(404, "NotFound", None) };
    if asked.parameter("api-version").is_empty() {
        return error(400, "BadParameter", None);
    }
    let (name, version) = rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b)));
    if name == "forbidden" {
        return error(403, "Forbidden", Some("ForbiddenByRbac"));
    }
    let versions = state.secrets.get(name).map(Vec::as_slice).unwrap_or_default();
    let found = match version {
        Some(version) => versions.iter().find(|(own, ..)| own == version),
        None => versions.last(),
    };
    match found {
        None => error(404, "SecretNotFound", None),
        Some((_, _, false)) => error(403, "Forbidden", Some("SecretDisabled")),
        Some((version, value, true)) => Reply::json(
            200,
            json!({
                "value": value, "id": format!("https://shop.vault.azure.net/secrets/{name}/{version}"),
                "attributes": {"enabled": true, "created": 1_790_000_000, "updated": 1_790_000_000},
            }),
        ),
    }
}
