//! Values under keys: headers, cookies, parameters, maps.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use syn::{Expr, Lit};

use super::value::{SourceKind, Value};
use super::walk::Walker;
use crate::krate::ty::Ty;

impl Walker<'_> {
    pub(super) fn as_host(&self, value: &Value) -> Value {
        let mut value = Value { taints: value.taints.clone(), ..Value::default() };
        for taint in &mut value.taints {
            if !matches!(taint.origin.kind, SourceKind::Param(_)) {
                taint.origin = Rc::new(super::value::Origin {
                    kind: SourceKind::Host,
                    ..(*taint.origin).clone()
                });
            }
        }
        value
    }

    pub(super) fn looked_up(&self, recv: &Value, key: Option<&Value>, exprs: &[&Expr]) -> Value {
        let word = key.and_then(|k| k.text.whole().map(str::to_owned)).or_else(|| {
            // `header::HOST`, `LOCATION`.
            exprs.first().and_then(|e| super::place::target_name(e))
        });
        let host = word.as_deref().is_some_and(|w| {
            matches!(
                w.to_ascii_lowercase().as_str(),
                "host" | "x-forwarded-host" | "x_forwarded_host"
            )
        });
        let headers = recv.ty.as_ref().is_some_and(|t| t.peeled().last() == "HeaderMap");
        let part = match &word {
            Some(word) => recv.field(&format!("[{word}]")),
            None => recv.derived(),
        };
        let part = match recv.ty.as_ref().and_then(Ty::lookup) {
            Some(ty) => self.typed_as(part, &ty),
            None => part,
        };
        let referer = word.as_deref().is_some_and(|w| w.eq_ignore_ascii_case("referer"));
        match (host && headers, referer && (headers || recv.ty.is_none())) {
            (true, _) => self.as_host(&part),
            (_, true) => as_kind(part, SourceKind::Referer),
            _ => part,
        }
    }

    /// Outside data that is the name a client gave to a file.
    pub(crate) fn as_upload_name(&self, value: Value) -> Value {
        as_kind(value, SourceKind::UploadName)
    }

    pub(super) fn index(&mut self, index: &syn::ExprIndex) -> Value {
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
}

/// Outside data of a more exact kind.
fn as_kind(mut value: Value, kind: SourceKind) -> Value {
    value.map_taints(&mut |taint| {
        if !matches!(taint.origin.kind, SourceKind::Param(_)) {
            taint.origin = Rc::new(super::value::Origin { kind, ..(*taint.origin).clone() });
        }
    });
    value
}
