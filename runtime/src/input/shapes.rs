//! The possible forms of a value at one position, if a variant decides or fields are flattened.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{
    field::{Field, Form},
    layout::{Layout, Tagging, Variant, VariantKind},
    size,
    wire::{Kind, Wire, Wires},
};

/// The possible forms of a value at one position.
#[derive(Debug)]
pub(super) struct Shapes {
    all: SmallVec<[Shape; 1]>,
    /// The stack for deserializing the value, without its elements.
    pub(super) stack: usize,
    /// Whether a type contains itself without an alternative, so that deserializing never ends.
    pub(super) is_endless: bool,
    /// A tag whose value is not a string: serde accepts the number of a variant too.
    pub(super) wrong_tag: Option<&'static str>,
}

/// The value of a tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// A string, without its escapes.
    Text(Cow<'a, [u8]>),
    /// Another value.
    Other,
    /// The object has no such member, or no object is permitted here.
    Absent,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Any value; the stack for each level in it.
    Any(usize),
    /// An object of any members.
    AnyMembers(usize),
    List(fn() -> Wire),
    Tuple(&'static [fn() -> Wire]),
    /// An array of a variant's fields.
    Values(&'static [Field]),
    Map(fn() -> Wire),
    Members {
        fields: &'static [Field],
        tag: Option<&'static str>,
        open: bool,
    },
    /// An object with the variant as its only member.
    Variants(&'static Form, &'static [Variant]),
    /// An object with the tag and the content.
    Adjacent {
        tag: &'static str,
        content: &'static str,
        form: &'static Form,
        variants: &'static [Variant],
    },
}

/// The path to a shape.
struct Way<'a, 'j> {
    /// The declared types that were opened on the path.
    open: SmallVec<[&'static Form; 4]>,
    /// Finds the value of a tag in the object that begins here.
    tag: &'a mut dyn FnMut(&'static str) -> Tag<'j>,
}

impl Shapes {
    /// The forms of a value without further knowledge.
    pub(super) fn of(wires: &[Wire]) -> Self {
        Self::tagged(wires, &mut |_| Tag::Absent)
    }

    /// The forms of an object with known tags.
    pub(super) fn tagged<'j>(wires: &[Wire], tag: &mut dyn FnMut(&'static str) -> Tag<'j>) -> Self {
        let mut shapes =
            Self { all: SmallVec::new(), stack: 0, is_endless: false, wrong_tag: None };
        let mut way = Way { open: SmallVec::new(), tag };
        for (index, wire) in wires.iter().enumerate() {
            // A type in several variants is listed once.
            let is_same = |other: &Wire| match (other.kind, wire.kind) {
                (Kind::Declared(one), Kind::Declared(other)) => one.id == other.id,
                (Kind::Any(one), Kind::Any(level)) => one >= level && other.stack >= wire.stack,
                _ => false,
            };
            if !wires.iter().take(index).any(is_same) {
                let stack = shapes.add(*wire, false, &mut way);
                shapes.stack = shapes.stack.max(stack);
            }
        }
        shapes
    }

    /// Adds the forms of this type, and returns the stack for deserializing it. `inside` an open
    /// object, other values do not count.
    fn add(&mut self, wire: Wire, inside: bool, way: &mut Way<'_, '_>) -> usize {
        let wire = wire.opened();
        let below = match wire.kind {
            Kind::Any(level) if inside => self.push(Shape::AnyMembers(level)),
            Kind::Any(level) => self.push(Shape::Any(level)),
            Kind::List(element) | Kind::Array(element, _) if !inside => {
                self.push(Shape::List(element))
            }
            Kind::Tuple(members) if !inside => self.push(Shape::Tuple(members)),
            Kind::Single(_) | Kind::List(_) | Kind::Array(..) | Kind::Tuple(_) => 0,
            Kind::Map(_, value) => self.push(Shape::Map(value)),
            Kind::Declared(form) => self.add_declared(form, inside, way),
            Kind::Content(form, variant) => self.add_content(form, variant, inside, way),
        };
        wire.stack.saturating_add(below)
    }

    fn push(&mut self, shape: Shape) -> usize {
        self.all.push(shape);
        0
    }

    fn add_declared(&mut self, form: &'static Form, inside: bool, way: &mut Way<'_, '_>) -> usize {
        let open = form.unknown_fields;
        match form.layout {
            // A newtype was opened before.
            Layout::Opaque | Layout::Newtype => self.add(Wire::ANY, inside, way),
            Layout::Struct => {
                self.push(Shape::Members { fields: form.fields, tag: None, open });
                self.once(form, way, |shapes, way| shapes.add_flattened(form.fields, way))
            }
            Layout::Enum(Tagging::External, variants) => self.push(Shape::Variants(form, variants)),
            Layout::Enum(Tagging::Adjacent(tag, content), variants) => {
                let variants = self.chosen(tag, variants, way);
                self.push(Shape::Adjacent { tag, content, form, variants })
            }
            Layout::Enum(Tagging::Internal(tag), variants) => {
                self.push(Shape::Members { fields: &[], tag: Some(tag), open });
                let variants = self.chosen(tag, variants, way);
                self.once(form, way, |shapes, way| {
                    let contents =
                        variants.iter().map(|variant| shapes.add_content(form, variant, true, way));
                    size::of_buffered(contents.max().unwrap_or_default())
                })
            }
            Layout::Enum(Tagging::Untagged, variants) => self.once(form, way, |shapes, way| {
                let contents =
                    variants.iter().map(|variant| shapes.add_content(form, variant, inside, way));
                size::of_buffered(contents.max().unwrap_or_default())
            }),
        }
    }

    /// The variant of the tag; all of them if the tag is invalid, which the reader refuses.
    fn chosen(
        &mut self,
        tag: &'static str,
        variants: &'static [Variant],
        way: &mut Way<'_, '_>,
    ) -> &'static [Variant] {
        match (way.tag)(tag) {
            Tag::Text(name) => {
                let is =
                    |variant: &&Variant| variant.names.iter().any(|own| own.as_bytes() == &*name);
                variants.iter().find(is).map_or(variants, std::slice::from_ref)
            }
            Tag::Other => {
                self.wrong_tag = Some(tag);
                variants
            }
            Tag::Absent => variants,
        }
    }

    /// The content of a variant, without an enclosing form.
    fn add_content(
        &mut self,
        form: &'static Form,
        variant: &Variant,
        inside: bool,
        way: &mut Way<'_, '_>,
    ) -> usize {
        let fields = form.fields_of(variant);
        match variant.kind {
            VariantKind::Opaque => self.add(Wire::ANY, inside, way),
            VariantKind::Unit => 0,
            VariantKind::Newtype => {
                fields.first().map_or(0, |field| self.add(field.read_as(), inside, way))
            }
            VariantKind::Tuple if inside => 0,
            VariantKind::Tuple => self.push(Shape::Values(fields)),
            VariantKind::Named => {
                self.push(Shape::Members { fields, tag: None, open: form.unknown_fields });
                self.add_flattened(fields, way)
            }
        }
    }

    /// The fields of a flattened value are among those of the type that contains it.
    fn add_flattened(&mut self, fields: &'static [Field], way: &mut Way<'_, '_>) -> usize {
        let flattened = fields.iter().filter(|field| field.flatten);
        let stacks = flattened.map(|field| self.add(field.read_as(), true, way));
        match stacks.max() {
            Some(stack) => size::of_buffered(stack),
            None => 0,
        }
    }

    /// Opens a type unless it is already open on the path.
    fn once(
        &mut self,
        form: &'static Form,
        way: &mut Way<'_, '_>,
        go: impl FnOnce(&mut Self, &mut Way<'_, '_>) -> usize,
    ) -> usize {
        if let Some(before) = way.open.iter().position(|open| open.id == form.id) {
            return self.again(form, way.open.get(before..).unwrap_or_default());
        }
        way.open.push(form);
        let stack = go(self, way);
        way.open.pop();
        stack
    }

    /// A type that contains itself at its own position, through these types.
    fn again(&mut self, form: &'static Form, round: &[&'static Form]) -> usize {
        let takes_tag = |form: &&Form| matches!(form.layout, Layout::Enum(Tagging::Internal(_), _));
        let is_untagged = matches!(form.layout, Layout::Enum(Tagging::Untagged, _));
        // A tag is removed from the input, so that the second round finds none and ends.
        if is_untagged || !round.iter().any(takes_tag) {
            self.is_endless = true;
        }
        let one = |form: &&Form| size::of_buffered(size::of_struct(form.bytes));
        round.iter().map(one).fold(0, usize::saturating_add)
    }

    /// Whether an object is permitted here.
    pub(super) fn permit_object(&self) -> bool {
        self.all.iter().any(|shape| match shape {
            Shape::Any(_)
            | Shape::AnyMembers(_)
            | Shape::Map(_)
            | Shape::Members { .. }
            | Shape::Variants(..)
            | Shape::Adjacent { .. } => true,
            Shape::List(_) | Shape::Tuple(_) | Shape::Values(_) => false,
        })
    }

    /// Whether an array is permitted here.
    pub(super) fn permit_array(&self) -> bool {
        self.all.iter().any(|shape| match shape {
            Shape::Any(_) | Shape::List(_) | Shape::Tuple(_) | Shape::Values(_) => true,
            Shape::AnyMembers(_)
            | Shape::Map(_)
            | Shape::Members { .. }
            | Shape::Variants(..)
            | Shape::Adjacent { .. } => false,
        })
    }

    /// The permitted types at this index.
    pub(super) fn element(&self, index: usize) -> Wires {
        let mut wires = Wires::new();
        for shape in &self.all {
            match shape {
                Shape::Any(level) => wires.push(Wire::any_of(*level, *level)),
                Shape::List(element) => wires.push(element()),
                // The reader refuses additional elements.
                Shape::Tuple(members) => {
                    wires.push(members.get(index).map_or(Wire::ANY, |member| member()));
                }
                Shape::Values(fields) => {
                    wires.push(fields.get(index).map_or(Wire::ANY, Field::read_as));
                }
                Shape::AnyMembers(_)
                | Shape::Map(_)
                | Shape::Members { .. }
                | Shape::Variants(..)
                | Shape::Adjacent { .. } => {}
            }
        }
        wires
    }

    /// The permitted types under this name; `None` if no type declares it and all refuse undeclared
    /// names.
    pub(super) fn member(&self, name: &[u8]) -> Option<Wires> {
        let (wires, is_open) = self.named(name);
        if wires.is_empty() {
            return is_open.then(|| Wires::from_elem(Wire::ANY, 1));
        }
        Some(wires)
    }

    /// Whether a type declares this name.
    #[cfg(feature = "uploads")]
    pub(super) fn declares(&self, name: &[u8]) -> bool {
        !self.named(name).0.is_empty()
    }

    /// The types under this name, and whether one of them drops undeclared names.
    fn named(&self, name: &[u8]) -> (Wires, bool) {
        let is = |own: &&str| own.as_bytes() == name;
        let mut wires = Wires::new();
        let mut is_open = false;
        for shape in &self.all {
            match shape {
                Shape::Any(level) | Shape::AnyMembers(level) => {
                    wires.push(Wire::any_of(*level, *level));
                }
                Shape::Map(value) => wires.push(value()),
                Shape::Members { fields, tag, open } => {
                    is_open |= open;
                    if tag.as_ref().is_some_and(is) {
                        wires.push(Wire::SCALAR);
                    }
                    let named = fields.iter().filter(|field| {
                        !field.flatten && (is(&field.name) || field.aliases.iter().any(&is))
                    });
                    wires.extend(named.map(Field::read_as));
                }
                Shape::Variants(form, variants) => {
                    let named = variants.iter().find(|variant| variant.names.iter().any(&is));
                    match named {
                        Some(variant) => wires.push(Wire::content(form, variant)),
                        // The reader knows its variants.
                        None => wires.push(Wire::ANY),
                    }
                }
                Shape::Adjacent { tag, content: own, form, variants } => {
                    is_open |= form.unknown_fields;
                    if is(tag) {
                        wires.push(Wire::SCALAR);
                    }
                    if is(own) {
                        wires.extend(variants.iter().map(|variant| Wire::content(form, variant)));
                    }
                }
                Shape::List(_) | Shape::Tuple(_) | Shape::Values(_) => {}
            }
        }
        (wires, is_open)
    }
}
