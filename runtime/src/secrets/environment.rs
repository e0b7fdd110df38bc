//! The secrets whose addresses settings name.

use std::{
    collections::BTreeMap,
    env,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secrecy::ExposeSecret as _;

use super::{SecretAddress, SecretHandle, Secrets, SecretsBuilder, SecretsError};
use crate::setting_sources::{Single, duration, single};

const REFRESH: &str = "PALISADE_SECRETS_REFRESH";
const TIME_OUT: &str = "PALISADE_SECRETS_TIMEOUT";

/// The variables that say how sources are reached. Where a vendor's own programs read a variable, it is
/// that one: platforms set it by themselves.
pub(crate) const NAMES: [&str; 32] = [
    REFRESH,
    TIME_OUT,
    "PALISADE_VAULT_ROLE",
    "PALISADE_VAULT_KUBERNETES_MOUNT",
    "PALISADE_VAULT_KUBERNETES_TOKEN",
    "PALISADE_VAULT_TOKEN_FILE",
    "VAULT_ADDR",
    "VAULT_CACERT",
    "VAULT_NAMESPACE",
    "VAULT_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_STS",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
];

/// The secrets of this process's settings, once one of them was fetched.
static OF_PROCESS: Mutex<Option<Secrets>> = Mutex::new(None);

/// The configuration of the sources from elsewhere than the environment, by the names of the
/// variables.
static SETTINGS: Mutex<BTreeMap<&'static str, String>> = Mutex::new(BTreeMap::new());

/// Adds a setting of the sources, before the first secret is fetched.
pub(crate) fn configure(name: &'static str, value: &str) {
    let mut settings = SETTINGS.lock().unwrap_or_else(PoisonError::into_inner);
    settings.insert(name, value.to_owned());
}

/// The configuration of sources in the environment.
pub(crate) struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    pub(crate) fn of_process() -> Self {
        let settings = SETTINGS.lock().unwrap_or_else(PoisonError::into_inner);
        Self::read(|name| settings.get(name).cloned().or_else(|| env::var(name).ok()))
    }

    #[cfg(test)]
    pub(super) fn of_pairs(pairs: &[(&str, &str)]) -> Self {
        Self::read(|name| {
            pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// An empty variable counts as unset, as for the vendors' programs.
    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let all = NAMES.iter().filter_map(|name| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some((*name, value))
        });
        Self(all.collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Fetches the secret that a setting names, and keeps it up to date: `name` is the setting, `address` its
/// value. The sources are configured by the environment (`VAULT_ADDR`, `AWS_REGION`, ..), and one
/// thread refreshes every secret of the process. The calling thread waits.
///
/// # Errors
///
/// See [`SecretsError`]. Each begins with the name of the setting.
///
/// ```no_run
/// use palisade::secrets::resolve;
///
/// # fn main() -> Result<(), palisade::secrets::SecretsError> {
/// let password = resolve("SMTP_PASSWORD_FROM", "vault:kv/data/shop#smtp_password")?;
/// # let _ = password;
/// # Ok(())
/// # }
/// ```
pub fn resolve(name: &str, address: &str) -> Result<SecretHandle, SecretsError> {
    let parsed: SecretAddress =
        address.parse().map_err(|error| SecretsError::Address(Box::from(name), error))?;
    let secrets = {
        let mut held = OF_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let environment = Environment::of_process();
        let secrets = match held.take() {
            Some(secrets) => secrets,
            None => paced(&environment)?.build()?,
        };
        held.insert(secrets.with_source_of(parsed.scheme(), &environment, name)?).clone()
    };
    secrets.fetch_blocking(name, address)
}

/// Whether an address is valid for [`resolve`]. Nothing is fetched.
///
/// # Errors
///
/// It cannot be parsed, or no source has its scheme: it may be the secret itself.
pub(crate) fn check_address(name: &str, address: &str) -> Result<(), SecretsError> {
    const SCHEMES: [&str; 6] = ["vault", "aws", "google", "azure", "file", "env"];

    let parsed: SecretAddress =
        address.parse().map_err(|error| SecretsError::Address(Box::from(name), error))?;
    if SCHEMES.contains(&parsed.scheme()) {
        return Ok(());
    }
    let what =
        format!("no source has the scheme of the address: write one of {}", SCHEMES.join(", "));
    Err(SecretsError::NoSource(Box::from(name), what))
}

/// The secret of a setting of a service that has no struct of settings: the value of the setting `name`, or
/// the secret whose address is the setting `name` with `_FROM` behind it. `None` where neither is set.
///
/// Both are read from all [sources](crate::settings): `DATABASE_URL` is the key `url` in the section
/// `[database]` of `palisade.toml`, the variable, a file that `DATABASE_URL_FILE` names, a file of
/// `PALISADE_SECRETS_DIR` or a credential; an address also `--set DATABASE_URL_FROM=..`. `--config` is not
/// read: name another file in `PALISADE_CONFIG`. Call this before `Palisade::from_env`, which refuses names that
/// nothing reads.
///
/// # Errors
///
/// Both are set, one of them is empty or not UTF-8, a file cannot be read or can be read by other users, or
/// the secret cannot be fetched.
///
/// A secret that can be guessed (see [`weakness`](super::weakness)) keeps the service that is built next from starting
/// in production, and is reported in the log elsewhere.
///
/// ```no_run
/// use palisade::secrets::from_setting;
/// use palisade::sql::Db;
///
/// # #[cfg(feature = "postgres")]
/// # async fn connect() -> palisade::Exit {
/// // DATABASE_URL, or DATABASE_URL_FROM=vault:kv/data/shop#database_url
/// let url = from_setting("DATABASE_URL")?.ok_or(palisade::Failure::new("set DATABASE_URL"))?;
/// let db = Db::options().connect_with_secret(&url).await?;
/// # let _ = db;
/// # Ok(())
/// # }
/// ```
pub fn from_setting(name: &str) -> Result<Option<SecretHandle>, SecretsError> {
    read_setting(name, None)
}

/// As [`from_setting`], for a value that may be one that can be guessed, such as a user name. The reason shows in the
/// inventory of the service that is built next.
///
/// # Errors
///
/// Those of [`from_setting`], and a reason that explains nothing.
///
/// ```no_run
/// use palisade::secrets::dangerous_from_setting;
///
/// # fn main() -> Result<(), palisade::secrets::SecretsError> {
/// let user = dangerous_from_setting("BROKER_USER", "a user name, which protects nothing")?;
/// # let _ = user;
/// # Ok(())
/// # }
/// ```
pub fn dangerous_from_setting(
    name: &str,
    reason: &str,
) -> Result<Option<SecretHandle>, SecretsError> {
    read_setting(name, Some(reason))
}

fn read_setting(name: &str, reason: Option<&str>) -> Result<Option<SecretHandle>, SecretsError> {
    let Some(found) = single::read(name).map_err(SecretsError::Setting)? else { return Ok(None) };
    let (setting, origin, secret) = match found {
        Single::Value { value, origin } => (name, origin, SecretHandle::fixed(name, value)),
        Single::Address { name, address, origin } => (name, origin, resolve(name, &address)?),
    };
    let current = secret.current();
    single::judge(setting, &origin, current.value().expose_secret(), reason)
        .map_err(SecretsError::Setting)?;
    Ok(Some(secret))
}

/// A builder with the times of the environment.
fn paced(environment: &Environment) -> Result<SecretsBuilder, SecretsError> {
    let time = |name: &str| match environment.get(name) {
        None => Ok(None),
        Some(text) => duration(text).map(Some).ok_or_else(|| {
            SecretsError::Setting(format!("{name} is {text:?}: write a time like 5 min or 30 s"))
        }),
    };
    let mut builder = Secrets::builder();
    for (name, of) in [
        (REFRESH, SecretsBuilder::refresh_every as fn(SecretsBuilder, Duration) -> SecretsBuilder),
        (TIME_OUT, SecretsBuilder::time_out),
    ] {
        if let Some(time) = time(name)? {
            builder = of(builder, time);
            builder.check().map_err(|error| SecretsError::Setting(format!("{name}: {error}")))?;
        }
    }
    Ok(builder)
}

impl Secrets {
    /// The same with the source of this scheme, which is made when the first secret needs it.
    fn with_source_of(
        self,
        scheme: &str,
        environment: &Environment,
        name: &str,
    ) -> Result<Self, SecretsError> {
        if self.has_source(scheme) {
            return Ok(self);
        }
        #[cfg(not(feature = "remote-secrets"))]
        let _unused = (environment, name);
        #[cfg(feature = "remote-secrets")]
        let named = |error: SecretsError| SecretsError::Setting(format!("{name}: {error}"));
        match scheme {
            #[cfg(feature = "vault")]
            "vault" => Ok(self.with("vault", super::VaultSource::of(environment).map_err(named)?)),
            #[cfg(feature = "aws-secrets")]
            "aws" => Ok(self.with("aws", super::AwsSource::of(environment).map_err(named)?)),
            #[cfg(feature = "google-secrets")]
            "google" => {
                Ok(self.with("google", super::GoogleSource::of(environment).map_err(named)?))
            }
            #[cfg(feature = "azure-secrets")]
            "azure" => Ok(self.with("azure", super::AzureSource::of(environment).map_err(named)?)),
            // Asking for the secret says which schemes there are.
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, from_setting, paced};

    #[test]
    fn times_are_named_where_they_are_wrong() {
        let of = |name: &'static str, value: &str| {
            paced(&Environment::of_pairs(&[(name, value)])).map(|_| ()).map_err(|e| e.to_string())
        };
        assert_eq!(of("PALISADE_SECRETS_REFRESH", "30 s"), Ok(()));
        assert_eq!(of("PALISADE_SECRETS_REFRESH", ""), Ok(()));
        for (name, value) in [
            ("PALISADE_SECRETS_REFRESH", "often"),
            ("PALISADE_SECRETS_REFRESH", "10 ms"),
            ("PALISADE_SECRETS_REFRESH", "48 h"),
            ("PALISADE_SECRETS_TIMEOUT", "5"),
            ("PALISADE_SECRETS_TIMEOUT", "2 min"),
        ] {
            let error = of(name, value).expect_err(value);
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_setting_that_is_not_there_is_none() {
        assert!(from_setting("PALISADE_TEST_OF_NOTHING").unwrap().is_none());
    }
}
