//! A key that signs tokens.

use std::{fmt, path::Path};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{EncodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use secrecy::{
    ExposeSecret, SecretSlice, SecretString,
    zeroize::{Zeroize as _, Zeroizing},
};

use super::{
    algorithm::Algorithm,
    key::{Key, KeyError, KeyName, check_secret},
    key_set::read_file,
    public_jwk::PublicJwk,
    signature::{is_signed, sign},
};

/// A key that signs tokens, bound to one algorithm.
///
/// HS256 is for one service that verifies its own tokens: a party that can verify them can make
/// them. With the other algorithms the public half is published ([`PublicJwk`]), and services that
/// verify tokens hold no secret.
///
/// A key signs and verifies a message when it is made, so a private key that does not fit its
/// algorithm is an error at start-up. `Debug` prints name and algorithm.
///
/// ```
/// use palisade::auth::{Algorithm, SigningKey};
///
/// # fn main() -> Result<(), palisade::auth::KeyError> {
/// let key = SigningKey::generate(Algorithm::EdDsa)?;
/// // A key that was given no name is named by its thumbprint (RFC 7638).
/// assert_eq!(key.id().map(str::len), Some(43));
/// assert!(key.public_jwk().is_some());
///
/// let secret = SigningKey::generate(Algorithm::Hs256)?;
/// assert!(secret.public_jwk().is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SigningKey {
    material: EncodingKey,
    verifying: Key,
    public_jwk: Option<PublicJwk>,
}

impl SigningKey {
    /// A secret for HMAC with SHA-256.
    ///
    /// # Errors
    ///
    /// The secret is not valid for [`Key::hs256`].
    pub fn hs256<'a>(
        kid: impl Into<Option<&'a str>>,
        secret: &SecretSlice<u8>,
    ) -> Result<Self, KeyError> {
        let kid = kid.into();
        check_secret(&KeyName::new(kid), secret.expose_secret())?;
        let material = EncodingKey::from_secret(secret.expose_secret());
        Self::tried(material, Key::hs256(kid, secret)?, None)
    }

    /// A private key in PEM: PKCS#8 (`PRIVATE KEY`), for RSA PKCS#1 (`RSA PRIVATE KEY`) too.
    ///
    /// `kid` is the name in tokens and in the published set; the key's thumbprint (RFC 7638) unless
    /// it is given.
    ///
    /// # Errors
    ///
    /// HS256; not such a PEM text, a public or encrypted key, one of another kind, or an RSA key of
    /// less than 2048 or more than 8192 bits.
    pub fn pem<'a>(
        algorithm: Algorithm,
        kid: impl Into<Option<&'a str>>,
        pem: &SecretString,
    ) -> Result<Self, KeyError> {
        let kid = kid.into();
        let fault = || KeyName::new(kid).fault(NOT_A_PEM);
        let pem = pem.expose_secret().as_bytes();
        let material = match algorithm {
            Algorithm::Hs256 => {
                return Err(KeyName::new(kid).fault("HS256 signs with a secret, not with a PEM"));
            }
            Algorithm::Rs256 | Algorithm::Ps256 => EncodingKey::from_rsa_pem(pem),
            Algorithm::Es256 => EncodingKey::from_ec_pem(pem),
            Algorithm::EdDsa => EncodingKey::from_ed_pem(pem),
        };
        Self::asymmetric(algorithm, kid, material.map_err(|_| fault())?)
    }

    /// A private key in a PEM file; see [`pem`](Self::pem).
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a regular file or is longer than 1 MiB; else as for `pem`.
    pub fn pem_file<'a>(
        algorithm: Algorithm,
        kid: impl Into<Option<&'a str>>,
        path: impl AsRef<Path>,
    ) -> Result<Self, KeyError> {
        let mut bytes = read_file(path.as_ref())?;
        let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
            error.into_bytes().zeroize();
            KeyName::new(None).fault(NOT_A_PEM)
        })?;
        Self::pem(algorithm, kid, &SecretString::from(text))
    }

    /// A fresh key, named by its thumbprint: for tests, and for a service whose tokens need not
    /// outlive the process. RSA keys get 3072 bits, which takes a second.
    ///
    /// # Errors
    ///
    /// The cryptographic library failed.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        if algorithm == Algorithm::Hs256 {
            let mut secret = vec![0; 64];
            aws_lc_rs::rand::fill(&mut secret).map_err(|_| failed())?;
            return Self::hs256(None, &SecretSlice::from(secret));
        }
        Self::pem(algorithm, None, &Self::generate_pem(algorithm)?)
    }

    /// A fresh private key as a string to store ([`SecretFile`](crate::SecretFile)), for
    /// [`pem`](Self::pem) and [`pem_file`](Self::pem_file).
    ///
    /// # Errors
    ///
    /// HS256, which signs with a secret; or the cryptographic library failed.
    pub fn generate_pem(algorithm: Algorithm) -> Result<SecretString, KeyError> {
        let random = SystemRandom::new();
        Ok(match algorithm {
            Algorithm::Hs256 => {
                return Err(KeyName::new(None).fault("HS256 signs with a secret, not with a PEM"));
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa3072).map_err(|_| failed())?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed())?;
                pem_of(der.as_ref())
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
                pem_of(pair.map_err(|_| failed())?.as_ref())
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate_pkcs8(&random);
                pem_of(pair.map_err(|_| failed())?.as_ref())
            }
        })
    }

    /// The name by which tokens pick this key.
    pub fn id(&self) -> Option<&str> {
        self.verifying.id()
    }

    /// The one algorithm that this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// The key that checks what this one signs: the public half, or the secret again.
    pub fn verifying_key(&self) -> &Key {
        &self.verifying
    }

    /// The public half as it is published; `None` for a secret, which never is.
    pub fn public_jwk(&self) -> Option<&PublicJwk> {
        self.public_jwk.as_ref()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        sign(self.algorithm(), &self.material, message)
    }

    fn asymmetric(
        algorithm: Algorithm,
        kid: Option<&str>,
        material: EncodingKey,
    ) -> Result<Self, KeyError> {
        let fault = || KeyName::new(kid).fault(NOT_A_PEM);
        let public = public_half(algorithm, &material).ok_or_else(fault)?;
        let jwk = PublicJwk::new(kid, algorithm, &public).ok_or_else(fault)?;
        let name = KeyName::new(Some(jwk.id()));
        let verifying = match &public {
            PublicHalf::Rsa { n, e } => Key::rsa(name, algorithm, n, e)?,
            PublicHalf::P256 { point } => Key::es256_point(name, point)?,
            PublicHalf::Ed25519 { point } => Key::eddsa_point(name, point)?,
        };
        Self::tried(material, verifying, Some(jwk))
    }

    fn tried(
        material: EncodingKey,
        verifying: Key,
        public_jwk: Option<PublicJwk>,
    ) -> Result<Self, KeyError> {
        const MESSAGE: &[u8] = b"tried when made";
        let key = Self { material, verifying, public_jwk };
        let works = key
            .sign(MESSAGE)
            .is_some_and(|signature| is_signed(&key.verifying, MESSAGE, &signature));
        if works { Ok(key) } else { Err(KeyName::new(key.id()).fault(NOT_A_PEM)) }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// What may be known of a private key.
pub(super) enum PublicHalf {
    /// Modulus and exponent, big-endian.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Uncompressed: `04`, x, y.
    P256 {
        point: Vec<u8>,
    },
    Ed25519 {
        point: Vec<u8>,
    },
}

fn public_half(algorithm: Algorithm, material: &EncodingKey) -> Option<PublicHalf> {
    let key_utils = &DEFAULT_PROVIDER.key_utils;
    let private = Zeroizing::new(material.as_bytes().to_vec());
    match algorithm {
        Algorithm::Hs256 => None,
        Algorithm::Rs256 | Algorithm::Ps256 => {
            let (n, e) = (key_utils.rsa_pub_components_from_private_key)(&private).ok()?;
            Some(PublicHalf::Rsa { n, e })
        }
        Algorithm::Es256 => {
            let library = algorithm.in_library();
            let (_, x, y) =
                (key_utils.ec_pub_components_from_private_key)(&private, library).ok()?;
            Some(PublicHalf::P256 { point: [&[4][..], &x, &y].concat() })
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(&private).ok()?;
            let point = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
            Some(PublicHalf::Ed25519 { point })
        }
    }
}

const NOT_A_PEM: &str = "not an unencrypted private key of this algorithm in PEM; expected a \
     `-----BEGIN PRIVATE KEY-----` block (`openssl genpkey -algorithm ed25519`)";

fn failed() -> KeyError {
    KeyName::new(None).fault("the cryptographic library failed")
}

/// PKCS#8 in lines of 64 characters (RFC 7468).
fn pem_of(der: &[u8]) -> SecretString {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    // Reserve room for all of it: a string that grows leaves copies in memory.
    let mut text = String::with_capacity(encoded.len() + encoded.len() / 64 + 64);
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    SecretString::from(text)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{Algorithm, SigningKey};

    /// RFC 8410 section 10.3.
    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         -----END PRIVATE KEY-----\n";

    #[test]
    fn a_private_key_gives_the_public_half_of_the_standard() {
        let key = SigningKey::pem(Algorithm::EdDsa, "k", &SecretString::from(ED25519)).unwrap();
        let jwk = serde_json::to_value(key.public_jwk().unwrap()).unwrap();
        assert_eq!(jwk["x"], "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
        assert_eq!(jwk.get("d"), None);
    }

    #[test]
    fn another_algorithm_or_a_public_key_is_refused() {
        let pem = SecretString::from(ED25519);
        for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256, Algorithm::Hs256] {
            assert!(SigningKey::pem(algorithm, "k", &pem).is_err(), "{algorithm}");
        }
        let public = "-----BEGIN PUBLIC KEY-----\n\
             MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
             -----END PUBLIC KEY-----\n";
        let error = SigningKey::pem(Algorithm::EdDsa, "k", &SecretString::from(public));
        assert!(error.is_err());
        for junk in ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(SigningKey::pem(Algorithm::EdDsa, "k", &SecretString::from(junk)).is_err());
        }
    }

    #[test]
    fn nothing_of_the_key_is_printed() {
        let key = SigningKey::generate(Algorithm::Hs256).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey { id: None, algorithm: Hs256, .. }");
    }

    #[test]
    fn every_algorithm_can_be_generated() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            assert_eq!(key.public_jwk().is_some(), algorithm != Algorithm::Hs256);
        }
    }
}
