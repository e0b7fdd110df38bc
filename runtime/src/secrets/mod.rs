//! Secrets from secret managers, and their rotation without a restart.
//!
//! A setting names a secret instead of holding it:
//! `PALISADE_FORM_KEY_FROM=vault:kv/data/shop#form_key`. [`Secrets`] fetches it when the service
//! starts and repeatedly afterwards:
//!
//! 1. **At the start** a secret that cannot be fetched ends the start. The error names the setting, the
//!    address, the source and the cause, and never a value.
//! 2. **Later** an outage of the source changes nothing: the last value is kept. One event of the log
//!    says that the outage began, and one that it ended.
//! 3. **A new value** is handed to what uses the secret, and one event says which version it is. A value
//!    that cannot be used, a weak key for example, is refused, and the one before stays in use.
//! 4. Values are [`secrecy`] types, which are wiped when they are dropped (CWE-316). They never appear in
//!    `Debug`, in errors, in events or in panics (CWE-532).
//!
//! | address | source | feature |
//! |---|---|---|
//! | `vault:kv/data/shop#form_key` | `HashiCorp` Vault or `OpenBao`, secrets engine KV version 2 | `vault` |
//! | `aws:shop/production#form_key` | AWS Secrets Manager | `aws-secrets` |
//! | `google:projects/shop/secrets/form-key` | Google Secret Manager | `google-secrets` |
//! | `azure:shop-vault/form-key` | Azure Key Vault | `azure-secrets` |
//! | `file:/run/secrets/form_key` | a file, for example of a Kubernetes mount | |
//! | `env:FORM_KEY` | a variable of the environment | |
//!
//! A service can bring sources of its own: see [`Source`].
//!
//! Functions that take a [`SecretHandle`] follow its changes:
//! [`FormTokens::with_secret`](crate::FormTokens::with_secret),
//! [`TokenIssuer::with_secret`](crate::issue::TokenIssuer::with_secret),
//! [`KeySource::secret`](crate::auth::KeySource::secret), and with their features
//! `sql::Options::connect_with_secret`, `sql::Options::connect_with_password` and
//! `Redis::with_secret`.

mod address;
mod environment;
mod error;
mod handle;
mod holder;
mod local;
mod member;
#[cfg(feature = "remote-secrets")]
mod remote;
mod secret;
mod source;

pub use address::{AddressError, SecretAddress};
#[cfg(feature = "remote-secrets")]
use environment::Environment;
#[cfg(all(test, feature = "sandbox", target_os = "linux"))]
pub(crate) use environment::NAMES as VARIABLES;
pub(crate) use environment::{check_address, configure};
pub use environment::{dangerous_from_setting, from_setting, resolve};
pub use error::SecretsError;
pub(crate) use handle::Following;
pub use handle::{SecretChanges, SecretHandle};
pub use holder::{Secrets, SecretsBuilder};
pub use palisade_policy::secret::{Purpose, Weakness, weakness};
#[cfg(feature = "aws-secrets")]
pub use remote::AwsSource;
#[cfg(feature = "azure-secrets")]
pub use remote::AzureSource;
#[cfg(feature = "google-secrets")]
pub use remote::GoogleSource;
#[cfg(feature = "vault")]
pub use remote::VaultSource;
pub use secret::Secret;
pub use source::{Source, SourceError, SourceErrorKind, SourceFuture};
