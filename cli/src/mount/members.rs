//! The names in `endpoints![..]`, wherever such a list is written.

use palisade_lint::endpoint::written;
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::{
    Expr, ExprPath, Path, Token,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    spanned::Spanned as _,
};

use super::Reader;
use crate::{conditional, place::Place};

pub(super) const ONLY_COMPILER: &str =
    "this list of endpoints names something that only the compiler can read";

pub(super) const ONLY_COMPILER_NAME: &str =
    "is a name in this list of endpoints that only the compiler can read";

impl Reader<'_> {
    /// Reads `endpoints![..]`; palisade itself mounts a list of endpoints, at the root.
    pub(super) fn list(&mut self, tokens: TokenStream, span: Span) {
        let items = |input: ParseStream<'_>| {
            if input.peek(Token![crate]) && input.peek2(Token![=]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                input.call(Path::parse_mod_style)?;
                input.parse::<Option<Token![,]>>()?;
            }
            Punctuated::<Expr, Token![,]>::parse_terminated(input)
        };
        let Ok(items) = items.parse2(tokens) else {
            self.unread.push((Place::of(&self.file, span), ONLY_COMPILER.to_owned()));
            return;
        };
        for item in &items {
            let Some(handler) = member(item) else {
                self.unread.push((Place::of(&self.file, item.span()), ONLY_COMPILER.to_owned()));
                continue;
            };
            if conditional::is_test_only(&handler.attrs) || conditional::is_never(&handler.attrs) {
                continue;
            }
            self.member(&handler);
        }
    }

    /// One name in `endpoints![..]`.
    pub(super) fn member(&mut self, item: &ExprPath) {
        let before = self.partial.len();
        let constant =
            self.constants.find(item).map(|known| (known.module.clone(), known.value.clone()));
        if let Some((module, value)) = constant {
            let module = std::mem::replace(&mut self.module, module);
            self.service(&value, true, Some(String::new()), None);
            self.module = module;
        } else if item.qself.is_some() {
            let text =
                format!("not read: `{}` {ONLY_COMPILER_NAME}", written(&without_attributes(item)));
            self.unread.push((Place::of(&self.file, item.span()), text));
        } else {
            match self.path(&Expr::Path(without_attributes(item))) {
                Some(handler) => self.service(&handler, true, Some(String::new()), None),
                None => {
                    let place = Place::of(&self.file, item.span());
                    self.unread.push((place, ONLY_COMPILER.to_owned()));
                }
            }
        }
        let place = Place::of(&self.file, item.path.span());
        for partial in self.partial.iter_mut().skip(before) {
            partial.mount.conditions = conditional::conditions(&item.attrs);
            partial.mount.place = place.clone();
        }
    }

    /// Lists in the arguments of other macros, and in the macros that a package defines. The
    /// arguments of the latter are read where they are called.
    pub(super) fn lists_in(&mut self, tokens: TokenStream) {
        let mut lists = Vec::new();
        find_lists(tokens, &mut lists);
        for list in lists {
            if !has_variable(&list) {
                self.list(list.stream(), list.span());
            }
        }
    }
}

/// A name in a list. A macro's `$handler:expr` is a group without delimiters.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a handler")]
pub(super) fn member(item: &Expr) -> Option<ExprPath> {
    match item {
        Expr::Path(path) => Some(path.clone()),
        Expr::Group(group) => {
            let mut path = member(&group.expr)?;
            path.attrs.splice(0..0, group.attrs.iter().cloned());
            Some(path)
        }
        _ => None,
    }
}

/// The arguments of each `endpoints!` in some tokens.
pub(super) fn find_lists(tokens: TokenStream, found: &mut Vec<Group>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
        let named = matches!(before(2), Some(TokenTree::Ident(name)) if name == "endpoints");
        let called = matches!(before(1), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
        if named && called {
            found.push(group.clone());
        } else {
            find_lists(group.stream(), found);
        }
    }
}

/// Whether a list contains a variable of the enclosing macro.
pub(super) fn has_variable(list: &Group) -> bool {
    let variable = |token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '$');
    list.stream().into_iter().any(variable)
}

pub(super) fn without_attributes(item: &ExprPath) -> ExprPath {
    ExprPath { attrs: Vec::new(), ..item.clone() }
}
