//! The rules of `#[validate(..)]` as the derive emits them, independent of an implementation of
//! `Validate`.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Number, Value};
use validator::{
    Validate, ValidateArgs, ValidateLength, ValidateRange, ValidationError, ValidationErrors,
};

use super::{admitted::Input, condition::At, report::Report, seal::Checked, violation};

/// A type whose rules are declared with `#[derive(Validate)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` derives `Input` without `Validate`",
    label = "its `#[validate(..)]` rules would never run",
    note = "add `Validate` to the derives, next to `Input`"
)]
pub trait Ruled {}

// Without this the compiler's message would contain the foreign trait without the advice above.
#[diagnostic::do_not_recommend]
impl<T: Validate> Ruled for T {}

/// A type with parameters that serde deserializes, and whose rules are declared with
/// `#[derive(Validate)]`.
///
/// Whether `Validate` is derived is found from the type, which is unknown here: so a manual one,
/// whose rules would have to be added, is rejected.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has type parameters, and derives `Input` without `Deserialize` and `Validate`",
    label = "all three are derived where a type has parameters",
    note = "add `Deserialize` and `Validate` to the derives; what stands in a field with \
            `#[validate(nested)]` is `Input + Validate`"
)]
pub trait RuledByDerive: DeserializeOwned + Validate + for<'v> ValidateArgs<'v, Args = ()> {}

impl<T> RuledByDerive for T where
    T: DeserializeOwned + Validate + for<'v> ValidateArgs<'v, Args = ()>
{
}

/// The bounds of a broken rule, if they are numbers.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    pub(super) min: Option<Number>,
    pub(super) max: Option<Number>,
    pub(super) equal: Option<Number>,
    pub(super) exclusive_min: Option<Number>,
    pub(super) exclusive_max: Option<Number>,
}

impl Bounds {
    /// At most this many characters.
    #[cfg(feature = "url")]
    pub(super) fn at_most(count: usize) -> Self {
        Self { max: Some(count.into()), ..Self::default() }
    }

    /// Exactly this many elements.
    pub(super) fn exactly(count: usize) -> Self {
        Self { equal: Some(count.into()), ..Self::default() }
    }
}

fn number(bound: Option<&impl Serialize>) -> Option<Number> {
    match serde_json::to_value(bound?) {
        Ok(Value::Number(number)) => Some(number),
        Ok(_) | Err(_) => None,
    }
}

/// The operations of the emitted checks on a report: methods, so that they are palisade's whatever
/// `#[input(crate = ..)]` is.
#[doc(hidden)]
impl Report {
    /// Refuses the value of a type with mistakes.
    pub fn check_nothing(&mut self) -> Checked {
        self.refuse();
        Checked::new()
    }

    /// Reports a broken rule.
    pub fn rule(&mut self, at: &At<'_>, holds: bool, code: &'static str) {
        self.bounded_rule(at, holds, code, Bounds::default());
    }

    fn bounded_rule(&mut self, at: &At<'_>, holds: bool, code: &'static str, bounds: Bounds) {
        if !holds {
            self.push_bounds(at.pointer(), code.into(), bounds);
        }
    }

    /// Checks `length`: minimum, maximum, exact.
    pub fn length<T, N>(
        &mut self,
        at: &At<'_>,
        value: &T,
        [min, max, equal]: [Option<N>; 3],
        code: &'static str,
    ) where
        T: ValidateLength<N> + ?Sized,
        N: PartialOrd + Serialize,
    {
        // Before they are passed on: not every bound can be copied.
        let bounds = Bounds {
            min: number(min.as_ref()),
            max: number(max.as_ref()),
            equal: number(equal.as_ref()),
            ..Bounds::default()
        };
        self.bounded_rule(at, value.validate_length(min, max, equal), code, bounds);
    }

    /// Checks `range`: minimum, maximum, exclusive ones.
    pub fn range<T, N>(
        &mut self,
        at: &At<'_>,
        value: &T,
        [min, max, above, below]: [Option<N>; 4],
        code: &'static str,
    ) where
        T: ValidateRange<N> + ?Sized,
        N: Serialize,
    {
        let bounds = Bounds {
            min: number(min.as_ref()),
            max: number(max.as_ref()),
            exclusive_min: number(above.as_ref()),
            exclusive_max: number(below.as_ref()),
            ..Bounds::default()
        };
        self.bounded_rule(at, value.validate_range(min, max, above, below), code, bounds);
    }

    /// Reports an error from a function of the service.
    pub fn custom(
        &mut self,
        at: &At<'_>,
        found: Result<(), ValidationError>,
        code: Option<&'static str>,
    ) {
        if let Err(mut error) = found {
            if let Some(code) = code {
                error.code = code.into();
            }
            violation::push(&error, at.pointer(), self);
        }
    }

    /// Runs a manual `Validate`, which adds to the rules of the fields.
    pub fn own_rules<T: Input>(&mut self, value: &T, at: &At<'_>, rules: Option<Rules<T>>) {
        if let Some(validate) = rules
            && let Err(errors) = validate(value)
        {
            violation::collect(&errors, T::FIELDS, at, self);
        }
    }

    /// The number of broken rules so far.
    pub fn count(&self) -> usize {
        self.len()
    }
}

/// Whether the `Validate` of a struct is derived. Found by a path, as [`Inner`](super::condition::Inner)
/// is.
#[derive(Debug)]
pub struct Whole<T>(PhantomData<T>);

impl<T> Whole<T>
where
    T: for<'v> ValidateArgs<'v, Args = ()>,
{
    /// `#[derive(Validate)]`: the derive of `Input` emits all of its rules.
    ///
    /// That derive implements `ValidateArgs` too, and a manual `Validate` does not.
    pub const IS_DERIVED: bool = true;
}

/// A manual `Validate`, or none.
pub trait NotDerived {
    /// Whether it is derived.
    const IS_DERIVED: bool = false;
}

impl<T> NotDerived for Whole<T> {}

/// The rules that the `Validate` of a struct adds to those of its fields: all of it if it is a
/// manual implementation. A derived one is not used here, so that the compiler does not generate
/// it.
#[derive(Debug)]
pub struct ByHand<T, const IS_DERIVED: bool>(PhantomData<T>);

/// A `Validate`, as a function.
type Rules<T> = fn(&T) -> Result<(), ValidationErrors>;

impl<T: Validate> ByHand<T, false> {
    /// The manual implementation.
    pub const RULES: Option<Rules<T>> = Some(T::validate);
}

/// A derived one, or none, which [`Ruled`] reports.
pub trait NoRules<T> {
    /// Nothing.
    const RULES: Option<Rules<T>> = None;
}

impl<T, const IS_DERIVED: bool> NoRules<T> for ByHand<T, IS_DERIVED> {}
