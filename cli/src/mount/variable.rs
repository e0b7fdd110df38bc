//! Variables with handlers, lists and configurations of an app.

use std::{collections::BTreeMap, rc::Rc};

use palisade_lint::endpoint::written;
use proc_macro2::Ident;
use syn::{
    Expr, Pat, Path,
    ext::IdentExt as _,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use super::{Reader, expression::plain};

/// The known properties of a variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Its value, if that is a path.
    pub(super) path: Option<Path>,
    /// Its value.
    pub(super) value: Option<Expr>,
    /// Its type, if it is written.
    pub(super) ty: Option<syn::Type>,
    /// Whether it is the configuration of an app.
    pub(super) is_config: bool,
    /// For a name from a pattern, before its value is known: the variable that it hides.
    pub(super) hides: Option<Rc<Held>>,
}

/// The prefix for names of variables that later ones with the same name hide.
const HIDDEN: &str = "__hidden_";

/// The text with the names of variables as in the source.
pub(super) fn as_written(text: &str) -> String {
    let mut parts = text.split(HIDDEN);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let name = part.split_once('_').map_or(part, |(_, name)| name);
        text + name
    })
}

impl Reader<'_> {
    pub(super) fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        self.variables.push(BTreeMap::new());
        visit(self);
        self.variables.pop();
    }

    pub(super) fn bind(&mut self, name: String, held: Held) {
        let value = held.value.map(|value| self.made_of_hidden(&name, value));
        if let Some(block) = self.variables.last_mut() {
            block.insert(name, Held { value, ..held });
        }
    }

    /// A name from a pattern.
    pub(super) fn bring(&mut self, name: String) {
        let hides = self.visible(&name).cloned().map(Rc::new);
        self.bind(name, Held { hides, ..Held::default() });
    }

    fn visible(&self, name: &str) -> Option<&Held> {
        self.variables.iter().rev().find_map(|block| block.get(name))
    }

    /// A value that may contain the variable that it hides (`let list = list.and(other)`): that one
    /// is kept under another name, which replaces it in the value.
    fn made_of_hidden(&mut self, name: &str, mut value: Expr) -> Expr {
        let Some(hidden) = self.visible(name).cloned() else { return value };
        let hidden = hidden.hides.as_deref().cloned().unwrap_or(hidden);
        let count: usize = self.variables.iter().map(BTreeMap::len).sum();
        let other = format!("{HIDDEN}{count}_{name}");
        let mut names = Names { name, other: &other, found: false };
        names.visit_expr_mut(&mut value);
        if names.found
            && let Some(block) = self.variables.last_mut()
        {
            block.insert(other, hidden);
        }
        value
    }

    /// An argument, with its type.
    pub(super) fn typed(&mut self, pat: &Pat, ty: &syn::Type) {
        if let Pat::Ident(pat) = pat {
            let is_config = written(ty).contains("ServiceConfig");
            let held = Held { ty: Some(ty.clone()), is_config, ..Held::default() };
            self.bind(pat.ident.unraw().to_string(), held);
        }
    }

    /// The names that a pattern binds to parts of a value.
    pub(super) fn bind_parts(&mut self, pat: &Pat, value: &Expr) {
        struct Bound(Vec<String>);
        impl<'ast> Visit<'ast> for Bound {
            fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
                self.0.push(pat.ident.unraw().to_string());
                visit::visit_pat_ident(self, pat);
            }
        }
        let mut bound = Bound(Vec::new());
        bound.visit_pat(pat);
        for name in bound.0 {
            self.bind(name, Held { value: Some(value.clone()), ..Held::default() });
        }
    }

    /// The path of the handler in an expression, also through a variable.
    pub(super) fn path(&self, expression: &Expr) -> Option<Path> {
        let expression = plain(expression);
        let Expr::Path(path) = expression else { return None };
        if let Some(name) = path.path.get_ident().map(|name| name.unraw().to_string())
            && let Some(held) = self.variables.iter().rev().find_map(|block| block.get(&name))
        {
            return held.path.clone();
        }
        Some(path.path.clone())
    }

    /// The possible handlers of an expression: of a branch, each side.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form hands a handler on")]
    pub(super) fn held(&self, expression: &Expr) -> Vec<Path> {
        match plain(expression) {
            Expr::If(branch) => {
                let other = branch.else_branch.as_ref().map(|(_, other)| self.held(other));
                let mut held = self.given_by(&branch.then_branch);
                held.extend(other.into_iter().flatten());
                held
            }
            Expr::Match(branches) => {
                branches.arms.iter().flat_map(|arm| self.held(&arm.body)).collect()
            }
            Expr::Block(block) => self.given_by(&block.block),
            expression => self.path(expression).into_iter().collect(),
        }
    }

    pub(super) fn given_by(&self, block: &syn::Block) -> Vec<Path> {
        if let Some(syn::Stmt::Expr(expression, None)) = block.stmts.last() {
            self.held(expression)
        } else {
            Vec::new()
        }
    }
}

/// Renames a variable in an expression, except where another one with that name is bound.
struct Names<'a> {
    name: &'a str,
    other: &'a str,
    found: bool,
}

impl Names<'_> {
    fn is_bound(&self, bound: impl FnOnce(&mut Bindings<'_>)) -> bool {
        let mut bindings = Bindings { name: self.name, found: false };
        bound(&mut bindings);
        bindings.found
    }
}

impl VisitMut for Names<'_> {
    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        if let Some(ident) = path.path.get_ident()
            && ident.unraw() == self.name
        {
            self.found = true;
            path.path = Ident::new(self.other, ident.span()).into();
        }
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        if !self.is_bound(|bindings| bindings.visit_block(block)) {
            visit_mut::visit_block_mut(self, block);
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        if !self.is_bound(|bindings| bindings.visit_arm(arm)) {
            visit_mut::visit_arm_mut(self, arm);
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        if !self.is_bound(|bindings| bindings.visit_expr_closure(closure)) {
            visit_mut::visit_expr_closure_mut(self, closure);
        }
    }
}

/// Whether a pattern binds a name.
struct Bindings<'a> {
    name: &'a str,
    found: bool,
}

impl<'ast> Visit<'ast> for Bindings<'_> {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.found |= pat.ident.unraw() == self.name;
        visit::visit_pat_ident(self, pat);
    }
}
