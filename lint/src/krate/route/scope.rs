//! The handlers in the variables of a function, and the types of the variables.

use std::collections::HashMap;
use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, Expr, FnArg, Pat, Signature, Stmt, Type};

use crate::krate::name::segments;

/// What an expression may be where a handler is wanted.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// An item, by its path.
    Path(Vec<Rc<str>>),
    /// A closure.
    Closure(Span),
    /// What the caller of a function hands over, by the function and the argument's number.
    Parameter(Rc<Function>, usize),
    /// Anything else.
    Other,
}

/// A function that takes arguments.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Function {
    /// Module, owner and name.
    pub(super) path: Vec<Rc<str>>,
    pub(super) owner: Option<Rc<Owner>>,
    /// Whether it is called on a value.
    pub(super) is_method: bool,
}

/// The type or trait that a function belongs to.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Owner {
    pub(super) name: Option<Rc<str>>,
    pub(super) of_trait: Option<Rc<str>>,
    /// Whether it is any type: the trait itself, or a parameter of the `impl`.
    pub(super) any: bool,
}

/// The variables in sight, the innermost block last.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    blocks: Vec<HashMap<String, Vec<Held>>>,
    /// The last names of the variables' types, as they are written; `None` where nothing says.
    types: Vec<HashMap<String, Option<Vec<Rc<str>>>>>,
}

impl Scopes {
    pub(super) fn open(&mut self) {
        self.blocks.push(HashMap::new());
        self.types.push(HashMap::new());
    }

    pub(super) fn close(&mut self) {
        self.blocks.pop();
        self.types.pop();
    }

    /// Binds a variable, of which no type is known yet.
    pub(super) fn bind(&mut self, name: String, held: Vec<Held>) {
        self.bind_type(name.clone(), None);
        if let Some(block) = self.blocks.last_mut() {
            block.insert(name, held);
        }
    }

    pub(super) fn bind_type(&mut self, name: String, ty: Option<Vec<Rc<str>>>) {
        if let Some(block) = self.types.last_mut() {
            block.insert(name, ty);
        }
    }

    /// The type of a variable, as it is written; `None` where nothing says.
    pub(super) fn type_of(&self, name: &str) -> Option<&[Rc<str>]> {
        self.types.iter().rev().find_map(|block| block.get(name))?.as_deref()
    }

    /// Binds the parameters of a function.
    pub(super) fn parameters(&mut self, sig: &Signature, function: &Rc<Function>) {
        let generic = |path: &[Rc<str>]| {
            let mut parameters = sig.generics.type_params();
            parameters.any(|one| matches!(path, [name] if one.ident == **name))
        };
        for (at, arg) in sig.inputs.iter().enumerate() {
            if let FnArg::Typed(arg) = arg
                && let Some(name) = only_name(&arg.pat)
            {
                self.bind(name.clone(), vec![Held::Parameter(Rc::clone(function), at)]);
                self.bind_type(name, written(&arg.ty).filter(|path| !generic(path)));
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

/// The path of a type, references left away.
#[expect(clippy::wildcard_enum_match_arm, reason = "other types have no methods of this code")]
pub(super) fn written(ty: &Type) -> Option<Vec<Rc<str>>> {
    match ty {
        Type::Path(path) => Some(segments(&path.path)),
        Type::Reference(inner) => written(&inner.elem),
        Type::Paren(inner) => written(&inner.elem),
        Type::Group(inner) => written(&inner.elem),
        _ => None,
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
