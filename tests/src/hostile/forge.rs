//! Keys made for one run, and tokens signed with them to the letter.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    hmac,
    rand::{self, SystemRandom},
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The issuer of every token that should pass.
pub const ISSUER: &str = "https://id.example.org";
/// The service that they are meant for.
pub const AUDIENCE: &str = "items";
/// Their subject.
pub const SUBJECT: &str = "ada";

/// The kinds of keys in the set; the key id of each is its name in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A shared secret.
    Hs256,
    /// RSA, PKCS #1 padding.
    Rs256,
    /// RSA, PSS padding.
    Ps256,
    /// P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hs256, Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The name of the algorithm.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The header of an honest token.
    pub fn header(self) -> Value {
        json!({"alg": self.name(), "typ": "at+jwt", "kid": self.name().to_lowercase()})
    }
}

/// One key of each kind.
pub struct Forge {
    secret: [u8; 32],
    rs: RsaKeyPair,
    ps: RsaKeyPair,
    es: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

impl Forge {
    /// Fresh keys, good for this run only.
    ///
    /// # Panics
    ///
    /// The machine has no randomness.
    pub fn generate() -> Self {
        let random = SystemRandom::new();
        let mut secret = [0; 32];
        rand::fill(&mut secret).unwrap();
        Self {
            secret,
            rs: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            ps: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            es: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            ed: {
                let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()
            },
        }
    }

    /// What the service under test is configured with: the secret, and the public keys.
    pub fn jwk_set(&self) -> String {
        let point = self.es.public_key().as_ref();
        json!({"keys": [
            {"kty": "oct", "alg": "HS256", "kid": "hs256", "k": encode(self.secret)},
            rsa_jwk(&self.rs, "RS256"),
            rsa_jwk(&self.ps, "PS256"),
            {"kty": "EC", "crv": "P-256", "kid": "es256", "use": "sig",
                "x": encode(&point[1..33]), "y": encode(&point[33..])},
            self.ed_jwk(),
        ]})
        .to_string()
    }

    /// The public Ed25519 key as a JWK: what an attacker puts into a header.
    pub fn ed_jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "eddsa", "x": encode(self.ed.public_key())})
    }

    /// Claims that pass for a quarter of an hour from `now`.
    pub fn claims(now: u64) -> Value {
        json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE,
            "exp": now + 900, "nbf": now, "iat": now, "jti": "t-1", "client_id": "web",
            "scope": "items:read items:write",
        })
    }

    /// A token that passes.
    pub fn valid(&self, kind: Kind, now: u64) -> String {
        self.token(kind, &kind.header(), &Self::claims(now))
    }

    /// A token of these members, signed by the key of `kind`.
    pub fn token(&self, kind: Kind, header: &Value, claims: &Value) -> String {
        self.token_of(kind, header.to_string(), claims.to_string())
    }

    /// A token of these very bytes, signed by the key of `kind`.
    pub fn token_of(
        &self,
        kind: Kind,
        header: impl AsRef<[u8]>,
        payload: impl AsRef<[u8]>,
    ) -> String {
        self.sealed(kind, &format!("{}.{}", encode(header), encode(payload)))
    }

    /// `signed` as it is, with the signature of the key of `kind`.
    pub fn sealed(&self, kind: Kind, signed: &str) -> String {
        format!("{signed}.{}", encode(self.sign(kind, signed.as_bytes())))
    }

    /// The signature of the key of `kind`.
    ///
    /// # Panics
    ///
    /// The machine has no randomness.
    pub fn sign(&self, kind: Kind, message: &[u8]) -> Vec<u8> {
        match kind {
            Kind::Hs256 => hs256(&self.secret, message),
            Kind::Rs256 => rsa_sign(&self.rs, &RSA_PKCS1_SHA256, message),
            Kind::Ps256 => rsa_sign(&self.ps, &RSA_PSS_SHA256, message),
            Kind::Es256 => self.es.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Kind::EdDsa => self.ed.sign(message).as_ref().to_vec(),
        }
    }

    /// The signature with the other padding than the key's own.
    pub(super) fn sign_with_wrong_padding(&self, kind: Kind, message: &[u8]) -> Vec<u8> {
        match kind {
            Kind::Rs256 => rsa_sign(&self.rs, &RSA_PSS_SHA256, message),
            Kind::Hs256 | Kind::Ps256 | Kind::Es256 | Kind::EdDsa => {
                rsa_sign(&self.ps, &RSA_PKCS1_SHA256, message)
            }
        }
    }

    /// The secret under another hash.
    pub(super) fn sign_with_wrong_hash(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &self.secret), message).as_ref().to_vec()
    }

    /// Everything public about the keys that an attacker could try as an HMAC secret.
    pub(super) fn public_texts(&self) -> Vec<(&'static str, Kind, Vec<u8>)> {
        let pkcs1 = self.rs.public_key().as_ref().to_vec();
        let spki: PublicKeyX509Der<'_> = self.rs.public_key().as_der().unwrap();
        let spki = spki.as_ref().to_vec();
        let pem = pem(&spki);
        let components = RsaPublicKeyComponents::<Vec<u8>>::from(self.rs.public_key());
        let point = self.es.public_key().as_ref();
        vec![
            ("PEM", Kind::Rs256, pem.clone().into_bytes()),
            ("PEM without last line break", Kind::Rs256, pem.trim_end().as_bytes().to_vec()),
            ("SPKI in DER", Kind::Rs256, spki),
            ("PKCS #1 in DER", Kind::Rs256, pkcs1),
            ("modulus", Kind::Rs256, components.n.clone()),
            ("modulus in base64url", Kind::Rs256, encode(components.n).into_bytes()),
            ("JWK", Kind::Rs256, rsa_jwk(&self.rs, "RS256").to_string().into_bytes()),
            ("point", Kind::Es256, point.to_vec()),
            ("x of the point", Kind::Es256, point[1..33].to_vec()),
            ("Ed25519 point", Kind::EdDsa, self.ed.public_key().as_ref().to_vec()),
        ]
    }
}

impl fmt::Debug for Forge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forge").finish_non_exhaustive()
    }
}

/// Base64url without padding.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn hs256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

fn rsa_sign(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

fn rsa_jwk(key: &RsaKeyPair, algorithm: &str) -> Value {
    let components = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
    json!({"kty": "RSA", "alg": algorithm, "kid": algorithm.to_lowercase(),
        "n": encode(components.n), "e": encode(components.e)})
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}
