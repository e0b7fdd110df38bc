//! Endpoints that are mounted without their names: in lists, functions for `.configure` and
//! services that an expression returns.
//!
//! The origin of an expression is looked up. If it is a function of the known packages, its
//! handlers are found in their sources. Any other origin may mount unknown handlers, and is
//! reported.

use palisade_lint::{Place as Extent, endpoint::written};
use syn::{Expr, ExprMethodCall, ext::IdentExt as _, spanned::Spanned as _, visit_mut::VisitMut};

use super::{
    Reader,
    expression::{name, plain},
    ready::{self, Readers, Ready, ReadyMount},
    variable::as_written,
};
use crate::place::Place;

/// The longest chain of values.
const MAX_STEPS: usize = 16;

/// The most characters of an expression in a message.
const SHOWN: usize = 80;

/// The rule for handlers that run without the guards.
const OUTSIDE: &str = "bare_handler";

/// The kind of mounted value.
#[derive(Clone, Copy)]
pub(super) enum Handed {
    List,
    Function,
    Service,
}

impl Reader<'_> {
    /// Reports every part of an expression that mounts unknown handlers.
    pub(super) fn judge(&mut self, handed: Handed, expression: &Expr) {
        let mut unread = Vec::new();
        self.follow(handed, expression, MAX_STEPS, &mut unread);
        for unread in unread {
            // Outside of the guards on purpose: it is a line of the inventory, with its reason. A list
            // brings endpoints, whose lines no reason replaces.
            let place = Extent::of(unread.span());
            let is_silenced = || self.silenced.iter().any(|own| own.silences(OUTSIDE, &place));
            if !matches!(handed, Handed::List) && is_silenced() {
                continue;
            }
            let text = short(&as_written(&written(&unread)));
            let text = match handed {
                Handed::List => format!(
                    "not read: the list `{text}` is mounted here, and the sources that were read do \
                     not show its endpoints"
                ),
                Handed::Function => format!(
                    "not read: `{text}` configures the app here, and the sources that were read do \
                     not show what it mounts; if that is meant, put it into a function with \
                     `#[allow_unsafe({OUTSIDE}, reason = \"..\")]`"
                ),
                Handed::Service => format!(
                    "not read: the service `{text}` is mounted here, and the sources that were read \
                     do not show its routes; if that is meant, mount it in a function with \
                     `#[allow_unsafe({OUTSIDE}, reason = \"..\")]`"
                ),
            };
            self.unread.push((Place::of(&self.file, unread.span()), text));
        }
    }

    /// Records palisade's own endpoints in an expression.
    pub(super) fn note_ready(&mut self, expression: &Expr) {
        let made = self.lists.made_by(self.program, self.package, &self.module, expression);
        for ready in made {
            if ready.has_list() {
                self.add_ready(ready, None, expression);
            }
        }
    }

    /// Records the endpoints of one type.
    pub(super) fn note_ready_of(&mut self, ready: Ready, expression: &Expr) {
        self.add_ready(ready, None, expression);
    }

    /// A value in which a variable with the same name is replaced by its former value: `let list =
    /// list.and(other)`.
    pub(super) fn resolved(&self, expression: &Expr) -> Expr {
        struct Values<'r, 'a>(&'r Reader<'a>);
        impl VisitMut for Values<'_, '_> {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "no other form is made of a receiver"
            )]
            fn visit_expr_mut(&mut self, expression: &mut Expr) {
                match expression {
                    Expr::MethodCall(call) => self.visit_expr_mut(&mut call.receiver),
                    Expr::Try(inner) => self.visit_expr_mut(&mut inner.expr),
                    Expr::Await(inner) => self.visit_expr_mut(&mut inner.base),
                    Expr::Paren(inner) => self.visit_expr_mut(&mut inner.expr),
                    Expr::Path(_) => {
                        if let Some(value) = self.0.value(expression) {
                            *expression = value;
                        }
                    }
                    _ => {}
                }
            }
        }
        let mut value = expression.clone();
        Values(self).visit_expr_mut(&mut value);
        value
    }

    /// Records the files of a folder.
    pub(super) fn note_files(&mut self, expression: &Expr) {
        let value = self.value(expression).unwrap_or_else(|| expression.clone());
        self.add_ready(Ready::Files, ready::under(&value), expression);
    }

    /// Records palisade's endpoints for callers with this scope.
    pub(super) fn note_behind(&mut self, ready: Ready, scope: &Expr) {
        let value = self.value(scope);
        let scope_text = ready::literal(value.as_ref().unwrap_or(scope));
        self.add_ready(ready, scope_text, scope);
    }

    /// Records the OpenAPI document, and its access rule.
    pub(super) fn note_document(
        &mut self,
        readers: Readers,
        said: Option<String>,
        call: &ExprMethodCall,
    ) {
        let place = Place::of(&self.file, call.method.span());
        let mount = ReadyMount { ready: Ready::Document(readers), under: said, place };
        if !self.ready.contains(&mount) {
            self.ready.push(mount);
        }
    }

    fn add_ready(&mut self, ready: Ready, under: Option<String>, expression: &Expr) {
        let place = Place::of(&self.file, expression.span());
        let mount = ReadyMount { ready, under, place };
        if !self.ready.contains(&mount) {
            self.ready.push(mount);
        }
    }

    /// The value of a variable, if its assignment is visible.
    pub(super) fn value(&self, expression: &Expr) -> Option<Expr> {
        let Expr::Path(path) = plain(expression) else { return None };
        let name = path.path.get_ident()?.unraw().to_string();
        let held = self.variables.iter().rev().find_map(|block| block.get(&name))?;
        held.value.clone()
    }

    /// A call of another crate's function with the app's configuration: it may mount any handler.
    pub(super) fn judge_configured(&mut self, function: &Expr, arguments: &[&Expr]) {
        if !arguments.iter().any(|argument| self.is_config(argument)) {
            return;
        }
        if let Some(path) = name(function)
            && path.len() > 1
            && let Some((_, of)) = path.split_last()
            && Ready::of_type(&self.program.original(self.package, &self.module, of))
                == Some(Ready::Service)
        {
            return;
        }
        self.judge(Handed::Function, function);
    }

    /// A method with the app's configuration as an argument: `palisade.mount(config)`.
    pub(super) fn judge_configured_by(&mut self, call: &ExprMethodCall) {
        if !call.args.iter().any(|argument| self.is_config(argument)) {
            return;
        }
        let method = call.method.unraw().to_string();
        let receiver = &call.receiver;
        let made = self.lists.made_by(self.program, self.package, &self.module, receiver);
        let mounts_its_own = method == "mount" && made.contains(&Ready::Service);
        if !mounts_its_own && !self.lists.has_function(&method) {
            let whole = Expr::MethodCall(call.clone());
            let text = format!(
                "not read: `{}` configures the app here, and the sources that were read do not show \
                 what it mounts",
                short(&written(&whole))
            );
            self.unread.push((Place::of(&self.file, call.method.span()), text));
        }
    }

    fn is_config(&self, expression: &Expr) -> bool {
        let mut expression = plain(expression);
        if let Expr::Reference(inner) = expression {
            expression = plain(&inner.expr);
        }
        let Expr::Path(path) = expression else { return false };
        let Some(name) = path.path.get_ident() else { return false };
        let name = name.unraw().to_string();
        let held = self.variables.iter().rev().find_map(|block| block.get(&name));
        held.is_some_and(|held| held.is_config)
    }
}

fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push_str("..");
    }
    shown
}
