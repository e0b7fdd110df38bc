//! Which handlers the variables of a function hold.

use std::collections::HashMap;
use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, Expr, FnArg, Pat, Signature, Stmt};

use crate::krate::name::segments;

/// What an expression may be where a handler is wanted.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// An item, by its path.
    Path(Vec<Rc<str>>),
    /// A closure.
    Closure(Span),
    /// What the caller of a function hands over, by the function's name and the argument's number.
    Parameter(String, usize),
    /// Anything else.
    Other,
}

/// The variables in sight, the innermost block last.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    blocks: Vec<HashMap<String, Vec<Held>>>,
}

impl Scopes {
    pub(super) fn open(&mut self) {
        self.blocks.push(HashMap::new());
    }

    pub(super) fn close(&mut self) {
        self.blocks.pop();
    }

    pub(super) fn bind(&mut self, name: String, held: Vec<Held>) {
        if let Some(block) = self.blocks.last_mut() {
            block.insert(name, held);
        }
    }

    /// Binds the parameters of a function.
    pub(super) fn parameters(&mut self, sig: &Signature) {
        for (at, arg) in sig.inputs.iter().enumerate() {
            if let FnArg::Typed(arg) = arg
                && let Some(name) = only_name(&arg.pat)
            {
                self.bind(name, vec![Held::Parameter(sig.ident.to_string(), at)]);
            }
        }
    }

    /// What an expression may be.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form hands a handler on")]
    pub(super) fn held(&self, expr: &Expr) -> Vec<Held> {
        match expr {
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident().map(ToString::to_string)
                    && let Some(held) = self.blocks.iter().rev().find_map(|block| block.get(&name))
                {
                    return held.clone();
                }
                vec![Held::Path(segments(&path.path))]
            }
            Expr::Closure(closure) => vec![Held::Closure(closure.span())],
            Expr::Paren(inner) => self.held(&inner.expr),
            Expr::Group(inner) => self.held(&inner.expr),
            Expr::Cast(inner) => self.held(&inner.expr),
            Expr::Block(inner) => self.given_by(&inner.block),
            Expr::If(branch) => {
                let mut held = self.given_by(&branch.then_branch);
                if let Some((_, other)) = &branch.else_branch {
                    held.extend(self.held(other));
                }
                held
            }
            Expr::Match(branches) => {
                branches.arms.iter().flat_map(|arm| self.held(&arm.body)).collect()
            }
            _ => vec![Held::Other],
        }
    }

    fn given_by(&self, block: &Block) -> Vec<Held> {
        match block.stmts.last() {
            Some(Stmt::Expr(expr, None)) => self.held(expr),
            _ => vec![Held::Other],
        }
    }
}

/// The variable that a pattern binds, where it does nothing else.
#[expect(clippy::wildcard_enum_match_arm, reason = "other patterns take something apart")]
pub(super) fn only_name(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(pat) if pat.subpat.is_none() => Some(pat.ident.to_string()),
        Pat::Type(pat) => only_name(&pat.pat),
        Pat::Paren(pat) => only_name(&pat.pat),
        _ => None,
    }
}
