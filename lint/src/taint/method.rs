//! Calls of methods.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use proc_macro2::Span;
use syn::{Expr, ExprMethodCall};

use super::call::{comes_from_elsewhere, sanitizer};
use super::class::Class;
use super::cond::Cond;
use super::text::Text;
use super::value::{Marks, Note, Part, Pending, SourceKind, Value};
use super::walk::Walker;
use crate::krate::ty::{Ty, TyShape};
use crate::rules::{Method, Site};

/// Methods that give the same characters again, perhaps in another type or case.
pub(crate) fn keeps(name: &str) -> bool {
    matches!(
        name,
        "as_str"
            | "as_ref"
            | "as_mut"
            | "clone"
            | "to_string"
            | "to_owned"
            | "trim"
            | "trim_start"
            | "trim_end"
            | "to_str"
            | "to_string_lossy"
            | "as_bytes"
            | "into_owned"
            | "unwrap"
            | "expect"
            | "unwrap_or_default"
            | "as_deref"
            | "as_deref_mut"
            | "to_lowercase"
            | "to_ascii_lowercase"
            | "to_uppercase"
            | "to_ascii_uppercase"
            | "into_inner"
            | "borrow"
            | "deref"
            | "iter"
            | "into_iter"
            | "chars"
            | "bytes"
            | "components"
            | "as_path"
            | "to_path_buf"
            | "as_os_str"
            | "cloned"
            | "copied"
            | "into"
            | "ok"
            | "lock"
            | "to_vec"
            | "as_slice"
            | "char_indices"
            | "into_string"
            | "get_ref"
            | "by_ref"
            | "into_bytes"
            | "as_os_string"
            | "into_boxed_str"
            | "to_os_string"
            | "into_os_string"
            | "borrow_mut"
            | "iter_mut"
            | "as_mut_str"
            | "into_path_buf"
            | "as_encoded_bytes"
            | "try_into"
            | "unwrap_unchecked"
            | "into_future"
            | "display"
            | "peekable"
            | "fuse"
            | "rev"
            | "await_ready"
            | "as_any"
            | "get_mut"
            | "deref_mut"
            | "as_raw"
            | "decode_utf8"
            | "decode_utf8_lossy"
            | "normalize"
            | "into_body"
            | "into_bytes_unchecked"
            | "shared"
            | "flatten"
            | "ok_or"
            | "ok_or_else"
            | "or_else"
            | "context"
            | "with_context"
            | "map_err"
            | "unwrap_or"
            | "inspect"
            | "inspect_err"
            | "wrap_err"
            | "wrap_err_with"
            | "change_context"
            | "expect_err"
            | "into_boxed_path"
            | "write"
            | "blocking_lock"
            | "as_bstr"
            | "into_url"
            | "into_iter_sorted"
    )
}

/// Methods whose answer holds no text of the receiver.
fn measures(name: &str) -> bool {
    matches!(
        name,
        "len"
            | "is_empty"
            | "count"
            | "contains"
            | "starts_with"
            | "ends_with"
            | "eq"
            | "ne"
            | "cmp"
            | "partial_cmp"
            | "is_some"
            | "is_none"
            | "is_ok"
            | "is_err"
            | "find"
            | "rfind"
            | "position"
            | "capacity"
            | "is_some_and"
            | "is_ok_and"
            | "is_none_or"
            | "contains_key"
            | "any"
            | "all"
            | "hash"
            | "exists"
            | "is_file"
            | "is_dir"
            | "is_absolute"
            | "is_relative"
            | "try_exists"
            | "as_u64"
            | "as_i64"
            | "as_f64"
            | "as_bool"
            | "timestamp"
            | "is_match"
            | "is_char_boundary"
            | "eq_ignore_ascii_case"
            | "is_ascii"
            | "matches_count"
            | "port"
            | "is_object"
            | "is_array"
            | "is_string"
            | "is_null"
            | "content_length"
            | "method"
            | "status"
            | "is_alphanumeric"
            | "peer_addr"
            | "app_data"
            | "extensions"
            | "extensions_mut"
            | "version"
            | "conn_data"
            | "url_for"
            | "resource_map"
            | "match_pattern"
            | "match_name"
            | "remote_addr"
            | "local_addr"
            | "is_finished"
            | "elapsed"
            | "signum"
            | "abs"
            | "min_value"
            | "checked_add"
            | "checked_sub"
            | "checked_mul"
            | "saturating_sub"
            | "saturating_add"
            | "wrapping_add"
            | "pow"
            | "to_be_bytes"
            | "to_le_bytes"
            | "leading_zeros"
            | "trailing_zeros"
            | "retain_mut"
            | "is_positive"
            | "is_negative"
            | "is_subset"
            | "is_superset"
            | "is_disjoint"
            | "sum"
            | "product"
            | "metadata"
            | "symlink_metadata"
            | "read_dir"
            | "execute"
            | "status_code"
            | "id"
            | "is_full_match"
            | "has_root"
            | "as_secs"
            | "as_millis"
    )
}

/// Methods that add their arguments to the receiver.
fn mutates(name: &str) -> bool {
    matches!(
        name,
        "push"
            | "push_str"
            | "extend"
            | "insert"
            | "insert_str"
            | "append"
            | "push_back"
            | "push_front"
            | "extend_from_slice"
            | "write_str"
            | "write_all"
            | "put"
            | "put_slice"
            | "set"
            | "or_insert"
            | "entry"
            | "push_bind"
            | "set_file_name"
            | "set_extension"
            | "add"
            | "write_fmt"
            | "write"
            | "push_unseparated"
            | "or_insert_with"
            | "replace_range"
            | "set_path"
            | "set_query"
            | "set_body"
            | "arg"
            | "args"
    )
}

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
        if is_warp(base) && !calls.is_empty() {
            // What a filter extracts comes from the request.
            value.absorb(&self.source(
                SourceKind::Request,
                syn::spanned::Spanned::span(base),
                "what the filter extracts",
            ));
        }
        for call in calls.into_iter().rev() {
            value = self.method(call, &value);
        }
        value
    }

    fn method(&mut self, call: &ExprMethodCall, recv: &Value) -> Value {
        let name = call.method.to_string();
        let span = call.method.span();
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let mut closure_value = None;
        let args: Vec<Value> = exprs
            .iter()
            .map(|expr| match expr {
                Expr::Closure(closure) => {
                    let params = self.closure_params(&name, recv, closure.inputs.len());
                    let value = self.closure_body(closure, &params);
                    closure_value = Some(value.clone());
                    value
                }
                _ => self.expr(expr),
            })
            .collect();
        // `.map(escape_html)`: a function handed over by name.
        if closure_value.is_none()
            && matches!(
                name.as_str(),
                "map" | "and_then" | "filter_map" | "flat_map" | "map_or" | "then" | "map_or_else"
            )
            && let Some(function) = args.last().and_then(|a| a.function.clone())
            && let Some(expr) = exprs.last()
        {
            let element = self.handed_over(&name, recv);
            closure_value = Some(self.call_name(&function, span, &[expr], &[element], None));
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
        let value = self.method_value(call, &name, span, recv, &exprs, &args, closure_value);
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

    /// A request that was only prepared is sent now.
    fn settle(&mut self, recv: &Value) {
        if let Some(pending) = &recv.pending {
            use crate::rules::request_forgery::{HELP, MESSAGE, RULE};
            self.flow(&RULE, Class::REQUEST, &pending.value, pending.span, MESSAGE, HELP);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a method call is all of this")]
    fn method_value(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        span: Span,
        recv: &Value,
        exprs: &[&Expr],
        args: &[Value],
        closure: Option<Value>,
    ) -> Value {
        let predicate = self.predicate(call, recv, args);
        if let Some(index) = self.scope.index
            && !(keeps(name) || measures(name) || mutates(name) && recv.ty.is_none())
        {
            let methods = index.methods(recv.ty.as_ref(), name, args.len());
            if !methods.is_empty() {
                let mut all_exprs: Vec<&Expr> = vec![&call.receiver];
                all_exprs.extend(exprs);
                let mut all: Vec<Value> = vec![recv.clone()];
                all.extend(args.iter().cloned());
                return self.call_known(&methods, span, name, &all_exprs, &all);
            }
        }
        let first = args.first();
        let on = |ty: &str| recv.ty.as_ref().is_some_and(|t| t.peeled().last() == ty);
        match name {
            "map" | "and_then" | "then" | "map_or_else" | "flat_map" | "filter_map"
            | "then_some"
                if closure.is_some() =>
            {
                let mut value = closure.unwrap_or_default();
                value.marks = value.marks.without(Marks::TRUE.with(Marks::FALSE));
                if !recv.marks.has(Marks::TRUE) {
                    // One of many: only the constant parts of each are known.
                    value.text = if recv.ty.as_ref().is_some_and(|t| t.element().is_some())
                        || recv.fields.is_some()
                    {
                        Text::unknown()
                    } else {
                        value.text
                    };
                }
                if recv.marks.has(Marks::CHARS) {
                    value = value.derived();
                }
                return value;
            }
            "map_or" => {
                let mut value = closure.unwrap_or_default();
                let default = first.cloned().unwrap_or_default();
                let cond = self.true_and_false(&value);
                let cond = match (default.marks.has(Marks::TRUE), default.marks.has(Marks::FALSE)) {
                    (_, true) => Cond::when_true(cond.when_true),
                    (true, _) => Cond::when_false(cond.when_false),
                    _ => Cond::default(),
                };
                value.cond = None;
                return value.join(&default).with_cond((!cond.is_empty()).then_some(cond));
            }
            "is_some_and" | "is_ok_and" => {
                let cond = closure.map(|c| Cond::when_true(self.true_and_false(&c).when_true));
                return Value::unknown().with_cond(cond.filter(|c| !c.is_empty()));
            }
            "is_none_or" => {
                let cond = closure.map(|c| Cond::when_false(self.true_and_false(&c).when_false));
                return Value::unknown().with_cond(cond.filter(|c| !c.is_empty()));
            }
            "any" => {
                let own = closure.map(|c| self.true_and_false(&c).when_true).unwrap_or_default();
                let mut cond = predicate.unwrap_or_default();
                cond.when_true = super::cond::union(&cond.when_true, &own);
                return Value::unknown().with_cond((!cond.is_empty()).then_some(cond));
            }
            "filter" | "take_while" | "skip_while" | "retain" | "find" | "inspect"
                if closure.is_some() =>
            {
                return self.filtered(call, name, recv, &closure.unwrap_or_default());
            }
            "unwrap_or_else" | "or_else" | "get_or_insert_with" | "unwrap_or" | "or"
            | "get_or_insert" => {
                let other = closure.or_else(|| first.cloned()).unwrap_or_default();
                let mut value = recv.clone();
                if matches!(name, "unwrap_or") && recv.cond.is_some() {
                    // `check.unwrap_or(false)`: true only where the check was.
                    let cond = if other.marks.has(Marks::FALSE) {
                        Cond::when_true(self.true_and_false(recv).when_true)
                    } else {
                        Cond::default()
                    };
                    return Value::unknown().with_cond((!cond.is_empty()).then_some(cond));
                }
                value.cond = None;
                return if recv.is_tainted() || recv.ty.is_some() {
                    let ty = value.ty.clone();
                    Value { ty, ..value.join(&other) }
                } else {
                    value.join(&other)
                };
            }
            "map_err" | "ok_or_else" | "ok_or" | "context" | "with_context" => return recv.clone(),
            "unwrap" | "expect" => {
                let cond = self.true_and_false(recv);
                self.state.learn(&cond.when_true);
                return Value { cond: None, ..recv.clone() };
            }
            "fold" | "try_fold" => {
                let mut value = closure.unwrap_or_default();
                if let Some(start) = first {
                    value.absorb(start);
                }
                value.absorb(&recv.derived());
                return value;
            }
            "for_each" | "sort_by" | "sort_by_key" | "sort" | "dedup" | "clear" | "truncate"
            | "reserve" => {
                if name == "clear" {
                    self.assign(&call.receiver, Value::literal(""));
                }
                return Value::constant();
            }
            "chars" | "bytes" | "char_indices" => return recv.clone().marked(Marks::CHARS),
            "components" => return recv.clone().marked(Marks::COMPONENTS),
            "prepare" | "prepare_cached" | "prepare_typed" | "prep" => {
                return Value::typed(Some(Ty::named("database::Statement")));
            }
            "collect" | "rev" | "skip" | "take" | "enumerate" | "unique" | "sorted" | "join"
                if recv.is_constant()
                    && args.iter().all(Value::is_constant)
                    && recv.text.is_unknown() =>
            {
                return Value { text: Text::unknown(), ..recv.clone() };
            }
            "get_conn" | "acquire" | "get_connection" | "begin" | "transaction"
            | "try_get_conn" | "get_owned"
                if recv
                    .ty
                    .as_ref()
                    .is_some_and(|t| crate::rules::sql_format::is_connection(&t.peeled())) =>
            {
                return Value::typed(Some(Ty::named("sqlx::Connection")));
            }
            "canonicalize" => return recv.clone().marked(Marks::CANONICAL),
            "normalize" | "clean" | "absolutize" | "lexically_normal" => {
                return recv.clone().marked(Marks::CANONICAL);
            }
            "host_str" | "host" | "domain" | "authority" | "scheme" | "origin" => {
                if on("ConnectionInfo")
                    || name == "host"
                        && recv.taints.iter().any(|t| t.origin.kind == SourceKind::Host)
                {
                    return if name == "scheme" { Value::unknown() } else { self.as_host(recv) };
                }
                let mut value = Value { taints: recv.taints.clone(), ..Value::default() };
                for taint in &mut value.taints {
                    taint.part = if taint.part == Part::Whole && name != "scheme" {
                        Part::Host
                    } else {
                        Part::Derived
                    };
                }
                return value;
            }
            "connection_info" => {
                return self
                    .as_host(recv)
                    .with_ty(Some(Ty::named("actix_web::dev::ConnectionInfo")));
            }
            "headers" => return Value { ty: Some(Ty::named("http::HeaderMap")), ..recv.clone() },
            "file_name" | "file_stem" | "extension" if !recv.is_tainted() || exprs.is_empty() => {
                let value = Value { taints: recv.derived().taints, ..Value::default() };
                return if on("Field") || on("TempFile") {
                    self.as_upload_name(recv.derived())
                } else {
                    value.cleaned(Class::PATH)
                };
            }
            "get_filename" | "filename" => {
                return self
                    .as_upload_name(Value { taints: recv.derived().taints, ..Value::default() });
            }
            "parse" => {
                let safe = Class::ALL
                    .without(Class::REQUEST)
                    .without(Class::REDIRECT)
                    .without(Class::PATH);
                let mut value = recv.clone().cleaned(safe);
                value.ty = None;
                let cond = Cond::when_true(self.facts(
                    &call.receiver,
                    recv,
                    if call.turbofish.is_some() { self.parse_proves(call) } else { Class::NONE },
                ));
                return value.with_cond((!cond.is_empty()).then_some(cond));
            }
            "concat" if exprs.is_empty() && recv.fields.is_some() => {
                let parts: Vec<Value> = ordered(recv);
                return self.concat(&parts, span);
            }
            "join" if recv.fields.is_some() && exprs.len() == 1 && !is_path(recv) => {
                let separator = first.cloned().unwrap_or_default();
                let mut parts: Vec<Value> = Vec::new();
                for part in ordered(recv) {
                    if !parts.is_empty() {
                        parts.push(separator.clone());
                    }
                    parts.push(part);
                }
                return self.concat(&parts, span);
            }
            "join" | "push"
                if is_path(recv) || name == "join" && first.is_some_and(Value::is_tainted) =>
            {
                return self.join_path(call, name, recv, first, span);
            }
            "replace" | "replacen" => return self.replaced(recv, args),
            "get" | "remove" | "pop" | "get_or_default" | "get_mut" | "param" | "query"
            | "get_all" | "get_one" | "header" | "get_first"
                if recv.is_tainted() && exprs.len() <= 1 =>
            {
                return self.looked_up(recv, first, exprs);
            }
            "cookie" if recv.is_tainted() => {
                return recv.field(&format!(
                    "[cookie {}]",
                    first.and_then(|f| f.text.whole()).unwrap_or("?")
                ));
            }
            "query_string" | "path" | "uri" | "full_url" | "match_info" if recv.is_tainted() => {
                return Value {
                    ty: (name == "uri").then(|| Ty::named("http::Uri")),
                    ..recv.field(&format!("{name}()"))
                };
            }
            "lines" | "split" | "bytes_stream" | "incoming_lines"
                if self.scope.audit
                    && !recv.is_outside()
                    && recv.ty.as_ref().is_some_and(|t| {
                        matches!(
                            t.peeled().last(),
                            "TcpStream" | "UnixStream" | "OwnedReadHalf" | "ReadHalf" | "TlsStream"
                        )
                    }) =>
            {
                return self.source(SourceKind::Ambient, span, "what a peer sends");
            }
            "read_line"
            | "read_to_string"
            | "read_to_end"
            | "read"
            | "read_until"
            | "read_exact"
            | "read_buf"
            | "try_read"
            | "try_read_buf"
            | "read_vectored"
            | "peek"
            | "recv"
            | "recv_from"
            | "recv_with_flags"
            | "recv_from_with_flags"
            | "recv_vectored"
            | "recv_buf"
            | "recv_buf_from"
            | "recv_msg"
            | "peek_from"
            | "try_recv_from"
            | "try_recv"
            | "poll_read"
            | "read_at_least"
                if !exprs.is_empty() && !on("OpenOptions") =>
            {
                self.read_into(call, name, recv, exprs);
                return Value::unknown();
            }
            "output" | "spawn" | "status" | "exec" if on("Command") => return Value::unknown(),
            "render"
            | "render_to_string"
            | "render_once"
            | "render_into"
            | "render_block"
            | "render_to_writer"
            | "render_with_context"
            | "into_response"
            | "to_html" => {
                // Template engines escape what they are given.
                let mut value = recv.derived();
                for arg in args {
                    value.absorb(arg);
                }
                return value.cleaned(Class::HTML);
            }
            "get" | "lookup" if !recv.is_tainted() => {
                // What a trusted map holds under a key is trusted.
                let part = first.and_then(|key| key.text.whole()).and_then(|key| {
                    recv.fields.as_ref()?.0.get(format!("[{key}]").as_str()).cloned()
                });
                let mut value = part.unwrap_or_else(|| Value { fields: None, ..recv.clone() });
                if let Some(element) = recv.ty.as_ref().and_then(Ty::lookup) {
                    value.ty = Some(element);
                }
                let known = first
                    .zip(exprs.first())
                    .map(|(key, expr)| self.facts(expr, key, Class::ALL))
                    .unwrap_or_default();
                value.pending = first
                    .filter(|v| v.is_tainted())
                    .map(|v| Rc::new(Pending { span, value: v.clone() }));
                return value.with_cond((!known.is_empty()).then(|| Cond::when_true(known)));
            }
            _ => {}
        }
        if keeps(name) {
            let template = recv
                .ty
                .as_ref()
                .is_some_and(|ty| self.scope.index.is_some_and(|index| index.is_template(ty)));
            return if template { recv.clone().cleaned(Class::HTML) } else { recv.clone() };
        }
        if let Some(class) = sanitizer("", name).filter(|_| recv.is_tainted()) {
            return recv.derived().cleaned(class);
        }
        if measures(name) {
            return Value::unknown().with_cond(predicate);
        }
        if mutates(name) {
            return self.mutated(call, name, recv, exprs, args, span);
        }
        if let Some(cond) = predicate {
            return Value::unknown().with_cond(Some(cond));
        }
        if let Some(value) = self.fluent(name, recv, &call.receiver, args) {
            return value;
        }
        let pairs: Vec<(&Expr, &Value)> = exprs.iter().copied().zip(args).collect();
        let cond = self.named_check(name, &pairs);
        let mut value = Value {
            taints: recv.derived().taints,
            secret: recv.secret.clone(),
            ..Value::default()
        };
        if let Some(pending) = &recv.pending {
            value.pending = Some(Rc::clone(pending));
        } else if matches!(name, "post" | "put" | "patch" | "delete" | "head" | "request")
            && let Some(target) = if name == "request" { args.get(1) } else { first }
            && target.is_tainted()
        {
            value.pending = Some(Rc::new(Pending { span, value: target.clone() }));
        }
        let builds = [
            "build",
            "make",
            "format",
            "render",
            "compose",
            "to_",
            "with_",
            "create_url",
            "url",
            "append",
            "concat",
            "chain",
            "zip",
            "and",
            "or_",
            "set_",
            "expand",
            "interpolate",
        ]
        .iter()
        .any(|lead| name.starts_with(lead));
        if (builds || closure.is_some()) && !comes_from_elsewhere(name) {
            for arg in args {
                value.absorb(arg);
            }
        }
        // A builder goes on being what it was.
        let builder = on("Cookie")
            || on("CookieBuilder")
            || on("Cors")
            || on("CorsLayer")
            || on("CorsOptions")
            || on("ServerBuilder");
        if recv.ty.is_some()
            && (builds || args.len() == 1 || builder)
            && (!recv.is_tainted() || builder)
        {
            value.ty.clone_from(&recv.ty);
            value.marks = recv.marks.without(Marks::CONSTANT);
        }
        if recv.marks.has(Marks::WEAK_RANDOM)
            || args.iter().any(|a| a.marks.has(Marks::WEAK_RANDOM))
        {
            value.marks = value.marks.with(Marks::WEAK_RANDOM);
        }
        if recv.is_constant()
            && args.iter().all(Value::is_constant)
            && matches!(name, "repeat" | "concat" | "to_vec")
        {
            value.marks = value.marks.with(Marks::CONSTANT);
        }
        value.with_cond(cond)
    }

    fn parse_proves(&self, call: &ExprMethodCall) -> Class {
        let ty = call.turbofish.as_ref().and_then(|t| {
            t.args.iter().find_map(|arg| match arg {
                syn::GenericArgument::Type(ty) => self.read_type(ty),
                _ => None,
            })
        });
        match ty {
            Some(ty) if self.holds_text(&ty) == Some(false) => Class::ALL,
            _ => Class::NONE,
        }
    }

    /// What a closure given to a method is called with.
    fn closure_params(&mut self, name: &str, recv: &Value, count: usize) -> Vec<Value> {
        if matches!(
            name,
            "unwrap_or_else"
                | "map_err"
                | "or_else"
                | "ok_or_else"
                | "with_context"
                | "get_or_insert_with"
                | "or_insert_with"
                | "inspect_err"
                | "service"
                | "app_data"
                | "configure"
                | "default_service"
                | "wrap_fn"
                | "to"
                | "route"
        ) {
            return Vec::new();
        }
        let element = self.handed_over(name, recv);
        match name {
            "fold" | "try_fold" => vec![Value::unknown(), element],
            _ => (0..count).map(|_| element.clone()).collect(),
        }
    }

    fn handed_over(&self, name: &str, recv: &Value) -> Value {
        let list = recv.ty.as_ref().is_some_and(|t| t.element().is_some())
            || recv.fields.is_some()
            || recv.marks.has(Marks::CHARS);
        if list && !matches!(name, "then" | "is_some_and" | "is_ok_and") {
            self.element(recv)
        } else {
            super::pattern::unwrapped(recv)
        }
    }

    /// `filter(|x| ..)`: what comes out has passed the check.
    fn filtered(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        recv: &Value,
        answer: &Value,
    ) -> Value {
        let cond = self.true_and_false(answer);
        let mut value = recv.clone();
        if name != "inspect" && name != "skip_while" {
            let mut class = Class::NONE;
            for fact in &cond.when_true {
                if let super::cond::Target::Origin(origin) = &fact.target
                    && recv.taints.iter().any(|t| t.origin == *origin)
                {
                    class = class.or(fact.clean);
                }
            }
            // The element itself is a variable of the closure and gone by now; ask again with it at hand.
            if class.is_none()
                && let Some(Expr::Closure(closure)) = call.args.first()
            {
                class = self.closure_proves(closure, recv);
            }
            if recv.marks.has(Marks::CHARS)
                && let Some(test) = call.args.first()
            {
                class = class.or(super::chars::proven(test));
            }
            value = value.cleaned(class);
            if name == "retain" {
                let cleaned = value.clone();
                self.mix(&call.receiver, |v| *v = cleaned);
            }
        } else if name == "find" {
            value = self.element(&value);
        }
        value
    }

    /// The dangers that elements are clean of for which a closure says true.
    fn closure_proves(&mut self, closure: &syn::ExprClosure, recv: &Value) -> Class {
        let element = self.handed_over("filter", recv);
        let mut proven = Class::NONE;
        let before = self.state.clone();
        self.enclosed(|w| {
            let first = w.state.slots.len();
            for pat in &closure.inputs {
                w.bind_pattern(pat, &element, None);
            }
            let answer = w.expr(&closure.body);
            for fact in w.true_and_false(&answer).when_true {
                if matches!(fact.target, super::cond::Target::Place { slot, .. } if slot >= first) {
                    proven = proven.or(fact.clean);
                }
            }
            Value::unknown()
        });
        self.state = before;
        proven
    }

    fn as_host(&self, value: &Value) -> Value {
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

    fn looked_up(&self, recv: &Value, key: Option<&Value>, exprs: &[&Expr]) -> Value {
        let word = key.and_then(|k| k.text.whole().map(str::to_owned)).or_else(|| {
            // `header::HOST`, `LOCATION`.
            exprs.first().and_then(|e| super::expr::target_name(e))
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
        if host && headers { self.as_host(&part) } else { part }
    }

    fn join_path(
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

    /// `replace` that escapes what makes a text dangerous.
    fn replaced(&mut self, recv: &Value, args: &[Value]) -> Value {
        let from = args.first().and_then(|a| a.text.whole()).unwrap_or_default();
        let to = args.get(1).and_then(|a| a.text.whole());
        let mut value = recv.derived();
        value.text = recv.text.clone();
        if recv.text.whole().is_some() {
            // A template that is filled in.
            value.text = Text::known(recv.text.raw().split(from).next().unwrap_or_default())
                .then(&Text::unknown());
        }
        let class = match (from, to) {
            ("<", Some(to)) if to != "<" => Class::HTML,
            ("'", Some("''" | "\\'")) | ("\"", Some("\"\"")) | ("`", Some("``")) => Class::SQL,
            ("/", Some(to)) if !to.contains('/') => Class::PATH.or(Class::SITE_SLASHES),
            ("'", Some("'\\''" | "'\"'\"'")) => Class::COMMAND,
            _ => Class::NONE,
        };
        let mut value = value.cleaned(class);
        if let Some(put) = args.get(1) {
            let lead = super::concat::settled_by(&value.text);
            value.absorb(&put.clone().cleaned(lead));
        }
        value.ty.clone_from(&recv.ty);
        value
    }

    /// What a read puts into its buffer: what the stream holds, or in an audit whatever a peer sends.
    fn read_into(&mut self, call: &ExprMethodCall, name: &str, recv: &Value, exprs: &[&Expr]) {
        let ty = recv.ty.as_ref().map(Ty::peeled);
        let last = ty.as_ref().map_or("", |t| t.last());
        let named =
            super::expr::target_name(&call.receiver).unwrap_or_default().to_ascii_lowercase();
        let stream = matches!(
            last,
            "TcpStream"
                | "UnixStream"
                | "UdpSocket"
                | "UnixDatagram"
                | "Socket"
                | "OwnedReadHalf"
                | "ReadHalf"
                | "TlsStream"
        ) || name.starts_with("recv")
            || name.starts_with("try_recv")
            || name.starts_with("peek")
            || matches!(last, "" | "BufReader")
                && ["stream", "socket", "sock", "conn", "connection", "client", "tcp", "udp"]
                    .iter()
                    .any(|word| named == *word || named.ends_with(&format!("_{word}")));
        let mut source = Value { taints: recv.derived().taints, ..Value::default() };
        if stream && self.scope.audit && !recv.is_outside() {
            source.absorb(&self.source(
                SourceKind::Ambient,
                call.method.span(),
                "what a peer sends",
            ));
        }
        if !source.is_tainted() {
            return;
        }
        for target in exprs {
            if matches!(plain_reference(target), Some(inner) if self.place(inner).is_some())
                || self.place(target).is_some()
            {
                self.mix(target, |value| value.absorb(&source));
            }
        }
    }

    fn mutated(
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
                let target = super::expr::target_name(&call.receiver).unwrap_or_default();
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

    /// How a command that is being built changes with an argument.
    fn command_marks(&self, name: &str, recv: &Value, args: &[Value], new: &mut Value) {
        if !matches!(name, "arg" | "args") {
            return;
        }
        new.taints.clone_from(&recv.taints);
        new.fields.clone_from(&recv.fields);
        new.ty.clone_from(&recv.ty);
        new.text = recv.text.clone();
        let mut words: Vec<Option<String>> = Vec::new();
        for arg in args {
            match (&arg.fields, name) {
                (Some(fields), "args") => {
                    let mut ordered: Vec<(usize, &Value)> =
                        fields.0.iter().filter_map(|(k, v)| Some((k.parse().ok()?, v))).collect();
                    ordered.sort_by_key(|(at, _)| *at);
                    words.extend(
                        ordered.into_iter().map(|(_, v)| v.text.whole().map(str::to_owned)),
                    );
                }
                _ => words.push(arg.text.whole().map(str::to_owned)),
            }
        }
        for word in words {
            new.marks = after_word(new.marks, word.as_deref());
        }
    }

    /// Builders whose settings rules ask for.
    fn fluent(
        &mut self,
        name: &str,
        recv: &Value,
        recv_expr: &Expr,
        args: &[Value],
    ) -> Option<Value> {
        let first = args.first();
        let mut value = recv.clone();
        value.cond = None;
        let set = |mark: Marks, value: &Value| value.clone().marked(mark);
        let is_true = first.is_none_or(|f| !f.marks.has(Marks::FALSE));
        let ty = recv.ty.as_ref().map(Ty::peeled);
        let last = ty.as_ref().map_or("", |t| t.last());
        let response =
            matches!(last, "HttpResponse" | "HttpResponseBuilder" | "Response" | "Builder");
        Some(match name {
            "secure" => {
                if is_true {
                    set(Marks::COOKIE_SECURE, &value)
                } else {
                    value
                }
            }
            "http_only" => {
                if is_true {
                    set(Marks::COOKIE_HTTP_ONLY, &value)
                } else {
                    value
                }
            }
            "same_site" => set(Marks::COOKIE_SAME_SITE, &value),
            "set_secure" | "set_http_only" | "set_same_site" => {
                let mark = match name {
                    "set_secure" => Marks::COOKIE_SECURE,
                    "set_http_only" => Marks::COOKIE_HTTP_ONLY,
                    _ => Marks::COOKIE_SAME_SITE,
                };
                let on = is_true && first.is_none_or(|f| !f.marks.has(Marks::FALSE));
                if on {
                    self.mix(recv_expr, |v| v.marks = v.marks.with(mark));
                }
                Value::constant()
            }
            "content_type" if response || first.is_some() => {
                let kind = first.map(media_type).unwrap_or_default();
                value.marked(kind)
            }
            "insert_header" | "append_header" | "header" | "set_header" if response => {
                let (key, content) = header_pair(args)?;
                if key.eq_ignore_ascii_case("content-type") {
                    value.marked(media_type(&content))
                } else {
                    value
                }
            }
            "status" if response => value,
            "body" | "json" | "finish" | "streaming" | "message_body" if response => Value {
                ty: Some(Ty::named("actix_web::HttpResponse")),
                marks: recv.marks,
                ..Value::default()
            },
            "allow_any_origin" if last == "Cors" => value.marked(Marks::ANY_ORIGIN),
            "allow_origin" if last == "CorsLayer" => {
                let any =
                    first.is_some_and(|f| f.function.as_ref().is_some_and(|n| n.last() == "Any"));
                if any { value.marked(Marks::ANY_ORIGIN) } else { value }
            }
            "supports_credentials" | "allow_credentials"
                if matches!(last, "Cors" | "CorsLayer") =>
            {
                value.marked(Marks::CREDENTIALS)
            }
            "current_dir" | "env" | "envs" | "stdin" | "stdout" | "stderr" | "env_clear"
            | "kill_on_drop"
                if last == "Command" =>
            {
                value
            }
            "read" | "write" | "append" | "create" | "truncate" | "create_new" | "mode"
            | "custom_flags"
                if last == "OpenOptions" =>
            {
                value
            }
            "timeout" | "query" | "bearer_auth" | "basic_auth" | "headers" | "form"
            | "multipart"
                if recv.pending.is_some() =>
            {
                value
            }
            "build" if last == "ClientBuilder" => Value::typed(Some(Ty::named("reqwest::Client"))),
            _ => return None,
        })
    }
}

/// What `&mut x` refers to.
fn plain_reference(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Reference(reference) => Some(&reference.expr),
        _ => None,
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

/// The elements of a list that is in sight, in their order.
pub(crate) fn ordered(list: &Value) -> Vec<Value> {
    let Some(fields) = &list.fields else { return Vec::new() };
    let mut parts: Vec<(usize, &Value)> =
        fields.0.iter().filter_map(|(at, value)| Some((at.parse().ok()?, value))).collect();
    parts.sort_by_key(|(at, _)| *at);
    parts.into_iter().map(|(_, value)| value.clone()).collect()
}

/// What the marks of a command are after one more argument.
pub(crate) fn after_word(marks: Marks, word: Option<&str>) -> Marks {
    if marks.has(Marks::SCRIPT_NEXT) {
        return marks.without(Marks::SCRIPT_NEXT).with(Marks::SCRIPT_DONE);
    }
    let Some(word) = word else { return marks };
    if word == "--" {
        return marks.with(Marks::OPTIONS_ENDED);
    }
    if marks.has(Marks::SHELL) && !marks.has(Marks::SCRIPT_DONE) {
        let lower = word.to_ascii_lowercase();
        let option = matches!(
            lower.as_str(),
            "-c" | "/c"
                | "/k"
                | "-command"
                | "-e"
                | "-r"
                | "-lc"
                | "-ic"
                | "-ec"
                | "-xc"
                | "-euc"
                | "-cl"
                | "--command"
                | "-encodedcommand"
                | "-euxc"
                | "-exc"
        );
        // `docker exec box sh -c ..`, `env bash -c ..`: the option decides.
        if option {
            return marks.with(Marks::SCRIPT_NEXT);
        }
    }
    if super::call::is_shell(word) {
        return marks.with(Marks::SHELL);
    }
    marks
}

/// The name and the value of a header that is given as a pair or as two arguments.
pub(crate) fn header_pair(args: &[Value]) -> Option<(String, Value)> {
    let (key, content) = match args {
        [pair] => (pair.field("0"), pair.field("1")),
        [key, content] => (key.clone(), content.clone()),
        _ => return None,
    };
    let word = key
        .text
        .whole()
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .or_else(|| key.function.as_ref().map(|f| f.last().replace('_', "-")))?;
    Some((word, content))
}

fn media_type(value: &Value) -> Marks {
    let text = value.text.prefix().to_ascii_lowercase();
    let named = value
        .function
        .as_ref()
        .map(|f| format!("{}::{}", f.parent(), f.last()).to_ascii_lowercase())
        .unwrap_or_default();
    if text.contains("html") || text.contains("svg") || named.contains("html") {
        Marks::TYPE_HTML
    } else if text.is_empty() && named.is_empty() && value.is_tainted() {
        Marks::default()
    } else {
        Marks::TYPE_OTHER
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
