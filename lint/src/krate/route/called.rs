//! Calls of functions that mount their arguments.

use std::rc::Rc;

use syn::{Expr, ExprCall, ExprMethodCall, Member};

use super::Reader;
use super::scope::{Function, Held};
use crate::krate::name::{Known, Name, segments, starts_upper};
use crate::krate::ty::Ty;

impl Reader<'_> {
    /// What a call hands to a function that mounts it.
    pub(super) fn handed_to_function(&mut self, call: &ExprCall) {
        let mut args = Vec::new();
        for held in self.scopes.held(&call.func) {
            let Held::Path(path) = held else { continue };
            let name = self.name(&path);
            let known: Vec<&[Rc<str>]> = self
                .index
                .functions(&name)
                .into_iter()
                .filter_map(|at| self.index.functions.get(at))
                .map(|function| function.path.as_slice())
                .collect();
            let is_called = |function: &Function| {
                let owner = function.owner.as_deref();
                function.path == name.segments
                    || known.contains(&function.path.as_slice())
                    // `Mount::mount(config, f)`: of all types that have the trait.
                    || owner.is_some_and(|owner| owner.of_trait.as_deref() == Some(name.parent()))
                        && function.path.last().is_some_and(|last| **last == *name.last())
                    // Nothing says which of several it is.
                    || known.is_empty()
                        && name.known == Known::Unknown
                        && name.segments.len() == 1
                        && owner.is_none()
                        && function.path.last() == name.segments.last()
            };
            args.extend(self.mounted(is_called));
        }
        self.take_any(args.into_iter().filter_map(|at| call.args.iter().nth(at)));
    }

    /// What a call hands to a method that mounts it.
    pub(super) fn handed_to_method(&mut self, call: &ExprMethodCall) {
        let name = call.method.to_string();
        let ty = self.type_of(&call.receiver);
        let args = self.mounted(|function| {
            if !function.is_method || function.path.last().is_none_or(|last| **last != *name) {
                return false;
            }
            let (Some(owner), Some(ty)) = (&function.owner, &ty) else { return true };
            owner.name.as_ref() == Some(ty) || owner.any && !self.has_own(ty, &name)
        });
        let args = args.into_iter().filter_map(|at| at.checked_sub(1));
        self.take_any(args.filter_map(|at| call.args.iter().nth(at)));
    }

    /// The numbers of the arguments that these functions mount.
    fn mounted(&self, is_called: impl Fn(&Function) -> bool) -> Vec<usize> {
        let mounting = self.mounting.iter();
        mounting.filter(|(function, _)| is_called(function)).map(|(_, at)| *at).collect()
    }

    /// Whether a type has a method of this name that is of no trait.
    fn has_own(&self, ty: &str, name: &str) -> bool {
        self.index.by_name.get(name).into_iter().flatten().any(|at| {
            self.index.functions.get(*at).is_some_and(|function| {
                function.owner.as_deref() == Some(ty) && function.of_trait.is_none()
            })
        })
    }

    /// Where a path leads; `Self` is the type of the functions here.
    pub(super) fn name(&self, path: &[Rc<str>]) -> Name {
        let owner = self.owner.as_ref().and_then(|owner| owner.name.clone());
        if let (Some((first, rest)), Some(owner)) = (path.split_first(), owner)
            && &**first == "Self"
        {
            let mut segments = self.module.clone();
            segments.push(owner);
            segments.extend(rest.iter().cloned());
            return Name { written: path.len(), segments, known: Known::Local };
        }
        match self.names.get(self.module.as_slice()) {
            Some(names) => self.index.follow(names.resolve(path)),
            None => Name::unknown(path.to_vec()),
        }
    }

    /// The last name of an expression's type, where something says.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other forms are no variables")]
    fn type_of(&self, expr: &Expr) -> Option<Rc<str>> {
        let path = match expr {
            Expr::Path(path) if path.path.is_ident("self") => {
                return self.owner.as_ref().filter(|owner| !owner.any)?.name.clone();
            }
            Expr::Path(path) => {
                let name = path.path.get_ident()?.to_string();
                self.scopes.type_of(&name)?.to_vec()
            }
            _ => {
                if let Some(ty) = self.declared_type(expr) {
                    return Some(ty);
                }
                self.written_type(expr)?
            }
        };
        let name = self.name(&path);
        // Behind an alias, a pointer or a parameter may be any type.
        let is_known =
            name.known == Known::External && !is_pointer(name.last()) || self.has_type(name.last());
        is_known.then(|| Rc::from(name.last()))
    }

    fn has_type(&self, name: &str) -> bool {
        self.index.types.contains_key(name) && !self.index.aliases.contains_key(name)
    }

    /// The type that a field or a function of the analysed code says.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form has a declared type")]
    fn declared_type(&self, expr: &Expr) -> Option<Rc<str>> {
        let ty: Rc<Ty> = match expr {
            Expr::Paren(inner) => return self.type_of(&inner.expr),
            Expr::Reference(inner) => return self.type_of(&inner.expr),
            Expr::Field(field) => {
                let owner = self.type_of(&field.base)?;
                let [only] = self.index.types.get(&owner)?.as_slice() else { return None };
                let Member::Named(name) = &field.member else { return None };
                only.fields.get(name.to_string().as_str())?.clone()?
            }
            Expr::MethodCall(call) => {
                let [only] = self.index.by_name.get(call.method.to_string().as_str())?.as_slice()
                else {
                    return None;
                };
                self.index.functions.get(*only)?.ret.clone()?
            }
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else { return None };
                let known = self.index.functions(&self.name(&segments(&path.path)));
                let [only] = known.as_slice() else { return None };
                self.index.functions.get(*only)?.ret.clone()?
            }
            _ => return None,
        };
        let ty = self.index.unalias(&ty, 0).peeled();
        let last: Rc<str> = Rc::from(ty.last());
        (starts_upper(&last) && !is_pointer(&last) && self.has_type(&last)).then_some(last)
    }

    /// The type that an expression names: `Bus::new()`, `Bus { .. }`, `Bus(..)`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form names its type")]
    pub(super) fn written_type(&self, expr: &Expr) -> Option<Vec<Rc<str>>> {
        match expr {
            Expr::Paren(inner) => self.written_type(&inner.expr),
            Expr::Reference(inner) => self.written_type(&inner.expr),
            Expr::Try(inner) => self.written_type(&inner.expr),
            Expr::Await(inner) => self.written_type(&inner.base),
            Expr::Struct(made) => Some(segments(&made.path)),
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else { return None };
                let mut path = segments(&path.path);
                if !path.last().is_some_and(|last| starts_upper(last)) {
                    path.pop();
                }
                path.last().is_some_and(|last| starts_upper(last)).then_some(path)
            }
            _ => None,
        }
    }
}

/// Whether a type leads to the methods of another one.
fn is_pointer(name: &str) -> bool {
    matches!(
        name,
        "Arc" | "Box" | "Data" | "LazyLock" | "MutexGuard" | "OnceLock" | "Rc" | "RefMut" | "Self"
    )
}
