//! The walker: the state of one run over a function and what is common to all expression forms.

use std::collections::HashSet;
use std::rc::Rc;

use proc_macro2::Span;
use syn::{Block, Expr, Generics, Stmt, Type};

use super::class::Class;
use super::cond::{Cond, Fact, Target};
use super::state::{Slot, State, sole_origin};
use super::summary::{Flow, Summary};
use super::value::{FileId, Link, Marks, Note, Origin, Part, SourceKind, Taint, Value};
use crate::finding::Level;
use crate::krate::index::Index;
use crate::krate::name::{Name, Names};
use crate::krate::ty::{self, Ty};
use crate::rules::{self, Rule, Site};

/// Deeper code is reported, not followed.
const MAX_DEPTH: usize = 120;
/// A loop that still changes after so many rounds is taken as it is.
const MAX_ROUNDS: usize = 4;

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

/// A rule hit, before it is told.
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

struct Loop {
    label: Option<String>,
    depth: usize,
    breaks: State,
    broken: Value,
    continues: State,
}

/// One run over one function.
pub(crate) struct Walker<'a> {
    pub(crate) scope: Scope<'a>,
    /// `use` declarations inside the function.
    pub(crate) inner: Option<Names>,
    pub(crate) state: State,
    pub(crate) hits: Vec<Hit>,
    pub(crate) summary: Summary,
    seen: HashSet<(&'static str, FileId, (usize, usize))>,
    seen_flows: HashSet<(&'static str, u16, FileId, (usize, usize))>,
    loops: Vec<Loop>,
    returned: Option<Value>,
    return_true: Option<Vec<Fact>>,
    return_false: Option<Vec<Fact>>,
    pub(crate) params: Vec<(usize, bool)>,
    depth: usize,
    version: u32,
    pub(crate) closures: Vec<Rc<syn::ExprClosure>>,
    pub(crate) closure_depth: usize,
    /// Closures catch `return` and `?`.
    in_closure: usize,
    /// How many branches stand around this place.
    pub(crate) branches: usize,
    pub(crate) is_async: bool,
    pub(crate) may_block: bool,
    pub(crate) self_ty: Option<Rc<Ty>>,
    pub(crate) generics: Option<&'a Generics>,
    pub(crate) function: Rc<str>,
    too_deep: bool,
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

    pub(crate) fn next_version(&mut self) -> u32 {
        self.version = self.version.wrapping_add(1);
        self.version
    }

    pub(crate) fn bind(&mut self, name: Rc<str>, value: Value) -> usize {
        let version = self.next_version();
        self.state.slots.push(Slot { name, value, version });
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
            Expr::MethodCall(call) if super::method::keeps(&call.method.to_string()) => {
                self.place(&call.receiver)
            }
            _ => None,
        }
    }

    /// Writes to the place that an expression names.
    pub(crate) fn assign(&mut self, target: &Expr, value: Value) {
        let version = self.next_version();
        let Some((slot, path)) = self.place(target) else { return };
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

    /// Adds `value` to what the place of an expression holds.
    pub(crate) fn mix(&mut self, target: &Expr, change: impl FnOnce(&mut Value)) {
        let version = self.next_version();
        let Some((slot, path)) = self.place(target) else { return };
        if let Some(slot) = self.state.slot_mut(slot) {
            slot.version = version;
            let mut part = slot.value.clone();
            for name in &path {
                part = part.field(name);
            }
            change(&mut part);
            part.cond = None;
            if path.is_empty() {
                slot.value = part;
            } else {
                slot.value.set_field(&path, part);
            }
        }
    }

    // Facts.

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

    /// Runs `body` as a branch that is taken when `facts` hold; gives the value and the state at its end.
    pub(crate) fn branch<T>(
        &mut self,
        start: &State,
        facts: &[Fact],
        body: impl FnOnce(&mut Self) -> T,
    ) -> (T, State) {
        self.state = start.clone();
        self.state.learn(facts);
        self.branches = self.branches.saturating_add(1);
        let value = self.scoped(body);
        self.branches = self.branches.saturating_sub(1);
        (value, std::mem::take(&mut self.state))
    }

    // Loops.

    /// Runs `body` until the state at its start no longer changes. `body` says whether it may be left
    /// without a `break`.
    pub(crate) fn repeat(
        &mut self,
        label: Option<&syn::Label>,
        ends: bool,
        mut body: impl FnMut(&mut Self),
    ) -> Value {
        let depth = self.state.slots.len();
        let mut head = self.state.clone();
        let mut after = State { dead: true, ..State::default() };
        let mut broken = Value::default();
        for _ in 0..MAX_ROUNDS {
            self.loops.push(Loop {
                label: label.map(|l| l.name.ident.to_string()),
                depth,
                breaks: State { dead: true, ..State::default() },
                broken: Value::default(),
                continues: State { dead: true, ..State::default() },
            });
            self.state = head.clone();
            body(self);
            self.state.truncate(depth);
            let Some(frame) = self.loops.pop() else { break };
            let mut end = std::mem::take(&mut self.state);
            end.join(frame.continues);
            after = frame.breaks;
            broken = frame.broken;
            let mut next = head.clone();
            next.join(end);
            let stable = next.same(&head);
            head = next;
            if stable {
                break;
            }
        }
        if ends {
            head.join(after);
            self.state = head;
        } else {
            self.state = after;
        }
        broken
    }

    pub(crate) fn exit_loop(&mut self, label: Option<&syn::Lifetime>, value: Option<Value>) {
        let name = label.map(|l| l.ident.to_string());
        let frame = self.loops.iter_mut().rev().find(|l| name.is_none() || l.label == name);
        if let Some(frame) = frame {
            let mut state = self.state.clone();
            state.truncate(frame.depth);
            frame.breaks.join(state);
            if let Some(value) = value {
                frame.broken = std::mem::take(&mut frame.broken).join(&value);
            }
        }
        self.state.dead = true;
    }

    pub(crate) fn next_round(&mut self, label: Option<&syn::Lifetime>) {
        let name = label.map(|l| l.ident.to_string());
        let frame = self.loops.iter_mut().rev().find(|l| name.is_none() || l.label == name);
        if let Some(frame) = frame {
            let mut state = self.state.clone();
            state.truncate(frame.depth);
            frame.continues.join(state);
        }
        self.state.dead = true;
    }

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
        if let Expr::Closure(closure) = &*init.expr {
            self.closures.push(Rc::new(closure.clone()));
            value.closure = u32::try_from(self.closures.len().saturating_sub(1)).ok();
        }
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

    /// What a value is once it has the type `ty`: numbers hold no text.
    pub(crate) fn typed_as(&self, mut value: Value, ty: &Rc<Ty>) -> Value {
        if self.holds_text(ty) == Some(false) {
            value = value.cleaned(Class::ALL);
        }
        value.with_ty(Some(Rc::clone(ty)))
    }

    pub(crate) fn holds_text(&self, ty: &Rc<Ty>) -> Option<bool> {
        ty.holds_text().or_else(|| self.scope.index.and_then(|index| index.holds_text(ty, 0)))
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

    pub(crate) fn names(&self) -> &Names {
        self.inner.as_ref().unwrap_or(self.scope.names)
    }

    pub(crate) fn resolve(&self, path: &syn::Path) -> Name {
        let segments = crate::krate::name::segments(path);
        if segments.first().is_some_and(|s| &**s == "Self")
            && let Some(ty) = &self.self_ty
        {
            let written = segments.len();
            let mut all = ty.head.segments.clone();
            all.extend(segments.into_iter().skip(1));
            return Name { segments: all, known: ty.head.known, written };
        }
        let name = self.names().resolve(&segments);
        match self.scope.index {
            Some(index) => index.follow(name),
            None => name,
        }
    }

    pub(crate) fn read_type(&self, ty: &Type) -> Option<Rc<Ty>> {
        if let Type::Path(path) = ty
            && path.path.is_ident("Self")
            && let Some(own) = &self.self_ty
        {
            return Some(Rc::clone(own));
        }
        let read = ty::read(ty, self.names(), self.generics, 0)?;
        Some(match self.scope.index {
            Some(index) => index.unalias(&read, 0),
            None => read,
        })
    }

    // Sources.

    /// Data from outside that an expression brings in.
    pub(crate) fn source(&self, kind: SourceKind, span: Span, what: &str) -> Value {
        let start = span.start();
        let site = u32::try_from(start.line.wrapping_mul(1000).wrapping_add(start.column))
            .unwrap_or(u32::MAX);
        self.source_at(kind, site, span, what)
    }

    pub(crate) fn source_at(&self, kind: SourceKind, site: u32, span: Span, what: &str) -> Value {
        let link =
            Link { file: self.scope.file, span, note: Note::Source(Rc::from(what)), before: None };
        let taint = Taint {
            origin: Rc::new(Origin { kind, site, path: Rc::from("") }),
            part: Part::Whole,
            safe: Class::NONE,
            link: Rc::new(link),
        };
        Value { taints: vec![taint], ..Value::default() }
    }

    // Rules.

    /// Asks every rule that watches a place like this one.
    pub(crate) fn ask(&mut self, site: &Site<'_>) {
        if self.state.dead && !self.too_deep {
            // Code behind a `return` does not run.
            return;
        }
        for rule in rules::watching(site) {
            if self.scope.item_only && !rule.in_macros() {
                continue;
            }
            (rule.check)(site, self);
        }
    }

    /// Reports outside data in `value` that has not been cleaned of `class`.
    pub(crate) fn flow(
        &mut self,
        rule: &'static Rule,
        class: Class,
        value: &Value,
        span: Span,
        message: &str,
        help: &str,
    ) {
        self.flow_at(rule, rule.level, class, value, span, message, help);
    }

    #[expect(clippy::too_many_arguments, reason = "a sink is all of this")]
    pub(crate) fn flow_at(
        &mut self,
        rule: &'static Rule,
        level: Level,
        class: Class,
        value: &Value,
        span: Span,
        message: &str,
        help: &str,
    ) {
        for taint in value.all_taints() {
            if taint.safe.has(class) {
                continue;
            }
            let (rule, level, message, help) =
                renamed(rule, level, taint.origin.kind, message, help);
            if let SourceKind::Param(param) = taint.origin.kind {
                let key = (rule.name, param, self.scope.file, key(span));
                if self.seen_flows.insert(key) {
                    self.summary.flows.push(Flow {
                        rule,
                        class,
                        param,
                        path: Rc::clone(&taint.origin.path),
                        file: self.scope.file,
                        span,
                        message: Rc::from(message),
                        help: Rc::from(help),
                        link: Rc::clone(&taint.link),
                        level,
                    });
                }
            } else {
                self.report_at(
                    rule,
                    level,
                    self.scope.file,
                    span,
                    message,
                    help,
                    Some(Rc::clone(&taint.link)),
                );
            }
        }
    }

    /// Takes over a flow of a function that is called with outside data.
    pub(crate) fn passed(&mut self, flow: &Flow, value: &Value, call: Span, name: &str) {
        for taint in value.all_taints() {
            if taint.safe.has(flow.class) {
                continue;
            }
            let link = join_links(&taint.link, self.scope.file, call, name, &flow.link);
            if let SourceKind::Param(param) = taint.origin.kind {
                let key = (flow.rule.name, param, flow.file, key(flow.span));
                if self.summary.flows.len() < 200 && self.seen_flows.insert(key) {
                    self.summary.flows.push(Flow {
                        param,
                        path: Rc::clone(&taint.origin.path),
                        link,
                        ..flow.clone()
                    });
                }
            } else {
                let (rule, level, message, help) =
                    renamed(flow.rule, flow.level, taint.origin.kind, &flow.message, &flow.help);
                self.report_at(rule, level, flow.file, flow.span, message, help, Some(link));
            }
        }
    }

    /// Reports a place without a way to it.
    pub(crate) fn report(&mut self, rule: &'static Rule, span: Span, message: &str, help: &str) {
        self.report_at(rule, rule.level, self.scope.file, span, message, help, None);
    }

    pub(crate) fn report_level(
        &mut self,
        rule: &'static Rule,
        level: Level,
        span: Span,
        message: &str,
        help: &str,
    ) {
        self.report_at(rule, level, self.scope.file, span, message, help, None);
    }

    /// Reports a place with a certain repair.
    pub(crate) fn report_fix(
        &mut self,
        rule: &'static Rule,
        span: Span,
        message: &str,
        help: &str,
        fix: (Span, String),
    ) {
        let before = self.hits.len();
        self.report_at(rule, rule.level, self.scope.file, span, message, help, None);
        if let Some(hit) = self.hits.get_mut(before) {
            hit.fix = Some(fix);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a finding is all of this")]
    fn report_at(
        &mut self,
        rule: &'static Rule,
        level: Level,
        file: FileId,
        span: Span,
        message: &str,
        help: &str,
        link: Option<Rc<Link>>,
    ) {
        if self.scope.in_test || (self.scope.item_only && level != Level::Deny) {
            return;
        }
        if self.seen.insert((rule.name, file, key(span))) {
            self.hits.push(Hit {
                rule,
                level,
                file,
                span,
                message: Rc::from(message),
                help: Rc::from(help),
                link,
                fix: None,
            });
        }
    }

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

    /// Code that cannot be read is refused, never passed.
    pub(crate) fn unread(&mut self, span: Span, message: &str) {
        let rule = &rules::unparsed_code::RULE;
        self.report_at(
            rule,
            rule.level,
            self.scope.file,
            span,
            message,
            "write it in a form that can be checked",
            None,
        );
    }

    pub(crate) fn true_and_false(&self, value: &Value) -> Cond {
        value.cond.as_deref().cloned().unwrap_or_default()
    }
}

/// The rule that a source makes of another one.
fn renamed<'t>(
    rule: &'static Rule,
    level: Level,
    kind: SourceKind,
    message: &'t str,
    help: &'t str,
) -> (&'static Rule, Level, &'t str, &'t str) {
    match (rule.name, kind) {
        ("path_traversal", SourceKind::UploadName) => {
            use rules::upload_file_name::{HELP, MESSAGE, RULE};
            (&RULE, RULE.level, MESSAGE, HELP)
        }
        // No one can make a victim's browser send another `Host`, but a cache or a mail keeps the URL.
        ("open_redirect" | "request_forgery", SourceKind::Host) => {
            use rules::host_header_url::{HELP, MESSAGE, RULE};
            (&RULE, RULE.level, MESSAGE, HELP)
        }
        _ => (rule, level, message, help),
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
                | SourceKind::Host
                | SourceKind::Ambient => None,
            },
            Target::Place { .. } => None,
        })
        .collect()
}

fn key(span: Span) -> (usize, usize) {
    let start = span.start();
    (start.line, start.column)
}

/// The way to a call, followed by the way inside the called function.
fn join_links(
    before: &Rc<Link>,
    file: FileId,
    call: Span,
    name: &str,
    inside: &Rc<Link>,
) -> Rc<Link> {
    let mut joined = Rc::new(Link {
        file,
        span: call,
        note: Note::Passed(Rc::from(name)),
        before: Some(Rc::clone(before)),
    });
    let mut inner = Vec::new();
    let mut next = Some(inside);
    while let Some(link) = next {
        inner.push(link);
        if inner.len() > 40 {
            break;
        }
        next = link.before.as_ref();
    }
    for link in inner.into_iter().rev() {
        if matches!(link.note, Note::Source(_)) {
            continue;
        }
        joined = Rc::new(Link {
            file: link.file,
            span: link.span,
            note: link.note.clone(),
            before: Some(joined),
        });
    }
    joined
}

/// The name of a field, as it stands in a value's parts.
pub(crate) fn member(member: &syn::Member) -> Rc<str> {
    match member {
        syn::Member::Named(ident) => Rc::from(ident.to_string()),
        syn::Member::Unnamed(index) => Rc::from(index.index.to_string()),
    }
}
