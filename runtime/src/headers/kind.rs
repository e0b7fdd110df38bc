//! What an answer is, as far as browsers are concerned.

use std::sync::Arc;

use actix_web::HttpResponse;

/// The profiles of headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileKind {
    /// An API's answer: nothing runs, frames or loads. What nobody marked is this.
    #[default]
    Json,
    /// A page that a template made: scripts run by nonce only.
    Html,
    /// A file to be saved: never shown in the service's own origin.
    Download,
    /// An answer that ends a session: as [`Json`](Self::Json), and the browser forgets what it
    /// kept of the service (`Clear-Site-Data`).
    LogOut,
}

/// The mark that a response carries in its extensions: private, so that only answers that palisade
/// made of something known name another profile than the strictest.
///
/// An answer of 400 or more is a problem document, whatever it carries.
#[derive(Clone, Debug)]
pub(crate) struct Wears {
    pub(crate) kind: ProfileKind,
    /// What differs from the profile and from what the endpoint declares.
    pub(crate) own: Option<Own>,
}

/// What one answer is sent with in place of what others of its endpoint are: of files, each of which
/// is known.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// A policy that is not its profile's.
    pub(crate) csp: Option<Arc<str>>,
    /// How long it may be kept.
    pub(crate) cache: &'static str,
}

impl Wears {
    /// Marks a response.
    pub(crate) fn mark<B>(response: &mut HttpResponse<B>, kind: ProfileKind) {
        response.extensions_mut().insert(Self { kind, own: None });
    }

    /// Marks a response that differs from others of its endpoint.
    #[cfg_attr(not(feature = "static-files"), expect(dead_code, reason = "only files differ"))]
    pub(crate) fn mark_own<B>(response: &mut HttpResponse<B>, kind: ProfileKind, own: Own) {
        response.extensions_mut().insert(Self { kind, own: Some(own) });
    }

    /// What the response was marked with.
    pub(crate) fn of<B>(response: &HttpResponse<B>) -> Option<Self> {
        response.extensions().get::<Self>().cloned()
    }
}
