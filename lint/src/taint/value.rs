//! The known properties of one value: the origin of its data, its text, its type.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::Span;

use super::class::Class;
use super::cond::Cond;
use super::text::Text;
use crate::krate::ty::{STATIC_TEXT, Ty};

/// The file that a span belongs to, as an index into the crate's files.
pub(crate) type FileId = u32;

/// Where outside data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SourceKind {
    /// A part of a request.
    Request,
    /// The name that a client gave to an uploaded file.
    UploadName,
    /// The `Host` header in any of its forms.
    Host,
    /// The `Referer` header: the page that the client came from.
    Referer,
    /// The environment, the command line, standard input: outside data in an audit only.
    Ambient,
    /// A plain text parameter that an audit takes for outside data.
    Assumed,
    /// A parameter of a function that is not a handler; used to sum up what the function does.
    Param(u16),
}

/// The identity of a piece of outside data: equal origins are the same characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Origin {
    pub(crate) kind: SourceKind,
    /// Which argument or which expression: unique in a function.
    pub(crate) site: u32,
    /// The fields taken from there, as `.name.0`.
    pub(crate) path: Rc<str>,
}

/// How a value relates to its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// The origin itself, perhaps borrowed or converted.
    Whole,
    /// The host or scheme of the URL that the origin spells.
    Host,
    /// Something made from it.
    Derived,
}

/// One line of the way that data took.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) file: FileId,
    pub(crate) span: Span,
    pub(crate) note: Note,
    pub(crate) before: Option<Rc<Link>>,
}

/// What a [`Link`] says; the sentence is written only for a finding.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    Source(Rc<str>),
    Bound(Rc<str>),
    Formatted,
    Appended(Rc<str>),
    Passed(Rc<str>),
    Returned(Rc<str>),
}

impl Note {
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Source(what) => format!("{what} comes from outside"),
            Self::Bound(name) => format!("kept in `{name}`"),
            Self::Formatted => "put into a text".to_owned(),
            Self::Appended(name) => format!("appended to `{name}`"),
            Self::Passed(name) => format!("passed to `{name}`"),
            Self::Returned(name) => format!("returned by `{name}`"),
        }
    }
}

/// Outside data inside a value.
#[derive(Clone, Debug)]
pub(crate) struct Taint {
    pub(crate) origin: Rc<Origin>,
    pub(crate) part: Part,
    /// The dangers that it has been cleaned of.
    pub(crate) safe: Class,
    pub(crate) link: Rc<Link>,
}

impl PartialEq for Taint {
    fn eq(&self, other: &Self) -> bool {
        self.origin == other.origin && self.part == other.part && self.safe == other.safe
    }
}

bitflags::bitflags! {
    /// Marks on a value that some rules read.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Marks: u32 {
        /// A command whose program is a shell or an interpreter.
        const SHELL = 1;
        /// The shell has been given the option that makes the next argument a script.
        const SCRIPT_NEXT = 1 << 1;
        /// A `--` has been given.
        const OPTIONS_ENDED = 1 << 2;
        /// The content type is HTML.
        const TYPE_HTML = 1 << 3;
        /// The content type is set and is not HTML.
        const TYPE_OTHER = 1 << 4;
        /// A path without links and dots.
        const CANONICAL = 1 << 5;
        /// A response with a status of 500 and above.
        const SERVER_ERROR = 1 << 6;
        const COOKIE_SECURE = 1 << 7;
        const COOKIE_HTTP_ONLY = 1 << 8;
        const COOKIE_SAME_SITE = 1 << 9;
        const ANY_ORIGIN = 1 << 10;
        const CREDENTIALS = 1 << 11;
        /// Made by a generator that is not for secrets.
        const WEAK_RANDOM = 1 << 12;
        /// A key, nonce or other bytes written in the source.
        const LITERAL_BYTES = 1 << 13;
        /// A response of another kind, as redirects are.
        const REDIRECTION = 1 << 14;
        /// A literal, or made of literals and constants only.
        const CONSTANT = 1 << 15;
        /// An iterator over bytes or characters.
        const CHARS = 1 << 16;
        /// An iterator of path components.
        const COMPONENTS = 1 << 17;
        /// The script is given; what follows are its arguments.
        const SCRIPT_DONE = 1 << 18;
        /// Certainly `true`, `Some` or `Ok`.
        const TRUE = 1 << 19;
        /// Certainly `false`, `None` or `Err`.
        const FALSE = 1 << 20;
        /// Came into the function from its callers: its fields may have been filled anywhere.
        const SHARED = 1 << 21;
        /// Held against constants before it came here, or kept for as long as the program runs.
        const CHECKED = 1 << 22;
    }
}

impl Marks {
    /// Marks that only hold when they hold on every way.
    const ASSURING: Self = Self::OPTIONS_ENDED
        .union(Self::TYPE_OTHER)
        .union(Self::CANONICAL)
        .union(Self::COOKIE_SECURE)
        .union(Self::COOKIE_HTTP_ONLY)
        .union(Self::COOKIE_SAME_SITE)
        .union(Self::SCRIPT_DONE)
        .union(Self::CONSTANT)
        .union(Self::CHECKED)
        .union(Self::TRUE)
        .union(Self::FALSE);

    pub(crate) const fn has(self, other: Self) -> bool {
        self.contains(other)
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        self.union(other)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        self.difference(other)
    }

    const fn join(self, other: Self) -> Self {
        let both = self.intersection(other).intersection(Self::ASSURING);
        both.union(self.union(other).difference(Self::ASSURING))
    }
}

/// The parts of a struct, tuple or known map, each on its own.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Fields(pub(crate) BTreeMap<Rc<str>, Value>);

/// The part that represents every element of a collection.
const EACH: &str = "*";

/// A call that becomes a sink only by a later call, as `.get(url)` by `.send()`.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// All that is known of a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Value {
    pub(crate) taints: Vec<Taint>,
    pub(crate) text: Text,
    pub(crate) ty: Option<Rc<Ty>>,
    pub(crate) fields: Option<Rc<Fields>>,
    pub(crate) marks: Marks,
    /// The secret-named thing that the characters come from.
    pub(crate) secret: Option<Rc<str>>,
    /// An index into the walker's closures.
    pub(crate) closure: Option<u32>,
    /// A function named as a value.
    pub(crate) function: Option<Rc<crate::krate::name::Name>>,
    pub(crate) pending: Option<Rc<Pending>>,
    /// What follows when this is true, `Some` or `Ok`, and what when it is not.
    pub(crate) cond: Option<Rc<Cond>>,
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.taints == other.taints
            && self.text == other.text
            && self.marks == other.marks
            && self.fields == other.fields
    }
}

impl Value {
    /// A value of which nothing is known and that holds no outside data.
    pub(crate) fn unknown() -> Self {
        Self::default()
    }

    /// A literal text.
    pub(crate) fn literal(text: &str) -> Self {
        Self { text: Text::known(text), marks: Marks::CONSTANT, ..Self::default() }
    }

    /// A number, a flag: a constant without text.
    pub(crate) fn constant() -> Self {
        Self { marks: Marks::CONSTANT, ..Self::default() }
    }

    pub(crate) fn typed(ty: Option<Rc<Ty>>) -> Self {
        Self { ty, ..Self::default() }
    }

    pub(crate) fn of_parts(parts: impl IntoIterator<Item = (Rc<str>, Self)>) -> Self {
        let fields: BTreeMap<Rc<str>, Self> = parts.into_iter().collect();
        let constant = fields.values().all(Self::is_constant);
        Self {
            fields: Some(Rc::new(Fields(fields))),
            marks: if constant { Marks::CONSTANT } else { Marks::default() },
            ..Self::default()
        }
    }

    /// A collection or an iterator, each element of which is like this one.
    pub(crate) fn of_each(element: Self) -> Self {
        Self::of_parts([(Rc::from(EACH), element)])
    }

    /// The value of each element, if [`Value::of_each`] has set it.
    pub(crate) fn each(&self) -> Option<&Self> {
        self.fields.as_ref()?.0.get(EACH)
    }

    /// A value made from this one and no longer equal to it: the taint stays, the rest goes.
    pub(crate) fn derived(&self) -> Self {
        Self {
            taints: self
                .all_taints()
                .into_iter()
                .map(|t| Taint { part: Part::Derived, ..t })
                .collect(),
            secret: self.secret.clone(),
            marks: if self.is_constant() { Marks::CONSTANT } else { Marks::default() },
            ..Self::default()
        }
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.marks.has(Marks::CONSTANT)
    }

    /// Nothing in it was chosen anywhere but in the source.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_constant()
            || self.marks.has(Marks::CHECKED)
            || self.ty.as_ref().is_some_and(|ty| {
                ty.holds_text() == Some(false) || ty.peeled().last() == STATIC_TEXT
            })
    }

    pub(crate) fn is_tainted(&self) -> bool {
        !self.taints.is_empty()
            || self.fields.as_ref().is_some_and(|f| f.0.values().any(Self::is_tainted))
    }

    /// Holds data that certainly comes from outside, not only what a caller may hand over.
    pub(crate) fn is_outside(&self) -> bool {
        self.taints.iter().any(|t| !matches!(t.origin.kind, SourceKind::Param(_)))
            || self.fields.as_ref().is_some_and(|f| f.0.values().any(Self::is_outside))
    }

    /// Tainted, and not cleaned of `class`.
    pub(crate) fn endangers(&self, class: Class) -> bool {
        self.taints.iter().any(|t| !t.safe.has(class))
            || self.fields.as_ref().is_some_and(|f| f.0.values().any(|v| v.endangers(class)))
    }

    /// The outside data of this value and of all of its parts.
    pub(crate) fn all_taints(&self) -> Vec<Taint> {
        let mut all = self.taints.clone();
        if let Some(fields) = &self.fields {
            for value in fields.0.values() {
                for taint in value.all_taints() {
                    add(&mut all, taint);
                }
            }
        }
        all
    }

    pub(crate) fn map_taints(&mut self, change: &mut dyn FnMut(&mut Taint)) {
        for taint in &mut self.taints {
            change(taint);
        }
        if let Some(fields) = &mut self.fields {
            for value in Rc::make_mut(fields).0.values_mut() {
                value.map_taints(change);
            }
        }
    }

    /// This value, cleaned of the dangers in `class`.
    pub(crate) fn cleaned(mut self, class: Class) -> Self {
        if class.has(Class::ALL) {
            if self.is_tainted() {
                self.marks = self.marks.with(Marks::CHECKED);
            }
            self.drop_taints();
        } else {
            self.map_taints(&mut |taint| taint.safe = taint.safe.or(class));
        }
        self
    }

    fn drop_taints(&mut self) {
        self.taints.clear();
        if let Some(fields) = &mut self.fields {
            for value in Rc::make_mut(fields).0.values_mut() {
                value.drop_taints();
            }
        }
    }

    /// This value with its parts distinguished only to this depth, and only if they are few.
    pub(crate) fn pruned(mut self, depth: usize) -> Self {
        let Some(fields) = self.fields.take() else { return self };
        if !fields
            .0
            .values()
            .any(|v| v.is_tainted() || v.fields.is_some() || v.text.whole().is_some())
        {
            return self;
        }
        if depth == 0 || fields.0.len() > 24 {
            for value in fields.0.values() {
                self.absorb(value);
            }
            return self;
        }
        let next = depth.saturating_sub(1);
        let parts = fields
            .0
            .iter()
            .map(|(name, value)| (Rc::clone(name), value.clone().pruned(next)))
            .collect();
        self.fields = Some(Rc::new(Fields(parts)));
        self
    }

    pub(crate) fn marked(mut self, mark: Marks) -> Self {
        self.marks = self.marks.with(mark);
        self
    }

    pub(crate) fn with_ty(mut self, ty: Option<Rc<Ty>>) -> Self {
        if ty.is_some() {
            self.ty = ty;
        }
        self
    }

    pub(crate) fn with_cond(mut self, cond: Option<Cond>) -> Self {
        self.cond = cond.map(Rc::new);
        self
    }

    /// Adds a line to the way of every taint.
    pub(crate) fn through(mut self, file: FileId, span: Span, note: &Note) -> Self {
        self.map_taints(&mut |taint| {
            taint.link = Rc::new(Link {
                file,
                span,
                note: note.clone(),
                before: Some(Rc::clone(&taint.link)),
            });
        });
        self
    }

    /// The part of this value that a field holds, `name` being `.field` or `["key"]`.
    pub(crate) fn field(&self, name: &str) -> Self {
        if let Some(known) = self.fields.as_ref().and_then(|fields| fields.0.get(name)) {
            return known.clone();
        }
        if let Some(each) = self.each() {
            return each.clone();
        }
        let taints = self
            .taints
            .iter()
            .map(|taint| {
                let mut taint = taint.clone();
                if taint.part == Part::Whole && taint.origin.path.len() < 80 {
                    let path = Rc::from(format!("{}.{name}", taint.origin.path));
                    taint.origin = Rc::new(Origin { path, ..(*taint.origin).clone() });
                } else {
                    taint.part = Part::Derived;
                }
                taint
            })
            .collect();
        Self { taints, secret: self.secret.clone(), ..Self::default() }
    }

    /// Puts `value` into the part `path` of this one.
    pub(crate) fn set_field(&mut self, path: &[Rc<str>], value: Self) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        let mut part = self.field(first);
        part.set_field(rest, value);
        let fields = self.fields.get_or_insert_with(Rc::default);
        Rc::make_mut(fields).0.insert(Rc::clone(first), part);
        self.cond = None;
    }

    /// Takes over the outside data of `other`.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for taint in other.all_taints() {
            add(&mut self.taints, Taint { part: Part::Derived, ..taint });
        }
        if let Some(fields) = &mut self.fields {
            for part in Rc::make_mut(fields).0.values_mut() {
                part.absorb(other);
            }
        }
        if self.secret.is_none() {
            self.secret.clone_from(&other.secret);
        }
        if !other.is_constant() {
            self.marks = self.marks.without(Marks::CONSTANT);
        }
    }

    /// What holds whichever of the two it is.
    pub(crate) fn join(mut self, other: &Self) -> Self {
        let mut taints = self.taints.clone();
        for taint in &other.taints {
            add(&mut taints, taint.clone());
        }
        self.text = self.text.join(&other.text);
        self.marks = self.marks.join(other.marks);
        if self.ty.is_none() {
            self.ty.clone_from(&other.ty);
        }
        if self.secret.is_none() {
            self.secret.clone_from(&other.secret);
        }
        if self.closure.is_none() {
            self.closure = other.closure;
        }
        if self.pending.is_none() {
            self.pending.clone_from(&other.pending);
        }
        self.cond = None;
        if self.fields.is_some() || other.fields.is_some() {
            self.fields = Some(Rc::new(self.joined_fields(other)));
        }
        self.taints = taints;
        self
    }

    fn joined_fields(&self, other: &Self) -> Fields {
        let names =
            [self, other].into_iter().filter_map(|v| v.fields.as_ref()).flat_map(|f| f.0.keys());
        let mut joined = BTreeMap::new();
        for name in names {
            if !joined.contains_key(name) {
                joined.insert(Rc::clone(name), self.field(name).join(&other.field(name)));
            }
        }
        Fields(joined)
    }
}

/// Adds a taint to a set: one entry per origin, clean only of what both are clean of.
pub(crate) fn add(taints: &mut Vec<Taint>, new: Taint) {
    if let Some(old) = taints.iter_mut().find(|t| t.origin == new.origin) {
        old.safe = old.safe.and(new.safe);
        if old.part != new.part {
            old.part = Part::Derived;
        }
    } else if taints.len() < 12 {
        taints.push(new);
    }
}

#[cfg(test)]
mod tests {
    use bitflags::Flags as _;

    use super::Marks;

    #[test]
    fn no_two_marks_share_a_bit() {
        let mut seen = Marks::default();
        for mark in Marks::FLAGS {
            assert!(!seen.intersects(*mark.value()), "{}", mark.name());
            seen = seen.with(*mark.value());
        }
    }
}
