//! The items that the code from `#[derive(Input)]` uses, available only as `palisade::__private`.
//!
//! They are not for services: a manual `impl` with these items bypasses the checks of a type, and
//! the tool reports it.

pub use super::admitted::{FitsKey, FitsPath, Input, KeyFit, NamedFields, PathFit, PathInput};
pub use super::bounded::{Bounded, BoundedByLength, FieldType, MapKey, Nested, NestedByLength};
pub use super::condition::{
    Anchored, At as InputAt, CardNumber, HasScheme, Inner as InputInner, check_credit_card,
    check_email, check_schemes, check_url, is_anchored,
};
pub use super::field::{Field as InputField, Form as InputForm, Unbounded as InputUnbounded};
pub use super::layout::{
    Layout as InputLayout, Tagging as InputTagging, Variant as InputVariant,
    VariantKind as InputVariantKind,
};
pub use super::named::{ListStyle as InputListStyle, NamedFit as InputNamedFit};
pub use super::parts::{Kept as InputKept, Measured as InputMeasured, Parts as InputParts};
pub use super::report::Report as InputReport;
pub use super::rules::{ByHand as InputByHand, Ruled, RuledByDerive, Whole as InputWhole};
pub use super::seal::{Checked, InputSeal, input_seal};
pub use super::size::Held as InputHeld;
pub use super::wire::Wire as InputWire;
#[cfg(feature = "openapi")]
pub use crate::json_schema::{InputNumber, InputRule};
pub use serde::de::DeserializeOwned;
pub use validator::validate_must_match;

/// The traits whose items the emitted code finds by method or by type, with one import. Without
/// names, so that they hide no name of the service.
pub mod input_methods {
    pub use super::super::{
        condition::OfNothing as _,
        field::UnboundedByAny as _,
        parts::{KeptByNone as _, Unmeasured as _},
        rules::{NoRules as _, NotDerived as _},
        size::HeldByNone as _,
    };
}

/// The traits of the emitted rules.
pub mod input_rules {
    pub use validator::{
        ValidateContains, ValidateDoesNotContain, ValidateEmail, ValidateIp,
        ValidateNonControlCharacter, ValidateRegex, ValidateRequired, ValidateUrl,
    };
}
