//! Methods and operators that change their receiver.

use std::rc::Rc;

use proc_macro2::Span;
use syn::{Expr, ExprMethodCall};

use super::place::target_name;
use super::value::{Marks, Note, Value};
use super::walk::Walker;
use crate::krate::ty::Ty;

impl Walker<'_> {
    pub(super) fn mutated(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        recv: &Value,
        exprs: &[&Expr],
        args: &[Value],
        span: Span,
    ) -> Value {
        let first = args.first().cloned().unwrap_or_default();
        if recv
            .ty
            .as_ref()
            .is_some_and(|ty| matches!(ty.peeled().last(), "QueryBuilder" | "Separated"))
        {
            // What is pushed has been judged at its place.
            return recv.clone();
        }
        if matches!(name, "push_str" | "write_str" | "push")
            && recv.ty.as_ref().is_none_or(|t| t.element().is_none())
            && recv.fields.as_ref().is_none_or(|f| f.0.is_empty())
        {
            self.append(&call.receiver, &first, span);
            return Value::constant();
        }
        if name == "push_bind" {
            return recv.clone();
        }
        if matches!(name, "insert" | "set") && exprs.len() == 2 {
            let value = args.get(1).cloned().unwrap_or_default();
            if let Some(key) = first.text.whole() {
                let key: Rc<str> = Rc::from(format!("[{key}]"));
                self.mix(&call.receiver, |whole| whole.set_field(&[key], value));
                return Value::unknown();
            }
        }
        let mut new = recv.clone();
        for (at, arg) in args.iter().enumerate() {
            // The key of a map is not what it holds.
            if name == "insert" && at == 0 && args.len() == 2 {
                continue;
            }
            let arg = if arg.is_tainted() {
                let target = target_name(&call.receiver).unwrap_or_default();
                arg.clone().through(self.scope.file, span, &Note::Appended(Rc::from(target)))
            } else {
                arg.clone()
            };
            new.absorb(&arg);
        }
        new.cond = None;
        self.command_marks(name, recv, args, &mut new);
        let kept = new.clone();
        self.mix(&call.receiver, |value| *value = kept);
        new
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
        new.marks = marks.without(Marks::CONSTANT).without(Marks::CHECKED).with(new.marks);
        self.mix(target, |value| *value = new);
    }
}
