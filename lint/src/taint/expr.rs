//! The value of each expression form.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{BinOp, Expr, Lit, UnOp};

use super::cond::Cond;
use super::text::Text;
use super::value::{Marks, Note, Value};
use super::walk::{Walker, member};
use crate::krate::ty::{Ty, TyShape};
use crate::rules::{Bind, Compare, Pair, Site};

impl Walker<'_> {
    /// The value of an expression; the state moves on to behind it.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Value {
        match expr {
            // The common leaves need no level of their own.
            Expr::Lit(lit) => literal(&lit.lit),
            Expr::Path(path) => self.path(path),
            Expr::Reference(inner) => self.expr(&inner.expr),
            Expr::Paren(inner) => self.expr(&inner.expr),
            Expr::Group(inner) => self.expr(&inner.expr),
            Expr::MethodCall(_) => self.chain(expr),
            _ => self.deeper(Span::call_site(), |w| w.form(expr)),
        }
    }

    fn form(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Array(array) => self.list(&array.elems),
            Expr::Assign(assign) => self.assignment(assign),
            Expr::Async(block) => {
                let was = std::mem::replace(&mut self.is_async, true);
                let value = self.enclosed(|w| w.block(&block.block));
                self.is_async = was;
                value
            }
            Expr::Await(inner) => self.expr(&inner.base),
            Expr::Binary(_) => self.binary(expr),
            Expr::Block(block) => self.labelled(block),
            Expr::Break(exit) => {
                let value = exit.expr.as_ref().map(|e| self.expr(e));
                self.exit_loop(exit.label.as_ref(), value);
                Value::constant()
            }
            Expr::Call(call) => self.call(call),
            Expr::Cast(cast) => {
                let value = self.expr(&cast.expr);
                match self.read_type(&cast.ty) {
                    Some(ty) => self.typed_as(value, &ty),
                    None => value,
                }
            }
            Expr::Closure(closure) => self.closure_alone(closure),
            Expr::Const(block) => self.block(&block.block),
            Expr::Continue(next) => {
                self.next_round(next.label.as_ref());
                Value::constant()
            }
            Expr::Field(field) => {
                let base = self.expr(&field.base);
                self.field(&base, &member(&field.member))
            }
            Expr::ForLoop(each) => self.for_loop(each),
            Expr::If(branch) => self.if_else(branch),
            Expr::Index(index) => self.index(index),
            Expr::Infer(_) => Value::unknown(),
            Expr::Let(condition) => self.let_condition(condition),
            Expr::Loop(endless) => self.repeat(endless.label.as_ref(), false, |w| {
                w.block(&endless.body);
            }),
            Expr::Macro(mac) => self.macro_call(&mac.mac),
            Expr::Match(choice) => self.choose(choice),
            Expr::Range(range) => {
                for end in [&range.start, &range.end].into_iter().flatten() {
                    self.expr(end);
                }
                Value::unknown()
            }
            Expr::RawAddr(inner) => self.expr(&inner.expr),
            Expr::Repeat(repeat) => {
                let value = self.expr(&repeat.expr);
                self.expr(&repeat.len);
                let mut list = value.derived();
                if value.is_constant() {
                    list.marks = list.marks.with(Marks::LITERAL_BYTES);
                }
                list
            }
            Expr::Return(exit) => {
                let value = exit.expr.as_ref().map_or_else(Value::constant, |e| self.expr(e));
                self.give_back(&value);
                Value::constant()
            }
            Expr::Struct(literal) => self.struct_literal(literal),
            Expr::Try(inner) => {
                let value = self.expr(&inner.expr);
                self.may_fail();
                let cond = self.true_and_false(&value);
                self.state.learn(&cond.when_true);
                let mut value = self.refreshed(value);
                value.cond = None;
                value
            }
            Expr::TryBlock(block) => self.enclosed(|w| w.block(&block.block)),
            Expr::Tuple(tuple) => {
                let parts: Vec<(Rc<str>, Value)> = tuple
                    .elems
                    .iter()
                    .enumerate()
                    .map(|(at, e)| (Rc::from(at.to_string()), self.expr(e)))
                    .collect();
                if let [(_, key), (_, value)] = parts.as_slice() {
                    let span = tuple
                        .elems
                        .first()
                        .map_or_else(|| tuple.span(), syn::spanned::Spanned::span);
                    self.ask(&Site::Pair(Pair { key, value, span }));
                }
                Value::of_parts(parts)
            }
            Expr::Unary(unary) => {
                let value = self.expr(&unary.expr);
                match unary.op {
                    UnOp::Not(_) => {
                        let cond = value.cond.as_deref().cloned().map(Cond::not);
                        let turned =
                            match (value.marks.has(Marks::TRUE), value.marks.has(Marks::FALSE)) {
                                (true, _) => Marks::FALSE,
                                (_, true) => Marks::TRUE,
                                _ => Marks::default(),
                            };
                        Value::unknown().marked(turned).with_cond(cond)
                    }
                    UnOp::Deref(_) => value,
                    UnOp::Neg(_) | _ => value.derived(),
                }
            }
            Expr::Unsafe(block) => self.block(&block.block),
            Expr::While(repeat) => self.while_loop(repeat),
            Expr::Yield(give) => give.expr.as_ref().map_or_else(Value::constant, |e| self.expr(e)),
            Expr::Lit(_)
            | Expr::Path(_)
            | Expr::Reference(_)
            | Expr::Paren(_)
            | Expr::Group(_)
            | Expr::MethodCall(_) => self.expr(expr),
            Expr::Verbatim(tokens) => {
                if !tokens.is_empty() {
                    self.unread(tokens.span(), "this syntax is not known to the checks");
                }
                self.tokens_value(tokens.clone())
            }
            _ => {
                self.unread(expr.span(), "this syntax is not known to the checks");
                Value::unknown()
            }
        }
    }

    fn path(&mut self, path: &syn::ExprPath) -> Value {
        if let Some(ident) = path.path.get_ident() {
            let name = ident.to_string();
            if let Some(slot) = self.state.find(&name) {
                let value = self.state.slot(slot).map(|s| s.value.clone()).unwrap_or_default();
                return self.refreshed(value);
            }
            if name == "None" {
                return Value::constant().marked(Marks::FALSE);
            }
        }
        let name = self.resolve(&path.path);
        if let Some(value) = self.scope.index.and_then(|index| index.constant(&name)) {
            return value;
        }
        let last = name.last();
        let upper = last.chars().any(|c| c.is_ascii_uppercase());
        if upper && !last.chars().any(|c| c.is_ascii_lowercase()) {
            // `MAX_LEN`, `TABLE`: a constant by the language's convention.
            return Value { function: Some(Rc::new(name)), ..Value::constant() };
        }
        let mut value = Value { function: Some(Rc::new(name)), ..Value::unknown() };
        if upper {
            value.marks = value.marks.with(Marks::CONSTANT);
        }
        value
    }

    /// The part of a value that a field access gives.
    pub(crate) fn field(&mut self, base: &Value, name: &str) -> Value {
        let base_ty = base.ty.as_ref();
        // `.0` of an extractor or a newtype that only wraps is the inner value itself.
        if name == "0"
            && base.fields.is_none()
            && let Some(ty) = base_ty
            && ty.is_wrapper()
        {
            let inner = ty.args.first().cloned();
            return Value { ty: inner, ..base.clone() };
        }
        let mut value = base.field(name);
        if let Some(ty) = base_ty.and_then(|ty| self.field_type(&ty.peeled(), name)) {
            value = self.typed_as(value, &ty);
        }
        if crate::rules::words::is_secret(name)
            && value.secret.is_none()
            && value.ty.as_ref().is_none_or(|t| t.holds_text() == Some(true))
        {
            value.secret = Some(Rc::from(name));
        }
        if name == "file_name" && base_ty.is_some_and(|ty| ty.peeled().last() == "TempFile") {
            value = self.as_upload_name(value);
        }
        self.refreshed(value)
    }

    fn field_type(&self, ty: &Rc<Ty>, name: &str) -> Option<Rc<Ty>> {
        if ty.shape == TyShape::Tuple {
            return ty.args.get(name.parse::<usize>().ok()?).cloned();
        }
        self.scope.index?.field(ty, name)
    }

    /// Outside data that is the name a client gave to a file.
    pub(crate) fn as_upload_name(&self, mut value: Value) -> Value {
        value.map_taints(&mut |taint| {
            if !matches!(taint.origin.kind, super::value::SourceKind::Param(_)) {
                taint.origin = Rc::new(super::value::Origin {
                    kind: super::value::SourceKind::UploadName,
                    ..(*taint.origin).clone()
                });
            }
        });
        value
    }

    pub(crate) fn list<'e>(&mut self, elems: impl IntoIterator<Item = &'e Expr>) -> Value {
        let mut list = Value::default();
        let (mut parts, mut bytes, mut constant) = (Vec::new(), true, true);
        for (at, elem) in elems.into_iter().enumerate() {
            let value = self.expr(elem);
            constant &= value.is_constant();
            bytes &= value.is_constant() && value.text.is_unknown();
            if at < 32 {
                parts.push((Rc::from(at.to_string()), value));
            } else {
                list.absorb(&value);
            }
        }
        let taints = std::mem::take(&mut list.taints);
        let mut value = Value::of_parts(parts);
        value.taints = taints;
        value.marks = if constant { Marks::CONSTANT } else { Marks::default() };
        if bytes && constant {
            value.marks = value.marks.with(Marks::LITERAL_BYTES);
        }
        value
    }

    fn assignment(&mut self, assign: &syn::ExprAssign) -> Value {
        let value = self.expr(&assign.right);
        if let Expr::Tuple(targets) = &*assign.left {
            for (at, target) in targets.elems.iter().enumerate() {
                let part = value.field(&at.to_string());
                self.assign(target, part);
            }
            return Value::constant();
        }
        if let Some(name) = target_name(&assign.left) {
            self.ask(&Site::Bind(Bind {
                name: &name,
                value: &value,
                expr: Some(&assign.right),
                span: assign.left.span(),
            }));
        }
        let name = target_name(&assign.left).unwrap_or_default();
        let value = if value.is_tainted() {
            value.through(self.scope.file, assign.left.span(), &Note::Bound(Rc::from(name)))
        } else {
            value
        };
        if let Expr::Index(index) = &*assign.left {
            self.mix(&index.expr, |whole| whole.absorb(&value));
        } else {
            self.assign(&assign.left, value);
        }
        Value::constant()
    }

    fn labelled(&mut self, block: &syn::ExprBlock) -> Value {
        if block.label.is_none() {
            return self.block(&block.block);
        }
        // `'a: { .. break 'a value .. }` is a loop of one round.
        let mut end = Value::default();
        let broken = self.repeat(block.label.as_ref(), true, |w| end = w.block(&block.block));
        end.join(&broken)
    }

    fn closure_alone(&mut self, closure: &syn::ExprClosure) -> Value {
        // Not yet called: its parameters are what their types say.
        let value = self.closure_body(closure, &[]);
        Value { fields: None, cond: None, ..value.derived() }
    }

    fn for_loop(&mut self, each: &syn::ExprForLoop) -> Value {
        let over = self.expr(&each.expr);
        let element = self.element(&over);
        self.repeat(each.label.as_ref(), true, |w| {
            w.scoped(|w| {
                w.bind_pattern(&each.pat, &element, None);
                w.block(&each.body);
            });
        });
        Value::constant()
    }

    fn while_loop(&mut self, repeat: &syn::ExprWhile) -> Value {
        self.repeat(repeat.label.as_ref(), true, |w| {
            w.scoped(|w| {
                let cond = w.expr(&repeat.cond);
                let facts = w.true_and_false(&cond);
                w.state.learn(&facts.when_true);
                w.block(&repeat.body);
            });
        });
        Value::constant()
    }

    fn if_else(&mut self, branch: &syn::ExprIf) -> Value {
        let depth = self.state.slots.len();
        let cond = self.expr(&branch.cond);
        let facts = self.true_and_false(&cond);
        // What `if let` has bound is there in the first branch only.
        let start = self.state.clone();
        self.state.learn(&facts.when_true);
        self.branches = self.branches.saturating_add(1);
        let mut then = self.block(&branch.then_branch);
        self.branches = self.branches.saturating_sub(1);
        self.state.truncate(depth);
        let then_state = std::mem::take(&mut self.state);
        let mut start = start;
        start.truncate(depth);
        let (other, other_state) =
            self.branch(&start, &facts.when_false, |w| match &branch.else_branch {
                Some((_, other)) => w.expr(other),
                None => Value::constant(),
            });
        let value = match (then_state.dead, other_state.dead) {
            (true, _) => other,
            (_, true) => then,
            _ => {
                let cond = joined_cond(&facts, &then, &other);
                then.cond = None;
                then.join(&other).with_cond(cond)
            }
        };
        self.state = then_state;
        self.state.join(other_state);
        value
    }

    fn let_condition(&mut self, condition: &syn::ExprLet) -> Value {
        let value = self.expr(&condition.expr);
        let cond = self.pattern_facts(&condition.pat, &condition.expr, &value);
        // Bound into the scope that is open: the branch behind the condition sees it.
        self.state_then_bind(condition, &value, &cond);
        Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
    }

    fn state_then_bind(&mut self, condition: &syn::ExprLet, value: &Value, cond: &Cond) {
        let mut known = self.state.clone();
        known.learn(&cond.when_true);
        let mut bound = value.clone();
        known.refresh(&mut bound);
        self.bind_pattern(&condition.pat, &bound, Some(&condition.expr));
    }

    fn choose(&mut self, choice: &syn::ExprMatch) -> Value {
        let subject = self.expr(&choice.expr);
        let start = self.state.clone();
        let depth = start.slots.len();
        let mut end = super::state::State { dead: true, ..Default::default() };
        let mut value: Option<Value> = None;
        let mut so_far = Cond::default();
        let mut cond_parts: Option<(Vec<super::cond::Fact>, Vec<super::cond::Fact>)> = None;
        for arm in &choice.arms {
            let facts = self.pattern_facts(&arm.pat, &choice.expr, &subject);
            self.state = start.clone();
            self.state.learn(&so_far.when_false);
            self.state.learn(&facts.when_true);
            let bound = self.refreshed(subject.clone());
            self.bind_pattern(&arm.pat, &bound, Some(&choice.expr));
            if let syn::Pat::Guard(guard) = &arm.pat {
                let cond = self.expr(&guard.guard);
                let cond = self.true_and_false(&cond);
                self.state.learn(&cond.when_true);
            } else {
                so_far.when_false = super::cond::union(&so_far.when_false, &facts.when_false);
            }
            self.branches = self.branches.saturating_add(1);
            let mut result = self.expr(&arm.body);
            self.branches = self.branches.saturating_sub(1);
            self.state.truncate(depth);
            let state = std::mem::take(&mut self.state);
            if !state.dead {
                let own = self.arm_cond(&result, &facts);
                cond_parts = Some(match cond_parts {
                    Some((t, f)) => (
                        own.0.map_or(t.clone(), |o| super::cond::intersection(&t, &o)),
                        own.1.map_or(f.clone(), |o| super::cond::intersection(&f, &o)),
                    ),
                    None => (own.0.unwrap_or_default(), own.1.unwrap_or_default()),
                });
                result.cond = None;
                value = Some(match value {
                    Some(known) => known.join(&result),
                    None => result,
                });
            }
            end.join(state);
        }
        self.state = end;
        let cond = cond_parts.map(|(when_true, when_false)| Cond { when_true, when_false });
        value.unwrap_or_default().with_cond(cond.filter(|c| !c.is_empty()))
    }

    /// What is known when an arm gives true, and when false; `None` when it cannot.
    fn arm_cond(
        &self,
        value: &Value,
        facts: &Cond,
    ) -> (Option<Vec<super::cond::Fact>>, Option<Vec<super::cond::Fact>>) {
        let own = self.true_and_false(value);
        let t = (!value.marks.has(Marks::FALSE))
            .then(|| super::cond::union(&own.when_true, &facts.when_true));
        let f = (!value.marks.has(Marks::TRUE))
            .then(|| super::cond::union(&own.when_false, &facts.when_true));
        (t, f)
    }

    fn index(&mut self, index: &syn::ExprIndex) -> Value {
        let base = self.expr(&index.expr);
        let key = self.expr(&index.index);
        if let Expr::Range(_) = &*index.index {
            let mut part = base.derived();
            part.ty.clone_from(&base.ty);
            return part;
        }
        let name = match (key.text.whole(), &*index.index) {
            (Some(word), _) => Rc::from(format!("[{word}]")),
            (None, Expr::Lit(lit)) => match &lit.lit {
                Lit::Int(number) if base.fields.is_some() => Rc::from(number.base10_digits()),
                Lit::Int(number) => Rc::from(format!("[{}]", number.base10_digits())),
                _ => return self.element(&base),
            },
            _ => return self.element(&base),
        };
        let ty = base.ty.as_ref().and_then(Ty::element);
        let part = base.field(&name);
        let part = match &ty {
            Some(ty) => self.typed_as(part, ty),
            None => part,
        };
        self.refreshed(part)
    }

    /// An element of a collection, one as good as another.
    pub(crate) fn element(&self, whole: &Value) -> Value {
        let ty = whole.ty.as_ref().and_then(Ty::element);
        let mut element = Value {
            taints: whole.taints.clone(),
            marks: whole.marks.without(Marks::LITERAL_BYTES),
            ..Value::default()
        };
        for taint in &mut element.taints {
            taint.part = super::value::Part::Derived;
        }
        if let Some(fields) = &whole.fields {
            let mut all = fields.0.values();
            if let Some(first) = all.next() {
                let joined = all.fold(first.clone(), Value::join);
                element = if element.taints.is_empty() { joined } else { element.join(&joined) };
            }
        }
        match ty {
            Some(ty) => self.typed_as(element, &ty),
            None => element,
        }
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> Value {
        let mut parts = Vec::new();
        for field in &literal.fields {
            let name = member(&field.member);
            let value = self.expr(&field.expr);
            self.ask(&Site::Bind(Bind {
                name: &name,
                value: &value,
                expr: Some(&field.expr),
                span: field.expr.span(),
            }));
            parts.push((name, value));
        }
        let rest = literal.rest.as_ref().map(|rest| self.expr(rest));
        let name = self.resolve(&literal.path);
        let mut value = Value::of_parts(parts);
        if let Some(rest) = rest {
            // Fields that are not named come from there.
            value.taints = rest.taints.clone();
            if let (Some(fields), Some(others)) = (&mut value.fields, &rest.fields) {
                for (name, part) in &others.0 {
                    Rc::make_mut(fields).0.entry(Rc::clone(name)).or_insert_with(|| part.clone());
                }
            }
        }
        value.marks = Marks::default();
        value.ty = Some(Ty::plain(name));
        value
    }

    fn binary(&mut self, expr: &Expr) -> Value {
        // `a + b + c + ..` leans to the left, and may be thousands long.
        let mut spine = Vec::new();
        let mut left = expr;
        while let Expr::Binary(binary) = left {
            spine.push(binary);
            left = &binary.left;
        }
        let mut left_expr = left;
        let mut value = self.expr(left);
        for binary in spine.into_iter().rev() {
            value = self.operation(binary, left_expr, value);
            left_expr = &binary.left;
        }
        value
    }

    fn operation(&mut self, binary: &syn::ExprBinary, _first: &Expr, left: Value) -> Value {
        match binary.op {
            BinOp::And(_) | BinOp::Or(_) => {
                let is_and = matches!(binary.op, BinOp::And(_));
                let first = self.true_and_false(&left);
                let before = self.state.clone();
                self.state.learn(if is_and { &first.when_true } else { &first.when_false });
                let right = self.expr(&binary.right);
                let second = self.true_and_false(&right);
                // `let` bindings of an `&&` chain stay; the rest of the state is as it was before.
                let mut after = before;
                let bound =
                    self.state.slots.split_off(after.slots.len().min(self.state.slots.len()));
                if self.state.dead {
                    self.state.dead = false;
                }
                after.slots.extend(bound);
                self.state = after;
                let cond = if is_and { first.and(&second) } else { first.or(&second) };
                Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
            }
            BinOp::Eq(_) | BinOp::Ne(_) => {
                let right = self.expr(&binary.right);
                self.ask(&Site::Compare(Compare {
                    left: (&binary.left, &left),
                    right: (&binary.right, &right),
                    span: binary.op.span(),
                }));
                let cond = self.equality((&binary.left, &left), (&binary.right, &right));
                let cond = if matches!(binary.op, BinOp::Eq(_)) { cond } else { cond.not() };
                Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
            }
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                self.expr(&binary.right);
                Value::unknown()
            }
            BinOp::Add(_) => {
                let right = self.expr(&binary.right);
                if left.ty.as_ref().and_then(Ty::holds_text) == Some(false) && !right.is_tainted() {
                    return left;
                }
                self.concat(&[left, right], binary.op.span())
            }
            BinOp::AddAssign(_) => {
                let right = self.expr(&binary.right);
                self.append(&binary.left, &right, binary.op.span());
                Value::constant()
            }
            BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_) => {
                self.expr(&binary.right);
                Value::constant()
            }
            _ => {
                // Path libraries use `/`; numbers hold no text, and are not tainted to begin with.
                let right = self.expr(&binary.right);
                let mut value = left.derived();
                value.absorb(&right);
                value
            }
        }
    }

    /// `target += more`, `target.push_str(more)`.
    pub(crate) fn append(&mut self, target: &Expr, more: &Value, span: Span) {
        let name = target_name(target).unwrap_or_default();
        let Some((slot, path)) = self.place(target) else { return };
        let mut old = self.state.slot(slot).map(|s| s.value.clone()).unwrap_or_default();
        for name in &path {
            old = old.field(name);
        }
        if old.ty.as_ref().and_then(Ty::holds_text) == Some(false) {
            return;
        }
        let ty = old.ty.clone();
        let marks = old.marks;
        let mut new = self.concat(&[old, more.clone()], span);
        if more.is_tainted() {
            new = new.through(self.scope.file, span, &Note::Appended(Rc::from(name)));
        }
        new.ty = ty;
        new.marks = if more.is_constant() { marks } else { marks.without(Marks::CONSTANT) };
        self.mix(target, |value| *value = new);
    }
}

fn joined_cond(facts: &Cond, then: &Value, other: &Value) -> Option<Cond> {
    let none = Cond::default();
    let (a, b) = (then.cond.as_deref().unwrap_or(&none), other.cond.as_deref().unwrap_or(&none));
    use super::cond::{intersection, union};
    let then_true = (!then.marks.has(Marks::FALSE)).then(|| union(&facts.when_true, &a.when_true));
    let then_false = (!then.marks.has(Marks::TRUE)).then(|| union(&facts.when_true, &a.when_false));
    let else_true =
        (!other.marks.has(Marks::FALSE)).then(|| union(&facts.when_false, &b.when_true));
    let else_false =
        (!other.marks.has(Marks::TRUE)).then(|| union(&facts.when_false, &b.when_false));
    let meet = |x: Option<Vec<_>>, y: Option<Vec<_>>| match (x, y) {
        (Some(x), Some(y)) => intersection(&x, &y),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Vec::new(),
    };
    let cond =
        Cond { when_true: meet(then_true, else_true), when_false: meet(then_false, else_false) };
    (!cond.is_empty()).then_some(cond)
}

/// The value that a literal spells.
pub(crate) fn literal(lit: &Lit) -> Value {
    match lit {
        Lit::Str(text) => Value::literal(&text.value()),
        Lit::ByteStr(bytes) => {
            let text = String::from_utf8_lossy(&bytes.value()).into_owned();
            Value::literal(&text).marked(Marks::LITERAL_BYTES)
        }
        Lit::Char(c) => Value::literal(&c.value().to_string()),
        Lit::Bool(b) => Value::constant().marked(if b.value { Marks::TRUE } else { Marks::FALSE }),
        Lit::Int(_) | Lit::Float(_) | Lit::Byte(_) | Lit::CStr(_) | Lit::Verbatim(_) | _ => {
            Value { text: Text::unknown(), ..Value::constant() }
        }
    }
}

/// The name at the end of an assignment's target.
pub(crate) fn target_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        Expr::Field(field) => Some(member(&field.member).to_string()),
        Expr::Reference(inner) => target_name(&inner.expr),
        Expr::Paren(inner) => target_name(&inner.expr),
        Expr::Group(inner) => target_name(&inner.expr),
        Expr::Unary(inner) => target_name(&inner.expr),
        Expr::Index(inner) => target_name(&inner.expr),
        Expr::Try(inner) => target_name(&inner.expr),
        Expr::Await(inner) => target_name(&inner.base),
        Expr::MethodCall(call) => target_name(&call.receiver),
        _ => None,
    }
}
