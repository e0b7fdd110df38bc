//! One key, bound to one algorithm.

use std::{
    collections::BTreeSet,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
        RsaPublicKeyComponents,
    },
};
use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use secrecy::{ExposeSecret, SecretSlice};

use super::algorithm::Algorithm;

/// RFC 7518 section 3.2: at least the size of the hash.
const MIN_SECRET_LENGTH: usize = 32;
/// A random secret of that length practically never has fewer distinct bytes; typed ones and test
/// values do.
const MIN_DISTINCT_BYTES: usize = 10;
const MIN_RSA_BITS: usize = 2048;
/// The time of a verification grows with the square of the size: a longer key slows every request.
const MAX_RSA_BITS: usize = 8192;
const MAX_KEY_ID_LENGTH: usize = 128;

/// A key that verifies tokens, bound to one algorithm.
///
/// `kid` is the name by which a token selects the key; `None` is a key without a name, for services
/// that have only one of its algorithm. `Debug` prints name and algorithm.
///
/// ```
/// use palisade::auth::{Algorithm, Key};
/// use secrecy::SecretSlice;
///
/// let secret: SecretSlice<u8> = (0..32).collect::<Vec<u8>>().into();
/// assert_eq!(Key::hs256("2026-11", &secret).unwrap().algorithm(), Algorithm::Hs256);
///
/// let short: SecretSlice<u8> = b"secret".to_vec().into();
/// assert!(Key::hs256("2026-11", &short).is_err());
/// ```
#[derive(Clone)]
pub struct Key {
    id: Option<Box<str>>,
    algorithm: Algorithm,
    material: DecodingKey,
    number: u64,
    /// SHA-256 of name, algorithm and bytes.
    fingerprint: [u8; 32],
}

impl Key {
    /// A secret for HMAC with SHA-256, shared with the signer.
    ///
    /// # Errors
    ///
    /// The secret has less than 32 bytes, or too few different ones to be random.
    pub fn hs256<'a>(
        kid: impl Into<Option<&'a str>>,
        secret: &SecretSlice<u8>,
    ) -> Result<Self, KeyError> {
        let name = KeyName::new(kid.into());
        check_secret(&name, secret.expose_secret())?;
        let material = DecodingKey::from_secret(secret.expose_secret());
        Self::new(name, Algorithm::Hs256, material, &[secret.expose_secret()])
    }

    /// A public RSA key for RSASSA-PKCS1-v1_5, from PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`).
    ///
    /// # Errors
    ///
    /// Not such a PEM text, a private key, or less than 2048 or more than 8192 bits.
    pub fn rs256_pem<'a>(
        kid: impl Into<Option<&'a str>>,
        pem: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        Self::rsa_pem(KeyName::new(kid.into()), Algorithm::Rs256, pem.as_ref())
    }

    /// A public RSA key for RSASSA-PSS, from PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`).
    ///
    /// # Errors
    ///
    /// Not such a PEM text, a private key, or less than 2048 or more than 8192 bits.
    pub fn ps256_pem<'a>(
        kid: impl Into<Option<&'a str>>,
        pem: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        Self::rsa_pem(KeyName::new(kid.into()), Algorithm::Ps256, pem.as_ref())
    }

    /// A public key on P-256, from PEM (`PUBLIC KEY`).
    ///
    /// # Errors
    ///
    /// Not such a PEM text, a private key, another curve, or no point of it.
    pub fn es256_pem<'a>(
        kid: impl Into<Option<&'a str>>,
        pem: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        let name = KeyName::new(kid.into());
        check_is_public(&name, pem.as_ref())?;
        let material = DecodingKey::from_ec_pem(pem.as_ref()).map_err(|_| name.fault(NOT_A_PEM))?;
        let point = material.try_get_as_bytes().map_err(|_| name.fault(NOT_A_PEM))?;
        Self::es256_point(name, point)
    }

    /// A public Ed25519 key, from PEM (`PUBLIC KEY`).
    ///
    /// # Errors
    ///
    /// Not such a PEM text, a private key, or no point of the curve.
    pub fn eddsa_pem<'a>(
        kid: impl Into<Option<&'a str>>,
        pem: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        let name = KeyName::new(kid.into());
        check_is_public(&name, pem.as_ref())?;
        let material = DecodingKey::from_ed_pem(pem.as_ref()).map_err(|_| name.fault(NOT_A_PEM))?;
        let point = material.try_get_as_bytes().map_err(|_| name.fault(NOT_A_PEM))?;
        Self::eddsa_point(name, point)
    }

    /// The name by which tokens select this key.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The one algorithm of this key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the key that verifies tokens signs them too.
    pub(super) fn is_symmetric(&self) -> bool {
        self.algorithm == Algorithm::Hs256
    }

    fn rsa_pem(name: KeyName, algorithm: Algorithm, pem: &[u8]) -> Result<Self, KeyError> {
        check_is_public(&name, pem)?;
        let read = DecodingKey::from_rsa_pem(pem).map_err(|_| name.fault(NOT_A_PEM))?;
        let der = read.try_get_as_bytes().map_err(|_| name.fault(NOT_A_PEM))?;
        let (n, e) = (DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key)(der)
            .map_err(|_| name.fault(NOT_A_PEM))?;
        Self::rsa(name, algorithm, &n, &e)
    }

    /// Modulus and exponent, big-endian.
    pub(super) fn rsa(
        name: KeyName,
        algorithm: Algorithm,
        n: &[u8],
        e: &[u8],
    ) -> Result<Self, KeyError> {
        let zeros = n.iter().take_while(|byte| **byte == 0).count();
        let n = n.get(zeros..).unwrap_or_default();
        let unused = n.first().map_or(0, |byte| byte.leading_zeros());
        let bits = n.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or(8));
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
            return Err(name.fault(format!(
                "an RSA modulus of {bits} bits; generate one of {MIN_RSA_BITS} to {MAX_RSA_BITS}"
            )));
        }
        // Neither is ever even, and an exponent of 1 lets anyone forge signatures.
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        let is_one = e.iter().rev().skip(1).all(|byte| *byte == 0) && e.last() == Some(&1);
        if !is_odd(n) || !is_odd(e) || is_one {
            return Err(name.fault(NO_RSA_KEY));
        }
        // The same arithmetic takes both paddings, so one parameter set is enough to check it.
        RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| name.fault(NO_RSA_KEY))?;
        Self::new(name, algorithm, DecodingKey::from_rsa_raw_components(n, e), &[n, e])
    }

    /// An uncompressed point: `04`, x, y.
    pub(super) fn es256_point(name: KeyName, point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 65 || ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).is_err() {
            return Err(name.fault("not a point on P-256; ES256 takes no other curve"));
        }
        Self::new(name, Algorithm::Es256, DecodingKey::from_ec_der(point), &[point])
    }

    pub(super) fn eddsa_point(name: KeyName, point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 32 || ParsedPublicKey::new(&ED25519, point).is_err() {
            return Err(name.fault("not a point on Ed25519; EdDSA takes no other curve"));
        }
        if is_of_small_order(point) {
            return Err(name.fault("a point of small order; anybody can sign for such a key"));
        }
        Self::new(name, Algorithm::EdDsa, DecodingKey::from_ed_der(point), &[point])
    }

    fn new(
        name: KeyName,
        algorithm: Algorithm,
        material: DecodingKey,
        bytes: &[&[u8]],
    ) -> Result<Self, KeyError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if let Some(id) = &name.id
            && (id.is_empty() || id.len() > MAX_KEY_ID_LENGTH || id.chars().any(char::is_control))
        {
            return Err(name.fault(format!(
                "a key id is 1 to {MAX_KEY_ID_LENGTH} bytes without control characters"
            )));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut context = Context::new(&SHA256);
        let name_bytes = name.id.as_deref().unwrap_or_default().as_bytes();
        for part in [&[name_bytes, algorithm.name().as_bytes()], bytes].concat() {
            // With its length before each part, two lists of parts never read the same.
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let mut fingerprint = [0; 32];
        for (byte, digest) in fingerprint.iter_mut().zip(context.finish().as_ref()) {
            *byte = *digest;
        }
        Ok(Self { id: name.id, algorithm, material, number, fingerprint })
    }

    pub(super) fn material(&self) -> &DecodingKey {
        &self.material
    }

    /// Whether this has the same name, algorithm and bytes as the other. (A missing id and an empty
    /// one are equal here, and an empty one is refused.)
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// Identifies this key's bytes within the process: no other key ever has the same number.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The points of Ed25519 whose order divides 8, in every encoding that a reader accepts; the sign
/// bit is left out. A signature for them needs no private key (RFC 8032 leaves the check to the
/// verifier).
const SMALL_ORDER: [[u8; 32]; 7] = [
    small(0x00, 0x00, 0x00),
    small(0x01, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    small(0xec, 0xff, 0x7f),
    small(0xed, 0xff, 0x7f),
    small(0xee, 0xff, 0x7f),
];

const fn small(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut point = [middle; 32];
    point[0] = first;
    point[31] = last;
    point
}

fn is_of_small_order(point: &[u8]) -> bool {
    let mut unsigned = point.to_vec();
    if let Some(last) = unsigned.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.iter().any(|small| small.as_slice() == unsigned)
}

const NOT_A_PEM: &str =
    "not a public key of this kind in PEM; expected a `-----BEGIN PUBLIC KEY-----` block";

const NO_RSA_KEY: &str = "modulus and exponent are no RSA key; export it again";

pub(super) fn check_secret(name: &KeyName, secret: &[u8]) -> Result<(), KeyError> {
    if secret.len() < MIN_SECRET_LENGTH {
        return Err(name.fault(format!(
            "a secret of {} bytes; HS256 needs at least {MIN_SECRET_LENGTH} random ones \
             (`openssl rand 32`)",
            secret.len()
        )));
    }
    if secret.iter().collect::<BTreeSet<_>>().len() < MIN_DISTINCT_BYTES {
        return Err(name.fault(
            "a secret with too few different bytes to be random; generate one \
             (`openssl rand 32`)",
        ));
    }
    Ok(())
}

fn check_is_public(name: &KeyName, pem: &[u8]) -> Result<(), KeyError> {
    const PRIVATE: &[u8] = b"PRIVATE KEY-----";
    if pem.windows(PRIVATE.len()).any(|window| window == PRIVATE) {
        return Err(name.fault(
            "a private key; a service that checks tokens needs the public one only \
             (`openssl pkey -pubout`)",
        ));
    }
    // The library would take the first bit string of a certificate for its key.
    const PUBLIC: &[u8] = b"PUBLIC KEY-----";
    if !pem.windows(PUBLIC.len()).any(|window| window == PUBLIC) {
        return Err(name.fault(NOT_A_PEM));
    }
    Ok(())
}

/// The name of a key in errors.
pub(super) struct KeyName {
    id: Option<Box<str>>,
    position: Option<usize>,
}

impl KeyName {
    pub(super) fn new(id: Option<&str>) -> Self {
        Self { id: id.map(Box::from), position: None }
    }

    /// The key at `position` of a set, counted from 1.
    pub(super) fn in_set(id: Option<&str>, position: usize) -> Self {
        Self { id: id.map(Box::from), position: Some(position) }
    }

    pub(super) fn fault(&self, fault: impl Into<String>) -> KeyError {
        let subject = match (&self.id, self.position) {
            (Some(id), _) => format!("key {id:?}"),
            (None, Some(position)) => format!("key number {position}, without a `kid`"),
            (None, None) => "the key without a `kid`".to_owned(),
        };
        KeyError { subject, fault: fault.into() }
    }
}

/// A key or a set of keys that cannot be used: which one, the error, and the fix.
///
/// It contains no key material.
#[derive(Debug)]
pub struct KeyError {
    subject: String,
    fault: String,
}

impl KeyError {
    pub(super) fn of_set(fault: impl Into<String>) -> Self {
        Self { subject: "key set".to_owned(), fault: fault.into() }
    }

    pub(super) fn fault(&self) -> &str {
        &self.fault
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.fault)
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::{Key, KeyName, SMALL_ORDER};

    /// Without this check, these keys would accept signatures that need no private key.
    #[test]
    fn keys_for_which_anybody_can_sign_are_refused() {
        // R is the neutral element and S is zero: good wherever the challenge times the key is
        // neutral too, which is so for one message in eight at least.
        let mut forged = [0; 64];
        forged[0] = 1;
        let mut forgeable = 0;
        for point in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut point = point;
                point[31] |= sign;
                let key = UnparsedPublicKey::new(&ED25519, point);
                forgeable += usize::from((0..200_u8).any(|n| key.verify(&[n], &forged).is_ok()));
                assert!(Key::eddsa_point(KeyName::new(None), &point).is_err(), "{point:x?}");
            }
        }
        assert!(forgeable >= 6, "only {forgeable}: the list is not what it says");
    }
}
