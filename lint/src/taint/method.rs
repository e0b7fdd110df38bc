//! Calls of methods.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use syn::{Expr, ExprMethodCall};

use super::class::Class;
use super::iterator::calls_what_it_is_given;
use super::value::{SourceKind, Value};
use super::verb::{keeps, measures, mutates};
use super::walk::Walker;
use crate::rules::{Method, Site};

impl Walker<'_> {
    /// A chain of method calls, from its start on.
    pub(crate) fn chain(&mut self, expr: &Expr) -> Value {
        let mut calls = Vec::new();
        let mut base = expr;
        while let Expr::MethodCall(call) = base {
            calls.push(call);
            base = &call.receiver;
        }
        let mut value = self.expr(base);
        let filter = is_warp(base);
        if filter && !calls.is_empty() {
            // What a filter extracts comes from the request.
            value.absorb(&self.source(
                SourceKind::Request,
                syn::spanned::Spanned::span(base),
                "what the filter extracts",
            ));
        }
        for call in calls.into_iter().rev() {
            value = self.method(call, &value);
            if filter && matches!(call.method.to_string().as_str(), "map" | "then" | "and_then") {
                self.judge_returned(&value);
            }
        }
        value
    }

    fn method(&mut self, call: &ExprMethodCall, recv: &Value) -> Value {
        let name = call.method.to_string();
        let span = call.method.span();
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let own = self.own_methods(&name, recv, exprs.len());
        let mut closure_value = None;
        let mut args: Vec<Value> = Vec::with_capacity(exprs.len());
        for expr in &exprs {
            let value = match expr {
                Expr::Closure(closure) if own.is_empty() => {
                    let params =
                        self.closure_params(&name, recv, closure.inputs.len(), args.first());
                    let value = self.closure_if(&name, recv, closure, &params);
                    closure_value = Some(value.clone());
                    value
                }
                _ => self.expr(expr),
            };
            args.push(value);
        }
        // `.map(escape_html)`, `.for_each(&remove)`: a function handed over by its name.
        if closure_value.is_none()
            && own.is_empty()
            && calls_what_it_is_given(&name)
            && let (Some(function), Some(expr)) = (args.last(), exprs.last())
            && (function.function.as_ref().is_some_and(|f| !f.is_constant())
                || function.closure.is_some())
        {
            let function = function.clone();
            let params = self.closure_params(&name, recv, 1, args.first());
            closure_value = Some(self.call_value(&function, span, &[expr], &params));
        }
        self.ask(&Site::Method(Method {
            name: &name,
            span,
            recv,
            recv_expr: &call.receiver,
            exprs: &exprs,
            args: &args,
        }));
        if name == "send"
            || name == "fetch"
            || name == "send_json"
            || name == "send_string"
            || name == "call"
            || name == "send_form"
            || name == "send_body"
        {
            self.settle(recv);
        }
        self.filled(&exprs, &name);
        let value = self.method_value(call, &name, span, recv, &exprs, &args, closure_value, &own);
        let turbofish = call.turbofish.as_ref().and_then(|t| {
            t.args.iter().find_map(|arg| match arg {
                syn::GenericArgument::Type(ty) => self.read_type(ty),
                _ => None,
            })
        });
        let value = match turbofish {
            Some(ty)
                if matches!(
                    name.as_str(),
                    "parse"
                        | "collect"
                        | "into"
                        | "try_into"
                        | "sum"
                        | "json"
                        | "extract"
                        | "parse_next"
                ) =>
            {
                self.typed_as(value, &ty)
            }
            _ => value,
        };
        self.refreshed(value)
    }

    /// The body of a closure that runs only where its receiver is true, `Some` or `Ok`, or only where
    /// it is not.
    fn closure_if(
        &mut self,
        name: &str,
        recv: &Value,
        closure: &syn::ExprClosure,
        params: &[Value],
    ) -> Value {
        let Some(cond) = recv.cond.clone() else { return self.closure_body(closure, params) };
        let facts = match name {
            "then" | "map" | "and_then" | "is_some_and" | "is_ok_and" | "inspect" | "filter" => {
                &cond.when_true
            }
            "unwrap_or_else" | "or_else" | "ok_or_else" | "map_err" => &cond.when_false,
            _ => return self.closure_body(closure, params),
        };
        let start = self.state.clone();
        let (value, end) = self.branch(&start, facts, |w| w.closure_body(closure, params));
        self.state = start;
        self.state.join(end);
        value
    }

    /// The methods of the analysed code that a call may mean.
    fn own_methods(&self, name: &str, recv: &Value, args: usize) -> Vec<usize> {
        match self.scope.index {
            Some(index)
                if !(keeps(name) || measures(name) || mutates(name) && recv.ty.is_none()) =>
            {
                index.methods(recv.ty.as_ref(), name, args)
            }
            _ => Vec::new(),
        }
    }

    /// A request that was only prepared is sent now.
    fn settle(&mut self, recv: &Value) {
        if let Some(pending) = &recv.pending {
            use crate::rules::request_forgery::{HELP, MESSAGE, RULE};
            self.flow(&RULE, Class::REQUEST, &pending.value, pending.span, MESSAGE, HELP);
        }
    }
}

/// A filter of warp.
fn is_warp(expr: &Expr) -> bool {
    let path = match expr {
        Expr::Macro(mac) => Some(&mac.mac.path),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Some(&path.path),
            _ => None,
        },
        _ => None,
    };
    path.and_then(|p| p.segments.first()).is_some_and(|s| s.ident == "warp")
}
