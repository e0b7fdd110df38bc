//! What handlers answer, as documents show it.

use serde_json::Value;

use super::Schemas;

/// An answer that a handler gives.
#[derive(Debug)]
pub struct Answer {
    pub(crate) head: Head,
    /// The schema of the content; `None` where nothing is known of it.
    pub(crate) schema: Option<Value>,
}

/// Status, media type and fields of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub(crate) status: u16,
    /// `None` for no content.
    pub(crate) media_type: Option<&'static str>,
    /// Fields that it may have.
    pub(crate) fields: &'static [&'static str],
    /// Further statuses: without a content below 400, else problems.
    pub(crate) also: &'static [u16],
    /// Whether the content is a list of the type.
    pub(crate) is_list: bool,
    /// Whether the content is JSON of a type of the service's, which has a schema or lacks one.
    pub(crate) is_typed: bool,
    /// Whether requests for it may state conditions.
    pub(crate) has_version: bool,
}

/// What a handler says of itself: written by the macros as a `static`, like its policy.
#[derive(Debug)]
#[doc(hidden)]
pub struct Description {
    /// The documentation of the handler.
    pub docs: &'static str,
    /// The statuses of `#[responds(..)]`.
    pub statuses: &'static [u16],
    /// What the type says that it returns; `None` for a type that has no name.
    pub answer: Option<fn(&mut Schemas) -> Option<Answer>>,
}
