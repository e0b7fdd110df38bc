//! Azure Key Vault.

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

use reqwest::{RequestBuilder, Url, header::HeaderValue};
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};
use serde::Deserialize;

use super::{
    client::{Answer, Client, send},
    endpoint::Endpoint,
    token::Cached,
};
use crate::{
    regular_file,
    secrets::{
        Environment, Secret, SecretAddress, SecretsError, Source, SourceError, SourceFuture,
        local::chosen, member::member,
    },
};

const API_VERSION: &str = "7.4";
/// The metadata service of a virtual machine.
const METADATA: &str = "http://169.254.169.254/";
const AUTHORITY: &str = "https://login.microsoftonline.com/";

/// The hosts of vaults: the public cloud, and those of China and of the United States' government.
/// A token is sent to no other host.
const DOMAINS: [&str; 3] = ["vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net"];

/// A token is not used in its last minutes.
const MARGIN: Duration = Duration::from_secs(300);
const LONGEST_TOKEN: u64 = 64 << 10;

/// Azure Key Vault, for addresses `azure:VAULT/NAME[/VERSION][#FIELD]`: the name of the vault, or
/// its host if it is not in the public cloud (`shop.vault.azure.cn`); the newest version unless one
/// is named, and a member of a secret that is a JSON object.
///
/// The service authenticates with the first of these:
///
/// 1. workload identity: `AZURE_FEDERATED_TOKEN_FILE`, `AZURE_TENANT_ID` and `AZURE_CLIENT_ID`;
/// 2. the managed identity of App Service and of Container Apps: `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`;
/// 3. the managed identity of the machine, by its metadata service. `AZURE_CLIENT_ID` picks one of several.
///
/// ```
/// use palisade::secrets::{AzureSource, Secrets};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secrets = Secrets::builder().source("azure", AzureSource::from_environment()?)?.build()?;
/// # if false {
/// let key = secrets.fetch_blocking("the form key", "azure:shop/form-key")?;
/// # let _ = key;
/// # }
/// # Ok(())
/// # }
/// ```
pub struct AzureSource {
    client: Client,
    endpoint: Option<Endpoint>,
    identity: Identity,
    /// One for each cloud, of which a service uses one.
    token: Cached<SecretString>,
}

enum Identity {
    Workload { authority: Endpoint, tenant: Box<str>, client: Box<str>, token_file: PathBuf },
    Platform { endpoint: Endpoint, header: SecretString, client: Option<Box<str>> },
    Machine { endpoint: Endpoint, client: Option<Box<str>> },
}

#[derive(Deserialize)]
struct Granted {
    /// A number for workload identity, and a string for the metadata service.
    expires_in: serde_json::Value,
}

#[derive(Deserialize)]
struct Answered {
    id: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
struct Attributes {
    enabled: Option<bool>,
}

#[derive(Deserialize)]
struct Refused {
    error: RefusedFor,
}

#[derive(Deserialize)]
struct RefusedFor {
    code: String,
    innererror: Option<Box<RefusedFor>>,
}

impl AzureSource {
    /// The source that the environment of the process configures.
    ///
    /// # Errors
    ///
    /// An invalid variable, or one without the others that it needs.
    pub fn from_environment() -> Result<Self, SecretsError> {
        Self::of(&Environment::of_process())
    }

    pub(in crate::secrets) fn of(environment: &Environment) -> Result<Self, SecretsError> {
        Ok(Self {
            client: Client::new(&[])?,
            endpoint: None,
            identity: Identity::of(environment)?,
            token: Cached::new(),
        })
    }

    /// Uses this address for every vault: an emulator on this machine.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn endpoint(mut self, url: &str) -> Result<Self, SecretsError> {
        self.endpoint = Some(Endpoint::parse("the endpoint of Azure", url)?);
        Ok(self)
    }

    /// Takes tokens from the metadata service at this address: for emulators.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn metadata(mut self, url: &str) -> Result<Self, SecretsError> {
        let endpoint = Endpoint::parse("the metadata service of Azure", url)?;
        self.identity = Identity::Machine { endpoint, client: None };
        Ok(self)
    }

    /// Takes tokens for a workload identity: from this authority, for the token in this file.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn workload_identity(
        mut self,
        authority: &str,
        tenant: &str,
        client: &str,
        token_file: impl Into<PathBuf>,
    ) -> Result<Self, SecretsError> {
        self.identity = Identity::Workload {
            authority: Endpoint::parse("AZURE_AUTHORITY_HOST", authority)?,
            tenant: Box::from(tenant),
            client: Box::from(client),
            token_file: token_file.into(),
        };
        Ok(self)
    }

    async fn read(&self, address: &SecretAddress) -> Result<Secret, SourceError> {
        let wanted = Wanted::of(address)?;
        let url = self.url(&wanted)?;
        let resource = format!("https://{}", wanted.domain);
        let fetch = || self.identity.token(&self.client, &resource);
        let answer = self.token.send_authorized(fetch, || self.client.get(url.clone())).await?;
        taken(&answer.or_unavailable("Azure")?, address)
    }

    fn url(&self, wanted: &Wanted<'_>) -> Result<Url, SourceError> {
        let segments = ["secrets", wanted.name].into_iter().chain(wanted.version);
        let mut url = match &self.endpoint {
            Some(endpoint) => endpoint.join(segments),
            None => Endpoint::known(&format!("https://{}/", wanted.host))
                .map_err(|error| SourceError::setting(error.to_string()))?
                .join(segments),
        };
        url.query_pairs_mut().append_pair("api-version", API_VERSION);
        Ok(url)
    }
}

/// The parts of an address.
#[derive(Debug)]
struct Wanted<'a> {
    host: String,
    domain: &'static str,
    name: &'a str,
    version: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(address: &'a SecretAddress) -> Result<Self, SourceError> {
        if let Some(name) = address.unknown_parameter(&[]) {
            return Err(SourceError::setting(format!(
                "Azure has no parameter `{name}`: write the version as VAULT/NAME/VERSION"
            )));
        }
        let segments: Vec<&str> = address.path().split('/').collect();
        let (vault, name, version) = match segments.as_slice() {
            [vault, name] => (*vault, *name, None),
            [vault, name, version] => (*vault, *name, Some(*version)),
            _ => {
                return Err(SourceError::setting(
                    "the path is not VAULT/NAME, nor VAULT/NAME/VERSION",
                ));
            }
        };
        let (vault, domain) = match vault.split_once('.') {
            None => (vault, Some(DOMAINS[0])),
            Some((vault, domain)) => (vault, DOMAINS.into_iter().find(|known| *known == domain)),
        };
        match domain {
            Some(domain) if is_vault(vault) => {
                Ok(Self { host: format!("{vault}.{domain}"), domain, name, version })
            }
            _ => Err(SourceError::setting(format!(
                "the vault is not a name of letters, digits and `-`, nor one in {}",
                DOMAINS.join(", ")
            ))),
        }
    }
}

/// Validates a part of the host of a request: no other characters are allowed in it.
fn is_vault(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (3..=24).contains(&text.len()) && text.bytes().all(plain)
}

impl Identity {
    fn of(environment: &Environment) -> Result<Self, SecretsError> {
        let get = |name| environment.get(name);
        let client = get("AZURE_CLIENT_ID").map(Box::from);
        if let Some(file) = get("AZURE_FEDERATED_TOKEN_FILE") {
            let (Some(client), Some(tenant)) = (client, get("AZURE_TENANT_ID")) else {
                return Err(SecretsError::Setting(
                    "AZURE_FEDERATED_TOKEN_FILE is set: AZURE_CLIENT_ID and AZURE_TENANT_ID go with it"
                        .to_owned(),
                ));
            };
            let authority = get("AZURE_AUTHORITY_HOST").unwrap_or(AUTHORITY);
            return Ok(Self::Workload {
                authority: Endpoint::parse("AZURE_AUTHORITY_HOST", authority)?,
                tenant: Box::from(tenant),
                client,
                token_file: PathBuf::from(file),
            });
        }
        if let (Some(endpoint), Some(header)) = (get("IDENTITY_ENDPOINT"), get("IDENTITY_HEADER")) {
            let endpoint = Endpoint::parse_where("IDENTITY_ENDPOINT", endpoint, is_link_local)?;
            return Ok(Self::Platform { endpoint, header: header.into(), client });
        }
        Ok(Self::Machine { endpoint: Endpoint::known(METADATA)?, client })
    }

    /// An access token for this resource, and how long it may be used.
    async fn token(
        &self,
        client: &Client,
        resource: &str,
    ) -> Result<(SecretString, Duration), SourceError> {
        let request = match self {
            Self::Workload { authority, tenant, client: id, token_file } => {
                workload(client, authority, tenant, id, token_file, resource)?
            }
            Self::Platform { endpoint, header, client: id } => {
                let url = managed(endpoint.url().clone(), resource, "2019-08-01", id.as_deref());
                let mut value = HeaderValue::from_str(header.expose_secret())
                    .map_err(|_| SourceError::setting("IDENTITY_HEADER cannot be sent"))?;
                value.set_sensitive(true);
                client.get(url).header("x-identity-header", value)
            }
            Self::Machine { endpoint, client: id } => {
                let url = endpoint.join(["metadata", "identity", "oauth2", "token"]);
                let url = managed(url, resource, "2018-02-01", id.as_deref());
                client.get(url).header("metadata", "true")
            }
        };
        let answer = send(request).await?.or_unavailable("the identity service of Azure")?;
        let granted = serde_json::from_slice::<Granted>(&answer.body);
        let seconds = granted.ok().and_then(|granted| match granted.expires_in {
            serde_json::Value::Number(number) => number.as_u64(),
            serde_json::Value::String(text) => text.parse().ok(),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        });
        match (seconds, member(&answer.body, &["access_token"])) {
            (Some(seconds), Ok(Some(token))) if answer.status == 200 => {
                Ok((token, Duration::from_secs(seconds).saturating_sub(MARGIN)))
            }
            _ => Err(SourceError::denied(format!(
                "the identity service of Azure gives no token ({}): the {self:?} has no identity, or not \
                 the one of AZURE_CLIENT_ID",
                answer.status.as_u16()
            ))),
        }
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.is_link_local())
}

fn managed(mut url: Url, resource: &str, version: &str, client: Option<&str>) -> Url {
    let mut query = url.query_pairs_mut();
    query.append_pair("api-version", version).append_pair("resource", resource);
    if let Some(client) = client {
        query.append_pair("client_id", client);
    }
    drop(query);
    url
}

fn workload(
    client: &Client,
    authority: &Endpoint,
    tenant: &str,
    id: &str,
    token_file: &std::path::Path,
    resource: &str,
) -> Result<RequestBuilder, SourceError> {
    let fault = |error: &dyn fmt::Display| {
        let path = token_file.display();
        SourceError::setting(format!("AZURE_FEDERATED_TOKEN_FILE, {path}: {error}"))
    };
    let bytes = regular_file::read(token_file, LONGEST_TOKEN).map_err(|error| fault(&error))?;
    let assertion = std::str::from_utf8(&bytes).map_err(|_| fault(&"it is not UTF-8"))?;
    let form = Zeroizing::new(
        form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", id)
            .append_pair("scope", &format!("{resource}/.default"))
            .append_pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .append_pair("client_assertion", assertion.trim())
            .finish(),
    );
    Ok(client
        .post(authority.join([tenant, "oauth2", "v2.0", "token"]))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.as_bytes().to_vec()))
}

fn taken(answer: &Answer, address: &SecretAddress) -> Result<Secret, SourceError> {
    if answer.status != 200 {
        return Err(refusal(answer, address.path()));
    }
    let answered = serde_json::from_slice::<Answered>(&answer.body)
        .map_err(|_| SourceError::malformed("the answer is not that of a secret"))?;
    if answered.attributes.enabled == Some(false) {
        return Err(SourceError::not_found("the version of the secret is disabled"));
    }
    let value = member(&answer.body, &["value"])?;
    let value = value.ok_or_else(|| SourceError::malformed("the answer has no value"))?;
    let version = answered.id.rsplit('/').next().unwrap_or_default();
    let bytes = value.expose_secret().as_bytes().to_vec();
    Ok(chosen(bytes.into(), address.field())?.version(version))
}

fn refusal(answer: &Answer, name: &str) -> SourceError {
    let status = answer.status.as_u16();
    let error = serde_json::from_slice::<Refused>(&answer.body).map(|refused| refused.error);
    let inner = error.ok().map(|error| error.innererror.map_or(error.code, |inner| inner.code));
    match (status, inner.as_deref()) {
        (403, Some("SecretDisabled")) => {
            SourceError::not_found(format!("the version of {name} is disabled (SecretDisabled)"))
        }
        (404, _) => SourceError::not_found(format!("there is no secret or version {name} (404)")),
        (401, _) => SourceError::denied("the access token is not accepted (401)"),
        (403, _) => SourceError::denied(format!(
            "the identity may not read {name} (403): give it the role Key Vault Secrets User, and its \
             network access to the vault"
        )),
        _ => SourceError::malformed(format!("Azure answered {status}")),
    }
}

impl Source for AzureSource {
    fn describe(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("Azure Key Vault at {endpoint}"),
            None => "Azure Key Vault".to_owned(),
        }
    }

    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
        Box::pin(self.read(address))
    }
}

/// The kind alone, without its tokens.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workload { .. } => "workload",
            Self::Platform { .. } => "app",
            Self::Machine { .. } => "machine",
        })
    }
}

/// Leaves out the tokens.
impl fmt::Debug for AzureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureSource")
            .field("endpoint", &self.endpoint)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn tokens_go_to_vaults_alone() {
        let host = |text: &str| {
            let address = format!("azure:{text}").parse().unwrap();
            Wanted::of(&address).map(|wanted| wanted.host).ok()
        };
        assert_eq!(host("shop/key").as_deref(), Some("shop.vault.azure.net"));
        assert_eq!(host("shop.vault.azure.cn/key/7").as_deref(), Some("shop.vault.azure.cn"));
        for bad in [
            "shop",
            "shop/key/7/8",
            "evil.example/key",
            "shop.vault.azure.net.evil.example/key",
            "a@evil/key",
            "ab/key",
        ] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }
}
