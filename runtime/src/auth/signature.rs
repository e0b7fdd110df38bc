//! Verifies signatures, through `jsonwebtoken` with a fixed cryptography provider.
//!
//! `jsonwebtoken` picks its cryptography for the whole process, and panics on first use if two
//! crates of one build enable two providers. Every call here goes to one provider by name, so that
//! other crates cannot affect it.

use std::{cell::RefCell, fmt};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use jsonwebtoken::{
    EncodingKey,
    crypto::{JwtVerifier, aws_lc::DEFAULT_PROVIDER},
};
use secrecy::SecretSlice;

use super::{
    algorithm::Algorithm,
    key::{Key, KeyName},
};

/// A thread that has used more keys than this starts over; services have one or two.
const MAX_PREPARED: usize = 16;

thread_local! {
    /// Prepared keys, by their number. Preparing an HMAC key costs about as much as using it, and
    /// the library's prepared keys cannot leave their thread.
    static PREPARED: RefCell<Vec<(u64, Box<dyn JwtVerifier>)>> = const { RefCell::new(Vec::new()) };
}

/// Whether `signature` is over `message` by `key`, in the key's own algorithm.
pub(super) fn is_signed(key: &Key, message: &[u8], signature: &Vec<u8>) -> bool {
    PREPARED.with_borrow_mut(|prepared| {
        if let Some((_, verifier)) = prepared.iter().find(|(number, _)| *number == key.number()) {
            return verifier.verify(message, signature).is_ok();
        }
        let Ok(verifier) =
            (DEFAULT_PROVIDER.verifier_factory)(&key.algorithm().in_library(), key.material())
        else {
            return false;
        };
        let is_signed = verifier.verify(message, signature).is_ok();
        if prepared.len() >= MAX_PREPARED {
            prepared.clear();
        }
        prepared.push((key.number(), verifier));
        is_signed
    })
}

/// Signs `message`; `None` if the key is not of the algorithm.
pub(super) fn sign(algorithm: Algorithm, key: &EncodingKey, message: &[u8]) -> Option<Vec<u8>> {
    let signer = (DEFAULT_PROVIDER.signer_factory)(&algorithm.in_library(), key).ok()?;
    signer.try_sign(message).ok()
}

/// Checks at start-up that signatures can be made and checked, and that a changed message, a
/// changed signature and another key are noticed.
///
/// It also makes this cryptography the process's default for `jsonwebtoken`, for code that calls
/// that crate itself; if one is installed already, it stays, and nothing here depends on it.
///
/// # Errors
///
/// The cryptographic library does not work on this machine: do not serve.
pub fn self_test() -> Result<(), SelfTestFailure> {
    let _already_installed = DEFAULT_PROVIDER.install_default();
    for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa] {
        if !round_trip(algorithm).unwrap_or(false) {
            return Err(SelfTestFailure(algorithm));
        }
    }
    Ok(())
}

/// The cryptographic library failed its test for this algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfTestFailure(Algorithm);

impl fmt::Display for SelfTestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the cryptographic library fails its own test for {}", self.0)
    }
}

impl std::error::Error for SelfTestFailure {}

fn round_trip(algorithm: Algorithm) -> Option<bool> {
    const MESSAGE: &[u8] = b"self-test";
    let (signing, key) = fresh_pair(algorithm)?;
    let (_, stranger) = fresh_pair(algorithm)?;
    let signature = sign(algorithm, &signing, MESSAGE)?;
    let mut changed = signature.clone();
    *changed.last_mut()? ^= 1;
    Some(
        is_signed(&key, MESSAGE, &signature)
            && !is_signed(&key, b"self-tesT", &signature)
            && !is_signed(&key, MESSAGE, &changed)
            && !is_signed(&stranger, MESSAGE, &signature),
    )
}

/// RSA is left out: generating a key takes too long for a start, and it is the same library.
fn fresh_pair(algorithm: Algorithm) -> Option<(EncodingKey, Key)> {
    let random = SystemRandom::new();
    match algorithm {
        Algorithm::Hs256 => {
            let mut secret = vec![0; 64];
            aws_lc_rs::rand::fill(&mut secret).ok()?;
            let signing = EncodingKey::from_secret(&secret);
            Some((signing, Key::hs256(None, &SecretSlice::from(secret)).ok()?))
        }
        Algorithm::Es256 => {
            let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(signing, &random).ok()?;
            let pair = EcdsaKeyPair::from_pkcs8(signing, document.as_ref()).ok()?;
            let key = Key::es256_point(KeyName::new(None), pair.public_key().as_ref()).ok()?;
            Some((EncodingKey::from_ec_der(document.as_ref()), key))
        }
        Algorithm::EdDsa => {
            let document = Ed25519KeyPair::generate_pkcs8(&random).ok()?;
            let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).ok()?;
            let key = Key::eddsa_point(KeyName::new(None), pair.public_key().as_ref()).ok()?;
            Some((EncodingKey::from_ed_der(document.as_ref()), key))
        }
        Algorithm::Rs256 | Algorithm::Ps256 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, fresh_pair, is_signed, self_test, sign};

    #[test]
    fn the_library_passes_twice() {
        assert_eq!(self_test(), Ok(()));
        assert_eq!(self_test(), Ok(()), "an installed default is no failure");
    }

    #[test]
    fn prepared_keys_are_not_mixed_up() {
        let pairs: Vec<_> = (0..40).map(|_| fresh_pair(Algorithm::Hs256).unwrap()).collect();
        for _ in 0..2 {
            for (i, (signing, _)) in pairs.iter().enumerate() {
                let signature = sign(Algorithm::Hs256, signing, b"m").unwrap();
                for (j, (_, key)) in pairs.iter().enumerate() {
                    assert_eq!(is_signed(key, b"m", &signature), i == j);
                }
            }
        }
    }
}
