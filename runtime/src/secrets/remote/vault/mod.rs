//! `HashiCorp` Vault and `OpenBao`: the secrets engine KV version 2.

mod answer;
mod login;

use std::{fmt, path::PathBuf};

use reqwest::{
    Url,
    header::{HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    client::{Answer, Client, send},
    endpoint::Endpoint,
};
use crate::secrets::{
    Environment, Secret, SecretAddress, SecretsError, Source, SourceError, SourceErrorKind,
    SourceFuture, member::member,
};
use login::{Login, Session};

const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");
/// Vault Agent can be configured to refuse requests without it: a browser cannot be made to send
/// it.
const REQUEST: HeaderName = HeaderName::from_static("x-vault-request");

/// The most bytes of a file of certificate authorities.
const LONGEST_ROOTS: u64 = 1 << 20;

/// `HashiCorp` Vault or `OpenBao`, for addresses `vault:MOUNT/data/PATH[?version=N]#FIELD`: the
/// path of the HTTP API of KV version 2, as in policies.
///
/// 1. The service logs in with a token, or with the token of its Kubernetes service account.
/// 2. A token that can be renewed is renewed in the last third of its time; where that fails, the
///    service logs in again. A refused token causes one new log-in.
/// 3. A standby that redirects is not followed: name the address of the active node or of the load
///    balancer.
///
/// The interface is that of
/// <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>.
///
/// ```
/// use palisade::secrets::{Secrets, VaultSource};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let vault = VaultSource::with_kubernetes("https://vault.example:8200", "shop")?;
/// let secrets = Secrets::builder().source("vault", vault)?.build()?;
/// # if false {
/// let key = secrets.fetch_blocking("the form key", "vault:kv/data/shop#form_key")?;
/// # let _ = key;
/// # }
/// # Ok(())
/// # }
/// ```
pub struct VaultSource {
    client: Client,
    address: Endpoint,
    namespace: Option<HeaderValue>,
    session: Session,
}

impl VaultSource {
    /// The server at this address, with this token.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone), or a token that cannot be sent.
    pub fn with_token(address: &str, token: SecretString) -> Result<Self, SecretsError> {
        login::header(&token)
            .map_err(|error| SecretsError::Setting(format!("VAULT_TOKEN: {error}")))?;
        Self::new(address, Login::Token(token))
    }

    /// The server at this address, with the token in this file, which is read for each log-in: the
    /// sink of Vault Agent.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn with_token_file(address: &str, path: impl Into<PathBuf>) -> Result<Self, SecretsError> {
        Self::new(address, Login::TokenFile(path.into()))
    }

    /// The server at this address, with the log-in of Kubernetes for this role.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn with_kubernetes(address: &str, role: &str) -> Result<Self, SecretsError> {
        Self::new(address, Login::kubernetes(role))
    }

    /// The server that the environment configures: `VAULT_ADDR`, `VAULT_NAMESPACE` and
    /// `VAULT_CACERT`, with one of `VAULT_TOKEN`, `PALISADE_VAULT_TOKEN_FILE` and
    /// `PALISADE_VAULT_ROLE` (Kubernetes).
    ///
    /// # Errors
    ///
    /// A variable is missing or invalid, or there is more than one way to log in.
    pub fn from_environment() -> Result<Self, SecretsError> {
        Self::of(&Environment::of_process())
    }

    pub(in crate::secrets) fn of(environment: &Environment) -> Result<Self, SecretsError> {
        let get = |name| environment.get(name);
        let fault = |what: &str| Err(SecretsError::Setting(what.to_owned()));
        let Some(address) = get("VAULT_ADDR") else {
            return fault(
                "VAULT_ADDR is not set: the address of Vault, https://vault.example:8200",
            );
        };
        let ways =
            (get("VAULT_TOKEN"), get("PALISADE_VAULT_TOKEN_FILE"), get("PALISADE_VAULT_ROLE"));
        let mut vault = match ways {
            (Some(token), None, None) => Self::with_token(address, token.into())?,
            (None, Some(path), None) => Self::with_token_file(address, path)?,
            (None, None, Some(role)) => {
                let mount = get("PALISADE_VAULT_KUBERNETES_MOUNT").unwrap_or("kubernetes");
                let file = get("PALISADE_VAULT_KUBERNETES_TOKEN").map(PathBuf::from);
                Self::with_kubernetes(address, role)?.kubernetes_mount(mount, file)
            }
            (None, None, None) => {
                return fault(
                    "nothing says how to log in at Vault: set VAULT_TOKEN, PALISADE_VAULT_TOKEN_FILE, or \
                     PALISADE_VAULT_ROLE for Kubernetes",
                );
            }
            _ => {
                return fault(
                    "VAULT_TOKEN, PALISADE_VAULT_TOKEN_FILE and PALISADE_VAULT_ROLE each say how to log in \
                     at Vault: keep one of them",
                );
            }
        };
        if let Some(path) = get("VAULT_CACERT") {
            let pem = crate::regular_file::read(std::path::Path::new(path), LONGEST_ROOTS)
                .map_err(|error| SecretsError::Setting(format!("VAULT_CACERT, {path}: {error}")))?;
            vault = vault.roots_pem(&pem)?;
        }
        match get("VAULT_NAMESPACE") {
            Some(namespace) => vault.namespace(namespace),
            None => Ok(vault),
        }
    }

    /// Logs in at the Kubernetes auth method that is mounted here (`kubernetes` unless this is called),
    /// with the service account token in this file.
    #[must_use]
    pub fn kubernetes_mount(mut self, mount: &str, token_file: Option<PathBuf>) -> Self {
        self.session.kubernetes_mount(mount, token_file);
        self
    }

    /// Uses this namespace.
    ///
    /// # Errors
    ///
    /// The name has characters other than visible ASCII.
    pub fn namespace(mut self, namespace: &str) -> Result<Self, SecretsError> {
        let value = HeaderValue::from_str(namespace).map_err(|_| {
            let what = "VAULT_NAMESPACE: it has other than visible ASCII characters";
            SecretsError::Setting(what.to_owned())
        })?;
        self.namespace = Some(value);
        Ok(self)
    }

    /// Trusts these certificate authorities (PEM), and no others.
    ///
    /// # Errors
    ///
    /// They are not certificates in PEM.
    pub fn roots_pem(mut self, pem: &[u8]) -> Result<Self, SecretsError> {
        self.client = Client::new(pem)
            .map_err(|error| SecretsError::Setting(format!("VAULT_CACERT: {error}")))?;
        Ok(self)
    }

    fn new(address: &str, login: Login) -> Result<Self, SecretsError> {
        Ok(Self {
            client: Client::new(&[])?,
            address: Endpoint::parse("VAULT_ADDR", address)?,
            namespace: None,
            session: Session::new(login),
        })
    }

    fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        self.address.join(["v1"].into_iter().chain(segments))
    }

    /// Sends a request with the header fields of every one.
    async fn ask(
        &self,
        request: reqwest::RequestBuilder,
        token: Option<&SecretString>,
    ) -> Result<Answer, SourceError> {
        let mut request = request.header(REQUEST, HeaderValue::from_static("true"));
        if let Some(namespace) = &self.namespace {
            request = request.header(NAMESPACE, namespace.clone());
        }
        if let Some(token) = token {
            request = request.header(TOKEN, login::header(token)?);
        }
        let answer = send(request).await?;
        answer::or_unavailable(answer)
    }

    async fn read(&self, address: &SecretAddress) -> Result<Secret, SourceError> {
        let wanted = Wanted::of(address)?;
        let token = self.session.token(self).await?;
        let mut answer = self.get(&wanted, &token.value).await?;
        let mut remaining = token.remaining;
        if answer.status == 403 && self.session.can_log_in_again() {
            // Revoked, perhaps: a token that was refused is not used again.
            self.session.forget(&token.value).await;
            let token = self.session.token(self).await?;
            remaining = token.remaining;
            answer = self.get(&wanted, &token.value).await?;
        }
        let version = answer::version(&answer, &wanted.path)?;
        let value = member(&answer.body, &["data", "data", &wanted.field])?;
        let value = value.ok_or_else(|| {
            SourceError::not_found(format!("the secret has no field `{}`", wanted.field))
        })?;
        let secret = Secret::new(value).version(&version.to_string());
        // A token that ends before the next refresh could not be renewed by it.
        Ok(remaining.map_or(secret.clone(), |remaining| secret.lease(remaining)))
    }

    async fn get(&self, wanted: &Wanted, token: &SecretString) -> Result<Answer, SourceError> {
        let mut url = self.url(wanted.path.split('/'));
        if let Some(version) = wanted.version {
            url.query_pairs_mut().append_pair("version", &version.to_string());
        }
        self.ask(self.client.get(url), Some(token)).await
    }
}

/// The request of an address.
struct Wanted {
    path: String,
    version: Option<u64>,
    field: String,
}

impl Wanted {
    fn of(address: &SecretAddress) -> Result<Self, SourceError> {
        let fault = |what: String| Err(SourceError::new(SourceErrorKind::Setting, what));
        if let Some(name) = address.unknown_parameter(&["version"]) {
            return fault(format!(
                "Vault has no parameter `{name}`: leave it out, or write version"
            ));
        }
        let version = match address.parameter("version").map(str::parse::<u64>) {
            None => None,
            // The newest one is 0 for Vault, which says it by no parameter here.
            Some(Ok(number)) if number > 0 => Some(number),
            Some(_) => return fault("the version is a number from 1".to_owned()),
        };
        let path = address.path();
        let is_kv2 = path.split('/').skip(1).any(|segment| segment == "data")
            && !path.ends_with("/data")
            && !path.starts_with('/');
        if !is_kv2 {
            return fault(
                "the path is not one of KV version 2: write MOUNT/data/PATH, as policies do"
                    .to_owned(),
            );
        }
        let Some(field) = address.field() else {
            return fault("a secret of Vault has fields: write the one behind `#`".to_owned());
        };
        Ok(Self { path: path.to_owned(), version, field: field.to_owned() })
    }
}

impl Source for VaultSource {
    fn describe(&self) -> String {
        format!("Vault at {}", self.address)
    }

    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
        Box::pin(self.read(address))
    }
}

/// Leaves out the token.
impl fmt::Debug for VaultSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultSource")
            .field("address", &self.address)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// The text of a token as a value of a header field, marked as sensitive.
fn sensitive(text: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text.expose_secret().trim()).ok()?;
    value.set_sensitive(true);
    (!value.is_empty()).then_some(value)
}
