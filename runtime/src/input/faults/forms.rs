//! The possible forms of a value, each separately.
//!
//! [`Shapes`] joins the forms of a position, which is sufficient for finding its permitted names.
//! Here they are separate, so that a value can be compared with each.

use smallvec::SmallVec;

use super::{
    super::{
        field::{Field, Form as Declared},
        layout::{Layout, Tagging, Variant, VariantKind},
        shapes::{Shapes, Tag},
        wire::{Kind, Probe, Wire},
    },
    cursor::JsonKind,
};

/// The most forms that a position is compared with; nested untagged enums may have any number.
/// Above it, any form is accepted.
const MOST_FORMS: usize = 32;

/// The most nested types that are opened at one position.
const MOST_OPEN: usize = 16;

/// One form of a value.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Any,
    /// A single value, which its type deserializes.
    Single(Probe),
    /// The name of one of these variants.
    UnitOf(&'static [Variant]),
    List(fn() -> Wire),
    Array(fn() -> Wire, usize),
    Tuple(&'static [fn() -> Wire]),
    /// An array of a variant's fields.
    Values(&'static [Field]),
    Map(fn() -> Wire, fn() -> Wire),
    Members(Box<Members>),
    /// An object with one of these variants as its only member.
    Variants(&'static Declared, &'static [Variant]),
}

/// The members of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    fields: SmallVec<[&'static [Field]; 2]>,
    /// The member with the content of an adjacently tagged enum: its name, its possible forms,
    /// whether it is required.
    contents: SmallVec<[(&'static str, Wire, bool); 1]>,
    /// Names whose values have been checked already.
    pub(super) tags: SmallVec<[&'static str; 1]>,
    /// Tags that are missing or invalid.
    pub(super) tag_faults: SmallVec<[(&'static str, &'static str); 1]>,
    /// The values of all other names, for a flattened map.
    pub(super) rest: Option<fn() -> Wire>,
    /// Values that may be here as a whole, and are ignored if they do not fit: a flattened
    /// `Option`.
    dropped: SmallVec<[Wire; 1]>,
    /// Whether undeclared names are accepted.
    pub(super) is_open: bool,
}

impl Members {
    /// The declared field of this name.
    pub(super) fn field(&self, name: &[u8]) -> Option<&'static Field> {
        let is = |own: &str| own.as_bytes() == name;
        self.fields.iter().flat_map(|fields| fields.iter()).find(|field| {
            !field.flatten && (is(field.name) || field.aliases.iter().any(|alias| is(alias)))
        })
    }

    /// The content with this name.
    pub(super) fn content(&self, name: &[u8]) -> Option<(&'static str, Wire)> {
        let content = self.contents.iter().find(|(own, ..)| own.as_bytes() == name);
        content.map(|(own, wire, _)| (*own, *wire))
    }

    /// Whether this name may belong to values that are ignored if they do not fit.
    pub(super) fn may_have(&self, name: &[u8]) -> bool {
        self.dropped.iter().any(|wire| Shapes::of(&[*wire]).member(name).is_some())
    }

    /// The required names. A field of unknown type may be absent.
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.fields.iter().flat_map(|fields| fields.iter());
        let fields = fields.filter(|field| {
            !field.flatten
                && !field.optional
                && !matches!(field.read_as().opened().kind, Kind::Any(_))
        });
        let contents = self.contents.iter().filter(|(.., is_required)| *is_required);
        fields.map(|field| field.name).chain(contents.map(|(name, ..)| *name))
    }
}

/// The forms of this type for a value of this kind.
pub(super) fn of<'j>(
    wire: Wire,
    kind: JsonKind,
    tag: &mut dyn FnMut(&'static str) -> Tag<'j>,
) -> SmallVec<[Form; 1]> {
    let mut forms = Forms { all: SmallVec::new(), tag };
    forms.add(wire, 0);
    if forms.all.len() > MOST_FORMS {
        return SmallVec::from_elem(Form::Any, 1);
    }
    forms.all.into_iter().filter(|form| form.takes(kind)).collect()
}

impl Form {
    fn takes(&self, kind: JsonKind) -> bool {
        match (self, kind) {
            (Self::Any, _) => true,
            (Self::Map(..) | Self::Members(_) | Self::Variants(..), kind) => {
                kind == JsonKind::Object
            }
            (Self::List(_) | Self::Array(..) | Self::Tuple(_) | Self::Values(_), kind) => {
                kind == JsonKind::Array
            }
            (Self::UnitOf(_), kind) => kind == JsonKind::Text,
            (Self::Single(_), kind) => !matches!(kind, JsonKind::Object | JsonKind::Array),
        }
    }
}

struct Forms<'a, 'j> {
    all: SmallVec<[Form; 1]>,
    tag: &'a mut dyn FnMut(&'static str) -> Tag<'j>,
}

impl Forms<'_, '_> {
    fn add(&mut self, wire: Wire, open: usize) {
        if open > MOST_OPEN || self.all.len() > MOST_FORMS {
            self.all.push(Form::Any);
            return;
        }
        match wire.opened().kind {
            Kind::Any(_) | Kind::Single(None) => self.all.push(Form::Any),
            Kind::Single(Some(probe)) => self.all.push(Form::Single(probe)),
            Kind::List(element) => self.all.push(Form::List(element)),
            Kind::Array(element, count) => self.all.push(Form::Array(element, count)),
            Kind::Tuple(members) => self.all.push(Form::Tuple(members)),
            Kind::Map(key, value) => self.all.push(Form::Map(key, value)),
            Kind::Declared(form) => self.add_declared(form, open.saturating_add(1)),
            Kind::Content(form, variant) => self.add_content(form, variant, open.saturating_add(1)),
        }
    }

    fn add_declared(&mut self, form: &'static Declared, open: usize) {
        match form.layout {
            // A newtype is opened before.
            Layout::Opaque | Layout::Newtype => self.all.push(Form::Any),
            Layout::Enum(Tagging::External, variants) => {
                self.all.push(Form::UnitOf(variants));
                self.all.push(Form::Variants(form, variants));
            }
            Layout::Enum(Tagging::Untagged, variants) => {
                for variant in variants {
                    self.add_content(form, variant, open);
                }
            }
            Layout::Struct | Layout::Enum(Tagging::Internal(_) | Tagging::Adjacent(..), _) => {
                let all = self.inside(Wire::declared(form), vec![Members::default()], open);
                self.all.extend(all.into_iter().map(|members| Form::Members(Box::new(members))));
            }
        }
    }

    fn add_content(&mut self, form: &'static Declared, variant: &'static Variant, open: usize) {
        let fields = form.fields_of(variant);
        match variant.kind {
            VariantKind::Opaque => self.all.push(Form::Any),
            VariantKind::Unit => self.all.push(Form::Single(Probe::of::<()>())),
            VariantKind::Newtype => match fields.first() {
                Some(field) => self.add(field.read_as(), open),
                None => self.all.push(Form::Any),
            },
            VariantKind::Tuple => self.all.push(Form::Values(fields)),
            VariantKind::Named => {
                let members = Members { is_open: form.unknown_fields, ..Members::default() };
                let all = self.fields(fields, vec![members], open);
                self.all.extend(all.into_iter().map(|members| Form::Members(Box::new(members))));
            }
        }
    }

    /// Adds the members of a value to those of the enclosing object: one list for each possible
    /// meaning of an untagged enum.
    fn inside(&mut self, wire: Wire, mut all: Vec<Members>, open: usize) -> Vec<Members> {
        let each = |all: &mut Vec<Members>, change: &dyn Fn(&mut Members)| {
            all.iter_mut().for_each(change);
        };
        if open > MOST_OPEN || all.len() > MOST_FORMS {
            each(&mut all, &|members| members.is_open = true);
            return all;
        }
        let deeper = open.saturating_add(1);
        let wire = wire.opened();
        match wire.kind {
            _ if wire.nullable => each(&mut all, &|members| members.dropped.push(wire)),
            Kind::Map(_, value) => each(&mut all, &|members| members.rest = Some(value)),
            Kind::Declared(form) => {
                if form.unknown_fields {
                    each(&mut all, &|members| members.is_open = true);
                }
                match form.layout {
                    Layout::Struct => return self.fields(form.fields, all, deeper),
                    Layout::Enum(Tagging::Internal(tag), variants) => {
                        each(&mut all, &|members| members.tags.push(tag));
                        return match self.chosen(tag, variants) {
                            Ok(variant) => self.content_inside(form, variant, all, deeper),
                            Err(code) => {
                                each(&mut all, &|members| members.tag_faults.push((tag, code)));
                                all
                            }
                        };
                    }
                    Layout::Enum(Tagging::Adjacent(tag, content), variants) => {
                        each(&mut all, &|members| members.tags.push(tag));
                        match self.chosen(tag, variants) {
                            Ok(variant) => {
                                let wire = Wire::content(form, variant);
                                let is_required = form.requires_content(variant);
                                each(&mut all, &|members| {
                                    members.contents.push((content, wire, is_required));
                                });
                            }
                            Err(code) => each(&mut all, &|members| {
                                members.tag_faults.push((tag, code));
                            }),
                        }
                    }
                    Layout::Enum(Tagging::Untagged, variants) => {
                        let mut ways = Vec::new();
                        for variant in variants {
                            ways.extend(self.content_inside(form, variant, all.clone(), deeper));
                        }
                        return ways;
                    }
                    Layout::Opaque | Layout::Newtype | Layout::Enum(Tagging::External, _) => {
                        each(&mut all, &|members| members.is_open = true);
                    }
                }
            }
            Kind::Content(form, variant) => {
                return self.content_inside(form, variant, all, deeper);
            }
            Kind::Any(_) | Kind::Single(_) | Kind::List(_) | Kind::Array(..) | Kind::Tuple(_) => {
                each(&mut all, &|members| members.is_open = true);
            }
        }
        all
    }

    fn content_inside(
        &mut self,
        form: &'static Declared,
        variant: &'static Variant,
        mut all: Vec<Members>,
        open: usize,
    ) -> Vec<Members> {
        let fields = form.fields_of(variant);
        match (variant.kind, fields) {
            (VariantKind::Named, _) => return self.fields(fields, all, open),
            (VariantKind::Newtype, [field]) => return self.inside(field.read_as(), all, open),
            // A unit variant may have members besides its tag; the others are not in an object.
            (
                VariantKind::Unit | VariantKind::Opaque | VariantKind::Newtype | VariantKind::Tuple,
                _,
            ) => all.iter_mut().for_each(|members| members.is_open = true),
        }
        all
    }

    fn fields(
        &mut self,
        fields: &'static [Field],
        mut all: Vec<Members>,
        open: usize,
    ) -> Vec<Members> {
        all.iter_mut().for_each(|members| members.fields.push(fields));
        for field in fields.iter().filter(|field| field.flatten) {
            all = self.inside(field.read_as(), all, open);
        }
        all
    }

    /// The variant of the tag, or the tag's fault.
    fn chosen(
        &mut self,
        tag: &'static str,
        variants: &'static [Variant],
    ) -> Result<&'static Variant, &'static str> {
        match (self.tag)(tag) {
            Tag::Text(name) => {
                let is = |variant: &&Variant| super::is_named(variant, &name);
                variants.iter().find(is).ok_or("variant")
            }
            Tag::Other => Err("type"),
            Tag::Absent => Err("missing"),
        }
    }
}
