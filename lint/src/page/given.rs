//! The known properties of shown values: their types, through functions, variables and other names.

use std::collections::{BTreeMap, BTreeSet};

use syn::ext::IdentExt as _;
use syn::{Expr, ExprCall, ExprStruct, Path, Signature, Stmt, Type};

use super::declared::{Declared, Reader};
use super::known::Types;
use super::template::type_argument;
use crate::krate::tree::{Origin, parts};

/// Types and functions that lead to others, so many times over.
const MAX_STEPS: usize = 12;

pub(super) type Item = Vec<String>;

/// What is shown: each value may be of one of some items, the likeliest first. Empty where nothing is
/// known.
pub(super) type Given = Vec<Vec<Item>>;

/// What all files say together.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) types: Types,
    leads: BTreeMap<Item, Given>,
}

impl Known {
    pub(super) fn of(declared: &[Declared]) -> Self {
        let types = declared.iter().flat_map(|one| one.types.clone()).collect();
        let leads = declared.iter().flat_map(|one| one.leads.clone()).collect();
        Self { types, leads }
    }

    /// The types of what is shown; `None` where one of them is not known.
    pub(super) fn types_of(&self, given: &Given) -> Option<BTreeSet<Item>> {
        let mut found = BTreeSet::new();
        self.follow(given, &mut found, 0).then_some(found)
    }

    fn follow(&self, given: &Given, found: &mut BTreeSet<Item>, steps: usize) -> bool {
        let one = |likely: &Vec<Item>, found: &mut BTreeSet<Item>| {
            likely.iter().any(|item| {
                if self.types.contains_key(item) {
                    found.insert(item.clone());
                    return true;
                }
                let lead = self.leads.get(item).filter(|_| steps < MAX_STEPS);
                lead.is_some_and(|lead| self.follow(lead, found, steps.saturating_add(1)))
            })
        };
        let mut known = !given.is_empty();
        for likely in given {
            known &= one(likely, found);
        }
        known
    }
}

impl Reader<'_> {
    pub(super) fn items(&self, path: &Path) -> BTreeSet<Item> {
        let origins = self.tree.origins(&self.module, &parts(path)).into_iter();
        origins
            .filter_map(|origin| match origin {
                Origin::Item(item) => Some(item),
                Origin::External(_) | Origin::Perhaps(_) => None,
            })
            .collect()
    }

    /// The path of another package, of which nothing is read, that a type has.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a type by itself")]
    pub(super) fn foreign_type(&self, ty: &Type) -> Option<String> {
        match ty {
            Type::Reference(inner) => self.foreign_type(&inner.elem),
            Type::Paren(inner) => self.foreign_type(&inner.elem),
            Type::Group(inner) => self.foreign_type(&inner.elem),
            Type::Path(path) => self.foreign_path(&path.path),
            _ => None,
        }
    }

    /// The same of a value that is made where it is shown.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a type by itself")]
    pub(super) fn foreign_value(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::Struct(value) => self.foreign_path(&value.path),
            Expr::Call(call) => {
                if let Expr::Path(function) = &*call.func {
                    self.foreign_path(&function.path)
                } else {
                    None
                }
            }
            Expr::Paren(inner) => self.foreign_value(&inner.expr),
            Expr::Group(inner) => self.foreign_value(&inner.expr),
            Expr::Reference(inner) => self.foreign_value(&inner.expr),
            _ => None,
        }
    }

    fn foreign_path(&self, path: &Path) -> Option<String> {
        // The name alone does not identify a type that wraps another value, or a function of a
        // trait.
        const NEUTRAL: [&str; 4] = ["alloc", "askama", "core", "std"];
        let is_foreign = |origin: &Origin| match origin {
            Origin::External(path) => {
                path.len() > 1
                    && path.first().is_some_and(|krate| {
                        // A type that nothing declares here is one of the prelude: `Box::new`.
                        krate.starts_with(char::is_lowercase) && !NEUTRAL.contains(&krate.as_str())
                    })
            }
            Origin::Item(_) | Origin::Perhaps(_) => false,
        };
        let written = parts(path);
        let origins = self.tree.origins(&self.module, &written);
        (!origins.is_empty() && origins.iter().all(is_foreign)).then(|| written.join("::"))
    }

    /// What a path in a value leads to: a type, a function, or a function of a type.
    fn of_path(&self, path: &Path) -> Given {
        let mut likely: Vec<Item> = Vec::new();
        if let Some(own) = &self.own
            && path.segments.first().is_some_and(|first| first.ident == "Self")
        {
            for mut item in self.of_type(own).into_iter().flatten() {
                let rest = path.segments.iter().skip(1).map(|one| one.ident.unraw().to_string());
                let alone = item.clone();
                item.extend(rest);
                likely.extend([item, alone]);
            }
        } else {
            likely.extend(self.items(path));
            // `Hello::new()`: the type in front of the function.
            let mut ty = path.clone();
            ty.segments.pop();
            ty.segments.pop_punct();
            if !ty.segments.is_empty() {
                likely.extend(self.items(&ty));
            }
        }
        if likely.is_empty() { Given::new() } else { vec![likely] }
    }

    /// The items of a type, without what holds them.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other type names an item")]
    pub(super) fn of_type(&self, ty: &Type) -> Given {
        match ty {
            Type::Reference(inner) => self.of_type(&inner.elem),
            Type::Paren(inner) => self.of_type(&inner.elem),
            Type::Group(inner) => self.of_type(&inner.elem),
            Type::Path(path) => {
                let last = path.path.segments.last().map(|last| last.ident.to_string());
                match (last.as_deref(), type_argument(&path.path)) {
                    (
                        Some("Result" | "Option" | "Box" | "Rc" | "Arc" | "Cow" | "Page"),
                        Some(inner),
                    ) => self.of_type(inner),
                    _ => self.of_path(&path.path),
                }
            }
            _ => Given::new(),
        }
    }

    /// What is known of a value that is shown.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a type")]
    pub(super) fn given(&self, value: &Expr) -> Given {
        match value {
            Expr::Struct(ExprStruct { path, .. }) => self.of_path(path),
            Expr::Call(ExprCall { func, args, .. }) => match &**func {
                Expr::Path(path) => match path.path.segments.last() {
                    Some(last) if ["Ok", "Some"].iter().any(|name| last.ident == name) => {
                        args.first().map(|value| self.given(value)).unwrap_or_default()
                    }
                    _ => self.of_path(&path.path),
                },
                _ => Given::new(),
            },
            Expr::Path(path) => {
                let name = path.path.get_ident().map(|name| name.unraw().to_string());
                let variable = name.and_then(|name| self.variables.get(&name).cloned());
                variable.unwrap_or_else(|| self.of_path(&path.path))
            }
            Expr::MethodCall(call) => {
                let mut given = self.given(&call.receiver);
                let method = call.method.unraw().to_string();
                for likely in &mut given {
                    // What the method of a type gives, or the type itself: `.clone()`, `.with_name(..)`.
                    let of_method = likely.iter().map(|item| {
                        let mut item = item.clone();
                        item.push(method.clone());
                        item
                    });
                    *likely = of_method.chain(likely.iter().cloned()).collect();
                }
                given
            }
            Expr::Try(inner) => self.given(&inner.expr),
            Expr::Await(inner) => self.given(&inner.base),
            Expr::Paren(inner) => self.given(&inner.expr),
            Expr::Group(inner) => self.given(&inner.expr),
            Expr::Reference(inner) => self.given(&inner.expr),
            Expr::If(branch) => {
                let other = branch.else_branch.as_ref().map(|(_, other)| self.given(other));
                self.both(self.last(&branch.then_branch.stmts), other.unwrap_or_default())
            }
            Expr::Match(choice) => {
                let mut arms = choice.arms.iter().map(|arm| self.given(&arm.body));
                let first = arms.next().unwrap_or_default();
                arms.fold(first, |all, arm| self.both(all, arm))
            }
            Expr::Block(inner) => self.last(&inner.block.stmts),
            _ => Given::new(),
        }
    }

    /// Two branches; where nothing is known of one, nothing is known.
    fn both(&self, mut one: Given, other: Given) -> Given {
        if one.is_empty() || other.is_empty() {
            return Given::new();
        }
        one.extend(other);
        one
    }

    pub(super) fn last(&self, stmts: &[Stmt]) -> Given {
        match stmts.last() {
            Some(Stmt::Expr(value, None)) => self.given(value),
            _ => Given::new(),
        }
    }

    /// Notes what a function gives, under its name and the one of its type.
    pub(super) fn gives(&mut self, sig: &Signature, block: &syn::Block) {
        let mut given = match &sig.output {
            syn::ReturnType::Type(_, ty) => self.of_type(ty),
            syn::ReturnType::Default => Given::new(),
        };
        if given.is_empty() {
            given = self.last(&block.stmts);
        }
        let owners = self.own.as_ref().map(|own| self.of_type(own));
        match owners {
            Some(owners) => {
                for mut item in owners.into_iter().flatten() {
                    item.push(sig.ident.unraw().to_string());
                    self.declared.leads.insert(item, given.clone());
                }
            }
            None => {
                self.declared.leads.insert(self.item(&sig.ident), given);
            }
        }
    }
}
