//! The key that signs this service's tokens.
//!
//! A real service takes its tokens from an identity provider and holds no signing key at all. To
//! be started by one command, this one makes a key of its own on the first start and keeps it in a
//! file that only its user can read. `PALISADE_AUTH_KEYS` names another key set instead.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use palisade::{SecretFile, SecretFileError};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The key set file in `folder`, made if it is not there.
///
/// # Errors
///
/// Where the file can neither be made nor looked at, or others can read it.
pub(crate) fn ensure(folder: &Path) -> Result<PathBuf, SecretFileError> {
    let file = SecretFile::open_or_create(folder.join("keys.json"), key_set)?;
    Ok(file.path().to_owned())
}

/// A JWK set (RFC 7517) with one fresh secret.
fn key_set() -> Result<SecretString, getrandom::Error> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    getrandom::fill(secret.as_mut_slice())?;
    let mut name = [0_u8; 8];
    getrandom::fill(&mut name)?;
    let name = URL_SAFE_NO_PAD.encode(name);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_slice()));
    Ok(SecretString::from(format!(
        "{{\"keys\":[{{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"quickstart-{name}\",\"k\":\"{}\"}}]}}\n",
        encoded.as_str()
    )))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use palisade::auth::{KeySet, TokenSigner};

    use super::ensure;

    #[test]
    fn the_key_signs_and_checks_and_no_two_are_alike() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = ensure(one.path()).unwrap();
        assert!(KeySet::from_jwk_set_file(&path).is_ok());
        assert!(TokenSigner::from_jwk_set_file(&path, "issuer", "audience").is_ok());
        let other = ensure(two.path()).unwrap();
        assert_ne!(fs::read(path).unwrap(), fs::read(other).unwrap());
    }
}
