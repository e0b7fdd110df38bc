//! What a type is on the wire: which values are objects, which names they have, which are arrays.
//!
//! Serde reads more than is declared: a struct from an array of its values, an enum with a tag from
//! an array of the tag and the fields. And a `Deserialize` by hand reads what it likes. So a body is
//! compared with what its types declare before it is read ([`members`](super::members)).

use std::{borrow::Cow, ptr};

use smallvec::SmallVec;

use super::{
    bounded::FieldType,
    field::{Field, Form},
    layout::{Layout, Tagging, Variant, VariantKind},
    size,
};

/// What a type is on the wire, and what reading it takes of the stack.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    kind: Kind,
    stack: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Whatever the type reads.
    Any,
    /// A text, a number, `true` or `false`.
    Scalar,
    /// An array of any length.
    List(fn() -> Wire),
    /// An array with an element for each of these.
    Tuple(&'static [fn() -> Wire]),
    /// An object of any names.
    Map(fn() -> Wire),
    /// A type that derives `Input`.
    Declared(&'static Form),
    /// What a variant of such a type holds.
    Content(&'static Form, &'static Variant),
}

impl Wire {
    /// A value of no declared form.
    pub(crate) const ANY: Self = Self { kind: Kind::Any, stack: 0 };

    /// A single value: neither an object nor an array.
    pub(super) const SCALAR: Self = Self { kind: Kind::Scalar, stack: 0 };

    /// A type that derives `Input`.
    pub const fn declared(form: &'static Form) -> Self {
        Self { kind: Kind::Declared(form), stack: size::of_struct(form.bytes) }
    }

    /// What a variant holds.
    const fn content(form: &'static Form, variant: &'static Variant) -> Self {
        Self { kind: Kind::Content(form, variant), stack: size::of_struct(form.bytes) }
    }

    /// A list that is kept on the heap.
    pub(super) const fn list<T: FieldType>() -> Self {
        Self { kind: Kind::List(T::wire), stack: size::of_list(size_of::<T>()) }
    }

    /// An array of `N` elements.
    pub(super) const fn array<T: FieldType, const N: usize>() -> Self {
        Self { kind: Kind::List(T::wire), stack: size::of_array(size_of::<[T; N]>()) }
    }

    /// A tuple of these members.
    pub(super) const fn tuple<T>(members: &'static [fn() -> Self]) -> Self {
        Self { kind: Kind::Tuple(members), stack: size::of_array(size_of::<T>()) }
    }

    /// A map of these values.
    pub(super) const fn map<K, V: FieldType>() -> Self {
        Self { kind: Kind::Map(V::wire), stack: size::of_list(size_of::<(K, V)>()) }
    }

    /// The same value in an `Option<T>`.
    pub(super) const fn optional<T>(self) -> Self {
        Self { stack: self.stack.saturating_add(size::of_option(size_of::<Option<T>>())), ..self }
    }

    /// Whether reading a value would never end.
    pub(crate) fn is_endless(self) -> bool {
        Shapes::of(&[self]).is_endless
    }

    /// What the type declares, or its elements declare. A tuple declares nothing by itself.
    pub(super) fn form(self) -> Option<&'static Form> {
        match self.kind {
            Kind::Declared(form) => Some(form),
            Kind::List(element) | Kind::Map(element) => element().form(),
            Kind::Any | Kind::Scalar | Kind::Tuple(_) | Kind::Content(..) => None,
        }
    }

    /// Hands over what the type, its elements and its members declare.
    pub(super) fn each_form(self, visit: &mut dyn FnMut(&'static Form)) {
        match self.kind {
            Kind::Declared(form) => visit(form),
            Kind::List(element) | Kind::Map(element) => element().each_form(visit),
            Kind::Tuple(members) => members.iter().for_each(|member| member().each_form(visit)),
            Kind::Any | Kind::Scalar | Kind::Content(..) => {}
        }
    }
}

/// What may stand in one place: the declared type, or one type of several where a variant decides.
pub(super) type Wires = SmallVec<[Wire; 1]>;

/// The forms that a value in one place may have.
#[derive(Debug)]
pub(super) struct Shapes {
    all: SmallVec<[Shape; 1]>,
    /// What reading the value takes of the stack, without its elements.
    pub(super) stack: usize,
    /// Whether an untagged enum reads itself in place of its content, without end.
    pub(super) is_endless: bool,
    /// A tag whose value is no text: serde takes the number of a variant too.
    pub(super) wrong_tag: Option<&'static str>,
}

/// The value of a tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// A text, without its escapes.
    Text(Cow<'a, [u8]>),
    /// Another value.
    Other,
    /// The object has no such member, or the place is none for an object.
    Absent,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Any,
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
    /// An object with the variant as its only name.
    Variants(&'static Form, &'static [Variant]),
    /// An object with the tag and the content.
    Adjacent {
        tag: &'static str,
        content: &'static str,
        form: &'static Form,
        variants: &'static [Variant],
    },
}

fn any() -> Wire {
    Wire::ANY
}

/// The way to a shape.
struct Way<'a, 'j> {
    /// The declared types that were opened on it.
    open: SmallVec<[*const Form; 4]>,
    /// Finds the value of a tag in the object that begins here.
    tag: &'a dyn Fn(&str) -> Tag<'j>,
}

impl Shapes {
    /// The forms of a value of which nothing is known.
    pub(super) fn of(wires: &[Wire]) -> Self {
        Self::tagged(wires, &|_| Tag::Absent)
    }

    /// The forms of an object whose tags are known.
    pub(super) fn tagged<'j>(wires: &[Wire], tag: &dyn Fn(&str) -> Tag<'j>) -> Self {
        let mut shapes =
            Self { all: SmallVec::new(), stack: 0, is_endless: false, wrong_tag: None };
        let mut way = Way { open: SmallVec::new(), tag };
        for (index, wire) in wires.iter().enumerate() {
            // One type in several variants stands here once.
            let is_same = |other: &Wire| match (other.kind, wire.kind) {
                (Kind::Declared(one), Kind::Declared(other)) => ptr::eq(one, other),
                (Kind::Any, Kind::Any) => true,
                _ => false,
            };
            if !wires.iter().take(index).any(is_same) {
                let stack = shapes.add(*wire, false, &mut way);
                shapes.stack = shapes.stack.max(stack);
            }
        }
        shapes
    }

    /// Adds what a value of this type may be, and answers what reading it takes of the stack. `inside`
    /// an object that is open already, no other value counts.
    fn add(&mut self, wire: Wire, inside: bool, way: &mut Way<'_, '_>) -> usize {
        let below = match wire.kind {
            Kind::Any if inside => self.push(Shape::Map(any)),
            Kind::Any => self.push(Shape::Any),
            Kind::List(element) if !inside => self.push(Shape::List(element)),
            Kind::Tuple(members) if !inside => self.push(Shape::Tuple(members)),
            Kind::Scalar | Kind::List(_) | Kind::Tuple(_) => 0,
            Kind::Map(value) => self.push(Shape::Map(value)),
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
            Layout::Opaque => self.add(Wire::ANY, inside, way),
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
            Layout::Enum(Tagging::Untagged, variants) => {
                if way.open.iter().any(|open| ptr::eq(*open, form)) {
                    self.is_endless = true;
                }
                self.once(form, way, |shapes, way| {
                    let contents = variants
                        .iter()
                        .map(|variant| shapes.add_content(form, variant, inside, way));
                    size::of_buffered(contents.max().unwrap_or_default())
                })
            }
        }
    }

    /// The variant that the tag names; all of them where it names none, which the reader refuses.
    fn chosen(
        &mut self,
        tag: &'static str,
        variants: &'static [Variant],
        way: &Way<'_, '_>,
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

    /// What a variant holds, where nothing stands around it.
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

    /// The fields of a flattened value stand among those of the type that holds it.
    fn add_flattened(&mut self, fields: &'static [Field], way: &mut Way<'_, '_>) -> usize {
        let flattened = fields.iter().filter(|field| field.flatten);
        let stacks = flattened.map(|field| self.add(field.read_as(), true, way));
        match stacks.max() {
            Some(stack) => size::of_buffered(stack),
            None => 0,
        }
    }

    /// Goes into a type unless the way led through it before.
    fn once(
        &mut self,
        form: &'static Form,
        way: &mut Way<'_, '_>,
        go: impl FnOnce(&mut Self, &mut Way<'_, '_>) -> usize,
    ) -> usize {
        if way.open.iter().any(|open| ptr::eq(*open, form)) {
            return 0;
        }
        way.open.push(form);
        let stack = go(self, way);
        way.open.pop();
        stack
    }

    /// Whether an object may stand here.
    pub(super) fn permit_object(&self) -> bool {
        self.all.iter().any(|shape| match shape {
            Shape::Any
            | Shape::Map(_)
            | Shape::Members { .. }
            | Shape::Variants(..)
            | Shape::Adjacent { .. } => true,
            Shape::List(_) | Shape::Tuple(_) | Shape::Values(_) => false,
        })
    }

    /// Whether an array may stand here.
    pub(super) fn permit_array(&self) -> bool {
        self.all.iter().any(|shape| match shape {
            Shape::Any | Shape::List(_) | Shape::Tuple(_) | Shape::Values(_) => true,
            Shape::Map(_)
            | Shape::Members { .. }
            | Shape::Variants(..)
            | Shape::Adjacent { .. } => false,
        })
    }

    /// What may stand at this index.
    pub(super) fn element(&self, index: usize) -> Wires {
        let mut wires = Wires::new();
        for shape in &self.all {
            match shape {
                Shape::Any => wires.push(Wire::ANY),
                Shape::List(element) => wires.push(element()),
                // What is too much is for the reader to refuse.
                Shape::Tuple(members) => {
                    wires.push(members.get(index).map_or(Wire::ANY, |member| member()));
                }
                Shape::Values(fields) => {
                    wires.push(fields.get(index).map_or(Wire::ANY, Field::read_as));
                }
                Shape::Map(_)
                | Shape::Members { .. }
                | Shape::Variants(..)
                | Shape::Adjacent { .. } => {}
            }
        }
        wires
    }

    /// What may stand under this name; `None` where no type declares it and all refuse what they do
    /// not declare.
    pub(super) fn member(&self, name: &[u8]) -> Option<Wires> {
        let is = |own: &&str| own.as_bytes() == name;
        let mut wires = Wires::new();
        let mut is_open = false;
        for shape in &self.all {
            match shape {
                Shape::Any => wires.push(Wire::ANY),
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
        if wires.is_empty() {
            return is_open.then(|| Wires::from_elem(Wire::ANY, 1));
        }
        Some(wires)
    }
}
