//! Web origins, parsed strictly: scheme, host and port, without further parts (RFC 6454).
//!
//! Origins from settings and from requests have the same type, so that a comparison is one of
//! bytes. Text that a browser would never send (upper case, an explicit default port, a path, user
//! information) is refused in settings and never equal to an origin from a request.

use std::{fmt, net::Ipv6Addr, str::FromStr};

/// The origin of a web page: `https://app.example` or `http://localhost:3000`.
///
/// ```
/// let origin: palisade_policy::Origin = "https://app.example".parse().unwrap();
/// assert_eq!(origin.to_string(), "https://app.example");
/// assert!("https://app.example/".parse::<palisade_policy::Origin>().is_err());
/// assert!("*".parse::<palisade_policy::Origin>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    text: Box<str>,
    secure: bool,
}

/// Why a service cannot list a string as an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginError {
    /// `*` means every origin, or is at an invalid position.
    Wildcard,
    /// `*` before a domain under which anyone can register a name.
    PublicSuffix,
    /// `null`, which sandboxed and local documents of any author send.
    Null,
    /// It does not start with `https://` or `http://`.
    Scheme,
    /// It has user information, a path, a query or a fragment.
    Extra,
    /// The host is empty, not lower-case ASCII, or not a host name or address.
    Host,
    /// The port is not a number from 1 to 65535, or is the scheme's explicit default.
    Port,
    /// Plain http for a host other than this machine.
    Insecure,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wildcard => {
                "`*` stands for one label of a host whose rest is yours (`https://*.app.example`): \
                 alone it would admit every origin"
            }
            Self::PublicSuffix => {
                "anybody can register a name under this suffix: `*` goes before a domain of yours"
            }
            Self::Null => "`null` is the origin of sandboxed documents, which anybody can make",
            Self::Scheme => "an origin starts with `https://`",
            Self::Extra => "an origin is scheme, host and port: no user, path, slash or query",
            Self::Host => "the host must be a lower-case ASCII name (punycode) or an address",
            Self::Port => "the port must be 1 to 65535, and the default port is left out",
            Self::Insecure => "plain http is taken for localhost only: use https",
        })
    }
}

impl std::error::Error for OriginError {}

impl Origin {
    /// Whether the scheme is https.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// In the spelling of browsers, as in the `Origin` field.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the host is a name or a loopback address of this machine.
    pub fn is_local(&self) -> bool {
        let host = self.host_and_port();
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// `host` or `host:port`, as in the `Host` field of a request to this origin.
    pub fn host_and_port(&self) -> &str {
        self.text.split_once("://").map_or("", |(_, rest)| rest)
    }

    /// The origin of a setting, which browsers may trust.
    ///
    /// # Errors
    ///
    /// Plain http is refused for any host but localhost: an attacker on the network could
    /// impersonate that origin.
    pub fn trusted(text: &str) -> Result<Self, OriginError> {
        let origin: Self = text.parse()?;
        if origin.secure || origin.is_local() { Ok(origin) } else { Err(OriginError::Insecure) }
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        if text.contains('*') {
            return Err(OriginError::Wildcard);
        }
        if text.eq_ignore_ascii_case("null") {
            return Err(OriginError::Null);
        }
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(OriginError::Scheme),
        };
        if rest.contains(['/', '@', '?', '#', '\\']) {
            return Err(OriginError::Extra);
        }
        let (host, port) = split_port(rest)?;
        if !is_host(host) {
            return Err(OriginError::Host);
        }
        if let Some(port) = port {
            let number = port.parse::<u16>().map_err(|_| OriginError::Port)?;
            let default = if secure { 443 } else { 80 };
            // `parse` takes a leading plus and zeros; a browser writes neither.
            if number == 0 || number == default || number.to_string() != port {
                return Err(OriginError::Port);
            }
        }
        Ok(Self { text: text.into(), secure })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn split_port(rest: &str) -> Result<(&str, Option<&str>), OriginError> {
    if rest.starts_with('[') {
        let (host, after) = rest.split_once(']').ok_or(OriginError::Host)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(OriginError::Host),
        };
    }
    Ok(match rest.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    })
}

/// A bracketed IPv6 address without its closing bracket, or labels of lower-case letters, digits
/// and inner hyphens.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.parse::<Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address);
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    !host.is_empty() && host.len() <= 253 && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Origin, OriginError};

    #[test]
    fn origins_as_browsers_write_them_are_read() {
        for good in [
            "https://app.example",
            "https://app.example:8443",
            "http://localhost:3000",
            "http://127.0.0.1",
            "https://[2001:db8::1]:8443",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(Origin::from_str_or_panic(good).to_string(), good);
            assert!(Origin::trusted(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        use OriginError::{Extra, Host, Null, Port, Scheme, Wildcard};
        for (bad, why) in [
            ("*", Wildcard),
            ("https://*.example", Wildcard),
            ("null", Null),
            ("NULL", Null),
            ("app.example", Scheme),
            ("HTTPS://app.example", Scheme),
            ("ftp://app.example", Scheme),
            ("https://app.example/", Extra),
            ("https://user@app.example", Extra),
            ("https://app.example?x", Extra),
            ("https://app.example\\@evil", Extra),
            ("https://", Host),
            ("https://App.example", Host),
            ("https://bücher.example", Host),
            ("https://app..example", Host),
            ("https://app.example ", Host),
            ("https://[::1", Host),
            ("https://[0:0:0:0:0:0:0:1]", Host),
            ("https://app.example:443", Port),
            ("http://localhost:80", Port),
            ("https://app.example:0443", Port),
            ("https://app.example:+1", Port),
            ("https://app.example:", Port),
            ("https://app.example:65536", Port),
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_trusted_on_this_machine_only() {
        assert_eq!(Origin::trusted("http://app.example"), Err(OriginError::Insecure));
        assert_eq!(Origin::trusted("http://localhost.evil.example"), Err(OriginError::Insecure));
        assert!(Origin::trusted("http://[::1]:3000").is_ok());
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_back(text in ".{0,40}") {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert_eq!(origin.as_str(), &text);
                prop_assert!(text.is_ascii() && !text.contains(char::is_whitespace));
            }
        }
    }

    impl Origin {
        fn from_str_or_panic(text: &str) -> Self {
            text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
        }
    }
}
