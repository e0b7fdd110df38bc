//! What an answer is, as far as browsers are concerned.

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wears(ProfileKind);

impl Wears {
    /// Marks a response.
    pub(crate) fn mark<B>(response: &mut HttpResponse<B>, kind: ProfileKind) {
        response.extensions_mut().insert(Self(kind));
    }

    /// What the response was marked with.
    pub(crate) fn of<B>(response: &HttpResponse<B>) -> Option<ProfileKind> {
        response.extensions().get::<Self>().map(|wears| wears.0)
    }
}
