//! A hashed password, as a service stores it.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version, password_hash::phc};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{cost::PasswordCost, input::Password, memory::HashMemory};

/// RFC 9106 section 3.1 recommends 16 bytes for password hashing.
const SALT_LENGTH: usize = 16;

/// Longer than any PHC string of Argon2.
const MAX_LENGTH: usize = 256;

/// A hashed password: a PHC string of Argon2id, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
///
/// `Debug` prints only its cost: an attacker with the hash can try passwords offline.
///
/// ```
/// use palisade::password::PasswordHash;
///
/// let text = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA\
///             $ZYpNjbNZRZJiGiPtKjz0Xu/vlYQl6AKwAVGOIFo+qUE";
/// assert_eq!(PasswordHash::parse(text).unwrap().as_str(), text);
/// assert!(PasswordHash::parse("5f4dcc3b5aa765d61d8327deb882cf99").is_err());
/// ```
#[derive(Clone)]
pub struct PasswordHash {
    text: String,
    parsed: phc::PasswordHash,
    cost: PasswordCost,
}

impl PasswordHash {
    /// Parses a stored hash.
    ///
    /// # Errors
    ///
    /// Not a PHC string of Argon2id in version 19 with salt and hash, or one with too high a cost
    /// (more than 1 GiB, 32 passes or 16 lanes).
    pub fn parse(text: &str) -> Result<Self, PasswordHashError> {
        if text.len() > MAX_LENGTH {
            return Err(PasswordHashError::Form);
        }
        let parsed = phc::PasswordHash::new(text).map_err(|_| PasswordHashError::Form)?;
        if parsed.algorithm != Algorithm::Argon2id.ident()
            || parsed.version != Some(Version::V0x13.into())
        {
            return Err(PasswordHashError::Algorithm);
        }
        let long_enough = parsed.salt.is_some_and(|salt| salt.len() >= 8)
            && parsed.hash.is_some_and(|hash| hash.len() >= 16);
        if !long_enough {
            return Err(PasswordHashError::Form);
        }
        let params = Params::try_from(&parsed).map_err(|_| PasswordHashError::Form)?;
        let cost = PasswordCost::of(&params);
        if !cost.is_bearable() {
            return Err(PasswordHashError::Cost);
        }
        Ok(Self { text: text.to_owned(), parsed, cost })
    }

    /// The PHC string for storing.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its cost.
    pub fn cost(&self) -> PasswordCost {
        self.cost
    }

    /// This takes long: never call it on a thread that serves requests.
    pub(super) fn make(
        password: &Password,
        cost: PasswordCost,
        memory: &HashMemory,
    ) -> Option<Self> {
        let mut salt = [0; SALT_LENGTH];
        aws_lc_rs::rand::fill(&mut salt).ok()?;
        let params = cost.params()?;
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        fill(password, &params, &salt, &mut output, memory)?;
        let parsed = phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: phc::ParamsString::try_from(&params).ok()?,
            salt: Some(phc::Salt::new(&salt).ok()?),
            hash: Some(phc::Output::new(&output).ok()?),
        };
        Some(Self { text: parsed.to_string(), parsed, cost })
    }

    /// Whether it is the hash of this password, at the hash's own cost; `None` if out of memory.
    /// This takes long too.
    pub(super) fn is_of(&self, password: &Password, memory: &HashMemory) -> Option<bool> {
        let params = Params::try_from(&self.parsed).ok()?;
        let (salt, expected) = (self.parsed.salt.as_ref()?, self.parsed.hash.as_ref()?);
        let mut output = [0; phc::Output::MAX_LENGTH];
        let output = output.get_mut(..expected.len())?;
        fill(password, &params, salt, output, memory)?;
        Some(verify_slices_are_equal(output, expected.as_bytes()).is_ok())
    }

    /// The required memory, in blocks of 1 KiB.
    pub(super) fn blocks(&self) -> Option<usize> {
        self.cost.params().map(|params| params.block_count())
    }
}

fn fill(
    password: &Password,
    params: &Params,
    salt: &[u8],
    output: &mut [u8],
    memory: &HashMemory,
) -> Option<()> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let hashed = memory.with(params.block_count(), |blocks| {
        argon2.hash_password_into_with_memory(password.bytes(), salt, output, blocks)
    });
    hashed?.ok()
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Serialize for PasswordHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for PasswordHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A stored string is not a hash that can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordHashError {
    /// It is not a PHC string with salt and hash.
    Form,
    /// It is not Argon2id in version 19.
    Algorithm,
    /// Its cost is too high for a server.
    Cost,
}

impl fmt::Display for PasswordHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "not a PHC string with salt and hash (`$argon2id$v=19$..`)",
            Self::Algorithm => "not a hash of argon2id in version 19",
            Self::Cost => "a hash of more than 1 GiB, 32 passes or 16 lanes",
        })
    }
}

impl std::error::Error for PasswordHashError {}

#[cfg(test)]
mod tests {
    use argon2::{
        Algorithm, Argon2, ParamsBuilder, Version,
        password_hash::{CustomizedPasswordHasher as _, PasswordVerifier as _},
    };

    use super::{HashMemory, Password, PasswordCost, PasswordHash, PasswordHashError};

    const SALT: &str = "c29tZXNhbHRzb21lc2FsdA";
    const HASH: &str = "ZYpNjbNZRZJiGiPtKjz0Xu/vlYQl6AKwAVGOIFo+qUE";

    #[test]
    fn only_argon2id_of_a_bearable_cost_is_read() {
        let read = |head: &str| PasswordHash::parse(&format!("{head}${SALT}${HASH}")).map(|_| ());
        assert_eq!(read("$argon2id$v=19$m=19456,t=2,p=1"), Ok(()));
        assert_eq!(read("$argon2id$v=19$m=4096,t=3,p=1"), Ok(()), "older services hashed less");
        for (head, error) in [
            ("$argon2i$v=19$m=19456,t=2,p=1", PasswordHashError::Algorithm),
            ("$argon2d$v=19$m=19456,t=2,p=1", PasswordHashError::Algorithm),
            ("$argon2id$v=16$m=19456,t=2,p=1", PasswordHashError::Algorithm),
            ("$argon2id$v=19$m=4294967295,t=2,p=1", PasswordHashError::Cost),
            ("$argon2id$v=19$m=19456,t=4294967295,p=1", PasswordHashError::Cost),
            ("$argon2id$v=19$m=65536,t=2,p=17", PasswordHashError::Cost),
            ("", PasswordHashError::Form),
        ] {
            assert_eq!(read(head), Err(error), "{head}");
        }
        for text in ["", "$", "$argon2id$v=19$m=19456,t=2,p=1", &"$".repeat(300)] {
            assert_eq!(PasswordHash::parse(text).map(|_| ()), Err(PasswordHashError::Form));
        }
    }

    #[test]
    fn a_hash_is_of_its_password_alone() {
        let password = |text: &str| Password::new(text.to_owned()).unwrap();
        let memory = HashMemory::new(19 * 1024);
        let make =
            |text: &str| PasswordHash::make(&password(text), PasswordCost::default(), &memory);
        let hash = make("correct horse").unwrap();
        let again = PasswordHash::parse(hash.as_str()).unwrap();
        assert_eq!(again.is_of(&password("correct horse"), &memory), Some(true));
        assert_eq!(again.is_of(&password("correct horsf"), &memory), Some(false));
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!format!("{hash:?}").contains("argon2id$"));
        assert_ne!(make("correct horse").unwrap().as_str(), hash.as_str(), "each has its own salt");
    }

    #[test]
    fn hashes_are_those_of_the_library_at_every_cost_and_length() {
        let memory = HashMemory::new(64);
        let password = Password::new("correct horse".to_owned()).unwrap();
        let wrong = Password::new("correct horsf".to_owned()).unwrap();
        for (blocks, passes, lanes, length) in
            [(64, 1, 1, 32), (64, 2, 4, 16), (33, 3, 3, 64), (8, 1, 1, 20), (500, 2, 2, 32)]
        {
            let mut params = ParamsBuilder::new();
            params.m_cost(blocks).t_cost(passes).p_cost(lanes).output_len(length);
            let made = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.build().unwrap())
                .hash_password_customized(
                    b"correct horse",
                    b"some salt of ours",
                    None,
                    None,
                    params.build().unwrap(),
                );
            let hash = PasswordHash::parse(&made.unwrap().to_string()).unwrap();
            assert_eq!(hash.is_of(&password, &memory), Some(true), "{hash:?}");
            assert_eq!(hash.is_of(&wrong, &memory), Some(false), "{hash:?}");
        }
        let cost = PasswordCost::new(7 * 1024, 5, 1).unwrap();
        let ours = PasswordHash::make(&password, cost, &memory).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", ours.as_str()).is_ok());
    }
}
