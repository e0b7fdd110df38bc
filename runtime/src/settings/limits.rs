//! The settings of the shared store, which make sense together only.

#[cfg(feature = "redis")]
use std::time::Duration;

use super::PREFIX;
use crate::service::{Builder, Environment};
#[cfg(feature = "redis")]
use crate::{
    auth::Revocations,
    limit::{SharedStore, SharedStoreError},
};

/// How long a request waits for the store unless `PALISADE_REDIS_TIMEOUT` says otherwise.
#[cfg(feature = "redis")]
const TIMEOUT: Duration = Duration::from_millis(100);

/// What the variables said, before they are put together.
#[derive(Debug, Default)]
pub(super) struct LimitVariables {
    #[cfg(feature = "redis")]
    url: Option<secrecy::SecretString>,
    #[cfg(feature = "redis")]
    prefix: Option<String>,
    #[cfg(feature = "redis")]
    timeout: Option<Duration>,
    /// Whether `PALISADE_REVOCATIONS_URL` says where revocations are, or that there are none.
    pub(super) has_revocations: bool,
}

impl LimitVariables {
    /// Whether it is one of these variables.
    pub(super) fn owns(name: &str) -> bool {
        matches!(name, "LIMITS" | "ENV" | "REDIS_URL" | "REDIS_TIMEOUT" | "REDIS_PREFIX")
    }

    pub(super) fn apply(
        &mut self,
        builder: Builder,
        name: &str,
        value: &str,
        complaints: &mut Vec<String>,
    ) -> Builder {
        match (name, value) {
            ("LIMITS", "local") => builder,
            ("LIMITS", "shared") => builder.share_limits(),
            ("LIMITS", "off") => builder.limits_off_by_environment(),
            ("LIMITS", _) => {
                complaints.push(format!("{PREFIX}LIMITS is {value:?}: write local, shared or off"));
                builder
            }
            ("ENV", "production") => builder.environment(Environment::Production),
            ("ENV", "development") => builder.environment(Environment::Development),
            ("ENV", _) => {
                complaints
                    .push(format!("{PREFIX}ENV is {value:?}: write production or development"));
                builder
            }
            _ => {
                self.keep(name, value, complaints);
                builder
            }
        }
    }

    #[cfg(feature = "redis")]
    fn keep(&mut self, name: &str, value: &str, complaints: &mut Vec<String>) {
        match name {
            "REDIS_URL" => self.url = Some(value.into()),
            "REDIS_PREFIX" => self.prefix = Some(value.to_owned()),
            _ => match duration(value) {
                Some(timeout) => self.timeout = Some(timeout),
                None => complaints
                    .push(format!("{PREFIX}{name} is {value:?}: write a time like 100 ms or 1 s")),
            },
        }
    }

    #[cfg(not(feature = "redis"))]
    #[expect(clippy::unused_self, reason = "it keeps something where the feature is there")]
    fn keep(&mut self, name: &str, _: &str, complaints: &mut Vec<String>) {
        complaints.push(format!(
            "{PREFIX}{name} needs the feature `redis` of palisade, and this service was built \
             without it: palisade = {{ features = [\"redis\"], .. }}"
        ));
    }

    /// Puts together what was said.
    #[cfg(feature = "redis")]
    pub(super) fn finish(self, builder: Builder, complaints: &mut Vec<String>) -> Builder {
        let Some(url) = self.url else {
            for (is_set, name) in
                [(self.timeout.is_some(), "TIMEOUT"), (self.prefix.is_some(), "PREFIX")]
            {
                if is_set {
                    complaints.push(format!(
                        "{PREFIX}REDIS_{name} goes with {PREFIX}REDIS_URL, which is not set"
                    ));
                }
            }
            return builder;
        };
        let prefix = self.prefix.as_deref().unwrap_or("palisade");
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        let store = match SharedStore::redis(&url, prefix, timeout) {
            Ok(store) => store,
            Err(error) => {
                let name = match error {
                    SharedStoreError::Url | SharedStoreError::Thread => "URL",
                    SharedStoreError::Prefix => "PREFIX",
                    SharedStoreError::Timeout => "TIMEOUT",
                };
                // The value may hold a password.
                complaints.push(format!("{PREFIX}REDIS_{name}: {error}"));
                return builder;
            }
        };
        let follows = !self.has_revocations && !store.is_cluster();
        let builder = builder.limit_store(store);
        if !follows {
            return builder;
        }
        match Revocations::redis(&url) {
            Ok(revocations) => builder.revocations(revocations),
            Err(error) => {
                complaints.push(format!("{PREFIX}REDIS_URL, for revocations: {error}"));
                builder
            }
        }
    }

    #[cfg(not(feature = "redis"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn finish(self, builder: Builder, _: &mut Vec<String>) -> Builder {
        builder
    }
}

/// `100 ms` or `1 s`.
#[cfg(feature = "redis")]
fn duration(text: &str) -> Option<Duration> {
    let (unit, scale) = if text.ends_with("ms") { ("ms", 1) } else { ("s", 1_000) };
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    Some(Duration::from_millis(number.checked_mul(scale)?))
}

#[cfg(all(test, feature = "redis"))]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("100 ms"), Some(Duration::from_millis(100)));
        assert_eq!(duration("2s"), Some(Duration::from_secs(2)));
        for text in ["", "100", "ms", "-1 s", "1 m", "1.5 s", "99999999999999999999 s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
