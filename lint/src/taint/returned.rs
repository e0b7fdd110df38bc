//! The return value of a method, and its changes to its arguments.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use proc_macro2::Span;
use syn::{Expr, ExprMethodCall};

use super::class::Class;
use super::cond::Cond;
use super::foreign::comes_from_elsewhere;
use super::iterator::ordered;
use super::path::is_path;
use super::sanitizer::sanitizer;
use super::text::Text;
use super::value::{Marks, Part, Pending, SourceKind, Value};
use super::verb::{keeps, measures, mutates};
use super::walk::Walker;
use crate::krate::ty::Ty;

impl Walker<'_> {
    #[expect(clippy::too_many_arguments, reason = "a method call is all of this")]
    pub(super) fn method_value(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        span: Span,
        recv: &Value,
        exprs: &[&Expr],
        args: &[Value],
        closure: Option<Value>,
        own: &[usize],
    ) -> Value {
        let predicate = self.predicate(call, recv, args);
        if !own.is_empty() {
            let mut all_exprs: Vec<&Expr> = vec![&call.receiver];
            all_exprs.extend(exprs);
            let mut all: Vec<Value> = vec![recv.clone()];
            all.extend(args.iter().cloned());
            return self.call_known(own, span, name, &all_exprs, &all);
        }
        if let Some(value) = self.judged_file(name, recv) {
            return value;
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
            "then_some" => {
                // `check.then_some(x).ok_or(..)?`: there only where the check held.
                let cond = Cond::when_true(self.true_and_false(recv).when_true);
                let value = Value { cond: None, ..first.cloned().unwrap_or_default() };
                return self.learned(value, &cond);
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
                if name.starts_with("get_or") {
                    let other = other.clone();
                    self.mix(&call.receiver, |held| held.absorb(&other));
                }
                let truth = Marks::TRUE.with(Marks::FALSE);
                if name == "unwrap_or"
                    && recv.cond.is_some()
                    && other.marks != other.marks.without(truth)
                {
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
            "enumerate" if exprs.is_empty() => {
                let pair =
                    [(Rc::from("0"), Value::constant()), (Rc::from("1"), self.element(recv))];
                return Value::of_each(Value::of_parts(pair));
            }
            "zip" if exprs.len() == 1 => {
                let other = first.map(|v| self.element(v)).unwrap_or_default();
                let pair = [(Rc::from("0"), self.handed_over(name, recv)), (Rc::from("1"), other)];
                return Value::of_each(Value::of_parts(pair));
            }
            "unzip" if recv.each().is_some() => {
                return recv.each().cloned().unwrap_or_default();
            }
            "collect" | "take" | "skip" | "step_by" | "sorted" if recv.each().is_some() => {
                return Value { ty: None, ..recv.clone() };
            }
            // `Option::take` leaves `None` behind.
            "take" if exprs.is_empty() => {
                let taken = recv.clone();
                self.assign(&call.receiver, Value::constant());
                return taken;
            }
            // `Option::replace`, `Cell::replace`.
            "replace" if exprs.len() == 1 => {
                let old = recv.clone();
                self.assign(&call.receiver, first.cloned().unwrap_or_default());
                return old;
            }
            "next_field" | "try_next" | "next" | "next_part"
                if on("Multipart") || on("MultipartForm") =>
            {
                return recv.derived().with_ty(Some(Ty::named("multipart::Field")));
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
            "text" | "into_string" | "recv_string" | "text_with_charset"
                if exprs.is_empty()
                    && self.scope.audit
                    && !recv.is_tainted()
                    && self.names().imports_from(crate::rules::request_forgery::CLIENTS_ONLY) =>
            {
                return self.answered(span);
            }
            // What a form or an archive gives out one by one.
            "next_field" => return recv.clone().with_ty(Some(Ty::named("multer::Field"))),
            "try_next" | "next" if on("Multipart") => {
                return recv.clone().with_ty(Some(Ty::named("multer::Field")));
            }
            "by_index" | "by_name" | "by_index_decrypt" if on("ZipArchive") => {
                return Value::typed(Some(Ty::named("zip::read::ZipFile")));
            }
            "name" | "mangled_name" | "enclosed_name" if on("ZipFile") && !recv.is_tainted() => {
                return if name == "name" {
                    self.source(SourceKind::Request, span, "the name in the archive")
                } else {
                    Value::unknown()
                };
            }
            "entries" if on("Archive") => return Value::typed(Some(Ty::named("tar::Entries"))),
            "path" | "path_bytes" | "link_name" if on("Entry") && exprs.is_empty() => {
                return self
                    .source(SourceKind::Request, span, "the path in the archive")
                    .with_ty(Some(Ty::named("std::path::Path")));
            }
            // The service itself chose where a temporary file is.
            "path" | "to_path_buf" | "into_temp_path"
                if exprs.is_empty()
                    && (on("NamedTempFile")
                        || on("TempPath")
                        || on("TempDir")
                        || named_temporary(&call.receiver)) =>
            {
                return Value::typed(Some(Ty::named("std::path::PathBuf")));
            }
            "file_name" | "file_stem" | "extension" if !recv.is_tainted() || exprs.is_empty() => {
                let value = Value { taints: recv.derived().taints, ..Value::default() };
                let upload = on("Field")
                    || on("TempFile")
                    || name == "file_name"
                        && recv.is_tainted()
                        && recv.ty.is_none()
                        && is_form_part(&call.receiver);
                return if upload {
                    self.as_upload_name(recv.derived())
                } else {
                    value.cleaned(Class::PATH)
                };
            }
            "get_filename" | "filename" => {
                return self
                    .as_upload_name(Value { taints: recv.derived().taints, ..Value::default() });
            }
            "parse" if call.turbofish.as_ref().is_some_and(|t| self.is_text_type(t)) => {
                return recv.clone();
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
            "query_string" | "path" | "uri" | "full_url" | "match_info"
                if recv.is_tainted() && exprs.is_empty() =>
            {
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
        // `.method("POST")`, `.status(302)` set what the same words without arguments read.
        if measures(name) && (args.is_empty() || !super::verb::may_set(name)) {
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

    pub(super) fn parse_proves(&self, call: &ExprMethodCall) -> Class {
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
}

/// Whether a variable is named after what it is: a file that the service made for itself.
fn named_temporary(expr: &Expr) -> bool {
    super::place::target_name(expr).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        ["temp_file", "tempfile", "tmp_file", "tmpfile", "temp_dir", "tempdir", "tmp_dir"]
            .iter()
            .any(|word| name.contains(word))
    })
}

/// Whether a variable is named after what it is: a part of a form.
fn is_form_part(expr: &Expr) -> bool {
    super::place::target_name(expr).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        ["field", "part", "upload"].iter().any(|word| name.contains(word))
    })
}
