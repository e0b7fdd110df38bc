//! The walker: the state of one run over a function and what is common to all expression forms.

use std::collections::HashSet;
use std::rc::Rc;

use proc_macro2::Span;
use syn::{Block, Generics, Stmt};

use super::class::Class;
use super::cond::{Cond, Fact, Target};
use super::loops::Loop;
use super::state::State;
use super::summary::Summary;
use super::value::{FileId, Link, Marks, SourceKind, Value};
use crate::finding::Level;
use crate::krate::index::Index;
use crate::krate::name::Names;
use crate::krate::ty::Ty;
use crate::rules::Rule;

/// Deeper code is reported, not followed.
const MAX_DEPTH: usize = 120;

/// What the walker may look up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) names: &'a Names,
    pub(crate) index: Option<&'a Index>,
    pub(crate) file: FileId,
    pub(crate) audit: bool,
    /// Only the rules that a macro may refuse by.
    pub(crate) item_only: bool,
    pub(crate) in_test: bool,
}

/// A rule hit, before it is reported.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) rule: &'static Rule,
    pub(crate) level: Level,
    pub(crate) file: FileId,
    pub(crate) span: Span,
    pub(crate) message: Rc<str>,
    pub(crate) help: Rc<str>,
    pub(crate) link: Option<Rc<Link>>,
    pub(crate) fix: Option<(Span, String)>,
}

/// One run over one function.
pub(crate) struct Walker<'a> {
    pub(crate) scope: Scope<'a>,
    /// `use` declarations inside the function.
    pub(crate) inner: Option<Names>,
    pub(crate) state: State,
    pub(crate) hits: Vec<Hit>,
    pub(crate) summary: Summary,
    pub(super) seen: HashSet<(&'static str, FileId, (usize, usize))>,
    pub(super) seen_flows: HashSet<(&'static str, u16, FileId, (usize, usize))>,
    pub(super) loops: Vec<Loop>,
    pub(super) returned: Option<Value>,
    pub(super) return_true: Option<Vec<Fact>>,
    pub(super) return_false: Option<Vec<Fact>>,
    pub(crate) params: Vec<(usize, bool)>,
    pub(super) depth: usize,
    pub(super) version: u32,
    pub(crate) closures: Vec<Rc<syn::ExprClosure>>,
    pub(crate) closure_depth: usize,
    /// Closures catch `return` and `?`.
    pub(super) in_closure: usize,
    /// The number of branches around this place.
    pub(crate) branches: usize,
    pub(crate) is_async: bool,
    pub(crate) may_block: bool,
    pub(crate) self_ty: Option<Rc<Ty>>,
    pub(crate) generics: Option<&'a Generics>,
    pub(crate) function: Rc<str>,
    pub(super) too_deep: bool,
    /// How many macros have been expanded.
    pub(super) expansions: u32,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(scope: Scope<'a>) -> Self {
        Self {
            scope,
            inner: None,
            state: State::default(),
            hits: Vec::new(),
            summary: Summary::default(),
            seen: HashSet::new(),
            seen_flows: HashSet::new(),
            loops: Vec::new(),
            returned: None,
            return_true: None,
            return_false: None,
            params: Vec::new(),
            depth: 0,
            version: 0,
            closures: Vec::new(),
            closure_depth: 0,
            in_closure: 0,
            branches: 0,
            is_async: false,
            may_block: false,
            self_ty: None,
            generics: None,
            function: Rc::from(""),
            too_deep: false,
            expansions: 0,
        }
    }

    /// Walks a function's body and sums it up.
    pub(crate) fn run(&mut self, block: &Block) {
        let value = self.block(block);
        if !self.state.dead {
            self.leave(&value);
        }
        self.summary.ret = self.returned.take().unwrap_or_default();
        self.summary.when_true = about_params(&self.return_true.take().unwrap_or_default());
        self.summary.when_false = about_params(&self.return_false.take().unwrap_or_default());
    }

    /// A way out of the function.
    pub(crate) fn leave(&mut self, value: &Value) {
        let held: Vec<Fact> = self
            .state
            .cleaned()
            .iter()
            .map(|(origin, clean)| Fact {
                target: Target::Origin(Rc::clone(origin)),
                clean: *clean,
            })
            .collect();
        let cond = value.cond.as_deref().cloned().unwrap_or_default();
        let (can_be_true, can_be_false) =
            (!value.marks.has(Marks::FALSE), !value.marks.has(Marks::TRUE));
        if can_be_true {
            let facts = super::cond::union(&held, &cond.when_true);
            self.return_true = Some(match self.return_true.take() {
                Some(known) => super::cond::intersection(&known, &facts),
                None => facts,
            });
        }
        if can_be_false {
            let facts = super::cond::union(&held, &cond.when_false);
            self.return_false = Some(match self.return_false.take() {
                Some(known) => super::cond::intersection(&known, &facts),
                None => facts,
            });
        }
        for (slot, (index, changes)) in self.params.clone().into_iter().enumerate() {
            if !changes {
                continue;
            }
            let Some(value) = self.state.slot(index).map(|s| s.value.clone().pruned(2)) else {
                continue;
            };
            let Ok(slot) = u16::try_from(slot) else { continue };
            match self.summary.outs.iter_mut().find(|(known, _)| *known == slot) {
                Some((_, known)) => *known = std::mem::take(known).join(&value),
                None => self.summary.outs.push((slot, value)),
            }
        }
        let mut value = value.clone().pruned(2);
        value.cond = None;
        value.closure = None;
        value.pending = None;
        value.marks = value.marks.without(Marks::TRUE.with(Marks::FALSE));
        self.returned = Some(match self.returned.take() {
            Some(known) => known.join(&value),
            None => value,
        });
    }

    /// A way out by `?`: what is known here is all that is known of a failure.
    pub(crate) fn may_fail(&mut self) {
        if self.in_closure > 0 || self.state.dead {
            return;
        }
        let held: Vec<Fact> = self
            .state
            .cleaned()
            .iter()
            .map(|(origin, clean)| Fact {
                target: Target::Origin(Rc::clone(origin)),
                clean: *clean,
            })
            .collect();
        self.return_false = Some(match self.return_false.take() {
            Some(known) => super::cond::intersection(&known, &held),
            None => held,
        });
    }

    // Variables.

    // Facts.

    // Loops.

    pub(crate) fn give_back(&mut self, value: &Value) {
        if self.in_closure == 0 {
            self.leave(value);
        }
        self.state.dead = true;
    }

    /// Runs the body of a closure or an async block: `return` leaves it, not the function.
    pub(crate) fn enclosed(&mut self, body: impl FnOnce(&mut Self) -> Value) -> Value {
        self.in_closure = self.in_closure.saturating_add(1);
        let loops = std::mem::take(&mut self.loops);
        let before = self.state.clone();
        let value = self.scoped(body);
        if self.state.dead {
            self.state = before;
        }
        self.loops = loops;
        self.in_closure = self.in_closure.saturating_sub(1);
        value
    }

    // Blocks.

    pub(crate) fn block(&mut self, block: &Block) -> Value {
        self.scoped(|w| w.statements(&block.stmts))
    }

    pub(crate) fn statements(&mut self, stmts: &[Stmt]) -> Value {
        for stmt in stmts {
            if let Stmt::Item(item) = stmt {
                if self.inner.is_none() {
                    self.inner = Some(self.scope.names.clone());
                }
                if let Some(inner) = &mut self.inner {
                    inner.declare_one(item);
                }
            }
        }
        let mut last = Value::constant();
        for stmt in stmts {
            last = match stmt {
                Stmt::Local(local) => {
                    self.local(local);
                    Value::constant()
                }
                Stmt::Item(item) => {
                    self.inner_item(item);
                    Value::constant()
                }
                Stmt::Expr(expr, semicolon) => {
                    let value = self.expr(expr);
                    if semicolon.is_some() { Value::constant() } else { value }
                }
                Stmt::Macro(mac) => self.macro_call(&mac.mac),
            };
        }
        last
    }

    fn local(&mut self, local: &syn::Local) {
        let ty =
            if let syn::Pat::Type(typed) = &local.pat { self.read_type(&typed.ty) } else { None };
        let Some(init) = &local.init else {
            self.bind_pattern(&local.pat, &Value::typed(ty), None);
            return;
        };
        let mut value = self.expr(&init.expr);
        if let Some(ty) = &ty {
            value = self.typed_as(value, ty);
        }
        if let Some((_, diverge)) = &init.diverge {
            let start = self.state.clone();
            let facts = self.pattern_facts(&local.pat, &init.expr, &value);
            let (_, other) = self.branch(&start, &facts.when_false, |w| w.expr(diverge));
            self.state = start;
            self.state.learn(&facts.when_true);
            if !other.dead {
                // A macro that we do not know ends the branch all the same: the language demands it.
                drop(other);
            }
            value = self.refreshed(value);
        }
        self.bind_pattern(&local.pat, &value, Some(&init.expr));
    }

    pub(crate) fn refreshed(&self, mut value: Value) -> Value {
        self.state.refresh(&mut value);
        value
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "other items hold no code that runs here")]
    fn inner_item(&mut self, item: &syn::Item) {
        match item {
            syn::Item::Const(item) => {
                let value = self.expr(&item.expr);
                self.bind(Rc::from(item.ident.to_string()), value);
            }
            syn::Item::Static(item) => {
                let value = self.expr(&item.expr);
                self.bind(Rc::from(item.ident.to_string()), value);
            }
            _ => {}
        }
    }

    // Names and types.

    // Sources.

    // Rules.

    // Depth.

    /// Goes one level down, or reports that the code is too deep to follow.
    pub(crate) fn deeper<T: Default>(
        &mut self,
        span: Span,
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if self.depth >= MAX_DEPTH {
            self.too_deep = true;
            self.unread(span, "code is nested too deep to be checked");
            return T::default();
        }
        self.depth = self.depth.saturating_add(1);
        let out = body(self);
        self.depth = self.depth.saturating_sub(1);
        out
    }

    pub(crate) fn true_and_false(&self, value: &Value) -> Cond {
        value.cond.as_deref().cloned().unwrap_or_default()
    }
}

/// What facts say of whole parameters.
fn about_params(facts: &[Fact]) -> Vec<(u16, Class)> {
    facts
        .iter()
        .filter_map(|fact| match &fact.target {
            Target::Origin(origin) => match origin.kind {
                SourceKind::Param(index) if origin.path.is_empty() => Some((index, fact.clean)),
                SourceKind::Param(_)
                | SourceKind::Request
                | SourceKind::UploadName
                | SourceKind::Referer
                | SourceKind::Host
                | SourceKind::Assumed
                | SourceKind::Ambient => None,
            },
            Target::Place { .. } => None,
        })
        .collect()
}
