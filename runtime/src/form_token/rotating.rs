//! Keys of a secret that changes while tokens of the previous key are in use.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret as _, SecretString};

use super::keys::{LONGEST, SKEW};
use crate::secrets::{Purpose, Weakness, weakness};

/// Generations that are kept; more than that in the lifetime of a token means that the source
/// alternates.
const MOST: usize = 16;

/// The keys of a secret, in their generations.
pub(super) struct RotatingKeys(ArcSwap<Vec<Generation>>);

#[derive(Clone)]
struct Generation {
    key: hmac::Key,
    /// The seconds in which it signs.
    from: u64,
    until: u64,
    /// How long another instance may sign with it after this one has stopped.
    grace: u64,
}

impl RotatingKeys {
    pub(super) fn of(secret: &SecretString) -> Result<Self, Weakness> {
        let first = Generation { key: key(secret)?, from: 0, until: u64::MAX, grace: 0 };
        Ok(Self(ArcSwap::from_pointee(vec![first])))
    }

    /// Accepts tokens of this secret from now on, and signs with it after `delay`: by then every
    /// instance accepts them.
    pub(super) fn replace(
        &self,
        secret: &SecretString,
        now: u64,
        delay: Duration,
    ) -> Result<(), Weakness> {
        let next = key(secret)?;
        let delay = delay.as_secs().saturating_add(1);
        let from = now.saturating_add(delay);
        let mut all = Vec::clone(&self.0.load());
        for generation in &mut all {
            if generation.until > from {
                // One that never signed here may have signed elsewhere.
                (generation.until, generation.grace) = (from, delay.saturating_add(SKEW));
            }
        }
        let longest = LONGEST.as_secs();
        all.retain(|generation| generation.ends().saturating_add(longest) >= now);
        let surplus = all.len().saturating_sub(MOST - 1);
        all.drain(..surplus);
        all.push(Generation { key: next, from, until: u64::MAX, grace: 0 });
        self.0.store(Arc::new(all));
        Ok(())
    }

    /// The key that signs at this time.
    pub(super) fn signing(&self, now: u64) -> Option<hmac::Key> {
        let all = self.0.load();
        // The newest of those whose time has come; a clock that went back must not leave none.
        let signing = all.iter().rev().find(|generation| generation.from <= now);
        signing.or(all.first()).map(|generation| generation.key.clone())
    }

    /// Whether this holds for a key that may have signed a token at this time.
    pub(super) fn any(&self, issued: u64, is_of: impl Fn(&hmac::Key) -> bool) -> bool {
        let all = self.0.load();
        all.iter().rev().filter(|generation| issued <= generation.ends()).any(|one| is_of(&one.key))
    }
}

impl Generation {
    fn ends(&self) -> u64 {
        self.until.saturating_add(self.grace)
    }
}

fn key(secret: &SecretString) -> Result<hmac::Key, Weakness> {
    if let Some(weakness) = weakness(secret.expose_secret(), Purpose::Key) {
        return Err(weakness);
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()))
}

impl fmt::Debug for RotatingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RotatingKeys({} generations)", self.0.load().len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_lc_rs::hmac;

    use super::{MOST, RotatingKeys, SKEW};

    const NOW: u64 = 1_800_000_000;
    const A: &str = "6f1c0a9be7d24c5381f0d3a9b6427e5c";
    const B: &str = "b83d5e7a10f94c26a7c1e0d85f3b6942";

    /// Whether `keys` accept a token that `signer` makes at `signed`, if it signs then.
    fn takes(keys: &RotatingKeys, signer: &RotatingKeys, signed: u64) -> bool {
        let tag = hmac::sign(&signer.signing(signed).unwrap(), b"x");
        keys.any(signed, |key| hmac::verify(key, b"x", tag.as_ref()).is_ok())
    }

    #[test]
    fn instances_that_change_one_after_the_other_take_each_others_tokens() {
        let delay = Duration::from_secs(10);
        let (early, late) =
            (RotatingKeys::of(&A.into()).unwrap(), RotatingKeys::of(&A.into()).unwrap());
        for second in NOW..NOW + 60 {
            if second == NOW + 5 {
                early.replace(&B.into(), second, delay).unwrap();
            }
            if second == NOW + 15 {
                late.replace(&B.into(), second, delay).unwrap();
            }
            assert!(takes(&early, &late, second) && takes(&late, &early, second), "{second}");
        }
        let (old, new) =
            (RotatingKeys::of(&A.into()).unwrap(), RotatingKeys::of(&B.into()).unwrap());
        assert!(takes(&new, &early, NOW + 50), "the new key signs in the end");
        assert!(takes(&early, &old, NOW + 10), "what the old key signed in its time holds on");
        assert!(!takes(&early, &old, NOW + 5 + 2 * 11 + SKEW + 1), "and not what it signs later");
    }

    #[test]
    fn a_weak_key_and_many_changes_do_no_harm() {
        let keys = RotatingKeys::of(&A.into()).unwrap();
        assert!(keys.replace(&"changeme".into(), NOW, Duration::ZERO).is_err());
        assert!(takes(&keys, &RotatingKeys::of(&A.into()).unwrap(), NOW + 100));
        for number in 0..100_u64 {
            let secret = format!("{number:02}{A}");
            keys.replace(&secret.as_str().into(), NOW + number, Duration::ZERO).unwrap();
        }
        assert_eq!(keys.0.load().len(), MOST);
        assert!(keys.signing(0).is_some());
    }
}
