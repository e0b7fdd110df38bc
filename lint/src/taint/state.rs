//! The variables of a function at one point of its run.

use std::rc::Rc;

use super::class::Class;
use super::cond::{Fact, Target};
use super::value::{Origin, Part, Value};

/// A variable.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) name: Rc<str>,
    pub(crate) value: Value,
    /// Changes with every assignment, so that an earlier check does not apply to the new value.
    pub(crate) version: u32,
}

/// All variables, and what is known of the outside data itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Shared with the states of other branches until one of them writes.
    pub(crate) slots: Vec<Rc<Slot>>,
    /// Outside data that has been checked on every way to here.
    pub(super) cleaned: Vec<(Rc<Origin>, Class)>,
    /// Whether no way leads here.
    pub(crate) dead: bool,
}

impl State {
    /// The slot of a name, the innermost one first.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.slots.iter().rposition(|slot| &*slot.name == name)
    }

    pub(crate) fn slot(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index).map(|slot| &**slot)
    }

    pub(crate) fn slot_mut(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index).map(Rc::make_mut)
    }

    /// Leaves scopes: forgets the variables beyond `depth`.
    pub(crate) fn truncate(&mut self, depth: usize) {
        self.slots.truncate(depth);
    }

    /// Cleans a value of what has been checked about its origins.
    pub(crate) fn refresh(&self, value: &mut Value) {
        if self.cleaned.is_empty() || !value.is_tainted() {
            return;
        }
        for (origin, class) in &self.cleaned {
            clean_origin(value, origin, *class);
        }
    }

    /// Takes over facts that hold from here on.
    pub(crate) fn learn(&mut self, facts: &[Fact]) {
        for fact in facts {
            match &fact.target {
                Target::Place { slot, version, path } => {
                    let Some(slot) = self.slots.get_mut(*slot).filter(|s| s.version == *version)
                    else {
                        continue;
                    };
                    let slot = Rc::make_mut(slot);
                    let mut part = slot.value.clone();
                    for name in path {
                        part = part.field(name);
                    }
                    slot.value.set_field(path, part.cleaned(fact.clean));
                }
                Target::Origin(origin) => {
                    for slot in self.slots.iter_mut().filter(|slot| slot.value.is_tainted()) {
                        clean_origin(&mut Rc::make_mut(slot).value, origin, fact.clean);
                    }
                    match self.cleaned.iter_mut().find(|(known, _)| known == origin) {
                        Some((_, class)) => *class = class.or(fact.clean),
                        None => self.cleaned.push((Rc::clone(origin), fact.clean)),
                    }
                }
            }
        }
    }

    /// What has been checked here, about the parameter `index`.
    pub(crate) fn cleaned(&self) -> &[(Rc<Origin>, Class)] {
        &self.cleaned
    }

    /// What holds whichever of the two ways was taken.
    pub(crate) fn join(&mut self, other: Self) {
        if other.dead {
            return;
        }
        if self.dead {
            *self = other;
            return;
        }
        self.slots.truncate(other.slots.len());
        for (mine, theirs) in self.slots.iter_mut().zip(other.slots) {
            if Rc::ptr_eq(mine, &theirs) {
                continue;
            }
            if mine.version == theirs.version && mine.value == theirs.value {
                continue;
            }
            let mine = Rc::make_mut(mine);
            if mine.version != theirs.version {
                let value = std::mem::take(&mut mine.value);
                mine.value = value.join(&theirs.value);
                mine.version = mine.version.max(theirs.version);
            } else {
                let value = std::mem::take(&mut mine.value);
                mine.value = value.join(&theirs.value);
            }
        }
        self.cleaned.retain_mut(|(origin, class)| {
            let other = other.cleaned.iter().find(|(known, _)| known == origin);
            *class = class.and(other.map_or(Class::NONE, |(_, class)| *class));
            !class.is_none()
        });
    }

    /// Whether both know the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.dead == other.dead
            && self.cleaned == other.cleaned
            && self.slots.len() == other.slots.len()
            && self
                .slots
                .iter()
                .zip(&other.slots)
                .all(|(a, b)| Rc::ptr_eq(a, b) || a.value == b.value)
    }
}

pub(super) fn clean_origin(value: &mut Value, origin: &Origin, class: Class) {
    let hit = |taint: &super::value::Taint| {
        taint.origin.kind == origin.kind
            && taint.origin.site == origin.site
            && (taint.origin.path == origin.path
                || taint
                    .origin
                    .path
                    .strip_prefix(&*origin.path)
                    .is_some_and(|r| r.starts_with('.')))
    };
    value.map_taints(&mut |taint| {
        if hit(taint) {
            taint.safe = taint.safe.or(class);
        }
    });
    prune(value);
}

/// Forgets the taints that are clean of everything.
fn prune(value: &mut Value) {
    let before = value.taints.len();
    value.taints.retain(|taint| !taint.safe.has(Class::ALL));
    if before > 0 && value.taints.is_empty() {
        value.marks = value.marks.with(super::value::Marks::CHECKED);
    }
    if let Some(fields) = &mut value.fields
        && fields.0.values().any(Value::is_tainted)
    {
        for part in Rc::make_mut(fields).0.values_mut() {
            prune(part);
        }
    }
}

/// The one piece of outside data that a value is equal to, and which part of it.
///
/// A parameter of a handler has two origins: itself, for the sum of the function, and the request.
pub(crate) fn sole_origin(value: &Value) -> Option<(Vec<&Rc<Origin>>, Part)> {
    let (first, rest) = value.taints.split_first()?;
    let same = |t: &super::value::Taint| {
        t.origin.site == first.origin.site
            && t.origin.path == first.origin.path
            && t.part == first.part
    };
    if value.fields.is_some() || !rest.iter().all(same) {
        return None;
    }
    Some((value.taints.iter().map(|t| &t.origin).collect(), first.part))
}
