//! The settings from all sources, so that a later error names the source.

use std::collections::BTreeMap;

use super::Builder;
use crate::{
    Origin as WebOrigin,
    setting_sources::{Origin, WeakSecret, single, with_origin},
};

/// What a setting requires to have an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Proxies that are trusted.
    Proxies,
    /// Origins whose pages may read the answers.
    CorsOrigins,
    /// Keys for tokens, where the service has no verifier of its own.
    Keys,
    /// A service without a verifier of its own.
    NoVerifier,
    /// Tokens that are verified.
    Tokens,
    /// A public origin with https.
    HttpsOrigin,
}

impl Need {
    fn is_met(self, builder: &Builder) -> bool {
        let has_keys = || builder.keys.is_some() || builder.keys_failed;
        match self {
            Self::Proxies => builder.proxies.are_trusted(),
            Self::CorsOrigins => builder.cors.has_origins(),
            Self::Keys => builder.verifier.is_none() && has_keys(),
            Self::NoVerifier => builder.verifier.is_none(),
            Self::Tokens => builder.verifier.is_some() || has_keys(),
            Self::HttpsOrigin => builder.public_origin.as_ref().is_some_and(WebOrigin::is_secure),
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Proxies => "no proxy is trusted: set PALISADE_TRUSTED_PROXIES too",
            Self::CorsOrigins => {
                "no page of another origin may read answers: set PALISADE_CORS_ORIGINS too"
            }
            Self::Keys => {
                "this service reads no keys of an issuer: set PALISADE_AUTH_KEYS or another of the \
                 settings that say where keys come from too"
            }
            Self::NoVerifier => "this service brings its own keys and issuer",
            Self::Tokens => "this service verifies no tokens",
            Self::HttpsOrigin => {
                "HSTS is sent where PALISADE_PUBLIC_ORIGIN begins with https: set it too"
            }
        }
    }
}

/// The settings that were given from outside of the program.
#[derive(Debug, Default)]
pub(crate) struct GivenSettings {
    origins: BTreeMap<&'static str, Origin>,
    needs: Vec<(&'static str, Need)>,
    weak: Vec<WeakSecret>,
    /// All of them are applied: from now on, a value is set by the program.
    is_applied: bool,
    /// They name keys for tokens.
    has_keys: bool,
}

impl GivenSettings {
    /// Notes that this setting was given.
    pub(crate) fn begin(&mut self, name: &'static str, origin: &Origin) {
        self.origins.insert(name, origin.clone());
    }

    /// Notes that it has no effect without something that the program may still add.
    pub(crate) fn need(&mut self, name: &'static str, need: Need) {
        self.needs.push((name, need));
    }

    /// Notes a weak secret: in production, the service does not start.
    pub(crate) fn weak(&mut self, secret: WeakSecret) {
        self.weak.push(secret);
    }

    /// Forgets the requirements of a setting that was refused already: each mistake is reported
    /// once.
    pub(crate) fn take_refused(&mut self, complaints: &[String]) {
        let is_refused = |name: &str| complaints.iter().any(|one| one.starts_with(name));
        self.needs.retain(|(name, _)| !is_refused(name));
    }

    /// The message, with the origin after the first mention of each setting that was given.
    pub(crate) fn with_origins(&self, text: String) -> String {
        self.origins
            .iter()
            .fold(text, |text, (name, origin)| with_origin(name, origin, &text).unwrap_or(text))
    }
}

impl Builder {
    /// Whether a [source](crate::settings) gave this setting: `PALISADE_LIMITS`.
    pub fn is_set(&self, setting: &str) -> bool {
        self.given.origins.contains_key(setting)
    }

    /// Notes that every setting is applied.
    pub(crate) fn finish_settings(&mut self) {
        self.given.is_applied = true;
        self.given.has_keys = self.keys.is_some() || self.keys_failed;
    }

    /// Notes that the program sets another value for a setting that a source has given: neither has
    /// precedence.
    pub(super) fn contradicts(&mut self, setting: &'static str, call: &str, is_other: bool) {
        if is_other && self.given.is_applied && self.is_set(setting) {
            self.complaints.push(format!(
                "{setting} and `.{call}(..)` of the program set different values: unset {setting}, or call \
                 `.{call}(..)` only where `is_set(\"{setting}\")` is false"
            ));
        }
    }

    /// As [`contradicts`](Self::contradicts), for the settings that each name a source of keys.
    pub(super) fn replaces_keys(&mut self, call: &str) {
        let settings = [
            "PALISADE_AUTH_KEYS",
            "PALISADE_AUTH_KEYS_JSON",
            "PALISADE_AUTH_KEYS_JSON_FROM",
            "PALISADE_AUTH_KEYS_URL",
            "PALISADE_AUTH_DISCOVERY",
        ];
        let first = settings.into_iter().find(|setting| self.is_set(setting));
        if let Some(setting) = first.filter(|_| self.given.has_keys) {
            self.contradicts(setting, call, true);
        }
    }

    /// Notes a default that a setting weakens, with its reason, for the inventory.
    pub(crate) fn note_weakened(&mut self, text: String) {
        self.weakened.push(text);
    }

    #[cfg(test)]
    pub(crate) fn weakened(&self) -> &[String] {
        &self.weakened
    }

    pub(crate) fn given(&self) -> &GivenSettings {
        &self.given
    }

    pub(crate) fn given_mut(&mut self) -> &mut GivenSettings {
        &mut self.given
    }

    /// The errors since the last call.
    pub(crate) fn take_complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// The settings that have no effect in this service, each with the reason.
    pub(crate) fn without_effect(&self) -> Vec<String> {
        let unmet = self.given.needs.iter().filter(|(_, need)| !need.is_met(self));
        unmet
            .map(|(name, need)| {
                let text = format!("{name} has no effect: {}, or unset {name}", need.why());
                self.given.with_origins(text)
            })
            .collect()
    }

    /// Adds the secrets that the program has read one by one so far, in addition to those that it
    /// had read before its settings.
    fn add_single_secrets(&mut self) {
        let (mut weak, mut unchecked) = (Vec::new(), Vec::new());
        single::judged(&mut weak, &mut unchecked);
        weak.retain(|new| !self.given.weak.iter().any(|known| known.text == new.text));
        self.given.weak.extend(weak);
        unchecked.retain(|new| !self.weakened.contains(new));
        self.weakened.extend(unchecked);
    }

    /// Refuses weak secrets in production, and warns of them elsewhere.
    pub(crate) fn judge_secrets(&mut self, is_production: bool, complaints: &mut Vec<String>) {
        self.add_single_secrets();
        for WeakSecret { text, is_certain } in std::mem::take(&mut self.given.weak) {
            match (is_certain, is_production) {
                (true, true) => complaints.push(text),
                (true, false) => {
                    tracing::warn!("{text}; in production the service does not start");
                }
                (false, _) => tracing::warn!("{text}"),
            }
        }
    }

    /// Checks the settings alone: what the program adds is unknown here, so a requirement that it
    /// could fulfil is not reported as missing.
    pub(crate) fn check_settings(mut self) -> Vec<String> {
        let mut complaints = self.take_complaints();
        complaints.extend(self.take_too_large());
        if self.keys.is_some() && self.issuer.is_some() && self.audience.is_some() {
            let _verifier = self.take_verifier(&mut complaints);
        }
        let production = self.is_production();
        self.add_single_secrets();
        let _listening = self.take_listening(&mut complaints);
        let _cors = self.take_cors(&mut complaints);
        complaints.extend(self.out_of_bounds());
        complaints.extend(self.headers.fault());
        if production {
            let weak = std::mem::take(&mut self.given.weak).into_iter();
            complaints.extend(weak.filter(|one| one.is_certain).map(|one| one.text));
        }
        complaints.into_iter().map(|text| self.given.with_origins(text)).collect()
    }
}
