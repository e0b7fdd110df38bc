//! Secret managers over HTTP.
//!
//! Their interfaces are two or three requests each, which are made here with bounds that do not
//! depend on the server: https, or http to this machine if the address is one; no redirect, no
//! proxy of the environment; answers of at most 256 KiB. Metadata services of a cloud are plain
//! http by design: their addresses are fixed, since an address from elsewhere would get the
//! service's identity (CWE-918).

#[cfg(feature = "aws-secrets")]
mod aws;
#[cfg(feature = "azure-secrets")]
mod azure;
#[cfg(any(feature = "azure-secrets", feature = "google-secrets"))]
mod bearer;
mod client;
mod endpoint;
#[cfg(feature = "google-secrets")]
mod google;
#[cfg(any(feature = "aws-secrets", feature = "azure-secrets", feature = "google-secrets"))]
mod token;
#[cfg(feature = "vault")]
mod vault;

#[cfg(feature = "aws-secrets")]
pub use aws::AwsSource;
#[cfg(feature = "azure-secrets")]
pub use azure::AzureSource;
#[cfg(feature = "google-secrets")]
pub use google::GoogleSource;
#[cfg(feature = "vault")]
pub use vault::VaultSource;
