//! How a declared type is written on the wire.

/// How a type that derives `Input` is written.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    /// In an undeclared form: a single value, or one with a reason.
    Opaque,
    /// An object of the type's fields.
    Struct,
    /// Like its only field.
    Newtype,
    /// One of these variants.
    Enum(Tagging, &'static [Variant]),
}

/// How the variant of an enum is identified.
#[derive(Clone, Copy, Debug)]
pub enum Tagging {
    /// By the name of the only member.
    External,
    /// By this member, among the fields.
    Internal(&'static str),
    /// By the first member, beside the second one, which holds the content.
    Adjacent(&'static str, &'static str),
    /// Not at all.
    Untagged,
}

/// A variant of an enum.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Its names on the wire.
    pub names: &'static [&'static str],
    /// What it holds.
    pub kind: VariantKind,
    /// Where its fields begin among those of the enum.
    pub first: usize,
    /// How many fields it has.
    pub count: usize,
}

/// What a variant holds.
#[derive(Clone, Copy, Debug)]
pub enum VariantKind {
    /// Undeclared.
    Opaque,
    /// Nothing.
    Unit,
    /// One value without a name.
    Newtype,
    /// Values in order.
    Tuple,
    /// Named fields.
    Named,
}
