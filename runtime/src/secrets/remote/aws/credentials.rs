//! The sources of credentials for AWS.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    time::Duration,
};

use aws_credential_types::Credentials;
use reqwest::{Url, header::HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{service_url, sts};
use crate::{
    regular_file,
    secrets::{
        Environment, SecretsError, SourceError,
        remote::{
            client::{Client, send},
            endpoint::Endpoint,
        },
    },
};

/// The metadata service of an instance.
const INSTANCE: &str = "http://169.254.169.254/";
/// The agent of ECS, and the hosts that the vendor's libraries accept for the full address.
const CONTAINER: &str = "http://169.254.170.2/";
const CONTAINER_HOSTS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

/// How long fetched credentials are used. All services renew theirs at least five minutes before
/// they expire, and fetching them is a local request.
const USABLE: Duration = Duration::from_secs(240);
const FOREVER: Duration = Duration::from_secs(86_400);

/// The most bytes of a token file.
const LONGEST: u64 = 64 << 10;

/// The source of credentials.
pub(super) enum Provider {
    Fixed(Box<Credentials>),
    WebIdentity(WebIdentity),
    Container { url: Url, token: ContainerToken },
    Instance(Endpoint),
}

/// A role that is assumed with a token of the cluster.
pub(super) struct WebIdentity {
    /// That of the region by default.
    pub(super) sts: Option<Endpoint>,
    pub(super) role: Box<str>,
    pub(super) session: Box<str>,
    pub(super) token_file: PathBuf,
}

pub(super) enum ContainerToken {
    None,
    Text(SecretString),
    File(PathBuf),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    access_key_id: String,
    secret_access_key: SecretString,
    token: Option<SecretString>,
}

impl Provider {
    pub(super) fn of(environment: &Environment) -> Result<Self, SecretsError> {
        let get = |name| environment.get(name);
        let both = |a: &str, b: &str| {
            Err(SecretsError::Setting(format!("{a} is set, and {b} is not: they go together")))
        };
        match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                return Ok(Self::fixed(id, &secret.into(), get("AWS_SESSION_TOKEN")));
            }
            (Some(_), None) => return both("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            (None, Some(_)) => return both("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
            (None, None) => {}
        }
        match (get("AWS_ROLE_ARN"), get("AWS_WEB_IDENTITY_TOKEN_FILE")) {
            (Some(role), Some(file)) => {
                let sts = match get("AWS_ENDPOINT_URL_STS").or(get("AWS_ENDPOINT_URL")) {
                    Some(url) => Some(Endpoint::parse("AWS_ENDPOINT_URL_STS", url)?),
                    None => None,
                };
                let session = get("AWS_ROLE_SESSION_NAME").unwrap_or("palisade");
                return Ok(Self::WebIdentity(WebIdentity {
                    sts,
                    role: Box::from(role),
                    session: Box::from(session),
                    token_file: PathBuf::from(file),
                }));
            }
            // A role alone is a setting of other programs.
            (_, None) => {}
            (None, Some(_)) => return both("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
        }
        if let Some(url) = container_url(environment)? {
            let token = match (
                get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
                get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
            ) {
                (Some(path), _) => ContainerToken::File(PathBuf::from(path)),
                (None, Some(text)) => ContainerToken::Text(text.into()),
                (None, None) => ContainerToken::None,
            };
            return Ok(Self::Container { url, token });
        }
        Ok(Self::Instance(Endpoint::known(INSTANCE)?))
    }

    pub(super) fn fixed(id: &str, secret: &SecretString, session: Option<&str>) -> Self {
        Self::Fixed(Box::new(credentials(id, secret, session)))
    }

    pub(super) fn web_identity(sts: Endpoint, role: &str, token_file: PathBuf) -> Self {
        Self::WebIdentity(WebIdentity {
            sts: Some(sts),
            role: Box::from(role),
            session: Box::from("palisade"),
            token_file,
        })
    }

    pub(super) fn can_be_renewed(&self) -> bool {
        !matches!(self, Self::Fixed(_))
    }

    /// The credentials, and how long they may be used.
    pub(super) async fn fetch(
        &self,
        client: &Client,
        region: &str,
    ) -> Result<(Credentials, Duration), SourceError> {
        match self {
            Self::Fixed(credentials) => Ok(((**credentials).clone(), FOREVER)),
            Self::WebIdentity(identity) => {
                let url = match &identity.sts {
                    Some(endpoint) => endpoint.url().clone(),
                    None => service_url("sts", region)?,
                };
                let token = read(&identity.token_file)?;
                Ok((sts::assume(client, url, identity, &token).await?, USABLE))
            }
            Self::Container { url, token } => {
                let mut request = client.get(url.clone());
                if let Some(value) = token.value()? {
                    request = request.header("authorization", value);
                }
                let what = "the credentials of the container";
                let answer = send(request).await?.or_unavailable(what)?;
                Ok((answered(answer.status.as_u16(), &answer.body, what)?, USABLE))
            }
            Self::Instance(endpoint) => Ok((of_instance(client, endpoint).await?, USABLE)),
        }
    }
}

impl ContainerToken {
    fn value(&self) -> Result<Option<HeaderValue>, SourceError> {
        let text = match self {
            Self::None => return Ok(None),
            Self::Text(text) => text.clone(),
            Self::File(path) => read(path)?,
        };
        let mut value = HeaderValue::from_str(text.expose_secret()).map_err(|_| {
            SourceError::setting(
                "AWS_CONTAINER_AUTHORIZATION_TOKEN cannot be sent in a header field",
            )
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

fn container_url(environment: &Environment) -> Result<Option<Url>, SecretsError> {
    if let Some(path) = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        let base = Endpoint::known(CONTAINER)?;
        // Below the agent, whatever the text is: `//host` would lead elsewhere.
        let url = base.url().join(path).ok().filter(|url| url.origin() == base.url().origin());
        return url.map(Some).ok_or_else(|| {
            SecretsError::Setting(
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path like /v2/credentials/.."
                    .to_owned(),
            )
        });
    }
    let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let Some(url) = environment.get(name) else { return Ok(None) };
    // The check takes no query, which this address may have.
    let (bare, query) =
        url.split_once('?').map_or((url, None), |(bare, query)| (bare, Some(query)));
    let endpoint = Endpoint::parse_where(name, bare, |ip| CONTAINER_HOSTS.contains(&ip))?;
    let mut url = endpoint.url().clone();
    url.set_query(query);
    Ok(Some(url))
}

/// The second version of the metadata service: it requires a token first, which a request that is
/// forged by a server-side mistake elsewhere cannot get.
async fn of_instance(client: &Client, endpoint: &Endpoint) -> Result<Credentials, SourceError> {
    let what = "the metadata service of the instance";
    let url = endpoint.join(["latest", "api", "token"]);
    let request = client.put(url).header("x-aws-ec2-metadata-token-ttl-seconds", "300");
    let answer = send(request).await?.or_unavailable(what)?;
    let fault = || SourceError::malformed(format!("{what} gives no token"));
    if answer.status != 200 {
        return Err(fault());
    }
    let mut token = HeaderValue::from_bytes(&answer.body).map_err(|_| fault())?;
    token.set_sensitive(true);
    let roles = ["latest", "meta-data", "iam", "security-credentials"];
    let get = |url| client.get(url).header("x-aws-ec2-metadata-token", token.clone());
    let listed = send(get(endpoint.join(roles.into_iter().chain([""])))).await?;
    let listed = listed.or_unavailable(what)?;
    let role = std::str::from_utf8(&listed.body).ok().and_then(|text| text.lines().next());
    let Some(role) = role.map(str::trim).filter(|role| listed.status == 200 && !role.is_empty())
    else {
        return Err(SourceError::denied("the instance has no role: give it an instance profile"));
    };
    let answer = send(get(endpoint.join(roles.into_iter().chain([role])))).await?;
    let answer = answer.or_unavailable(what)?;
    answered(answer.status.as_u16(), &answer.body, what)
}

fn answered(status: u16, body: &[u8], what: &str) -> Result<Credentials, SourceError> {
    if status != 200 {
        return Err(SourceError::denied(format!("{what}: the answer is {status}, not 200")));
    }
    let Answered { access_key_id, secret_access_key, token } = serde_json::from_slice(body)
        .map_err(|_| SourceError::malformed(format!("{what}: the answer has no credentials")))?;
    let token = token.as_ref().map(secrecy::ExposeSecret::expose_secret);
    Ok(credentials(&access_key_id, &secret_access_key, token))
}

pub(super) fn credentials(id: &str, secret: &SecretString, session: Option<&str>) -> Credentials {
    let session = session.map(str::to_owned);
    Credentials::new(id, secret.expose_secret(), session, None, "palisade")
}

pub(super) fn read(path: &Path) -> Result<SecretString, SourceError> {
    let fault = |error: &dyn fmt::Display| {
        SourceError::setting(format!("the token file {}: {error}", path.display()))
    };
    let bytes = regular_file::read(path, LONGEST).map_err(|error| fault(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault(&"it is not UTF-8"))?;
    Ok(SecretString::from(text.trim()))
}

/// The kind alone, without its credentials.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "environment",
            Self::WebIdentity(_) => "web identity",
            Self::Container { .. } => "container",
            Self::Instance(_) => "instance",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Provider, container_url};

    fn provider(variables: &[(&str, &str)]) -> Result<String, String> {
        Provider::of(&Environment::of_pairs(variables))
            .map(|provider| format!("{provider:?}"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn credentials_are_looked_for_in_the_order_of_the_vendor() {
        let key = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hunter22")];
        let web =
            [("AWS_ROLE_ARN", "arn:aws:iam::1:role/a"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/t")];
        let ecs = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1")];
        let all = [&key[..], &web, &ecs].concat();
        assert_eq!(provider(&all).unwrap(), "environment");
        assert_eq!(provider(&[&web[..], &ecs].concat()).unwrap(), "web identity");
        assert_eq!(provider(&ecs).unwrap(), "container");
        assert_eq!(provider(&[]).unwrap(), "instance");
        for half in [&key[..1], &key[1..], &web[1..]] {
            let error = provider(half).unwrap_err();
            assert!(error.contains("go together") && !error.contains("hunter22"), "{error}");
        }
    }

    #[test]
    fn container_addresses_are_those_of_the_platform() {
        let url = |name: &str, value: &str| {
            let environment = Environment::of_pairs(&[(name, value)]);
            container_url(&environment).map(|url| url.unwrap().to_string()).ok()
        };
        let (relative, full) =
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI");
        assert_eq!(url(relative, "/v2/a?id=1").unwrap(), "http://169.254.170.2/v2/a?id=1");
        assert_eq!(url(relative, "//evil.example/"), None);
        assert_eq!(url(relative, "http://evil.example/"), None);
        for good in [
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1",
            "http://127.0.0.1:1/a",
        ] {
            assert_eq!(url(full, good).as_deref(), Some(good));
        }
        for bad in ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://evil.example/"] {
            assert_eq!(url(full, bad), None, "{bad}");
        }
    }
}
