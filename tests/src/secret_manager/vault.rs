//! Vault with one mount of KV version 2, tokens and the Kubernetes auth method, as its API is documented.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::{Asked, Peer, Reply, unheard_of};

/// A running Vault.
#[derive(Debug)]
pub struct Vault {
    /// The server, to misbehave.
    pub peer: Peer,
    state: Arc<Mutex<State>>,
    /// A token that reads everything and never ends.
    pub token: String,
}

#[derive(Debug, Default)]
struct State {
    /// Versions of each path, the first one first.
    secrets: BTreeMap<String, Vec<Version>>,
    tokens: BTreeMap<String, Token>,
    /// Role and token of a service account.
    role: Option<(String, String)>,
    namespace: String,
    /// Seconds of the tokens of log-ins.
    lease: u64,
    logins: usize,
    renewals: usize,
}

#[derive(Clone, Debug)]
enum Version {
    Held(Value),
    Deleted,
    Destroyed,
}

#[derive(Clone, Debug)]
struct Token {
    ttl: u64,
    is_renewable: bool,
    may_read: bool,
}

impl Vault {
    /// Starts one without secrets.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State { lease: 3_600, ..State::default() }));
        let own = Arc::clone(&state);
        let peer = Peer::start(move |asked| answer(&mut lock(&own), asked));
        let vault = Self { peer, state, token: format!("hvs.{}", unheard_of()) };
        vault.add_token(&vault.token, 0, false, true);
        vault
    }

    /// Adds a version of a secret.
    pub fn put(&self, path: &str, fields: Value) {
        let mut state = lock(&self.state);
        state.secrets.entry(path.to_owned()).or_default().push(Version::Held(fields));
    }

    /// Deletes the newest version of a secret, or destroys it.
    pub fn delete(&self, path: &str, for_good: bool) {
        let mut state = lock(&self.state);
        if let Some(last) = state.secrets.get_mut(path).and_then(|versions| versions.last_mut()) {
            *last = if for_good { Version::Destroyed } else { Version::Deleted };
        }
    }

    /// Adds a token that lasts so many seconds; 0 is without an end.
    pub fn add_token(&self, token: &str, ttl: u64, is_renewable: bool, may_read: bool) {
        let held = Token { ttl, is_renewable, may_read };
        lock(&self.state).tokens.insert(token.to_owned(), held);
    }

    /// Revokes every token of a log-in.
    pub fn revoke_logins(&self) {
        lock(&self.state).tokens.retain(|token, _| !token.starts_with("hvs.login-"));
    }

    /// Binds this role to the service account with this token. Tokens of log-ins last so many seconds.
    pub fn add_role(&self, role: &str, jwt: &str, lease: u64) {
        let mut state = lock(&self.state);
        state.role = Some((role.to_owned(), jwt.to_owned()));
        state.lease = lease;
    }

    /// Serves this namespace alone.
    pub fn only_namespace(&self, namespace: &str) {
        namespace.clone_into(&mut lock(&self.state).namespace);
    }

    /// How many log-ins and renewals there were.
    pub fn logins_and_renewals(&self) -> (usize, usize) {
        let state = lock(&self.state);
        (state.logins, state.renewals)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn errors(status: u16, errors: &[&str]) -> Reply {
    Reply::json(status, json!({ "errors": errors }))
}

fn answer(state: &mut State, asked: &Asked) -> Reply {
    if asked.header("x-vault-request") != "true" {
        return errors(412, &["required 'X-Vault-Request' header is missing"]);
    }
    if asked.header("x-vault-namespace") != state.namespace {
        return errors(404, &["no handler for route"]);
    }
    let path = asked.path.strip_prefix("/v1/").unwrap_or_default();
    if path == "auth/kubernetes/login" || path == "auth/cluster/a/login" {
        return log_in(state, asked);
    }
    let Some(token) = state.tokens.get(asked.header("x-vault-token")).cloned() else {
        return errors(403, &["permission denied"]);
    };
    match path {
        "auth/token/lookup-self" => {
            Reply::json(200, json!({"data": {"ttl": token.ttl, "renewable": token.is_renewable}}))
        }
        "auth/token/renew-self" if token.is_renewable && asked.method == "POST" => {
            state.renewals += 1;
            Reply::json(
                200,
                json!({"auth": {
                    "client_token": asked.header("x-vault-token"), "lease_duration": token.ttl,
                    "renewable": true,
                }}),
            )
        }
        "auth/token/renew-self" => errors(400, &["lease is not renewable"]),
        _ if !token.may_read => errors(403, &["1 error occurred:\n\t* permission denied\n\n"]),
        _ => read(state, path, asked),
    }
}

fn log_in(state: &mut State, asked: &Asked) -> Reply {
    let body: BTreeMap<String, String> = serde_json::from_str(&asked.body).unwrap_or_default();
    let Some((role, jwt)) = &state.role else { return errors(400, &["invalid role name"]) };
    if body.get("role") != Some(role) {
        return errors(400, &["invalid role name"]);
    }
    if body.get("jwt") != Some(jwt) {
        return errors(403, &["service account name not authorized"]);
    }
    state.logins += 1;
    let token = format!("hvs.login-{}", unheard_of());
    let held = Token { ttl: state.lease, is_renewable: true, may_read: true };
    state.tokens.insert(token.clone(), held);
    Reply::json(
        200,
        json!({"auth": {
            "client_token": token, "lease_duration": state.lease, "renewable": true, "policies": ["default"],
        }}),
    )
}

fn read(state: &State, path: &str, asked: &Asked) -> Reply {
    let versions = path
        .split_once("/data/")
        .and_then(|(mount, name)| (mount == "kv").then(|| state.secrets.get(name)).flatten());
    let Some(versions) = versions else { return errors(404, &[]) };
    let number = match asked.parameter("version").parse::<usize>() {
        Ok(number) => number,
        Err(_) => versions.len(),
    };
    let metadata = |deletion_time: &str, destroyed: bool| {
        json!({
            "created_time": "2026-11-30T12:00:00.000000Z", "custom_metadata": null,
            "deletion_time": deletion_time, "destroyed": destroyed, "version": number,
        })
    };
    match number.checked_sub(1).and_then(|index| versions.get(index)) {
        Some(Version::Held(fields)) => Reply::json(
            200,
            json!({
                "request_id": "8c5a5b1c-1d7e-4f7e-9b7e-0a4c6b0b7a11", "lease_id": "", "renewable": false,
                "lease_duration": 0, "data": {"data": fields, "metadata": metadata("", false)},
                "wrap_info": null, "warnings": null, "auth": null,
            }),
        ),
        Some(Version::Deleted) => Reply::json(
            404,
            json!({
                "data": {"data": null, "metadata": metadata("2026-11-30T13:00:00.000000Z", false)},
            }),
        ),
        Some(Version::Destroyed) => {
            Reply::json(404, json!({"data": {"data": null, "metadata": metadata("", true)}}))
        }
        None => errors(404, &[]),
    }
}
