//! Whether an endpoint evaluates conditional headers.

use proc_macro2::Span;

use super::{Conditions, Part};
use crate::{
    attribute::{Attributes, Value, Word},
    diagnostic::{Code, Diagnostics},
};

/// `#[conditional]`.
#[derive(Clone, Copy, Debug)]
pub struct Conditional {
    /// Whether a request has to state one; never [`Conditions::Refused`].
    pub conditions: Conditions,
    /// The span of the attribute.
    pub span: Span,
}

/// Reads `#[conditional]` and `#[conditional(required)]`.
pub(super) fn read(attributes: &Attributes, d: &mut Diagnostics) -> Part<Conditional> {
    let Some(given) = attributes.first(Word::Conditional) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    let mut values = args.take_values().into_iter();
    let said = values.next();
    for value in values {
        d.on(Code::UnexpectedArgument, &value, "`conditional` takes one word")
            .help("write `conditional` or `conditional(required)`");
    }
    args.finish(&[], d);
    let conditions = match &said {
        None => Conditions::Optional,
        Some(value) if Value::word(value).is_some_and(|word| word == "required") => {
            Conditions::Required
        }
        Some(value) => {
            d.on(Code::WrongValue, value, "`conditional` takes the word `required` or nothing")
                .help("write `conditional` or `conditional(required)`");
            return Part::Broken;
        }
    };
    Part::Read(Conditional { conditions, span: given.span })
}
