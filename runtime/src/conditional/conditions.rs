//! The conditions of a request, and their results: RFC 9110 section 13.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{
            CONTENT_RANGE, HeaderMap, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
            IF_UNMODIFIED_SINCE,
        },
    },
};

use super::{
    date,
    tag::{Tags, Unreadable},
};
use crate::{
    Problem,
    cross_site::is_safe,
    policy::{Conditions, ContentCoding, Policy},
    problem::Kind,
};

/// The conditions of a request that changes state.
const OF_CHANGES: [&HeaderName; 3] = [&IF_MATCH, &IF_NONE_MATCH, &IF_UNMODIFIED_SINCE];

const NOT_EVALUATED: &str = "send the request without `If-Match`, `If-None-Match` and \
                             `If-Unmodified-Since`";

const REQUIRED: &str = "state the version that is to be changed: `If-Match` with its `ETag`, or \
                        `If-None-Match: *` for a resource that must not be there";

/// The validators of a present resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validators<'a> {
    /// Whether the tag is that of the resource; answers in a coding add the coding's name
    /// (`7~gzip`). Otherwise it is that of one form of it alone.
    pub(crate) in_any_coding: bool,
    /// The text of its tag, without the quotes. It is strong.
    pub(crate) tag: &'a str,
    /// When it was last changed, in seconds since 1970-01-01 UTC.
    pub(crate) modified: Option<u64>,
}

/// The result of a request's conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of them hold, or none is stated.
    Proceed,
    /// The client has the present version: 304.
    NotModified,
    /// One does not hold: 412.
    Failed,
}

/// Refuses conditions that the endpoint does not evaluate or that cannot be read, and a missing one
/// where it is required. It depends on the request alone, so it reveals nothing about a resource.
pub(crate) fn admit(policy: &Policy, request: &HttpRequest) -> Result<(), Problem> {
    let (method, headers) = (request.method(), request.headers());
    if is_safe(method) {
        return Ok(());
    }
    if *method == Method::PUT && headers.contains_key(CONTENT_RANGE) {
        // The whole would be replaced by a part of it (RFC 9110 section 14.5).
        return Err(Problem::bad_request("a part of a resource cannot be put: send all of it"));
    }
    match policy.conditions {
        Conditions::Refused => {
            if OF_CHANGES.iter().any(|name| headers.contains_key(*name)) {
                return Err(Problem::new(Kind::ConditionsNotEvaluated).with_detail(NOT_EVALUATED));
            }
        }
        Conditions::Optional => drop(OfChange::read(headers)?),
        Conditions::Required => {
            if !OfChange::read(headers)?.names_version() {
                return Err(Problem::new(Kind::PreconditionRequired).with_detail(REQUIRED));
            }
        }
    }
    Ok(())
}

/// The conditions of a request that may change state. The order of evaluation is that of the fields.
#[derive(Clone, Debug)]
pub(super) struct OfChange<'a> {
    if_match: Option<Tags<'a>>,
    /// `None` if there is an `If-Match`, which is more precise.
    if_unmodified_since: Option<u64>,
    if_none_match: Option<Tags<'a>>,
}

impl<'a> OfChange<'a> {
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Self, Problem> {
        let tags = |name, words| Tags::read(headers, name).map_err(|Unreadable| malformed(words));
        let if_match = tags(&IF_MATCH, "`If-Match` is neither `*` nor a list of tags in quotes")?;
        let if_unmodified_since = match &if_match {
            Some(_) => None,
            None => match date_of(headers, &IF_UNMODIFIED_SINCE) {
                Sent::Absent => None,
                Sent::Date(date) => Some(date),
                Sent::Unreadable => {
                    return Err(malformed("`If-Unmodified-Since` is not one date of HTTP"));
                }
            },
        };
        let if_none_match =
            tags(&IF_NONE_MATCH, "`If-None-Match` is neither `*` nor a list of tags in quotes")?;
        Ok(Self { if_match, if_unmodified_since, if_none_match })
    }

    /// Whether the request can change one version of the resource alone. A date cannot distinguish
    /// two versions of one second.
    fn names_version(&self) -> bool {
        self.if_match.is_some() || matches!(self.if_none_match, Some(Tags::Any))
    }

    /// Whether a change meanwhile breaks a condition: `If-Match: *` holds for every version.
    pub(super) fn is_of_version(&self) -> bool {
        matches!(self.if_match, Some(Tags::Listed(_)))
            || self.if_unmodified_since.is_some()
            || self.if_none_match.is_some()
    }

    /// Whether all of them hold for the present resource; `None` if it does not exist.
    pub(super) fn hold_for(&self, current: Option<Validators<'_>>) -> bool {
        let modified = current.and_then(|current| current.modified);
        let is_same = match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) => tags.match_strongly(current),
            // Without a date nothing shows that it holds.
            (None, Some(date)) => modified.is_some_and(|modified| modified <= date),
            (None, None) => true,
        };
        let is_another =
            self.if_none_match.as_ref().is_none_or(|tags| !tags.match_weakly(current, |_| true));
        is_same && is_another
    }
}

/// The result of the conditions of a request that only reads, for an existing resource.
///
/// # Errors
///
/// 400 for an `If-Match` that cannot be parsed. Other malformed fields are ignored: the full answer
/// is correct.
pub(crate) fn judge(headers: &HeaderMap, current: Validators<'_>) -> Result<Outcome, Problem> {
    let modified = current.modified;
    // Beside a range it is about the bytes of one form.
    let one_form = Validators { in_any_coding: false, ..current };
    match Tags::read(headers, &IF_MATCH) {
        Err(Unreadable) => {
            return Err(malformed("`If-Match` is neither `*` nor a list of tags in quotes"));
        }
        Ok(Some(tags)) if !tags.match_strongly(Some(one_form)) => return Ok(Outcome::Failed),
        Ok(Some(_)) => {}
        Ok(None) => {
            if let (Sent::Date(date), Some(modified)) =
                (date_of(headers, &IF_UNMODIFIED_SINCE), modified)
                && modified > date
            {
                return Ok(Outcome::Failed);
            }
        }
    }
    let is_known = match Tags::read(headers, &IF_NONE_MATCH) {
        Ok(Some(tags)) => tags.match_weakly(Some(current), |coding| takes(headers, coding)),
        Err(Unreadable) => false,
        Ok(None) => match (date_of(headers, &IF_MODIFIED_SINCE), modified) {
            (Sent::Date(date), Some(modified)) => modified <= date,
            _ => false,
        },
    };
    Ok(if is_known { Outcome::NotModified } else { Outcome::Proceed })
}

/// Whether the client accepts answers in this coding.
fn takes(headers: &HeaderMap, coding: ContentCoding) -> bool {
    #[cfg(feature = "compression")]
    return crate::coding::Accepted::of(headers).takes(coding);
    #[cfg(not(feature = "compression"))]
    {
        let _ = (headers, coding);
        false
    }
}

/// Whether a method reads the resource.
pub(super) fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// A date of a request.
enum Sent {
    Absent,
    Date(u64),
    Unreadable,
}

fn date_of(headers: &HeaderMap, name: &HeaderName) -> Sent {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Sent::Absent,
        (Some(value), None) => date::parse(value).map_or(Sent::Unreadable, Sent::Date),
        (Some(_), Some(_)) => Sent::Unreadable,
    }
}

fn malformed(words: &'static str) -> Problem {
    Problem::bad_request(words).because("malformed-condition", words)
}
