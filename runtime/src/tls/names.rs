//! The certificates by the names that they cover.

use std::{collections::HashMap, sync::Arc};

use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::pair::LoadedPair;

/// Certificates in the order of the configuration.
type Keys = Vec<Arc<CertifiedKey>>;

/// The certificates for each name.
#[derive(Debug)]
pub(super) struct Names {
    exact: HashMap<Box<str>, Keys>,
    /// Wildcards, by the part after `*.`.
    below: HashMap<Box<str>, Keys>,
    all: Keys,
}

impl Names {
    pub(super) fn new<'a>(pairs: impl Iterator<Item = &'a LoadedPair>) -> Self {
        let mut names = Self { exact: HashMap::new(), below: HashMap::new(), all: Vec::new() };
        for pair in pairs {
            for name in &pair.facts.names {
                let (map, name) = match name.strip_prefix("*.") {
                    Some(rest) => (&mut names.below, rest),
                    None => (&mut names.exact, &**name),
                };
                map.entry(name.into()).or_default().push(Arc::clone(&pair.key));
            }
            names.all.push(Arc::clone(&pair.key));
        }
        names
    }

    /// Whether there is no certificate.
    pub(super) fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a certificate is for this name.
    pub(super) fn cover(&self, name: &str) -> bool {
        self.of(name).is_some()
    }

    /// The certificates for a name. A wildcard matches one label (RFC 9525 section 6.3), and a
    /// whole name has precedence.
    fn of(&self, name: &str) -> Option<&Keys> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let wildcard = || name.split_once('.').and_then(|(_, rest)| self.below.get(rest));
        // A wildcard among hosts is covered by the same wildcard.
        let same = || name.strip_prefix("*.").and_then(|rest| self.below.get(rest));
        self.exact.get(name).or_else(same).or_else(wildcard)
    }
}

impl ResolvesServerCert for Names {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let keys = hello.server_name().and_then(|name| self.of(name)).unwrap_or(&self.all);
        let schemes = hello.signature_schemes();
        let usable = keys.iter().find(|key| key.key.choose_scheme(schemes).is_some());
        usable.or_else(|| keys.first()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Names;

    #[test]
    fn a_name_is_covered_by_itself_or_by_a_wildcard_of_one_label() {
        let names = Names {
            exact: HashMap::from([("a.example".into(), Vec::new())]),
            below: HashMap::from([("b.example".into(), Vec::new())]),
            all: Vec::new(),
        };
        for (name, is_covered) in [
            ("a.example", true),
            ("A.Example", true),
            // Written in full (RFC 1034 section 3.1).
            ("a.example.", true),
            ("x.b.example.", true),
            ("x.b.example", true),
            ("*.b.example", true),
            ("x.y.b.example", false),
            ("b.example", false),
            ("*.a.example", false),
            ("x.a.example", false),
            ("a.example..", false),
            ("", false),
        ] {
            assert_eq!(names.cover(name), is_covered, "{name}");
        }
    }
}
