//! Joined file paths.

use proc_macro2::Span;
use syn::ExprMethodCall;

use super::text::Text;
use super::value::{Marks, Note, Value};
use super::walk::Walker;
use crate::krate::ty::TyShape;

impl Walker<'_> {
    pub(super) fn join_path(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        recv: &Value,
        arg: Option<&Value>,
        span: Span,
    ) -> Value {
        let Some(arg) = arg else { return recv.derived() };
        if name == "join" && !is_path(recv) && recv.fields.is_some() || recv.marks.has(Marks::CHARS)
        {
            // `parts.join(", ")`.
            let mut value = recv.derived();
            value.absorb(arg);
            return value;
        }
        let mut value = recv.clone();
        value.fields = None;
        value.cond = None;
        let mut added = Value { taints: arg.derived().taints, ..Value::default() };
        added = added.through(self.scope.file, span, &Note::Formatted);
        value.absorb(&added);
        value.marks = value.marks.without(Marks::CANONICAL).without(Marks::CONSTANT);
        if recv.is_constant() && arg.is_constant() {
            value.marks = value.marks.with(Marks::CONSTANT);
        }
        value.text = if arg.is_constant() && recv.text.whole().is_some() {
            recv.text.then(&Text::known("/")).then(&arg.text)
        } else {
            recv.text.then(&Text::unknown())
        };
        if name == "push" {
            let new = value.clone();
            self.mix(&call.receiver, |v| *v = new);
            return Value::constant();
        }
        value
    }
}

pub(crate) fn is_path(value: &Value) -> bool {
    value.ty.as_ref().is_some_and(|t| {
        let t = t.peeled();
        matches!(t.last(), "PathBuf" | "Path" | "Utf8PathBuf" | "Utf8Path")
            && t.args.is_empty()
            && t.shape == TyShape::Path
    })
}
