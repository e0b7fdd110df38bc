//! Addresses that keys may be fetched from.

use std::fmt;

use reqwest::Url;

use super::super::KeySourceError;

/// An address that was checked: https, or http to this machine.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address(Url);

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, KeySourceError> {
        let fault = |what: &str| {
            KeySourceError::new(format!("{what}; expected a URL like https://id.example.org/keys"))
        };
        let url = Url::parse(text).map_err(|error| fault(&format!("not a URL: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            // The text is not repeated: it holds a password.
            return Err(fault("a URL with a user or a password"));
        }
        if url.fragment().is_some() {
            return Err(fault("a URL with a fragment"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&url) => {}
            _ => return Err(fault("keys are fetched over https, or over http from localhost")),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(fault("a URL without a host"));
        }
        Ok(Self(url))
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Whether requests to it stay on this machine: an address of the loopback network, or the name
/// that RFC 6761 section 6.3 reserves for it.
fn is_this_machine(url: &Url) -> bool {
    // `host_str` has the brackets of an IPv6 address, which no parser of addresses takes.
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Without the query, which may contain a tenant's key.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.origin().ascii_serialization(), self.0.path())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn keys_travel_encrypted_or_not_at_all() {
        for good in [
            "https://id.example.org/keys",
            "https://id.example.org:8443/a/b?tenant=7",
            "http://127.0.0.1:8080/keys",
            "http://127.9.9.9/keys",
            "http://localhost/keys",
            "http://[::1]:80/keys",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "keys.json",
            "/etc/keys.json",
            "file:///etc/keys.json",
            "ftp://id.example.org/",
            "http://id.example.org/keys",
            "http://localhost.example.org/",
            "http://127.0.0.1.nip.io/",
            "http://10.0.0.1/keys",
            "http://169.254.169.254/latest",
            "http://0.0.0.0/",
            "https://user@id.example.org/",
            "https://user:secret-42@id.example.org/",
            "https://:secret-42@id.example.org/",
            "https://id.example.org/#keys",
            "https://",
            "data:application/json,{}",
            "javascript:1",
        ] {
            let error = Address::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("secret-42"), "{error}");
        }
    }

    #[test]
    fn a_query_is_not_shown() {
        let address = Address::parse("https://id.example.org/keys?code=42").unwrap();
        assert_eq!(
            format!("{address} {address:?}"),
            "https://id.example.org/keys ".repeat(2).trim()
        );
    }
}
