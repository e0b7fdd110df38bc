//! The log-in of the service at Vault, and its token.

use std::{path::PathBuf, time::Duration};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};

use super::{VaultSource, sensitive};
use crate::{
    regular_file,
    secrets::{SourceError, member::member},
};

/// The path of a pod's service account token in Kubernetes.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The most bytes of a token.
const LONGEST: u64 = 16 << 10;

/// A way to get a token.
pub(super) enum Login {
    Token(SecretString),
    TokenFile(PathBuf),
    Kubernetes { role: String, mount: String, token_file: PathBuf },
}

/// The token of a source, from its log-in until it expires.
pub(super) struct Session {
    login: Login,
    token: Mutex<Option<Token>>,
}

/// A token that Vault accepted.
struct Token {
    value: SecretString,
    is_renewable: bool,
    /// `None` for one that does not expire.
    life: Option<Life>,
}

#[derive(Clone, Copy)]
struct Life {
    from: Instant,
    until: Instant,
}

/// A token to send, and how long it is valid.
pub(super) struct Usable {
    pub(super) value: SecretString,
    pub(super) remaining: Option<Duration>,
}

/// `auth` of a log-in and of a renewal, without the token.
#[derive(Deserialize)]
struct Granted {
    auth: Grant,
}

#[derive(Deserialize)]
struct Grant {
    lease_duration: u64,
    renewable: bool,
}

/// `auth/token/lookup-self`.
#[derive(Deserialize)]
struct Lookup {
    data: Looked,
}

#[derive(Deserialize)]
struct Looked {
    ttl: u64,
    #[serde(default)]
    renewable: bool,
}

#[derive(Serialize)]
struct KubernetesLogin<'a> {
    role: &'a str,
    jwt: &'a str,
}

impl Login {
    pub(super) fn kubernetes(role: &str) -> Self {
        Self::Kubernetes {
            role: role.to_owned(),
            mount: "kubernetes".to_owned(),
            token_file: PathBuf::from(SERVICE_ACCOUNT),
        }
    }
}

impl Session {
    pub(super) fn new(login: Login) -> Self {
        Self { login, token: Mutex::new(None) }
    }

    pub(super) fn kubernetes_mount(&mut self, own_mount: &str, own_file: Option<PathBuf>) {
        if let Login::Kubernetes { mount, token_file, .. } = &mut self.login {
            own_mount.clone_into(mount);
            if let Some(file) = own_file {
                *token_file = file;
            }
        }
    }

    /// Whether a refused token can be replaced: a fixed one cannot.
    pub(super) fn can_log_in_again(&self) -> bool {
        !matches!(self.login, Login::Token(_))
    }

    /// Forgets this token, which was refused. One of a later log-in stays: of several requests that are refused at the
    /// same time, only the first one logs in again.
    pub(super) async fn forget(&self, refused: &SecretString) {
        let is_refused = |token: &mut Token| token.value.expose_secret() == refused.expose_secret();
        self.token.lock().await.take_if(is_refused);
    }

    /// The present token, renewed if it is in the last third of its time; else that of a new
    /// log-in.
    pub(super) async fn token(&self, vault: &VaultSource) -> Result<Usable, SourceError> {
        // Held meanwhile: several secrets log in once.
        let mut held = self.token.lock().await;
        let at_hand = match held.take() {
            Some(token) if token.is_fresh() => Some(token),
            Some(token) if token.is_renewable && !token.is_over() => {
                // A token that cannot be renewed any more still has some of its time.
                let life = renewed(vault, &token.value).await.ok();
                Some(Token { life: life.or(token.life), ..token }).filter(|token| !token.is_late())
            }
            Some(_) | None => None,
        };
        let token = match at_hand {
            Some(token) => token,
            None => self.log_in(vault).await?,
        };
        let usable = Usable { value: token.value.clone(), remaining: token.remaining() };
        *held = Some(token);
        Ok(usable)
    }

    async fn log_in(&self, vault: &VaultSource) -> Result<Token, SourceError> {
        match &self.login {
            Login::Token(value) => looked_up(vault, value.clone()).await,
            Login::TokenFile(path) => looked_up(vault, read(path, "the token file")?).await,
            Login::Kubernetes { role, mount, token_file } => {
                let jwt = read(token_file, "the token of the service account")?;
                let login = KubernetesLogin { role, jwt: jwt.expose_secret().trim() };
                granted(vault, mount, &login).await
            }
        }
    }
}

impl Token {
    fn remaining(&self) -> Option<Duration> {
        self.life.map(|life| life.until.saturating_duration_since(Instant::now()))
    }

    fn is_over(&self) -> bool {
        self.remaining().is_some_and(|left| left.is_zero())
    }

    /// In the first two thirds of its time.
    fn is_fresh(&self) -> bool {
        self.life.is_none_or(|life| {
            let (all, now) = (life.until - life.from, Instant::now());
            now < life.from + all / 3 * 2
        })
    }

    /// In the last tenth of its time: a new log-in is better than a token that expires meanwhile.
    fn is_late(&self) -> bool {
        self.life.is_some_and(|life| {
            let (all, now) = (life.until - life.from, Instant::now());
            now >= life.from + all / 10 * 9
        })
    }
}

impl Life {
    /// Zero is a token that does not expire.
    fn of(seconds: u64) -> Option<Self> {
        let from = Instant::now();
        // A lease that does not fit is as good as endless.
        let until = from.checked_add(Duration::from_secs(seconds))?;
        (seconds > 0).then_some(Self { from, until })
    }
}

/// A token that was made elsewhere: Vault reports how long it is valid. The token's policies may
/// not permit the lookup; that does not refuse the token.
async fn looked_up(vault: &VaultSource, value: SecretString) -> Result<Token, SourceError> {
    let request = vault.client.get(vault.url(["auth", "token", "lookup-self"]));
    let answer = vault.ask(request, Some(&value)).await?;
    let looked = serde_json::from_slice::<Lookup>(&answer.body);
    match looked {
        Ok(Lookup { data }) if answer.status == 200 => {
            Ok(Token { value, is_renewable: data.renewable, life: Life::of(data.ttl) })
        }
        Ok(_) | Err(_) => Ok(Token { value, is_renewable: false, life: None }),
    }
}

async fn renewed(vault: &VaultSource, token: &SecretString) -> Result<Life, SourceError> {
    let request = vault.client.post(vault.url(["auth", "token", "renew-self"]));
    let answer = vault.ask(request, Some(token)).await?;
    let granted = serde_json::from_slice::<Granted>(&answer.body).ok();
    granted
        .filter(|_| answer.status == 200)
        .and_then(|granted| Life::of(granted.auth.lease_duration))
        .ok_or_else(|| SourceError::denied("Vault does not renew the token"))
}

async fn granted(
    vault: &VaultSource,
    mount: &str,
    login: &KubernetesLogin<'_>,
) -> Result<Token, SourceError> {
    let url = vault.url(["auth"].into_iter().chain(mount.split('/')).chain(["login"]));
    let body = serde_json::to_vec(login)
        .map_err(|_| SourceError::malformed("the log-in cannot be written as JSON"))?;
    let request = vault.client.post(url).header("content-type", "application/json").body(body);
    let answer = vault.ask(request, None).await?;
    if answer.status != 200 {
        return Err(SourceError::denied(format!(
            "Vault refuses the log-in of Kubernetes for the role `{}` at auth/{mount} ({}): the role \
             does not exist, or is not bound to this service account",
            login.role,
            answer.status.as_u16()
        )));
    }
    let granted = serde_json::from_slice::<Granted>(&answer.body);
    let value = member(&answer.body, &["auth", "client_token"])?;
    match (granted, value) {
        (Ok(Granted { auth }), Some(value)) => {
            header(&value)?;
            Ok(Token { value, is_renewable: auth.renewable, life: Life::of(auth.lease_duration) })
        }
        _ => Err(SourceError::malformed("the answer to the log-in has no token")),
    }
}

/// A token as a header field.
pub(super) fn header(token: &SecretString) -> Result<HeaderValue, SourceError> {
    sensitive(token).ok_or_else(|| {
        SourceError::setting("the token is empty, or has other than visible ASCII characters")
    })
}

/// The text of a file. Kubernetes makes the token of a service account readable for all users of
/// its container, so its mode is not checked.
fn read(path: &std::path::Path, what: &str) -> Result<SecretString, SourceError> {
    let fault = |error: &dyn std::fmt::Display| {
        SourceError::setting(format!("{what}, {}: {error}", path.display()))
    };
    let bytes: Zeroizing<Vec<u8>> =
        regular_file::read(path, LONGEST).map_err(|error| fault(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault(&"it is not UTF-8"))?;
    Ok(SecretString::from(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::{Login, Session, Token};

    #[tokio::test]
    async fn a_token_that_is_newer_than_the_refused_one_stays() {
        let session = Session::new(Login::kubernetes("shop"));
        let hold = async |value: &str| {
            let token = Token { value: value.into(), is_renewable: false, life: None };
            session.token.lock().await.replace(token);
        };
        let is_held = async || session.token.lock().await.is_some();
        hold("hvs.second").await;
        session.forget(&"hvs.first".into()).await;
        assert!(is_held().await);
        session.forget(&"hvs.second".into()).await;
        assert!(!is_held().await);
    }
}
