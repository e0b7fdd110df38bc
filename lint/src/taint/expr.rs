//! The value of each expression form.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, Lit, UnOp};

use super::cond::Cond;
use super::place::{member, target_name};
use super::text::Text;
use super::value::{Marks, Note, Value};
use super::walk::Walker;
use crate::krate::ty::{Ty, TyShape};
use crate::rules::{Bind, Pair, Site};

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
                // `(status, headers, body)`: the last two belong together.
                if let [_, (_, key), (_, value)] = parts.as_slice() {
                    let span = tuple
                        .elems
                        .last()
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
        if let Some(index) = self.scope.index
            && let Some(mut value) = index.constant(&name)
        {
            if let Some(place) = index.kept_static(&name) {
                index.recall(place, &mut value);
            }
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
    pub(crate) fn field(&self, base: &Value, name: &str) -> Value {
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
        if base.marks.has(Marks::SHARED)
            && base.fields.as_ref().is_none_or(|fields| !fields.0.contains_key(name))
        {
            value.marks = value.marks.with(Marks::SHARED);
            if let Some(index) = self.scope.index
                && let Some(place) = base_ty.and_then(|ty| index.kept_place(ty, name))
            {
                index.recall(place, &mut value);
            }
        }
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
        if self.assign_parts(&assign.left, &value) {
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

    /// `(a, b) = ..`, `S { x: a, .. } = ..`: whether the target is a pattern, written to part by part.
    fn assign_parts(&mut self, target: &Expr, value: &Value) -> bool {
        let each = |w: &mut Self, parts: &mut dyn Iterator<Item = &Expr>| {
            for (at, part) in parts.enumerate() {
                let value = w.field(value, &at.to_string());
                w.assign_part(part, value);
            }
        };
        match target {
            Expr::Tuple(targets) => each(self, &mut targets.elems.iter()),
            Expr::Array(targets) => each(self, &mut targets.elems.iter()),
            Expr::Call(targets) => each(self, &mut targets.args.iter()),
            Expr::Struct(targets) => {
                for field in &targets.fields {
                    let value = self.field(value, &member(&field.member));
                    self.assign_part(&field.expr, value);
                }
            }
            _ => return false,
        }
        true
    }

    fn assign_part(&mut self, target: &Expr, value: Value) {
        if !self.assign_parts(target, &value) {
            self.assign(target, value);
        }
    }

    fn closure_alone(&mut self, closure: &syn::ExprClosure) -> Value {
        // Not yet called: its parameters are what their types say.
        let value = self.closure_body(closure, &[]);
        let mut value = value.derived();
        self.closures.push(Rc::new(closure.clone()));
        value.closure = u32::try_from(self.closures.len().saturating_sub(1)).ok();
        value
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
        self.keep_fields(&value);
        value
    }
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
