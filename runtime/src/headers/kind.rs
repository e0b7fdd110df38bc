//! The kind of an answer, as far as browsers are concerned.

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

/// The mark in a response's extensions: private, so that only palisade's own answers name another
/// profile than the strictest.
///
/// An answer of 400 or more is a problem document, whatever its mark is.
#[derive(Clone, Debug)]
pub(crate) struct Wears {
    pub(crate) kind: ProfileKind,
    /// The differences from the profile and from the endpoint's declaration.
    pub(crate) own: Option<Own>,
    /// The one body that it is for; `None` if it relaxes nothing.
    body: Option<BodyMark>,
}

/// Headers of one answer that differ from the other answers of its endpoint: of files, each of
/// which is known.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// A policy that is not its profile's.
    pub(crate) csp: Option<Arc<str>>,
    /// How long it may be cached.
    pub(crate) cache: &'static str,
}

impl Wears {
    /// Marks a response as stricter than an API's answer, with any body.
    #[cfg_attr(not(feature = "uploads"), expect(dead_code, reason = "only uploads are saved"))]
    pub(crate) fn download<B>(response: &mut HttpResponse<B>) {
        let mark = Self { kind: ProfileKind::Download, own: None, body: None };
        response.extensions_mut().insert(mark);
    }

    /// An answer with this body, to which the mark is bound.
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

    /// The mark of the response, and the rest of the body that it is for; `None` if the response
    /// has another body by now.
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

/// The mark of a response when it is sent.
#[derive(Debug)]
pub(crate) enum Worn {
    /// There is none.
    Unmarked,
    /// It has one, and its body is compared with the rest; `None` if the mark is for any body.
    Marked(Wears, Option<Remaining>),
    /// It had one, and has another body by now.
    Replaced,
}
