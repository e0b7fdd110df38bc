//! What an answer is, as far as browsers are concerned.

use std::sync::Arc;

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::{BodySize, BoxBody},
    http::header::HeaderMap,
    web::Bytes,
};

use super::{
    ProfileKind,
    marked_body::{BodyMark, Found, MarkedBody, Remaining},
};

/// The mark that a response carries in its extensions: private, so that only answers that palisade
/// made of something known name another profile than the strictest.
///
/// An answer of 400 or more is a problem document, whatever it carries.
#[derive(Clone, Debug)]
pub(crate) struct Wears {
    pub(crate) kind: ProfileKind,
    /// What differs from the profile and from what the endpoint declares.
    pub(crate) own: Option<Own>,
    /// The one body that it is for; `None` where it relaxes nothing.
    body: Option<BodyMark>,
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
    /// Marks a response with what is stricter than an API's answer, whatever its body.
    #[cfg_attr(not(feature = "uploads"), expect(dead_code, reason = "only uploads are saved"))]
    pub(crate) fn download<B>(response: &mut HttpResponse<B>) {
        let mark = Self { kind: ProfileKind::Download, own: None, body: None };
        response.extensions_mut().insert(mark);
    }

    /// An answer with this body, which alone the mark is for.
    pub(crate) fn answer(
        head: &mut HttpResponseBuilder,
        body: Bytes,
        kind: ProfileKind,
        own: Option<Own>,
    ) -> HttpResponse {
        let (body, mark) = MarkedBody::new(body);
        let mut response = head.body(BoxBody::new(body));
        response.extensions_mut().insert(Self { kind, own, body: Some(mark) });
        response
    }

    /// What the response was marked with, and what is to come of the body that this is for; `None`
    /// where the response has another body by now.
    pub(crate) fn of<B>(response: &HttpResponse<B>, size: BodySize) -> Worn {
        let Some(mark) = response.extensions().get::<Self>().cloned() else {
            return Worn::Unmarked;
        };
        let headers: &HeaderMap = response.headers();
        match mark.body.as_ref().map(|body| body.find(headers, size)) {
            None => Worn::Marked(mark, None),
            Some(Found::Present(remaining)) => Worn::Marked(mark, Some(remaining)),
            Some(Found::Replaced) => Worn::Replaced,
        }
    }
}

/// What a response is marked with when it leaves.
#[derive(Debug)]
pub(crate) enum Worn {
    /// It never was.
    Unmarked,
    /// It is, and its body is held to what remains; `None` where the mark is for any body.
    Marked(Wears, Option<Remaining>),
    /// It was, and has another body by now.
    Replaced,
}
