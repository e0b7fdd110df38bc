//! The decision of a policy, and those of its rules.

use std::{any::type_name, borrow::Cow, fmt};

use smallvec::SmallVec;

use super::Action;
use crate::{Problem, audit::LONGEST_OBJECT, excerpt::excerpt};

/// A policy's decision on one caller, one action and one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The caller may access the object.
    Granted,
    /// The caller may not.
    Denied,
    /// It cannot be decided now: 503, and never a pass.
    Indeterminate,
}

/// What a policy function may return: `bool` (`true` grants), [`Decision`], or a `Result` of one of
/// these, whose error is [`Decision::Indeterminate`] with a cause for the log.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no decision",
    label = "not `bool`, `Decision` or a `Result` of one of these"
)]
pub trait IntoDecision {
    /// The decision, and the cause where it is indeterminate.
    #[doc(hidden)]
    fn into_decision(self) -> (Decision, Option<Cow<'static, str>>);
}

impl IntoDecision for Decision {
    fn into_decision(self) -> (Decision, Option<Cow<'static, str>>) {
        (self, None)
    }
}

impl IntoDecision for bool {
    fn into_decision(self) -> (Decision, Option<Cow<'static, str>>) {
        (if self { Decision::Granted } else { Decision::Denied }, None)
    }
}

impl<D: IntoDecision, E: Into<Problem>> IntoDecision for Result<D, E> {
    fn into_decision(self) -> (Decision, Option<Cow<'static, str>>) {
        match self {
            Ok(decision) => decision.into_decision(),
            Err(error) => {
                let problem = error.into();
                let cause = problem.cause().unwrap_or_else(|| problem.to_string());
                (Decision::Indeterminate, Some(cause.into()))
            }
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Indeterminate => "indeterminate",
        })
    }
}

/// The decision of each rule of a policy, in the order of evaluation.
#[derive(Debug, Default)]
pub struct Trace {
    steps: SmallVec<[(&'static str, Decision); 4]>,
    cause: Option<Cow<'static, str>>,
}

impl Trace {
    /// Notes the decision of a rule.
    pub(super) fn note(
        &mut self,
        rule: &'static str,
        (decision, cause): (Decision, Option<Cow<'static, str>>),
    ) -> Decision {
        self.steps.push((rule, decision));
        if decision == Decision::Indeterminate && self.cause.is_none() {
            let why = cause.as_deref().unwrap_or("it said no more");
            self.cause = Some(format!("the policy rule `{rule}` could not decide: {why}").into());
        }
        decision
    }

    /// The cause of the first indeterminate rule, for the log.
    pub(super) fn cause(&self) -> Cow<'static, str> {
        self.cause.clone().unwrap_or(Cow::Borrowed("the policy could not decide"))
    }
}

/// `(owner: denied, notes::is_reader: granted)`; empty if no rule was evaluated.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (rule, decision)) in self.steps.iter().enumerate() {
            write!(f, "{}{rule}: {decision}", if i == 0 { " (" } else { ", " })?;
        }
        if self.steps.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

/// An id is as long as the client's path, if its type has no other bound.
const LONGEST_ID: usize = 128;

/// `Note 7 read: denied (owner: denied)`: one decision in the audit event.
pub(super) fn record<T, A: Action>(id: &str, outcome: &dyn fmt::Display, trace: &Trace) -> String {
    let id = excerpt(id, LONGEST_ID);
    let mut record =
        format!("{} {id} {}: {outcome}{trace}", last_segment(type_name::<T>()), A::NAME);
    record.truncate(record.floor_char_boundary(LONGEST_OBJECT));
    record
}

/// The type's own name, without its modules.
fn last_segment(path: &str) -> &str {
    let end = path.find('<').unwrap_or(path.len());
    let start = path.get(..end).and_then(|path| path.rfind("::")).map_or(0, |at| at + 2);
    path.get(start..).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::last_segment;

    #[test]
    fn types_are_named_without_their_modules() {
        assert_eq!(last_segment("a::b::Note"), "Note");
        assert_eq!(last_segment("a::Page<b::Note>"), "Page<b::Note>");
        assert_eq!(last_segment("Note"), "Note");
    }
}
