//! The declarations of an input type about its fields.

use std::{any::TypeId, marker::PhantomData};

use serde::de::DeserializeOwned;

use super::{
    admitted::Input,
    bounded::{Bounded, BoundedByLength, FieldType, Nested, NestedByLength},
    condition::{Anchored, At},
    layout::{Layout, Variant, VariantKind},
    named::{ListStyle, Misfit, NamedFit},
    report::{Place, Report},
    rules::Ruled,
    size::{self, MOST_BYTES, Size},
    wire::{Kind, Wire},
};
use crate::input::Reason;

/// One field of an input type.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name on the wire, after `rename` and `rename_all`.
    pub name: &'static str,
    /// Further names on the wire.
    pub aliases: &'static [&'static str],
    /// The name in the source.
    pub rust_name: &'static str,
    /// Whether the field may be absent.
    pub optional: bool,
    /// Whether the value is a string whose length only its rules limit.
    pub text: bool,
    /// Whether that text has a pattern (`#[validate(regex(..))]`).
    pub pattern: bool,
    /// Whether the fields of the value are siblings of this one (`flatten`).
    pub flatten: bool,
    /// Whether the value encodes the whole type, without a name on the wire: the field of a
    /// newtype.
    pub transparent: bool,
    /// Whether an empty text in a query string or a form counts as none
    /// (`#[input(empty = absent)]`).
    pub empty_is_absent: bool,
    /// How a list is written in a query string or a form (`#[input(list = ..)]`).
    pub list: Option<ListStyle>,
    /// Whether a query string or a form uses a check box for it (`#[input(checkbox)]`): `on` is
    /// `true`, and absence `false`.
    pub checkbox: bool,
    /// Whether a part of a form contains it as a JSON document (`#[input(json)]`).
    pub json: bool,
    /// Whether `null` and an absent member are distinguished.
    pub patch: bool,
    /// Whether the elements have no index on the wire: a map, or a set without an order.
    pub keyed: bool,
    /// Whether that pattern only matches whole texts; a function, because patterns are created on
    /// their first use. `None` without a pattern, and with a reason for it.
    pub is_anchored: Option<fn() -> Anchored>,
    /// The form of the field's type on the wire; a function, because a type may contain itself.
    pub(super) wire: fn() -> Wire,
    /// Whether another type is deserialized instead (`deserialize_with`).
    pub(super) opaque: bool,
    named: NamedFit,
    nullable: bool,
    double_option: bool,
    path_safe: bool,
    bytes: usize,
    stack: usize,
    /// The stack for one level of a value if only its type is known.
    level: usize,
    /// The documentation.
    #[cfg(feature = "openapi")]
    pub(super) docs: &'static str,
    /// The rules, as data.
    #[cfg(feature = "openapi")]
    pub(super) rules: &'static [crate::json_schema::InputRule],
}

/// The declarations of an input type.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The declared fields.
    pub fields: &'static [Field],
    /// Whether undeclared fields are dropped instead of refused.
    pub unknown_fields: bool,
    /// The weakened defaults of the type, with reasons.
    pub reasons: &'static [Reason],
    /// The type itself: equal `Form`s may have several addresses.
    pub(super) id: TypeId,
    pub(super) layout: Layout,
    /// The size of a value, without its parts on the heap.
    pub(super) bytes: usize,
    /// The documentation.
    #[cfg(feature = "openapi")]
    pub(super) docs: &'static str,
    /// The name of the type with its modules.
    #[cfg(feature = "openapi")]
    pub(super) name: fn() -> &'static str,
}

impl Field {
    /// A field that its type limits.
    pub const fn bounded<T: Bounded>(name: &'static str, rust_name: &'static str) -> Self {
        // Evaluated so that the checks inside the proof run for this type.
        let _proof = T::BOUNDED_SEAL;
        Self::of::<T>(name, rust_name)
    }

    /// A field that `#[validate(length(max = ..))]` limits.
    pub const fn by_length<T: BoundedByLength>(
        name: &'static str,
        rust_name: &'static str,
    ) -> Self {
        let _proof = T::LENGTH_SEAL;
        Self::of::<T>(name, rust_name)
    }

    /// A field of a nested input type.
    pub const fn nested<T: Nested>(name: &'static str, rust_name: &'static str) -> Self {
        let _proof = T::NESTED_SEAL;
        Self::of::<T>(name, rust_name)
    }

    /// A list or map of nested input types.
    pub const fn nested_by_length<T: NestedByLength>(
        name: &'static str,
        rust_name: &'static str,
    ) -> Self {
        let _proof = T::NESTED_LENGTH_SEAL;
        Self::of::<T>(name, rust_name)
    }

    /// How a query string or a form can fill the type.
    pub const fn named_fit(&self) -> NamedFit {
        self.named
    }

    /// The stack that deserializing a value needs, without parts on the heap.
    pub const fn stack(&self) -> usize {
        self.stack
    }

    /// The form of the type on the wire, without a function of the service.
    pub fn own_wire(&self) -> Wire {
        (self.wire)()
    }

    /// A field with these names, of which only the type is known.
    #[must_use]
    pub const fn named(mut self, name: &'static str, rust_name: &'static str) -> Self {
        self.name = name;
        self.rust_name = rust_name;
        self
    }

    /// With the size of the types in its name, if no more is known of the type.
    #[must_use]
    pub const fn holding(mut self, size: Size) -> Self {
        if self.opaque {
            self.bytes = size.refused();
            self.stack = size.parts().stack();
            self.level = size.parts().level();
        }
        self
    }

    /// A field of an unknown type.
    const UNKNOWN: Self = Self {
        name: "",
        aliases: &[],
        rust_name: "",
        optional: false,
        text: false,
        pattern: false,
        flatten: false,
        transparent: false,
        empty_is_absent: false,
        list: None,
        checkbox: false,
        json: false,
        patch: false,
        keyed: false,
        is_anchored: None,
        wire: || Wire::ANY,
        opaque: true,
        named: NamedFit::Unknown,
        nullable: false,
        double_option: false,
        path_safe: false,
        bytes: 0,
        stack: 0,
        level: 0,
        #[cfg(feature = "openapi")]
        docs: "",
        #[cfg(feature = "openapi")]
        rules: &[],
    };

    /// A member of a tuple, which has no name.
    pub(super) const fn member<T: FieldType>() -> Self {
        Self::of::<T>("", "")
    }

    /// With `#[validate(regex(..))]`.
    #[must_use]
    pub const fn with_pattern(mut self) -> Self {
        self.pattern = true;
        self
    }

    /// With a pattern that has to match whole texts.
    #[must_use]
    pub const fn anchored(mut self, is_anchored: fn() -> Anchored) -> Self {
        self.is_anchored = Some(is_anchored);
        self
    }

    /// With `#[serde(alias = "..")]`.
    #[must_use]
    pub const fn with_aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// With `#[serde(deserialize_with = "..")]` and a reason.
    #[must_use]
    pub const fn opaque(mut self) -> Self {
        self.opaque = true;
        self
    }

    /// With `#[serde(default)]`.
    #[must_use]
    pub const fn with_default(mut self) -> Self {
        self.optional = true;
        self
    }

    /// With `#[serde(flatten)]`.
    #[must_use]
    pub const fn flattened(mut self) -> Self {
        self.flatten = true;
        self
    }

    /// With documentation.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub const fn documented(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// With these rules, as data.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub const fn with_rules(mut self, rules: &'static [crate::json_schema::InputRule]) -> Self {
        self.rules = rules;
        self
    }

    /// In a newtype.
    #[must_use]
    pub const fn transparent(mut self) -> Self {
        self.transparent = true;
        self
    }

    /// With `#[input(empty = absent)]`.
    ///
    /// # Panics
    ///
    /// For a field that may not be absent, at compile time.
    #[must_use]
    #[track_caller]
    pub const fn empty_is_absent(mut self) -> Self {
        assert!(
            self.optional && !self.flatten,
            "`empty = absent` belongs on an optional field: an `Option`, or one with \
             `#[serde(default)]`"
        );
        self.empty_is_absent = true;
        self
    }

    /// With `#[input(list = ..)]`.
    ///
    /// # Panics
    ///
    /// For a field that is not a list of single values, at compile time.
    #[must_use]
    #[track_caller]
    pub const fn list(mut self, style: ListStyle) -> Self {
        assert!(
            matches!(self.named, NamedFit::List | NamedFit::Unknown) && !self.flatten,
            "`list` belongs on a list of single values, such as `Vec<Text<64>>` or `Vec<u32>`"
        );
        self.list = Some(style);
        self
    }

    /// With `#[input(checkbox)]`.
    ///
    /// # Panics
    ///
    /// For a field that is not a `bool`, at compile time.
    #[must_use]
    #[track_caller]
    pub const fn checkbox(mut self) -> Self {
        assert!(
            matches!(self.named, NamedFit::Bool) && !self.optional,
            "`checkbox` belongs on a `bool`: an absent check box is `false`"
        );
        self.checkbox = true;
        self
    }

    /// With `#[input(json)]`.
    ///
    /// # Panics
    ///
    /// For a field that has another form in query strings and forms, at compile time.
    #[must_use]
    #[track_caller]
    pub const fn json(mut self) -> Self {
        assert!(
            self.list.is_none() && !self.checkbox && !self.flatten,
            "`json` belongs on a field whose form part is one JSON document: without `list`, \
             `checkbox` and `flatten`"
        );
        self.json = true;
        self
    }

    /// Whether it has this name on the wire.
    pub(super) fn is_named(&self, name: &str) -> bool {
        !self.flatten && !self.transparent && (self.name == name || self.aliases.contains(&name))
    }

    /// Why no query string and no form can fill one of these fields; with `in_parts`, why no form
    /// with files can.
    pub(crate) const fn misfit(mut fields: &[Self], in_parts: bool) -> Option<Misfit> {
        while let [field, rest @ ..] = fields {
            if field.json && !in_parts {
                return Some(Misfit::Json(field.name));
            }
            // Flattened fields are checked when the service starts.
            if !field.flatten && !field.opaque && !field.json {
                match (field.named, field.list) {
                    (NamedFit::List, None) => return Some(Misfit::List(field.name)),
                    (NamedFit::Nothing, _) => return Some(Misfit::Type(field.name)),
                    (NamedFit::List, Some(_))
                    | (NamedFit::One | NamedFit::Bool | NamedFit::Unknown, _) => {}
                }
            }
            fields = rest;
        }
        None
    }

    /// Whether one of these fields distinguishes `null` and absence.
    pub const fn any_patch(mut fields: &[Self]) -> bool {
        while let [field, rest @ ..] = fields {
            if field.patch {
                return true;
            }
            fields = rest;
        }
        false
    }

    /// Whether it can be deserialized from a string.
    fn takes_text(&self) -> bool {
        match self.read_as().opened().kind {
            Kind::Any(_) | Kind::Single(None) => true,
            Kind::Single(Some(probe)) => {
                let mut report = Report::new(Place::Query);
                probe.ask(b"\"\"", &At::root(), &mut report);
                !report.has(&At::root(), "type")
            }
            Kind::Declared(form) => form.variants().is_some_and(|variants| {
                variants.iter().all(|variant| matches!(variant.kind, VariantKind::Unit))
            }),
            Kind::List(_)
            | Kind::Array(..)
            | Kind::Tuple(_)
            | Kind::Map(..)
            | Kind::Content(..) => false,
        }
    }

    /// Rejects a field for which `null` would have no effect; `in_patch`: among those of a merge
    /// patch.
    #[track_caller]
    const fn check_null(&self, in_patch: bool) {
        if self.opaque {
            return;
        }
        let name = if self.transparent { self.rust_name } else { self.name };
        if self.double_option {
            size::refuse_text(
                "the field `",
                name,
                "` is an `Option` of an `Option`, which reads `null` as if the member were absent: \
                 take `Patch<..>`, which tells them apart",
            );
        }
        if in_patch && self.nullable {
            size::refuse_text(
                "the field `",
                self.name,
                "` is an `Option` in a type of merge patches, and reads `null`, which removes a value, as \
                 if the member were absent: take `Patch<..>`",
            );
        }
        // The field of a newtype is not a member: the field of the newtype's type is checked
        // instead.
        if self.patch && !self.optional && !self.transparent {
            size::refuse_text(
                "the field `",
                self.name,
                "` is a `Patch`, and without `#[serde(default)]` an absent member is an error",
            );
        }
    }

    /// Whether all of these fields are permitted in a path.
    pub const fn all_fit_path(mut fields: &[Self]) -> bool {
        if fields.is_empty() {
            return false;
        }
        while let [field, rest @ ..] = fields {
            let patterned = field.text && field.pattern;
            if field.optional || field.flatten || !(field.path_safe || patterned) {
                return false;
            }
            fields = rest;
        }
        true
    }

    /// The form that is deserialized for the field.
    pub(super) fn read_as(&self) -> Wire {
        if self.opaque { Wire::any_of(self.stack, self.level) } else { (self.wire)() }
    }

    /// Rejects a length that limits no value, if the derive could not see that in the source.
    ///
    /// # Panics
    ///
    /// For such a length, at compile time.
    #[track_caller]
    pub const fn check_length(max: u64) {
        size::check_length(max);
    }

    /// Rejects the type of a field that needs too much of the stack.
    ///
    /// # Panics
    ///
    /// For such a type, at compile time.
    #[track_caller]
    pub const fn check_size(size: Size) {
        size::check_field(size);
    }

    const fn of<T: FieldType>(name: &'static str, rust_name: &'static str) -> Self {
        // Evaluated so that the checks inside the proof run for this type, whatever contains it.
        let _proof = T::FIELD_SEAL;
        let field = Unbounded::<T>::FIELD.named(name, rust_name);
        Self { text: T::TEXT, path_safe: T::PATH_SAFE, ..field }
    }
}

/// A field without a bound: `#[input(allow(unbounded), reason = "..")]`.
///
/// The reason is for the length of the value only. If the type is known, its form and its
/// declarations still apply.
#[derive(Debug)]
pub struct Unbounded<T: ?Sized>(PhantomData<T>);

impl<T: FieldType> Unbounded<T> {
    /// Whether the value is a string whose length only its rules limit.
    pub const TEXT: bool = T::TEXT;
    /// Whether the type is permitted in a path without further rules.
    pub const PATH_SAFE: bool = T::PATH_SAFE;
    /// Whether `null` is deserialized as none.
    pub const NULLABLE: bool = T::NULLABLE;
    /// Whether it is an `Option` of an `Option`.
    pub const DOUBLE_OPTION: bool = T::DOUBLE_OPTION;
    /// Whether it is a merge patch.
    pub const MERGES: bool = T::MERGES;
    /// The field, without its names.
    pub const FIELD: Field = Field {
        optional: T::OPTIONAL,
        keyed: T::KEYED,
        patch: T::PATCH,
        wire: T::wire,
        opaque: false,
        named: T::NAMED,
        nullable: T::NULLABLE,
        double_option: T::DOUBLE_OPTION,
        bytes: size_of::<T>(),
        stack: T::STACK,
        ..Field::UNKNOWN
    };
}

/// A field of any other type; used only if [`Unbounded`] has no inherent constant.
pub trait UnboundedByAny {
    /// The field, without its names.
    const FIELD: Field = Field::UNKNOWN;
    /// Unknown.
    const TEXT: bool = false;
    /// Unknown.
    const PATH_SAFE: bool = false;
    /// Unknown.
    const NULLABLE: bool = false;
    /// Unknown.
    const DOUBLE_OPTION: bool = false;
    /// Unknown.
    const MERGES: bool = false;
}

impl<T: ?Sized> UnboundedByAny for Unbounded<T> {}

impl Form {
    /// The declarations of `T`.
    pub const fn of<T: Input>() -> Self {
        Self {
            fields: T::FIELDS,
            unknown_fields: T::UNKNOWN_FIELDS,
            reasons: T::REASONS,
            id: TypeId::of::<T>(),
            layout: T::LAYOUT,
            bytes: size_of::<T>(),
            #[cfg(feature = "openapi")]
            docs: T::DOCS,
            #[cfg(feature = "openapi")]
            name: std::any::type_name::<T>,
        }
    }

    /// The stack that deserializing a value of `T` needs, without parts on the heap.
    pub const fn stack_of<T: Input>() -> usize {
        let mut fields = T::FIELDS;
        let mut most = 0;
        while let [field, rest @ ..] = fields {
            most = size::larger(most, field.stack);
            fields = rest;
        }
        size::of_struct(size_of::<T>()).saturating_add(most)
    }

    /// Rejects a type that needs too much of the stack with all its values, and a field for which
    /// `null` would have no effect.
    ///
    /// # Panics
    ///
    /// For such a type, at compile time.
    #[track_caller]
    pub const fn check_stack<T: Input>() {
        Self::check_stack_of::<T>(T::STACK);
    }

    /// The same for a type whose size is being computed.
    ///
    /// # Panics
    ///
    /// As [`check_stack`](Self::check_stack).
    #[track_caller]
    pub const fn check_stack_of<T: Input>(stack: usize) {
        let in_patch = Field::any_patch(T::FIELDS);
        let mut fields = T::FIELDS;
        while let [field, rest @ ..] = fields {
            field.check_null(in_patch);
            // The field has its own check.
            if field.bytes > MOST_BYTES {
                return;
            }
            fields = rest;
        }
        size::check_type(size_of::<T>(), stack);
    }

    /// Requires the other derives of a struct, so that a missing one causes exactly one error, at
    /// the derive.
    pub const fn asks_rules<T: Input + Ruled + DeserializeOwned>() {}

    /// Requires the other derives of a type without rules.
    pub const fn asks_form<T: Input + DeserializeOwned>() {}

    /// The fields of a variant.
    pub(super) fn fields_of(&self, variant: &Variant) -> &'static [Field] {
        let fields = self.fields.get(variant.first..).unwrap_or_default();
        fields.get(..variant.count).unwrap_or_default()
    }

    /// A field of a flattened type that no query string and no form can fill. Serde buffers
    /// flattened fields as strings, and does not convert them to numbers later.
    pub(crate) fn flattened_misfit(&self) -> Option<&'static str> {
        let flattened = self.fields.iter().filter(|field| field.flatten && !field.opaque);
        flattened.filter_map(|field| (field.wire)().opened().form()).find_map(|form| {
            let misfit = form.fields.iter().find(|field| !field.flatten && !field.takes_text());
            misfit.map(|field| field.name).or_else(|| form.flattened_misfit())
        })
    }

    /// The variants, if this is an enum.
    pub(super) fn variants(&self) -> Option<&'static [Variant]> {
        match self.layout {
            Layout::Enum(_, variants) => Some(variants),
            Layout::Opaque | Layout::Struct | Layout::Newtype => None,
        }
    }

    /// Whether the content of a variant is required in addition to its tag.
    pub(super) fn requires_content(&self, variant: &Variant) -> bool {
        match (variant.kind, self.fields_of(variant)) {
            (VariantKind::Unit | VariantKind::Opaque, _) => false,
            (VariantKind::Newtype, [field]) => {
                let wire = field.read_as().opened();
                !wire.nullable && !matches!(wire.kind, Kind::Any(_))
            }
            (VariantKind::Newtype | VariantKind::Tuple | VariantKind::Named, _) => true,
        }
    }

    /// Every reason in this type and in the types of its fields, each type once.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        self.each(&mut |form| {
            reasons.extend_from_slice(form.reasons);
            None::<()>
        });
        reasons
    }

    /// Whether this type or the type of a field drops undeclared fields.
    pub fn drops_unknown_fields(&self) -> bool {
        self.each(&mut |form| form.unknown_fields.then_some(())).is_some()
    }

    /// The fields, here or in the type of a field, whose pattern may match only a part of a string.
    pub(crate) fn partial_patterns(&self) -> Vec<&'static str> {
        self.patterns_that(|pattern| !pattern.is_whole)
    }

    /// The fields, here or in the type of a field, whose pattern excludes no character.
    pub(crate) fn open_patterns(&self) -> Vec<&'static str> {
        self.patterns_that(|pattern| !pattern.is_limit)
    }

    fn patterns_that(&self, is_bad: impl Fn(Anchored) -> bool) -> Vec<&'static str> {
        let mut fields = Vec::new();
        self.each(&mut |form| {
            let bad = |field: &&Field| field.is_anchored.is_some_and(|pattern| is_bad(pattern()));
            fields.extend(form.fields.iter().filter(bad).map(|field| field.rust_name));
            None::<()>
        });
        fields
    }

    /// Whether deserializing a value would never end: a type here, or the type of a field, contains
    /// itself without an alternative.
    pub(crate) fn is_endless(&self) -> bool {
        let is_endless = |form: &Self| form.fields.iter().any(|one| one.read_as().is_endless());
        self.each(&mut |form| is_endless(form).then_some(())).is_some()
    }

    /// The declared spelling of a field's name, here or in the type of a field.
    pub(crate) fn declared_name(&self, name: &str) -> Option<&'static str> {
        self.each(&mut |form| {
            form.fields.iter().find(|field| field.name == name).map(|field| field.name)
        })
    }

    /// Calls `visit` for each type of the tree once, until it returns a result.
    fn each<T>(&self, visit: &mut dyn FnMut(&Self) -> Option<T>) -> Option<T> {
        let mut seen: Vec<TypeId> = Vec::new();
        let mut open = vec![*self];
        while let Some(form) = open.pop() {
            // A type may contain itself.
            if seen.contains(&form.id) {
                continue;
            }
            seen.push(form.id);
            if let Some(answer) = visit(&form) {
                return Some(answer);
            }
            for field in form.fields.iter().rev() {
                (field.wire)().each_form(&mut |form| open.push(*form));
            }
        }
        None
    }
}
