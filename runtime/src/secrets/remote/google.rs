//! Google Secret Manager.

use std::{
    fmt,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Url, header::HeaderValue};
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

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

const SERVICE: &str = "https://secretmanager.googleapis.com/";
/// `metadata.google.internal`, by its address: another machine could answer for the name.
const METADATA: &str = "http://169.254.169.254/";

/// How long a token of a service account's own key is valid; Google accepts an hour at most.
const SELF_SIGNED: Duration = Duration::from_secs(3_600);
/// A token is not used in its last minutes.
const MARGIN: Duration = Duration::from_secs(300);

const LONGEST_KEY: u64 = 64 << 10;

/// Google Secret Manager, for addresses `google:projects/PROJECT/secrets/NAME[/versions/VERSION][#FIELD]`:
/// the newest version unless one is named, and a member of a secret that is a JSON object.
/// `projects/PROJECT/locations/LOCATION/secrets/..` is a regional secret.
///
/// The service authenticates with the key of a service account in the file of
/// `GOOGLE_APPLICATION_CREDENTIALS`, else with the metadata service: the account of the machine, or
/// of the pod with Workload Identity. The CRC-32C checksum of each answer is verified.
///
/// ```
/// use palisade::secrets::{GoogleSource, Secrets};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secrets = Secrets::builder().source("google", GoogleSource::from_environment()?)?.build()?;
/// # if false {
/// let key = secrets.fetch_blocking("the form key", "google:projects/shop/secrets/form-key")?;
/// # let _ = key;
/// # }
/// # Ok(())
/// # }
/// ```
pub struct GoogleSource {
    client: Client,
    endpoint: Option<Endpoint>,
    identity: Identity,
    token: Cached<SecretString>,
}

enum Identity {
    Metadata(Endpoint),
    Account(Box<Account>),
}

struct Account {
    email: String,
    key_id: Option<String>,
    key: EncodingKey,
}

#[derive(Deserialize)]
struct AccountFile {
    #[serde(rename = "type")]
    kind: String,
    client_email: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<SecretString>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
struct Granted {
    expires_in: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    name: String,
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    /// Numbers of 64 bits are strings in Google's JSON.
    data_crc32c: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: Status,
}

#[derive(Deserialize)]
struct Status {
    status: String,
}

impl GoogleSource {
    /// The source that the environment of the process configures.
    ///
    /// # Errors
    ///
    /// `GOOGLE_APPLICATION_CREDENTIALS` names a file that is not the key of a service account.
    pub fn from_environment() -> Result<Self, SecretsError> {
        Self::of(&Environment::of_process())
    }

    pub(in crate::secrets) fn of(environment: &Environment) -> Result<Self, SecretsError> {
        let source = Self {
            client: Client::new(&[])?,
            endpoint: None,
            identity: Identity::Metadata(Endpoint::known(METADATA)?),
            token: Cached::new(),
        };
        match environment.get("GOOGLE_APPLICATION_CREDENTIALS") {
            Some(path) => source.service_account(path),
            None => Ok(source),
        }
    }

    /// Uses this address instead of the service's own: a private one, or an emulator on this
    /// machine.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn endpoint(mut self, url: &str) -> Result<Self, SecretsError> {
        self.endpoint = Some(Endpoint::parse("the endpoint of Google", url)?);
        Ok(self)
    }

    /// Takes tokens from a metadata service at this address: for emulators.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn metadata(mut self, url: &str) -> Result<Self, SecretsError> {
        let endpoint = Endpoint::parse("the metadata service of Google", url)?;
        self.identity = Identity::Metadata(endpoint);
        Ok(self)
    }

    /// Signs with the key of a service account, a file of JSON.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not such a key. Other kinds of credentials are not supported.
    pub fn service_account(mut self, path: impl AsRef<Path>) -> Result<Self, SecretsError> {
        self.identity = Identity::Account(Box::new(Account::read(path.as_ref())?));
        Ok(self)
    }

    async fn read(&self, address: &SecretAddress) -> Result<Secret, SourceError> {
        let wanted = Wanted::of(address)?;
        let url = self.url(&wanted)?;
        let fetch = || self.identity.token(&self.client);
        let answer = self.token.send_authorized(fetch, || self.client.get(url.clone())).await?;
        taken(&answer.or_unavailable("Google")?, address)
    }

    fn url(&self, wanted: &Wanted<'_>) -> Result<Url, SourceError> {
        // The verb belongs to the last segment: `versions/latest:access`.
        let last = format!("{}:access", wanted.version);
        let segments = ["v1"].into_iter().chain(wanted.secret.iter().copied());
        let segments = segments.chain(["versions", &last]);
        Ok(match &self.endpoint {
            Some(endpoint) => endpoint.join(segments),
            None => wanted.service()?.join(segments),
        })
    }
}

/// The parts of a secret's name.
struct Wanted<'a> {
    secret: Vec<&'a str>,
    location: Option<&'a str>,
    version: &'a str,
}

impl<'a> Wanted<'a> {
    fn of(address: &'a SecretAddress) -> Result<Self, SourceError> {
        if let Some(name) = address.unknown_parameter(&[]) {
            return Err(SourceError::setting(format!(
                "Google has no parameter `{name}`: write the version as /versions/VERSION"
            )));
        }
        let segments: Vec<&str> = address.path().split('/').collect();
        let (secret, version) = match segments.as_slice() {
            [secret @ .., "versions", version] => (secret, *version),
            secret => (secret, "latest"),
        };
        let location = match secret {
            ["projects", _, "secrets", _] => None,
            ["projects", _, "locations", location, "secrets", _] if is_name(location) => {
                Some(*location)
            }
            _ => {
                return Err(SourceError::setting(
                    "the path is not projects/PROJECT/secrets/NAME, nor that with /versions/VERSION",
                ));
            }
        };
        Ok(Self { secret: secret.to_vec(), location, version })
    }

    /// A regional secret is at an address of its region.
    fn service(&self) -> Result<Endpoint, SourceError> {
        let known = match self.location {
            Some(location) => {
                Endpoint::known(&format!("https://secretmanager.{location}.rep.googleapis.com/"))
            }
            None => Endpoint::known(SERVICE),
        };
        known.map_err(|error| SourceError::setting(error.to_string()))
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(plain)
}

impl Identity {
    /// An access token, and how long it may be used.
    async fn token(&self, client: &Client) -> Result<(SecretString, Duration), SourceError> {
        match self {
            Self::Account(account) => account.token(),
            Self::Metadata(endpoint) => of_metadata(client, endpoint).await,
        }
    }
}

async fn of_metadata(
    client: &Client,
    endpoint: &Endpoint,
) -> Result<(SecretString, Duration), SourceError> {
    let what = "the metadata service of Google";
    let path = ["computeMetadata", "v1", "instance", "service-accounts", "default", "token"];
    let request = client.get(endpoint.join(path)).header("metadata-flavor", "Google");
    let answer = send(request).await?.or_unavailable(what)?;
    let flavor = answer.headers.get("metadata-flavor").map(HeaderValue::as_bytes);
    if flavor != Some(b"Google") {
        return Err(SourceError::malformed(format!("{what} does not answer as one")));
    }
    let granted = serde_json::from_slice::<Granted>(&answer.body);
    match (granted, member(&answer.body, &["access_token"])?) {
        (Ok(Granted { expires_in }), Some(token)) if answer.status == 200 => {
            Ok((token, Duration::from_secs(expires_in).saturating_sub(MARGIN)))
        }
        _ => Err(SourceError::denied(format!(
            "{what} gives no token ({}): the machine or the pod has no service account",
            answer.status.as_u16()
        ))),
    }
}

impl Account {
    fn read(path: &Path) -> Result<Self, SecretsError> {
        let fault = |what: &dyn fmt::Display| {
            SecretsError::Setting(format!(
                "GOOGLE_APPLICATION_CREDENTIALS, {}: {what}",
                path.display()
            ))
        };
        let bytes = regular_file::read(path, LONGEST_KEY).map_err(|error| fault(&error))?;
        let file = serde_json::from_slice::<AccountFile>(&bytes)
            .map_err(|_| fault(&"it is not the key of a service account (JSON)"))?;
        let (Some(email), Some(key), "service_account") =
            (file.client_email, file.private_key, &*file.kind)
        else {
            return Err(fault(&"it is not the key of a service account: its type is another one"));
        };
        let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes())
            .map_err(|_| fault(&"its private key is not RSA in PEM"))?;
        Ok(Self { email, key_id: file.private_key_id, key })
    }

    /// A token that the account signs itself, which Google accepts instead of an issued one
    /// (<https://google.aip.dev/auth/4111>).
    fn token(&self) -> Result<(SecretString, Duration), SourceError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims {
            iss: &self.email,
            sub: &self.email,
            aud: SERVICE,
            iat: now,
            exp: now + SELF_SIGNED.as_secs(),
        };
        let header = Header { kid: self.key_id.clone(), ..Header::new(Algorithm::RS256) };
        let token = jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|_| SourceError::setting("the key of the service account cannot sign"))?;
        Ok((SecretString::from(token), SELF_SIGNED.saturating_sub(MARGIN)))
    }
}

fn taken(answer: &Answer, address: &SecretAddress) -> Result<Secret, SourceError> {
    let status = answer.status.as_u16();
    if status != 200 {
        return Err(refusal(answer, address.path()));
    }
    let fault = |what: &str| SourceError::malformed(format!("the answer {what}"));
    let answered = serde_json::from_slice::<Answered>(&answer.body)
        .map_err(|_| fault("is not that of versions.access"))?;
    let data = member(&answer.body, &["payload", "data"])?.ok_or_else(|| fault("has no data"))?;
    let bytes = Zeroizing::new(
        STANDARD.decode(data.expose_secret()).map_err(|_| fault("is not in base64"))?,
    );
    let stated = answered.payload.data_crc32c.and_then(|text| text.parse::<u32>().ok());
    match stated {
        Some(sum) if sum == crc32c::crc32c(&bytes) => {}
        Some(_) => return Err(fault("does not match its checksum (CRC-32C)")),
        None => return Err(fault("has no checksum (CRC-32C)")),
    }
    let version = answered.name.rsplit('/').next().unwrap_or_default();
    Ok(chosen(bytes, address.field())?.version(version))
}

fn refusal(answer: &Answer, name: &str) -> SourceError {
    let status = answer.status.as_u16();
    let said = serde_json::from_slice::<Refused>(&answer.body).map(|refused| refused.error.status);
    match (status, said.as_deref()) {
        (404, _) => SourceError::not_found(format!("there is no secret or version {name} (404)")),
        (400, Ok("FAILED_PRECONDITION")) => SourceError::not_found(format!(
            "the version of {name} is disabled or destroyed (FAILED_PRECONDITION)"
        )),
        (401, _) => SourceError::denied("the access token is not accepted (401)"),
        (403, _) => SourceError::denied(format!(
            "the service account may not read {name} (403): give it the role \
             roles/secretmanager.secretAccessor"
        )),
        _ => SourceError::malformed(format!("Google answered {status}")),
    }
}

impl Source for GoogleSource {
    fn describe(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("Google Secret Manager at {endpoint}"),
            None => "Google Secret Manager".to_owned(),
        }
    }

    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
        Box::pin(self.read(address))
    }
}

/// Leaves out keys and tokens.
impl fmt::Debug for GoogleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleSource").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
