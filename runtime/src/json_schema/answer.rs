//! What handlers answer, as documents show it.

use serde_json::Value;

use super::Schemas;

/// A response of a handler.
#[derive(Debug)]
pub struct Answer {
    pub(crate) head: Head,
    /// The schema of the content; `None` if it is unknown.
    pub(crate) schema: Option<Value>,
}

/// Status, media type and header fields of a response.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub(crate) status: u16,
    /// `None` without content.
    pub(crate) media_type: Option<&'static str>,
    /// Header fields that it may have.
    pub(crate) fields: &'static [&'static str],
    /// Further statuses: below 400 without content, otherwise problems.
    pub(crate) also: &'static [u16],
    /// Whether the content is a list of the type.
    pub(crate) is_list: bool,
    /// Whether the content is JSON of one of the service's types, with or without a schema.
    pub(crate) is_typed: bool,
    /// Whether requests for it may have conditional headers.
    pub(crate) has_version: bool,
}

/// The description of a handler: the macros write it as a `static`, like its policy.
#[derive(Debug)]
#[doc(hidden)]
pub struct Description {
    /// The documentation of the handler.
    pub docs: &'static str,
    /// The statuses of `#[responds(..)]`.
    pub statuses: &'static [u16],
    /// The response that the return type describes; `None` for a type without a name.
    pub answer: Option<fn(&mut Schemas) -> Option<Answer>>,
}
