//! The published form of a public key (RFC 7517).

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use super::{algorithm::Algorithm, signing_key::PublicHalf};

/// A public key in its published form: a JWK (RFC 7517, RFC 7518, RFC 8037).
///
/// It has no member for a secret or a private part, so none can be published by mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

impl PublicJwk {
    /// `None` where a point does not have its length.
    pub(super) fn new(
        kid: Option<&str>,
        algorithm: Algorithm,
        public: &PublicHalf,
    ) -> Option<Self> {
        let mut jwk = Self {
            kty: "",
            usage: "sig",
            alg: algorithm.name(),
            kid: String::new(),
            crv: None,
            n: None,
            e: None,
            x: None,
            y: None,
        };
        // RFC 7638 section 3.2: the required members, in this order, without white space.
        let thumbprint = match public {
            PublicHalf::Rsa { n, e } => {
                // RFC 7518 section 6.3.1.1: no leading zero octets.
                let (n, e) = (encode(strip_zeros(n)), encode(strip_zeros(e)));
                let text = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
                (jwk.kty, jwk.n, jwk.e) = ("RSA", Some(n), Some(e));
                text
            }
            PublicHalf::P256 { point } => {
                let (x, y) = point.get(1..)?.split_at_checked(32)?;
                let (x, y) = (encode(x), encode(y));
                let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
                (jwk.kty, jwk.crv, jwk.x, jwk.y) = ("EC", Some("P-256"), Some(x), Some(y));
                text
            }
            PublicHalf::Ed25519 { point } => {
                let x = encode(point);
                let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
                (jwk.kty, jwk.crv, jwk.x) = ("OKP", Some("Ed25519"), Some(x));
                text
            }
        };
        jwk.kid = kid
            .map_or_else(|| encode(digest(&SHA256, thumbprint.as_bytes()).as_ref()), str::to_owned);
        Some(jwk)
    }

    /// The name by which tokens select the key.
    pub fn id(&self) -> &str {
        &self.kid
    }
}

fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::{Algorithm, PublicHalf, PublicJwk};

    #[test]
    fn thumbprints_are_those_of_the_standards() {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        // RFC 7638 section 3.1.
        let n = bytes(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_\
             BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_\
             FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4\
             vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        );
        let public = PublicHalf::Rsa { n, e: vec![0, 1, 0, 1] };
        let jwk = PublicJwk::new(None, Algorithm::Rs256, &public).unwrap();
        assert_eq!(jwk.id(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // RFC 8037 appendix A.3.
        let point = bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let jwk = PublicJwk::new(None, Algorithm::EdDsa, &PublicHalf::Ed25519 { point }).unwrap();
        assert_eq!(jwk.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
