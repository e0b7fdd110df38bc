//! What a client sees when a request fails: one stable problem document (RFC 9457).
//!
//! A problem has a type, a title and a status, and for input errors the list of fields. Nothing
//! else leaves: the cause of a failure goes to the log under the request's id, and a response
//! that another middleware or a handler made with a status of 400 or more is replaced by the
//! problem of its status (CWE-209).

mod kind;
mod render;

use std::{borrow::Cow, error::Error as StdError, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue, RETRY_AFTER},
    },
};

pub use kind::Kind;
pub(crate) use render::{CONTENT_TYPE, Occurrence, is_problem, render_status};

use crate::input::FieldError;

/// What a handler returns: the answer, or the problem that replaces it.
///
/// Any error of the standard library's `Error` trait becomes an internal problem by `?`: the
/// client sees 500 without a detail, the log has the error and its sources.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// A failure as the client will see it, with the cause that only the log will see.
///
/// ```
/// use palisade::Problem;
///
/// let missing = Problem::not_found();
/// assert_eq!(missing.status().as_u16(), 404);
///
/// let taken = Problem::conflict("this name is taken");
/// assert_eq!(taken.detail(), Some("this name is taken"));
///
/// fn load() -> palisade::Result<String> {
///     Ok(std::fs::read_to_string("/does/not/exist")?)
/// }
/// assert_eq!(load().unwrap_err().status().as_u16(), 500);
/// ```
pub struct Problem(Box<Inner>);

struct Inner {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    fields: Vec<FieldError>,
    violated: Vec<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
    why: Option<Why>,
}

/// Why a guard refused, for the line of the log that every request has. Neither part has anything of
/// credentials or of a body in it.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    /// A code that never changes.
    pub(crate) reason: &'static str,
    pub(crate) words: Cow<'static, str>,
}

enum Cause {
    Error(Box<dyn StdError + 'static>),
    Note(Cow<'static, str>),
}

impl Problem {
    /// A problem of this kind, without a detail.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: None,
            fields: Vec::new(),
            violated: Vec::new(),
            headers: Vec::new(),
            cause: None,
            why: None,
        }))
    }

    /// 400: the request itself is wrong.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::BadRequest).with_detail(detail)
    }

    /// 403: the caller is known, and not permitted to do this.
    pub fn forbidden() -> Self {
        Self::new(Kind::Forbidden)
    }

    /// 404: there is no such resource, or the caller must not learn of it.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound)
    }

    /// 409: the request contradicts the present state.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict).with_detail(detail)
    }

    /// 500: a defect or a failure of a dependency. The cause is logged.
    pub fn internal(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Internal).caused_by_note(cause)
    }

    /// 503: a dependency cannot be reached now. The cause is logged. The answer has `Retry-After:
    /// 1`.
    pub fn unavailable(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Unavailable).caused_by_note(cause)
    }

    /// 422: these fields broke a rule.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let mut problem = Self::new(Kind::InvalidInput);
        problem.0.fields = fields;
        problem
    }

    #[cfg(feature = "uploads")]
    pub(crate) fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }

    /// Adds a sentence for the client. It is dropped from a 5xx, where it would disclose internals.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds the error behind this problem, for the log alone.
    #[must_use]
    pub fn caused_by(mut self, error: impl StdError + 'static) -> Self {
        self.0.cause = Some(Cause::Error(Box::new(error)));
        self
    }

    pub(crate) fn caused_by_note(mut self, note: impl Into<Cow<'static, str>>) -> Self {
        self.0.cause = Some(Cause::Note(note.into()));
        self
    }

    /// Sets why a guard refuses: a stable code, and a sentence without any part of credentials or
    /// of a body.
    pub(crate) fn because(
        mut self,
        reason: &'static str,
        words: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.why = Some(Why { reason, words: words.into() });
        self
    }

    /// The reason, as the log has it at its default level; if no guard set one, the name of the
    /// kind, and the codes of the rules that fields broke.
    pub(crate) fn why(&self) -> Why {
        if let Some(why) = &self.0.why {
            return why.clone();
        }
        // Texts that were made while the service ran may have in them what the client sent.
        let fixed = |text: &Cow<'static, str>| match text {
            Cow::Borrowed(text) => Some(*text),
            Cow::Owned(_) => None,
        };
        let mut codes: Vec<_> =
            self.0.fields.iter().map(|field| fixed(&field.code).unwrap_or("custom")).collect();
        codes.sort_unstable();
        codes.dedup();
        let words = match self.0.detail.as_ref().and_then(fixed) {
            Some(detail) if codes.is_empty() => detail.into(),
            Some(_) | None => codes.join(", ").into(),
        };
        Why { reason: self.0.kind.name(), words }
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// 416: no byte of the requested range is among this many bytes (RFC 9110 section 15.5.17).
    #[cfg(any(feature = "static-files", feature = "uploads"))]
    pub(crate) fn no_range(length: u64) -> Self {
        let problem = Self::new(Kind::RangeNotSatisfiable);
        match HeaderValue::try_from(format!("bytes */{length}")) {
            Ok(range) => problem.with_header(actix_web::http::header::CONTENT_RANGE, range),
            Err(_) => problem,
        }
    }

    pub(crate) fn with_violated(mut self, policies: Vec<&'static str>) -> Self {
        self.0.violated = policies;
        self
    }

    /// The kind of problem.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.kind.status()
    }

    /// The sentence for the client, if there is one.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The fields that broke a rule.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The cause for the log, which the client does not receive.
    pub(crate) fn cause(&self) -> Option<String> {
        let Some(cause) = &self.0.cause else {
            return self.0.why.as_ref().map(|why| why.words.clone().into_owned());
        };
        Some(chain(cause).join(": "))
    }

    /// The same, one string for each error of the chain.
    pub(crate) fn causes(&self) -> Vec<String> {
        match (&self.0.cause, &self.0.why) {
            (Some(cause), _) => chain(cause),
            (None, Some(why)) => vec![why.words.clone().into_owned()],
            (None, None) => Vec::new(),
        }
    }
}

/// The most errors of a chain: one that is its own source has no end.
const LONGEST_CHAIN: usize = 32;

/// The messages of an error and of its sources, outermost first.
fn chain(cause: &Cause) -> Vec<String> {
    match cause {
        Cause::Note(note) => vec![note.clone().into_owned()],
        Cause::Error(error) => {
            let first: &(dyn StdError + 'static) = error.as_ref();
            let all = std::iter::successors(Some(first), |error| (*error).source());
            all.take(LONGEST_CHAIN).map(ToString::to_string).collect()
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if self.0.kind == Kind::Unavailable {
            // What is out of reach may be there again soon: clients that know no time try at once.
            response.insert_header((RETRY_AFTER, HeaderValue::from_static("1")));
        }
        for (name, value) in &self.0.headers {
            if *name == RETRY_AFTER {
                response.insert_header((name, value));
            } else {
                response.append_header((name, value));
            }
        }
        response.insert_header((actix_web::http::header::CONTENT_TYPE, CONTENT_TYPE));
        response.body(self.render())
    }
}

/// The kind and the detail, as the client sees them: a `Display` that ends up in a response does
/// not disclose the cause.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.title())?;
        match self.detail() {
            Some(detail) if !self.status().is_server_error() => write!(f, ": {detail}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("kind", &self.0.kind)
            .field("detail", &self.0.detail)
            .field("fields", &self.0.fields)
            .field("cause", &self.cause())
            .finish()
    }
}
