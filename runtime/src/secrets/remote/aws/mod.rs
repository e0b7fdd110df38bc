//! AWS Secrets Manager.

mod credentials;
mod sts;

use std::{fmt, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    client::{Answer, Client, send},
    endpoint::Endpoint,
    token::{Cached, Lent},
};
use crate::secrets::{
    Environment, Secret, SecretAddress, SecretsError, Source, SourceError, SourceErrorKind,
    SourceFuture, local::chosen, member::member,
};
use credentials::Provider;

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const TARGET: &str = "secretsmanager.GetSecretValue";

/// AWS Secrets Manager, for addresses `aws:NAME[?stage=STAGE][#FIELD]`: the name or the ARN of a secret,
/// its staging label or `version=ID`, and a member of a secret that is a JSON object.
///
/// Credentials are looked for in the order of the vendor's own libraries:
///
/// 1. `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN`;
/// 2. `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`: IAM roles for service accounts;
/// 3. `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `.._FULL_URI`: ECS, and EKS pod identity;
/// 4. the instance's metadata service in its second version (`IMDSv2`).
///
/// The region is that of an ARN, else `AWS_REGION` or `AWS_DEFAULT_REGION`. Requests are signed by the
/// vendor's crate `aws-sigv4`. Credentials that were fetched are used for four minutes, and then fetched
/// again; those that are refused are fetched again at once.
///
/// ```
/// use palisade::secrets::{AwsSource, Secrets};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secrets = Secrets::builder().source("aws", AwsSource::from_environment()?)?.build()?;
/// # if false {
/// let password = secrets.fetch_blocking("the password", "aws:shop/production#db_password")?;
/// # let _ = password;
/// # }
/// # Ok(())
/// # }
/// ```
pub struct AwsSource {
    client: Client,
    region: Option<Box<str>>,
    endpoint: Option<Endpoint>,
    provider: Provider,
    credentials: Cached<Credentials>,
}

impl AwsSource {
    /// The source that the environment of the process configures.
    ///
    /// # Errors
    ///
    /// An invalid variable.
    pub fn from_environment() -> Result<Self, SecretsError> {
        Self::of(&Environment::of_process())
    }

    pub(in crate::secrets) fn of(environment: &Environment) -> Result<Self, SecretsError> {
        let region = environment.get("AWS_REGION").or(environment.get("AWS_DEFAULT_REGION"));
        if let Some(region) = region
            && !is_region(region)
        {
            return Err(SecretsError::Setting(format!(
                "AWS_REGION is {region:?}: write a region like eu-central-1"
            )));
        }
        let mut endpoint = None;
        for name in ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"] {
            if let (None, Some(url)) = (&endpoint, environment.get(name)) {
                endpoint = Some(Endpoint::parse(name, url)?);
            }
        }
        Ok(Self {
            client: Client::new(&[])?,
            region: region.map(Box::from),
            endpoint,
            provider: Provider::of(environment)?,
            credentials: Cached::new(),
        })
    }

    /// Uses this region for secrets that are named without an ARN.
    ///
    /// # Errors
    ///
    /// An invalid name of a region.
    pub fn region(mut self, region: &str) -> Result<Self, SecretsError> {
        if !is_region(region) {
            return Err(SecretsError::Setting(format!(
                "{region:?} is not a region like eu-central-1"
            )));
        }
        self.region = Some(Box::from(region));
        Ok(self)
    }

    /// Uses this address instead of the region's own: a VPC endpoint, or an emulator on this
    /// machine.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn endpoint(mut self, url: &str) -> Result<Self, SecretsError> {
        self.endpoint = Some(Endpoint::parse("the endpoint of AWS", url)?);
        Ok(self)
    }

    /// Signs with these credentials.
    #[must_use]
    pub fn access_key(mut self, id: &str, secret: &secrecy::SecretString) -> Self {
        self.provider = Provider::fixed(id, secret, None);
        self
    }

    /// Takes the instance's credentials from a metadata service at this address of this machine:
    /// for emulators.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn instance_metadata(mut self, url: &str) -> Result<Self, SecretsError> {
        self.provider = Provider::Instance(Endpoint::parse("the metadata service of AWS", url)?);
        Ok(self)
    }

    /// Takes the credentials of this role from the security token service at this address, for the
    /// web identity token in this file.
    ///
    /// # Errors
    ///
    /// Not an https URL (http for this machine alone).
    pub fn web_identity(
        mut self,
        sts: &str,
        role_arn: &str,
        token_file: impl Into<std::path::PathBuf>,
    ) -> Result<Self, SecretsError> {
        let sts = Endpoint::parse("the endpoint of the security token service", sts)?;
        self.provider = Provider::web_identity(sts, role_arn, token_file.into());
        Ok(self)
    }

    async fn read(&self, address: &SecretAddress) -> Result<Secret, SourceError> {
        let wanted = Wanted::of(address)?;
        let region = self.region_of(&wanted)?;
        let credentials = self.credentials(region).await?;
        let mut answer = self.get(&wanted, region, &credentials.value).await?;
        if is_of_credentials(&kind(&answer)) && self.provider.can_be_renewed() {
            self.credentials.forget(&credentials).await;
            let credentials = self.credentials(region).await?;
            answer = self.get(&wanted, region, &credentials.value).await?;
        }
        taken(&answer, &wanted, address.field())
    }

    fn region_of<'a>(&'a self, wanted: &'a Wanted<'_>) -> Result<&'a str, SourceError> {
        wanted.region().or(self.region.as_deref()).ok_or_else(|| {
            SourceError::setting("no region: set AWS_REGION, or name the secret by its ARN")
        })
    }

    async fn credentials(&self, region: &str) -> Result<Lent<Credentials>, SourceError> {
        self.credentials.get(self.provider.fetch(&self.client, region)).await
    }

    async fn get(
        &self,
        wanted: &Wanted<'_>,
        region: &str,
        credentials: &Credentials,
    ) -> Result<Answer, SourceError> {
        let url = match &self.endpoint {
            Some(endpoint) => endpoint.url().clone(),
            None => service_url("secretsmanager", region)?,
        };
        let body = serde_json::to_string(wanted)
            .map_err(|_| SourceError::setting("the address cannot be written as JSON"))?;
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", TARGET)];
        let request = signed(credentials, region, &url, &headers, &body)?;
        let mut post = self.client.post(url).body(body);
        for (name, value) in headers {
            post = post.header(name, value);
        }
        for (name, value) in request {
            post = post.header(name, value);
        }
        send(post).await?.or_unavailable("AWS")
    }
}

/// The header fields of a signature of version 4.
fn signed(
    credentials: &Credentials,
    region: &str,
    url: &Url,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Vec<(String, String)>, SourceError> {
    let fault = || SourceError::setting("the request cannot be signed");
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("secretsmanager")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| fault())?
        .into();
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", url.as_str(), headers.iter().copied(), body);
    let signed = sign(request.map_err(|_| fault())?, &parameters).map_err(|_| fault())?;
    let (instructions, _signature) = signed.into_parts();
    let headers = instructions.headers();
    Ok(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The public address of a service in a region; China has a domain of its own.
fn service_url(service: &str, region: &str) -> Result<Url, SourceError> {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Url::parse(&format!("https://{service}.{region}.{domain}/"))
        .map_err(|_| SourceError::setting("the region is not the name of one"))
}

/// Validates a part of the host of a request: no other characters are allowed in it.
fn is_region(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (4..=32).contains(&text.len())
        && text.bytes().all(plain)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
}

/// The request, as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(address: &'a SecretAddress) -> Result<Self, SourceError> {
        if let Some(name) = address.unknown_parameter(&["stage", "version"]) {
            return Err(SourceError::setting(format!(
                "AWS has no parameter `{name}`: leave it out, or write stage or version"
            )));
        }
        let wanted = Self {
            secret_id: address.path(),
            version_stage: address.parameter("stage"),
            version_id: address.parameter("version"),
        };
        if wanted.secret_id.starts_with("arn:") && wanted.region().is_none() {
            return Err(SourceError::setting(
                "the ARN is not one of Secrets Manager: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME",
            ));
        }
        Ok(wanted)
    }

    /// The region of an ARN.
    fn region(&self) -> Option<&'a str> {
        let mut parts = self.secret_id.strip_prefix("arn:")?.split(':').skip(1);
        let (service, region) = (parts.next()?, parts.next()?);
        (service == "secretsmanager" && is_region(region)).then_some(region)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    version_id: String,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "__type")]
    kind: String,
}

/// The name of the error in an answer, without its namespace; empty if there is none.
fn kind(answer: &Answer) -> String {
    if answer.status == 200 {
        return String::new();
    }
    let header = answer.headers.get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
    let kind = match serde_json::from_slice::<Refused>(&answer.body) {
        Ok(refused) => refused.kind,
        Err(_) => header.unwrap_or_default().to_owned(),
    };
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let kind = kind.split(':').next().unwrap_or_default();
    // It goes into the log.
    kind.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}

fn is_of_credentials(kind: &str) -> bool {
    matches!(
        kind,
        "ExpiredTokenException"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "IncompleteSignature"
    )
}

fn taken(answer: &Answer, wanted: &Wanted<'_>, field: Option<&str>) -> Result<Secret, SourceError> {
    let status = answer.status.as_u16();
    if status != 200 {
        return Err(refusal(status, &kind(answer), wanted.secret_id));
    }
    let answered = serde_json::from_slice::<Answered>(&answer.body)
        .map_err(|_| SourceError::malformed("the answer is not that of GetSecretValue"))?;
    let Some(text) = member(&answer.body, &["SecretString"])? else {
        return Err(SourceError::malformed("the secret is binary: store a text, or a JSON object"));
    };
    let bytes = secrecy::ExposeSecret::expose_secret(&text).as_bytes().to_vec();
    Ok(chosen(bytes.into(), field)?.version(&answered.version_id))
}

fn refusal(status: u16, kind: &str, name: &str) -> SourceError {
    match kind {
        "ResourceNotFoundException" => {
            SourceError::not_found(format!("there is no secret or version `{name}` ({kind})"))
        }
        "InvalidRequestException" => SourceError::not_found(format!(
            "the secret `{name}` is marked for deletion, or has no value ({kind})"
        )),
        "AccessDeniedException" | "DecryptionFailure" => SourceError::denied(format!(
            "the credentials may not read `{name}` ({kind}): permit secretsmanager:GetSecretValue, and \
             kms:Decrypt for a key of your own"
        )),
        "InvalidSignatureException" => SourceError::denied(format!(
            "the signature is not accepted ({kind}): the secret access key is wrong, or the clock of this \
             machine"
        )),
        kind if is_of_credentials(kind) => {
            SourceError::denied(format!("the credentials are not accepted ({kind})"))
        }
        "ThrottlingException" | "InternalServiceError" => {
            SourceError::unavailable(format!("AWS cannot answer now ({kind})"))
        }
        "" if matches!(status, 401 | 403) => SourceError::denied(format!(
            "AWS refuses the request ({status}): check the credentials, the clock of this machine, and the \
             permission secretsmanager:GetSecretValue"
        )),
        "" => SourceError::malformed(format!("AWS answered {status} without the name of an error")),
        _ => {
            SourceError::new(SourceErrorKind::Malformed, format!("AWS answered {status} ({kind})"))
        }
    }
}

impl Source for AwsSource {
    fn describe(&self) -> String {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => format!("AWS Secrets Manager at {endpoint}"),
            (None, Some(region)) => format!("AWS Secrets Manager in {region}"),
            (None, None) => "AWS Secrets Manager".to_owned(),
        }
    }

    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
        Box::pin(self.read(address))
    }
}

/// Leaves out the credentials.
impl fmt::Debug for AwsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSource")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("credentials", &self.provider)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, is_region};

    #[test]
    fn a_region_makes_no_other_host() {
        assert!(is_region("eu-central-1") && is_region("us-gov-west-1"));
        for bad in ["", "eu", "EU-central-1", "a.example/", "eu-central-1.evil", "-eu-1", "eu-1-"] {
            assert!(!is_region(bad), "{bad}");
        }
    }

    #[test]
    fn an_arn_brings_its_region() {
        let region = |text: &str| {
            let address = format!("aws:{text}").parse().unwrap();
            Wanted::of(&address).map(|wanted| wanted.region().map(str::to_owned)).ok()
        };
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf";
        assert_eq!(region(arn), Some(Some("eu-west-1".to_owned())));
        assert_eq!(region("shop/production"), Some(None));
        assert_eq!(region("arn:aws:s3:eu-west-1:1:secret:shop"), None);
        assert_eq!(region("arn:aws:secretsmanager:evil.example/:1:secret:shop"), None);
    }
}
