//! Variables and their parts: reading, binding and writing them.

use std::rc::Rc;

use syn::Expr;

use super::class::Class;
use super::cond::{Fact, Target};
use super::state::{Slot, sole_origin};
use super::value::{Part, Value};
use super::walk::Walker;

impl Walker<'_> {
    pub(crate) fn next_version(&mut self) -> u32 {
        self.version = self.version.wrapping_add(1);
        self.version
    }

    pub(crate) fn bind(&mut self, name: Rc<str>, value: Value) -> usize {
        let version = self.next_version();
        self.state.slots.push(Rc::new(Slot { name, value, version }));
        self.state.slots.len().saturating_sub(1)
    }

    /// Runs `body` with variables of its own.
    pub(crate) fn scoped<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.state.slots.len();
        let out = body(self);
        self.state.truncate(depth);
        out
    }

    /// The variable, and the part of it, that an expression names.
    pub(crate) fn place(&self, expr: &Expr) -> Option<(usize, Vec<Rc<str>>)> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a place")]
        match expr {
            Expr::Path(path) => {
                let ident = path.path.get_ident()?;
                Some((self.state.find(&ident.to_string())?, Vec::new()))
            }
            Expr::Field(field) => {
                let (slot, mut path) = self.place(&field.base)?;
                // `.0` of an extractor is what it holds.
                let name = member(&field.member);
                path.push(name);
                Some((slot, path))
            }
            Expr::Reference(inner) => self.place(&inner.expr),
            Expr::Paren(inner) => self.place(&inner.expr),
            Expr::Group(inner) => self.place(&inner.expr),
            Expr::Try(inner) => self.place(&inner.expr),
            Expr::Await(inner) => self.place(&inner.base),
            Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => {
                self.place(&inner.expr)
            }
            Expr::Index(inner) if matches!(*inner.index, Expr::Range(_)) => self.place(&inner.expr),
            Expr::MethodCall(call) if super::verb::keeps(&call.method.to_string()) => {
                self.place(&call.receiver)
            }
            _ => None,
        }
    }

    /// Writes to the place that an expression names.
    pub(crate) fn assign(&mut self, target: &Expr, value: Value) {
        let version = self.next_version();
        let Some((slot, path)) = self.place(target) else {
            self.keep_static(target, &value);
            return;
        };
        self.keep_part(slot, &path, &value);
        if let Some(slot) = self.state.slot_mut(slot) {
            slot.version = version;
            if path.is_empty() {
                let ty = slot.value.ty.clone();
                slot.value = value;
                if slot.value.ty.is_none() {
                    slot.value.ty = ty;
                }
            } else {
                slot.value.set_field(&path, value);
            }
        }
    }

    /// Applies `change` to the value that an assignment to `target` would replace.
    pub(crate) fn mix(&mut self, target: &Expr, change: impl FnOnce(&mut Value)) {
        let version = self.next_version();
        let Some((slot, path)) = self.place(target) else {
            let mut value = Value::unknown();
            change(&mut value);
            self.keep_static(target, &value);
            return;
        };
        let Some(held) = self.state.slot_mut(slot) else { return };
        held.version = version;
        let mut part = held.value.clone();
        for name in &path {
            part = part.field(name);
        }
        change(&mut part);
        part.cond = None;
        if path.is_empty() {
            held.value = part;
        } else {
            held.value.set_field(&path, part.clone());
            self.keep_part(slot, &path, &part);
        }
    }

    /// Notes that a field of a type now holds outside data, for the functions that read it.
    fn keep_part(&self, slot: usize, path: &[Rc<str>], value: &Value) {
        let (Some(index), Some((last, lead))) = (self.scope.index, path.split_last()) else {
            return;
        };
        if !value.is_outside() {
            return;
        }
        let Some(mut owner) = self.state.slot(slot).map(|s| s.value.clone()) else { return };
        for name in lead {
            owner = self.field(&owner, name);
        }
        if let Some(place) = owner.ty.as_ref().and_then(|ty| index.kept_place(ty, last)) {
            index.kept.borrow_mut().store(&place, value);
        }
    }

    /// Notes the outside data in the fields of a value that has just been made.
    pub(crate) fn keep_fields(&self, value: &Value) {
        let (Some(index), Some(ty), Some(fields)) = (self.scope.index, &value.ty, &value.fields)
        else {
            return;
        };
        for (name, part) in fields.0.iter().filter(|(_, part)| part.is_outside()) {
            if let Some(place) = index.kept_place(ty, name) {
                index.kept.borrow_mut().store(&place, part);
            }
        }
    }

    fn keep_static(&self, target: &Expr, value: &Value) {
        if let Some(index) = self.scope.index
            && value.is_outside()
            && let Some(path) = root(target)
            && let Some(place) = index.kept_static(&self.resolve(path))
        {
            index.kept.borrow_mut().store(&place, value);
        }
    }

    /// What it means that `value`, read from `expr`, is clean of `class`.
    pub(crate) fn facts(&self, expr: &Expr, value: &Value, class: Class) -> Vec<Fact> {
        let mut facts = Vec::new();
        if !value.is_tainted() || class.is_none() {
            return facts;
        }
        let origin = sole_origin(value);
        if let Some((origins, part)) = &origin {
            let clean = match part {
                Part::Whole => class,
                Part::Host => class.and(Class::REDIRECT.or(Class::REQUEST)),
                Part::Derived => Class::NONE,
            };
            if !clean.is_none() {
                facts.extend(
                    origins
                        .iter()
                        .map(|origin| Fact { target: Target::Origin(Rc::clone(origin)), clean }),
                );
            }
        }
        if !matches!(origin, Some((_, Part::Host)))
            && let Some((slot, path)) = self.place(expr)
            && let Some(held) = self.state.slot(slot)
        {
            facts.push(Fact {
                target: Target::Place { slot, version: held.version, path },
                clean: class,
            });
        }
        facts
    }
}

/// The path that a place starts at.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a place")]
fn root(expr: &Expr) -> Option<&syn::Path> {
    match expr {
        Expr::Path(path) => Some(&path.path),
        Expr::Field(field) => root(&field.base),
        Expr::Reference(inner) => root(&inner.expr),
        Expr::Paren(inner) => root(&inner.expr),
        Expr::Group(inner) => root(&inner.expr),
        Expr::Try(inner) => root(&inner.expr),
        Expr::Await(inner) => root(&inner.base),
        Expr::Unary(inner) => root(&inner.expr),
        Expr::Index(inner) => root(&inner.expr),
        Expr::MethodCall(call) if super::verb::keeps(&call.method.to_string()) => {
            root(&call.receiver)
        }
        _ => None,
    }
}

/// The name of a field, as it is in a value's parts.
pub(crate) fn member(member: &syn::Member) -> Rc<str> {
    match member {
        syn::Member::Named(ident) => Rc::from(ident.to_string()),
        syn::Member::Unnamed(index) => Rc::from(index.index.to_string()),
    }
}

/// The name at the end of an assignment's target.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a place")]
pub(crate) fn target_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        Expr::Field(field) => Some(member(&field.member).to_string()),
        Expr::Reference(inner) => target_name(&inner.expr),
        Expr::Paren(inner) => target_name(&inner.expr),
        Expr::Group(inner) => target_name(&inner.expr),
        Expr::Unary(inner) => target_name(&inner.expr),
        Expr::Index(inner) => target_name(&inner.expr),
        Expr::Try(inner) => target_name(&inner.expr),
        Expr::Await(inner) => target_name(&inner.base),
        Expr::MethodCall(call) => target_name(&call.receiver),
        _ => None,
    }
}
