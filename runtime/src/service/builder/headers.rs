//! The headers of answers, and how long browsers keep those about the host.

use super::Builder;
use crate::headers::{HeaderSet, Hsts, Profiles};

/// The environment and the program may each set a part of them.
#[derive(Debug, Default)]
pub(super) struct HeaderSettings {
    set: HeaderSet,
    max_age: Option<u32>,
    subdomains: bool,
    on_all: bool,
}

impl HeaderSettings {
    fn hsts(&self) -> Hsts {
        let usual = Hsts::default();
        Hsts {
            max_age: self.max_age.unwrap_or(usual.max_age),
            subdomains: self.subdomains,
            preload: self.set.is_preloaded(),
        }
    }

    /// The facts for the deploy checks.
    pub(super) fn facts(&self) -> Hsts {
        self.hsts()
    }

    pub(super) fn fault(&self) -> Option<String> {
        self.hsts().fault()
    }

    pub(super) fn profiles(&self, over_tls: bool, prefix: Option<&str>) -> Profiles {
        let set = self.set.clone();
        let set = if let Some(prefix) = prefix { set.under(prefix) } else { set };
        let set = if self.on_all { set.document_headers_on_all() } else { set };
        Profiles::new(over_tls.then(|| self.hsts()), &set)
    }
}

impl Builder {
    /// Changes headers of the service's pages from the profile.
    pub fn headers(mut self, headers: HeaderSet) -> Self {
        self.complaints.extend_from_slice(headers.faults());
        self.weakened.extend(headers.reasons());
        self.headers.set = headers;
        self
    }

    /// For how many seconds browsers reach the host over TLS alone (HSTS, RFC 6797): two years
    /// unless this is called. A new service begins with a short time, such as 300, and raises it.
    /// With 0, browsers forget the host, which withdraws HSTS.
    ///
    /// It is sent if the [public origin](Self::public_origin) has `https`, and without one if the
    /// service speaks TLS by itself in production.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().public_origin("https://api.example").hsts_max_age(300);
    /// # let _ = builder;
    /// ```
    pub fn hsts_max_age(mut self, seconds: u32) -> Self {
        self.contradicts(
            "PALISADE_HSTS_MAX_AGE",
            "hsts_max_age",
            self.headers.max_age != Some(seconds),
        );
        self.headers.max_age = Some(seconds);
        self
    }

    /// Makes HSTS bind all hosts below that of the service too (`includeSubDomains`): none of them
    /// is reached over plain http any more, whichever party operates it.
    pub fn hsts_subdomains(mut self) -> Self {
        self.contradicts("PALISADE_HSTS_SUBDOMAINS", "hsts_subdomains", !self.headers.subdomains);
        self.headers.subdomains = true;
        self
    }

    /// As [`HeaderSet::document_headers_on_all`], for the environment.
    pub(crate) fn document_headers_on_all(mut self) -> Self {
        self.headers.on_all = true;
        self
    }
}
