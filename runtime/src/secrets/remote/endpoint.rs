//! Addresses that get credentials.

use std::{fmt, net::IpAddr};

use reqwest::Url;

use crate::secrets::SecretsError;

/// An address that was checked: https, or http to this machine.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Endpoint(Url);

impl Endpoint {
    /// # Errors
    ///
    /// The error in the value of this setting. The value is not repeated if it has a password.
    pub(super) fn parse(setting: &str, text: &str) -> Result<Self, SecretsError> {
        Self::parse_where(setting, text, |_| false)
    }

    /// As [`parse`](Self::parse), with plain http to the addresses that `is_own` accepts too.
    pub(super) fn parse_where(
        setting: &str,
        text: &str,
        is_own: impl Fn(IpAddr) -> bool,
    ) -> Result<Self, SecretsError> {
        let fault = |what: &str| {
            Err(SecretsError::Setting(format!(
                "{setting}: {what}; write a URL like https://secrets.example"
            )))
        };
        let Ok(url) = Url::parse(text) else { return fault("it is not a URL") };
        if !url.username().is_empty() || url.password().is_some() {
            return fault("it has a user or a password");
        }
        if url.fragment().is_some() || url.query().is_some() {
            return fault("it has a query or a fragment");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return fault("it has no host");
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_allowed(&url, is_own) => Ok(Self(url)),
            "http" => fault("it is plain http, and leads to another machine"),
            _ => fault("it is not https"),
        }
    }

    /// An address that is part of a protocol.
    #[cfg(any(feature = "aws-secrets", feature = "azure-secrets", feature = "google-secrets"))]
    pub(super) fn known(text: &str) -> Result<Self, SecretsError> {
        Url::parse(text)
            .map(Self)
            .map_err(|_| SecretsError::Setting(format!("{text:?} is not a URL")))
    }

    /// The URL with these segments appended, each of which is encoded.
    pub(super) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        // A URL with a host always has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    #[cfg(any(feature = "aws-secrets", feature = "azure-secrets"))]
    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

fn is_allowed(url: &Url, is_own: impl Fn(IpAddr) -> bool) -> bool {
    // `host_str` has the brackets of an IPv6 address, which no parser of addresses takes.
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || is_own(ip))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn credentials_travel_encrypted_or_stay_on_this_machine() {
        for good in [
            "https://vault.example:8200",
            "http://127.0.0.1:8200",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(Endpoint::parse("VAULT_ADDR", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "vault.example:8200",
            "http://vault.example:8200",
            "http://127.0.0.1.nip.io",
            "http://169.254.169.254",
            "http://10.0.0.1:8200",
            "https://user:hunter22@vault.example",
            "https://vault.example/?a=hunter22",
            "https://vault.example/#a",
            "unix:/run/vault.sock",
            "file:///etc/passwd",
        ] {
            let error = Endpoint::parse("VAULT_ADDR", bad).expect_err(bad).to_string();
            assert!(error.starts_with("VAULT_ADDR: "), "{error}");
            assert!(!error.contains("hunter22"), "{error}");
        }
    }

    #[test]
    fn segments_are_encoded() {
        let endpoint = Endpoint::parse("VAULT_ADDR", "https://vault.example/base/").unwrap();
        let url = endpoint.join(["v1", "kv", "data", "a?b#c/d"]);
        assert_eq!(url.as_str(), "https://vault.example/base/v1/kv/data/a%3Fb%23c%2Fd");
        assert_eq!(endpoint.to_string(), "https://vault.example/base");
    }
}
