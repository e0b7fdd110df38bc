//! Calls of functions: those of the analysed code by their summaries, others by their documented
//! behaviour.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprCall, ExprClosure};

use super::class::Class;
use super::foreign::runs_closure;
use super::sanitizer::sanitizer;
use super::source::is_request_part;
use super::value::{Marks, SourceKind, Value};
use super::walk::Walker;
use crate::krate::name::Name;
use crate::krate::ty::Ty;
use crate::rules::{Call, Site};

/// How deep closures kept in variables may call one another.
const MAX_CLOSURES: usize = 4;

impl Walker<'_> {
    pub(crate) fn call(&mut self, call: &ExprCall) -> Value {
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let Expr::Path(path) = plain(&call.func) else {
            let function = self.expr(&call.func);
            let args: Vec<Value> = exprs.iter().map(|e| self.expr(e)).collect();
            return self.call_value(&function, call.func.span(), &exprs, &args);
        };
        if let Some(ident) = path.path.get_ident()
            && let Some(slot) = self.state.find(&ident.to_string())
        {
            let function = self.state.slot(slot).map(|s| s.value.clone()).unwrap_or_default();
            let args: Vec<Value> = exprs.iter().map(|e| self.expr(e)).collect();
            return self.call_value(&function, call.func.span(), &exprs, &args);
        }
        let name = self.resolve(&path.path);
        let runs = runs_closure(&name);
        let args: Vec<Value> = exprs
            .iter()
            .map(|expr| match expr {
                Expr::Closure(closure) if runs => self.unblocked(|w| w.closure_body(closure, &[])),
                _ => self.expr(expr),
            })
            .collect();
        if runs {
            let span = call.func.span();
            self.ask(&Site::Call(Call {
                name: &name,
                span,
                exprs: &exprs,
                args: &args,
                turbofish: false,
            }));
            return args.into_iter().next_back().unwrap_or_default();
        }
        let turbofish = path.path.segments.last().and_then(|s| match &s.arguments {
            syn::PathArguments::AngleBracketed(args) => args.args.iter().find_map(|a| match a {
                syn::GenericArgument::Type(ty) => self.read_type(ty),
                _ => None,
            }),
            _ => None,
        });
        self.call_name(&name, call.func.span(), &exprs, &args, turbofish)
    }

    /// A call of what a value holds: a closure, a function, or whatever a caller will hand over.
    pub(crate) fn call_value(
        &mut self,
        function: &Value,
        span: Span,
        exprs: &[&Expr],
        args: &[Value],
    ) -> Value {
        if let Some(name) = &function.function {
            return self.call_name(&Rc::clone(name), span, exprs, args, None);
        }
        let closure =
            function.closure.and_then(|at| self.closures.get(usize::try_from(at).ok()?).cloned());
        match closure {
            Some(closure) if self.closure_depth < MAX_CLOSURES => self.closure_body(&closure, args),
            _ => {
                self.summary.note_call(function, args);
                let mut value = function.derived();
                for arg in args {
                    value.absorb(arg);
                }
                value
            }
        }
    }

    fn unblocked(&mut self, body: impl FnOnce(&mut Self) -> Value) -> Value {
        let was = std::mem::replace(&mut self.may_block, true);
        let value = body(self);
        self.may_block = was;
        value
    }

    /// The value of a closure's body when it is called with `args`.
    pub(crate) fn closure_body(&mut self, closure: &ExprClosure, args: &[Value]) -> Value {
        if self.closure_depth >= 12 {
            return Value::unknown();
        }
        self.closure_depth = self.closure_depth.saturating_add(1);
        let was_async = self.is_async;
        let value = self.enclosed(|w| {
            for (at, pat) in closure.inputs.iter().enumerate() {
                let mut value = args.get(at).cloned().unwrap_or_default();
                if let syn::Pat::Type(typed) = pat
                    && args.get(at).is_none()
                    && let Some(ty) = w.read_type(&typed.ty)
                    && is_request_part(&ty)
                    && w.holds_text(&ty) != Some(false)
                {
                    value = w
                        .source(SourceKind::Request, typed.pat.span(), "a part of the request")
                        .with_ty(Some(ty));
                }
                w.bind_pattern(pat, &value, None);
            }
            w.expr(&closure.body)
        });
        self.is_async = was_async;
        self.closure_depth = self.closure_depth.saturating_sub(1);
        value
    }

    /// A call of a named function.
    pub(crate) fn call_name(
        &mut self,
        name: &Name,
        span: Span,
        exprs: &[&Expr],
        args: &[Value],
        turbofish: Option<Rc<Ty>>,
    ) -> Value {
        let through = self.ask_call(name, span, exprs, args, turbofish.is_some());
        let name = through.as_ref().unwrap_or(name);
        if let Some(index) = self.scope.index {
            let functions = index.functions(name);
            if !functions.is_empty() {
                let value = self.call_known(&functions, span, name.last(), exprs, args);
                // How it escapes may be beyond us; that it does is in its name.
                let escapes = sanitizer("", name.last()).is_some_and(|class| class == Class::HTML);
                return if escapes { value.cleaned(Class::HTML) } else { value };
            }
        }
        self.filled(exprs, name.last());
        let value = self.foreign(name, span, exprs, args);
        match turbofish {
            Some(ty) if !matches!(name.last(), "query_as" | "query_scalar" | "sql") => {
                self.typed_as(value, &ty)
            }
            _ => value,
        }
    }

    /// Passes a call to the rules. If a glob import may bring the function, it is passed for each
    /// such module: the module that a rule knows, or the only one, is taken as the function's.
    fn ask_call(
        &mut self,
        name: &Name,
        span: Span,
        exprs: &[&Expr],
        args: &[Value],
        turbofish: bool,
    ) -> Option<Name> {
        let mut through: Vec<Name> = match self.scope.index {
            Some(index) if !index.declares(self.names(), name) => {
                let through = self.names().through_globs(name).into_iter();
                through.map(|candidate| index.follow(candidate)).collect()
            }
            Some(_) | None => Vec::new(),
        };
        let before = self.hits.len();
        self.ask(&Site::Call(Call { name, span, exprs, args, turbofish }));
        for candidate in &through {
            if self.hits.len() > before {
                return None;
            }
            self.ask(&Site::Call(Call { name: candidate, span, exprs, args, turbofish }));
            if self.hits.len() > before {
                return Some(candidate.clone());
            }
        }
        through.pop().filter(|_| through.is_empty())
    }

    /// A call of functions of the analysed code: what any of them does.
    pub(crate) fn call_known(
        &mut self,
        functions: &[usize],
        span: Span,
        name: &str,
        exprs: &[&Expr],
        args: &[Value],
    ) -> Value {
        let mut all: Option<Value> = None;
        for function in functions.iter().take(6) {
            let Some(index) = self.scope.index else { continue };
            let (summary, ret) = index.summary(*function);
            index.called(*function, args, &self.function, self.scope.in_test);
            let value = self.apply(&summary, span, name, exprs, args);
            let value = match &ret {
                Some(ty) => self.typed_as(value, ty),
                None => value,
            };
            let value = if index.is_beyond_sight(*function) {
                self.by_name(value, name, exprs, args)
            } else {
                value
            };
            self.keep_fields(&value);
            all = Some(match all {
                Some(known) => known.join(&value),
                None => value,
            });
        }
        all.unwrap_or_default()
    }

    /// Whether a turbofish names a type that keeps the characters.
    pub(super) fn is_text_type(&self, args: &syn::AngleBracketedGenericArguments) -> bool {
        args.args.iter().any(|arg| match arg {
            syn::GenericArgument::Type(ty) => self
                .read_type(ty)
                .is_some_and(|ty| matches!(ty.last(), "String" | "OsString" | "PathBuf" | "Box")),
            _ => false,
        })
    }

    /// What the name promises of a function whose checks are more than can be followed.
    fn by_name(&self, value: Value, name: &str, exprs: &[&Expr], args: &[Value]) -> Value {
        let pairs: Vec<(&Expr, &Value)> = exprs.iter().copied().zip(args).collect();
        if let Some(cond) = self.named_check(name, &pairs) {
            return value.cleaned(Class::ALL).with_cond(Some(cond));
        }
        match sanitizer("", name) {
            Some(class) => value.cleaned(class),
            None => value,
        }
    }

    /// What is handed over to be written to holds something else afterwards.
    pub(crate) fn filled(&mut self, exprs: &[&Expr], name: &str) {
        if matches!(name, "write" | "writeln") {
            return;
        }
        for expr in exprs {
            if matches!(expr, Expr::Reference(reference) if reference.mutability.is_some()) {
                self.mix(expr, |value| {
                    value.marks =
                        value.marks.without(Marks::LITERAL_BYTES).without(Marks::CONSTANT);
                    value.text = super::text::Text::unknown();
                });
            }
        }
    }
}

fn plain(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => plain(&inner.expr),
        Expr::Group(inner) => plain(&inner.expr),
        other => other,
    }
}
