//! What the code that `#[derive(Input)]` writes refers to.
//!
//! Nothing here is for services: an `impl` that names these items by hand takes a type past its
//! checks, and the tool reports it.

use serde::de::DeserializeOwned;
use validator::Validate;

pub use super::admitted::{FitsPath, Input, NamedFields, PathFit, PathInput};
pub use super::bounded::{Bounded, BoundedByLength, FieldType, MapKey, Nested, NestedByLength};
pub use super::condition::{
    At as InputAt, CardNumber, Inner as InputInner, OfNothing, OfType, check_credit_card,
    check_email, check_url, is_anchored,
};
pub use super::field::{Field as InputField, Form as InputForm, check_length};
pub use super::report::Report as InputReport;
pub use crate::policy::{PathShape, Reason};

/// The proof that an `impl` of an input trait was written by a derive or by palisade itself.
#[derive(Clone, Copy, Debug)]
pub struct InputSeal;

/// A type whose rules are written down by `#[derive(Validate)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` derives `Input` without `Validate`",
    label = "its `#[validate(..)]` rules would never run",
    note = "add `Validate` to the derives, next to `Input`"
)]
pub trait Ruled {
    /// Runs the rules.
    ///
    /// # Errors
    ///
    /// The broken rules.
    fn violations(&self) -> Result<(), validator::ValidationErrors>;
}

// Without this the compiler would name the foreign trait and leave out the advice above.
#[diagnostic::do_not_recommend]
impl<T: Validate> Ruled for T {
    fn violations(&self) -> Result<(), validator::ValidationErrors> {
        self.validate()
    }
}

/// Runs the rules of a derived type, then its conditions, and puts what they found into the report.
///
/// `DeserializeOwned` is asked for here so that its absence is one error, at the derive.
pub fn check_input<T>(value: &T, report: &mut InputReport)
where
    T: Input + Ruled + FieldType + DeserializeOwned,
{
    if let Err(errors) = value.violations() {
        super::violation::collect(&errors, T::FIELDS, report);
    }
    value.conditions(&InputAt::root(), report);
}

/// Runs the conditions of an enum, whose fields have no rules.
pub fn check_conditions<T: FieldType>(value: &T, report: &mut InputReport) {
    value.conditions(&InputAt::root(), report);
}
