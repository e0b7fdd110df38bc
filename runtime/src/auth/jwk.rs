//! Keys in a JWK Set (RFC 7517, RFC 7518 section 6, RFC 8037).

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{SecretSlice, zeroize::Zeroizing};
use serde::Deserialize;

use super::{
    algorithm::Algorithm,
    key::{Key, KeyError, KeyName},
};

/// The members that matter. Any other is ignored, as RFC 7517 section 4 requires; one of these that
/// occurs twice is an error, as with every struct of serde's.
#[derive(Deserialize)]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow, default)]
    kid: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    alg: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "use")]
    usage: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    key_ops: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    crv: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    k: Option<&'a str>,
    #[serde(borrow, default)]
    n: Option<&'a str>,
    #[serde(borrow, default)]
    e: Option<&'a str>,
    #[serde(borrow, default)]
    x: Option<&'a str>,
    #[serde(borrow, default)]
    y: Option<&'a str>,
    /// The private part of every asymmetric kind.
    #[serde(borrow, default)]
    d: Option<&'a str>,
}

#[derive(Deserialize)]
struct JwkSet<'a> {
    #[serde(borrow)]
    keys: Vec<Jwk<'a>>,
}

/// Reads every key of a set; the first that cannot be used is an error.
pub(super) fn read_keys(json: &[u8]) -> Result<Vec<Key>, KeyError> {
    let set = read_set(json)?;
    set.keys.iter().zip(1..).map(|(jwk, position)| jwk.key(position)).collect()
}

/// Reads the usable keys of a set from an external provider; the second part has the others, and
/// why they are left out.
#[cfg(feature = "remote-keys")]
pub(super) fn read_public_keys(json: &[u8]) -> Result<(Vec<Key>, Vec<KeyError>), KeyError> {
    let set: PublishedSet<'_> = serde_json::from_slice(json).map_err(not_a_set)?;
    if set.keys.len() > MAX_PUBLISHED {
        return Err(KeyError::of_set(format!("has more than {MAX_PUBLISHED} keys")));
    }
    let (mut keys, mut left_out) = (Vec::new(), Vec::new());
    for (entry, position) in set.keys.iter().zip(1..) {
        let key = match entry {
            Entry::Jwk(jwk) => jwk.public_key(position),
            Entry::Other(_) => {
                Err(KeyName::in_set(None, position).fault("not a key with text members"))
            }
        };
        match key {
            Ok(key) => keys.push(key),
            Err(fault) => left_out.push(fault),
        }
    }
    Ok((keys, left_out))
}

/// The most keys: each name is compared with all others, and each key is prepared.
#[cfg(feature = "remote-keys")]
const MAX_PUBLISHED: usize = 64;

#[cfg(feature = "remote-keys")]
#[derive(Deserialize)]
struct PublishedSet<'a> {
    #[serde(borrow)]
    keys: Vec<Entry<'a>>,
}

/// A malformed entry must not hide the others.
#[cfg(feature = "remote-keys")]
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry<'a> {
    #[serde(borrow)]
    Jwk(Box<Jwk<'a>>),
    Other(serde::de::IgnoredAny),
}

/// The one secret of a set, with its name: what a signer needs.
pub(super) fn read_secret(json: &[u8]) -> Result<(Option<String>, SecretSlice<u8>), KeyError> {
    let set = read_set(json)?;
    let mut secrets = set.keys.iter().zip(1..).filter(|(jwk, _)| jwk.kty == "oct");
    let (Some((jwk, position)), None) = (secrets.next(), secrets.next()) else {
        return Err(KeyError::of_set("signing with HS256 needs exactly one key of kty \"oct\""));
    };
    let name = jwk.name(position);
    jwk.algorithm(&name)?;
    Ok((jwk.kid.as_deref().map(str::to_owned), jwk.secret(&name)?))
}

fn read_set(json: &[u8]) -> Result<JwkSet<'_>, KeyError> {
    // serde's message may quote a value, and a value may be the secret: only the position is
    // reported.
    serde_json::from_slice(json).map_err(not_a_set)
}

/// By value, as `map_err` passes it.
#[expect(clippy::needless_pass_by_value, reason = "it is the argument of `map_err`")]
fn not_a_set(error: serde_json::Error) -> KeyError {
    KeyError::of_set(format!(
        "not a JWK set at line {}, column {}; expected {{\"keys\": [..]}} with text members",
        error.line(),
        error.column()
    ))
}

impl Jwk<'_> {
    fn name(&self, position: usize) -> KeyName {
        KeyName::in_set(self.kid.as_deref(), position)
    }

    fn key(&self, position: usize) -> Result<Key, KeyError> {
        let name = self.name(position);
        let algorithm = self.algorithm(&name)?;
        self.bound_to(algorithm, name)
    }

    /// A key of a published set. Many providers leave `alg` out of RSA keys; RS256 is the algorithm
    /// that RFC 9068 section 2.1 requires of all, and the key is used with no other then.
    #[cfg(feature = "remote-keys")]
    fn public_key(&self, position: usize) -> Result<Key, KeyError> {
        let name = self.name(position);
        if self.kty == "oct" || self.k.is_some() {
            return Err(name.fault(
                "a secret in a published set: every reader of it can sign, so nothing it signed \
                 counts",
            ));
        }
        let algorithm = match (&*self.kty, &self.crv, &self.alg) {
            ("RSA", None, None) => {
                self.check_usage(&name)?;
                Algorithm::Rs256
            }
            _ => self.algorithm(&name)?,
        };
        self.bound_to(algorithm, name)
    }

    fn bound_to(&self, algorithm: Algorithm, name: KeyName) -> Result<Key, KeyError> {
        match algorithm {
            Algorithm::Hs256 => Key::hs256(self.kid.as_deref(), &self.secret(&name)?)
                // The name knows the position, which the key itself does not.
                .map_err(
                    |error| if self.kid.is_none() { name.fault(error.fault()) } else { error },
                ),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let n = member(&name, "n", self.n)?;
                let e = member(&name, "e", self.e)?;
                Key::rsa(name, algorithm, &n, &e)
            }
            Algorithm::Es256 => {
                let x = member(&name, "x", self.x)?;
                let y = member(&name, "y", self.y)?;
                if (x.len(), y.len()) != (32, 32) {
                    return Err(name.fault("`x` and `y` of a P-256 key are 32 bytes each"));
                }
                let point = [&[4][..], &x, &y].concat();
                Key::es256_point(name, &point)
            }
            Algorithm::EdDsa => {
                let x = member(&name, "x", self.x)?;
                Key::eddsa_point(name, &x)
            }
        }
    }

    fn check_usage(&self, name: &KeyName) -> Result<(), KeyError> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(name.fault("`use` is not \"sig\"; remove keys that are not for signatures"));
        }
        if self.key_ops.as_ref().is_some_and(|ops| !ops.iter().any(|op| op == "verify")) {
            return Err(name.fault("`key_ops` is without \"verify\"; remove the key from this set"));
        }
        if self.d.is_some() {
            return Err(name.fault(
                "has the private member `d`; keep private keys where tokens are signed, and leave \
                 only the public members here",
            ));
        }
        Ok(())
    }

    /// The algorithm of the key, checked against its kind; it is never guessed.
    fn algorithm(&self, name: &KeyName) -> Result<Algorithm, KeyError> {
        self.check_usage(name)?;
        match (&*self.kty, self.crv.as_deref(), self.alg.as_deref()) {
            ("oct", None, Some("HS256")) => Ok(Algorithm::Hs256),
            ("RSA", None, Some("RS256")) => Ok(Algorithm::Rs256),
            ("RSA", None, Some("PS256")) => Ok(Algorithm::Ps256),
            ("EC", Some("P-256"), None | Some("ES256")) => Ok(Algorithm::Es256),
            ("OKP", Some("Ed25519"), None | Some("EdDSA")) => Ok(Algorithm::EdDsa),
            ("oct", None, _) => Err(name.fault("`alg` of an \"oct\" key must be \"HS256\"")),
            ("RSA", None, _) => {
                Err(name.fault("`alg` of an \"RSA\" key must be \"RS256\" or \"PS256\""))
            }
            ("EC", Some("P-256"), _) => {
                Err(name.fault("`alg` of a P-256 key must be \"ES256\" or absent"))
            }
            ("OKP", Some("Ed25519"), _) => {
                Err(name.fault("`alg` of an Ed25519 key must be \"EdDSA\" or absent"))
            }
            ("EC", _, _) => Err(name.fault("`crv` of an \"EC\" key must be \"P-256\"")),
            ("OKP", _, _) => Err(name.fault("`crv` of an \"OKP\" key must be \"Ed25519\"")),
            ("oct" | "RSA", Some(_), _) => Err(name.fault("`crv` has no place in this `kty`")),
            _ => Err(name.fault("unknown `kty`; known are \"oct\", \"RSA\", \"EC\" and \"OKP\"")),
        }
    }

    fn secret(&self, name: &KeyName) -> Result<SecretSlice<u8>, KeyError> {
        let mut secret = member(name, "k", self.k)?;
        Ok(SecretSlice::from(std::mem::take(&mut *secret)))
    }
}

fn member(
    name: &KeyName,
    member: &str,
    value: Option<&str>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let value = value.ok_or_else(|| name.fault(format!("member `{member}` is missing")))?;
    URL_SAFE_NO_PAD
        .decode(value)
        .map(Zeroizing::new)
        .map_err(|_| name.fault(format!("member `{member}` is not base64url without padding")))
}
