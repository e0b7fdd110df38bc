//! Discovery of an issuer's keys (RFC 8414, `OpenID` Connect Discovery 1.0).

use std::borrow::Cow;

use serde::Deserialize;

use super::{super::KeySourceError, address::Address};

/// The sources of the address of an issuer's keys.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) issuer: Box<str>,
    /// In the order in which they are asked.
    pub(super) addresses: [Address; 2],
}

/// The addresses of an issuer's metadata.
///
/// RFC 8414 section 3.1 puts its well-known name between host and path, `OpenID` Connect after
/// both.
pub(super) fn places(issuer: &str) -> Result<Places, KeySourceError> {
    let of_issuer = |error: KeySourceError| {
        KeySourceError::new(format!("the issuer {issuer:?} cannot be asked for its keys: {error}"))
    };
    let address = Address::parse(issuer).map_err(of_issuer)?;
    if address.url().query().is_some() {
        return Err(of_issuer(KeySourceError::new(
            "it has a query; an issuer is an https URL without one (RFC 8414 section 2)",
        )));
    }
    let path = address.url().path().trim_end_matches('/');
    let with_path = |path: &str| {
        let mut url = address.url().clone();
        url.set_path(path);
        Address::parse(url.as_str()).map_err(of_issuer)
    };
    Ok(Places {
        issuer: Box::from(issuer),
        addresses: [
            with_path(&format!("/.well-known/oauth-authorization-server{path}"))?,
            with_path(&format!("{path}/.well-known/openid-configuration"))?,
        ],
    })
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    issuer: Cow<'a, str>,
    #[serde(borrow)]
    jwks_uri: Cow<'a, str>,
}

/// The address of the keys, from metadata that must be the issuer's own: metadata that names
/// another issuer comes from another party that can answer at this address (RFC 8414 section 3.3).
pub(super) fn read(json: &[u8], issuer: &str, is_encrypted: bool) -> Result<Address, String> {
    let metadata: Metadata<'_> = serde_json::from_slice(json).map_err(|error| {
        format!("not the metadata of an issuer at line {}, column {}", error.line(), error.column())
    })?;
    if metadata.issuer != issuer {
        return Err(format!("the metadata is that of another issuer, not of {issuer:?}"));
    }
    let address =
        Address::parse(&metadata.jwks_uri).map_err(|error| format!("jwks_uri: {error}"))?;
    if is_encrypted && !address.is_encrypted() {
        return Err("jwks_uri leaves https".to_owned());
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::{places, read};

    #[test]
    fn the_places_are_those_of_the_standards() {
        for (issuer, oauth, openid) in [
            (
                "https://id.example.org",
                "https://id.example.org/.well-known/oauth-authorization-server",
                "https://id.example.org/.well-known/openid-configuration",
            ),
            (
                "https://id.example.org/",
                "https://id.example.org/.well-known/oauth-authorization-server",
                "https://id.example.org/.well-known/openid-configuration",
            ),
            (
                "https://id.example.org:8443/realms/a",
                "https://id.example.org:8443/.well-known/oauth-authorization-server/realms/a",
                "https://id.example.org:8443/realms/a/.well-known/openid-configuration",
            ),
        ] {
            let [first, second] = places(issuer).unwrap().addresses;
            assert_eq!((first.url().as_str(), second.url().as_str()), (oauth, openid));
        }
    }

    #[test]
    fn metadata_is_the_issuers_own() {
        let issuer = "https://id.example.org";
        let good =
            br#"{"issuer":"https:\/\/id.example.org","jwks_uri":"https://keys.example.org/k"}"#;
        assert_eq!(read(good, issuer, true).unwrap().url().as_str(), "https://keys.example.org/k");
        for bad in [
            r#"{"issuer":"https://id.example.org/","jwks_uri":"https://id.example.org/k"}"#,
            r#"{"issuer":"https://ID.example.org","jwks_uri":"https://id.example.org/k"}"#,
            r#"{"issuer":"https://evil.example","jwks_uri":"https://id.example.org/k"}"#,
            r#"{"issuer":["https://id.example.org"],"jwks_uri":"https://id.example.org/k"}"#,
            r#"{"issuer":"https://id.example.org","jwks_uri":"http://id.example.org/k"}"#,
            r#"{"issuer":"https://id.example.org","jwks_uri":"http://127.0.0.1/k"}"#,
            r#"{"issuer":"https://id.example.org","jwks_uri":"file:///etc/keys"}"#,
            r#"{"issuer":"https://id.example.org","jwks_uri":"/keys"}"#,
            r#"{"issuer":"https://id.example.org"}"#,
            r#"{"issuer":"https://evil.example","issuer":"https://id.example.org","jwks_uri":"https://id.example.org/k"}"#,
            "<html>",
            "",
        ] {
            assert!(read(bad.as_bytes(), issuer, true).is_err(), "{bad}");
        }
        let local = br#"{"issuer":"http://127.0.0.1:1","jwks_uri":"http://127.0.0.1:1/k"}"#;
        assert!(read(local, "http://127.0.0.1:1", false).is_ok());
    }
}
