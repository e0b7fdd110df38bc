//! The handlers that answer with a page.
//!
//! The link to a page is shared: social networks, mail programs and campaigns add their own
//! parameters to it (`fbclid`, `gclid`, `utm_source`). So a handler that returns a page drops query
//! fields that its types do not declare, whereas one of an API refuses them. The return type
//! decides which it is, through aliases too.

use std::marker::PhantomData;

use actix_web::{CustomizeResponder, Either, Responder, http::StatusCode};

use super::DangerousHtml;

/// A return type of a handler whose answers are pages.
pub trait AnswersPage {}

#[cfg(feature = "askama")]
impl<T> AnswersPage for super::Page<T> {}

#[cfg(feature = "maud")]
impl AnswersPage for super::MarkupPage {}

impl AnswersPage for DangerousHtml {}

impl<T: AnswersPage, E> AnswersPage for Result<T, E> {}

impl<T: AnswersPage> AnswersPage for Option<T> {}

impl<T: AnswersPage> AnswersPage for (T, StatusCode) {}

impl<T: AnswersPage + Responder> AnswersPage for CustomizeResponder<T> {}

// The page is the left type; the right one is a redirect, for instance. If only the right type is a
// page, the handler counts as one of an API, which refuses more.
impl<T: AnswersPage, Other> AnswersPage for Either<T, Other> {}

/// Finds out whether a type is such a return type, without failing if it is not.
#[derive(Debug)]
pub struct AnswerProbe<T>(PhantomData<T>);

impl<T: AnswersPage> AnswerProbe<T> {
    /// It is a page.
    pub const IS_PAGE: bool = true;
}

/// Every other type, found only if [`AnswerProbe`] has no implementation of its own.
pub trait NoPage {
    /// It is not a page.
    const IS_PAGE: bool = false;
}

impl<T> NoPage for AnswerProbe<T> {}
