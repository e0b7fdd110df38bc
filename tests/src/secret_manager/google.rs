//! Google's metadata service and Secret Manager, as their APIs are documented.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Asked, Peer, Reply, unheard_of};

/// Both in one server.
#[derive(Debug)]
pub struct SecretManager {
    /// The server, to misbehave.
    pub peer: Peer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Versions of each secret, the first one first; `None` is disabled.
    secrets: BTreeMap<String, Vec<Option<Vec<u8>>>>,
    /// The token that is accepted.
    token: String,
    /// Whether checksums are those of other data.
    is_corrupt: bool,
    has_checksum: bool,
}

impl SecretManager {
    /// Starts one without secrets.
    pub fn start() -> Self {
        let token = format!("ya29.{}", unheard_of());
        let state = State { token, has_checksum: true, ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let own = Arc::clone(&state);
        let peer = Peer::start(move |asked| answer(&lock(&own), asked));
        Self { peer, state }
    }

    /// Adds a version of a secret; `None` is one that is disabled.
    pub fn add(&self, secret: &str, value: Option<&[u8]>) {
        let mut state = lock(&self.state);
        state.secrets.entry(secret.to_owned()).or_default().push(value.map(<[u8]>::to_vec));
    }

    /// Accepts another token from now on, as after the end of one.
    pub fn end_tokens(&self) {
        lock(&self.state).token = format!("ya29.{}", unheard_of());
    }

    /// The token that is accepted.
    pub fn token(&self) -> String {
        lock(&self.state).token.clone()
    }

    /// Sends checksums that do not fit, or none.
    pub fn checksums(&self, are_sent: bool, are_corrupt: bool) {
        let mut state = lock(&self.state);
        (state.has_checksum, state.is_corrupt) = (are_sent, are_corrupt);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(status: u16, name: &str) -> Reply {
    let body = json!({"error": {"code": status, "message": "..", "status": name}});
    Reply::json(status, body)
}

fn answer(state: &State, asked: &Asked) -> Reply {
    if asked.path == "/computeMetadata/v1/instance/service-accounts/default/token" {
        if asked.header("metadata-flavor") != "Google" {
            return error(403, "FORBIDDEN");
        }
        let body = json!({
            "access_token": state.token, "expires_in": 3_599, "token_type": "Bearer",
        });
        return Reply::json(200, body).header("metadata-flavor", "Google");
    }
    let bearer = asked.header("authorization").strip_prefix("Bearer ");
    // A token that a service account signed for itself has three parts.
    let is_self_signed = bearer.is_some_and(|token| token.split('.').count() == 3);
    if bearer != Some(&state.token) && !is_self_signed {
        return error(401, "UNAUTHENTICATED");
    }
    let name = asked.path.strip_prefix("/v1/").and_then(|rest| rest.strip_suffix(":access"));
    let Some((secret, version)) = name.and_then(|name| name.split_once("/versions/")) else {
        return error(404, "NOT_FOUND");
    };
    if secret.starts_with("projects/other/") {
        return error(403, "PERMISSION_DENIED");
    }
    let Some(versions) = state.secrets.get(secret) else { return error(404, "NOT_FOUND") };
    let number = if version == "latest" { versions.len() } else { version.parse().unwrap_or(0) };
    match number.checked_sub(1).and_then(|index| versions.get(index)) {
        None => error(404, "NOT_FOUND"),
        Some(None) => error(400, "FAILED_PRECONDITION"),
        Some(Some(data)) => {
            let sum = checksum(data) ^ u32::from(state.is_corrupt);
            let data = STANDARD.encode(data);
            let payload = match state.has_checksum {
                true => json!({"data": data, "dataCrc32c": sum.to_string()}),
                false => json!({"data": data}),
            };
            let name = format!("projects/1/secrets/x/versions/{number}");
            Reply::json(200, json!({"name": name, "payload": payload}))
        }
    }
}

/// CRC-32C (Castagnoli), bit by bit: not the code that is tested.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 }
        })
    })
}
