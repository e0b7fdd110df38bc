//! The header stage alone, for measurements.

use actix_web::http::header::{HeaderMap, HeaderValue};

use super::{HeaderSet, Hsts, Nonce, ProfileKind, Profiles, ResourcePolicy, Wardrobe};
use crate::{Problem, policy::HeaderOverrides};

/// The stage that every answer passes, without the rest of the service. For measurements: it is not
/// a stable interface.
#[derive(Debug)]
pub struct HeaderStage {
    profiles: Profiles,
    wardrobe: Wardrobe,
    nonce: Nonce,
}

impl HeaderStage {
    /// The stage of an endpoint with a limit, in a service with a list of origins that is reached
    /// over TLS: an answer has every field.
    ///
    /// # Errors
    ///
    /// No random bits are available.
    pub fn whole() -> Result<Self, Problem> {
        let limits = HeaderValue::from_static("\"default\";q=60;w=60");
        let vary = HeaderValue::from_static("Origin");
        Ok(Self {
            nonce: Nonce::generate()?,
            profiles: Profiles::new(Some(Hsts::default()), &HeaderSet::default()),
            wardrobe: Wardrobe::new(
                HeaderOverrides::default(),
                Some(limits),
                Some(vary),
                ResourcePolicy::default(),
            ),
        })
    }

    /// Adds the headers to an answer of this kind; if its handler uses a nonce, its policies have
    /// it.
    pub fn put_on(
        &self,
        headers: &mut HeaderMap,
        marked: Option<ProfileKind>,
        request_id: &[u8],
        left: Option<HeaderValue>,
        with_nonce: bool,
    ) {
        let nonce = with_nonce.then_some(&self.nonce);
        let kind = self.wardrobe.kind(marked, headers);
        self.wardrobe.dress(kind, &self.profiles).put_on(headers, request_id, left, nonce);
    }
}
