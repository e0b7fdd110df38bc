//! The header stage by itself, as measurements see it.

use actix_web::http::header::{HeaderMap, HeaderValue};

use super::{HeaderSet, Hsts, Nonce, ProfileKind, Profiles, ResourcePolicy, Wardrobe};
use crate::{Problem, headers::HeaderOverrides};

/// What every answer passes on its way out, without the rest of the service. For measurements: no
/// promise is made for it.
#[derive(Debug)]
pub struct HeaderStage {
    profiles: Profiles,
    wardrobe: Wardrobe,
    nonce: Nonce,
}

impl HeaderStage {
    /// The stage of an endpoint with a limit, in a service with a list of origins that is reached
    /// over TLS: everything that an answer can have.
    ///
    /// # Errors
    ///
    /// No random bits are to be had.
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

    /// Makes the headers of an answer of this kind fit to leave; one whose handler asked for a nonce
    /// has it in its policies.
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
