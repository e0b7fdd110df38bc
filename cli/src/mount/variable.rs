//! Variables that hold handlers, lists and configurations of an app.

use std::collections::BTreeMap;

use palisade_lint::endpoint::written;
use syn::{
    Expr, Pat, Path,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use super::{Reader, expression::plain};

/// What is known of a variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The path that it was given, where it was given one.
    pub(super) path: Option<Path>,
    /// What it was given.
    pub(super) value: Option<Expr>,
    /// Its type, where it is written.
    pub(super) ty: Option<syn::Type>,
    /// Whether it is the configuration of an app.
    pub(super) is_config: bool,
}

impl Reader<'_> {
    pub(super) fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        self.variables.push(BTreeMap::new());
        visit(self);
        self.variables.pop();
    }

    pub(super) fn bind(&mut self, name: String, held: Held) {
        if let Some(block) = self.variables.last_mut() {
            block.insert(name, held);
        }
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

    /// The path of a handler that an expression names, by a variable too.
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

    /// What may be the handler: of a branch of the program, each side.
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
