//! Calls of functions: those of the analysed code by their summaries, others by what they are known for.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprCall, ExprClosure};

use super::class::Class;
use super::source::is_request_part;
use super::summary::Summary;
use super::value::{Link, Marks, Note, Part, SourceKind, Taint, Value, add};
use super::walk::Walker;
use crate::krate::name::{Name, starts_upper};
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
            return self.call_value(&function, &args);
        };
        if let Some(ident) = path.path.get_ident()
            && let Some(slot) = self.state.find(&ident.to_string())
        {
            let function = self.state.slot(slot).map(|s| s.value.clone()).unwrap_or_default();
            let args: Vec<Value> = exprs.iter().map(|e| self.expr(e)).collect();
            if let Some(name) = &function.function {
                return self.call_name(&Rc::clone(name), call.func.span(), &exprs, &args, None);
            }
            return self.call_value(&function, &args);
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

    fn call_value(&mut self, function: &Value, args: &[Value]) -> Value {
        let closure =
            function.closure.and_then(|at| self.closures.get(usize::try_from(at).ok()?).cloned());
        match closure {
            Some(closure) if self.closure_depth < MAX_CLOSURES => self.closure_body(&closure, args),
            _ => {
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
        self.ask(&Site::Call(Call { name, span, exprs, args, turbofish: turbofish.is_some() }));
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
            all = Some(match all {
                Some(known) => known.join(&value),
                None => value,
            });
        }
        all.unwrap_or_default()
    }

    fn apply(
        &mut self,
        summary: &Summary,
        span: Span,
        name: &str,
        exprs: &[&Expr],
        args: &[Value],
    ) -> Value {
        for flow in &summary.flows {
            let Some(arg) = args.get(usize::from(flow.param)) else { continue };
            if arg.is_tainted() {
                let part = descend(arg, &flow.path);
                self.passed(flow, &part, span, name);
            }
        }
        let note: Rc<str> = Rc::from(name);
        let value = self.substitute(&summary.ret, args, span, &note);
        for (param, out) in &summary.outs {
            let at = usize::from(*param);
            let (Some(expr), Some(arg)) = (exprs.get(at), args.get(at)) else { continue };
            let new = self.substitute(out, args, span, &note);
            if new.is_tainted() && new != *arg {
                self.mix(expr, |value| value.absorb(&new));
            }
        }
        let about = |known: &[(u16, Class)]| {
            known
                .iter()
                .filter_map(|(param, class)| {
                    let at = usize::from(*param);
                    Some(self.facts(exprs.get(at)?, args.get(at)?, *class))
                })
                .flatten()
                .collect::<Vec<_>>()
        };
        let cond = super::cond::Cond {
            when_true: about(&summary.when_true),
            when_false: about(&summary.when_false),
        };
        value.with_cond((!cond.is_empty()).then_some(cond))
    }

    /// A value of a summary, with the arguments in the place of the parameters.
    fn substitute(&self, value: &Value, args: &[Value], span: Span, name: &Rc<str>) -> Value {
        if value.fields.is_none()
            && let [only] = value.taints.as_slice()
            && let SourceKind::Param(param) = only.origin.kind
            && only.part == Part::Whole
        {
            let arg = args.get(usize::from(param)).cloned().unwrap_or_default();
            let mut part = descend(&arg, &only.origin.path).cleaned(only.safe);
            part.ty = None;
            return part.through(self.scope.file, span, &Note::Returned(Rc::clone(name)));
        }
        let mut new = Value {
            text: value.text.clone(),
            marks: value.marks,
            ty: value.ty.clone(),
            secret: value.secret.clone(),
            ..Value::default()
        };
        for taint in &value.taints {
            match taint.origin.kind {
                SourceKind::Param(param) => {
                    let Some(arg) = args.get(usize::from(param)) else { continue };
                    for own in descend(arg, &taint.origin.path).all_taints() {
                        let safe = own.safe.or(taint.safe);
                        let link = Link {
                            file: self.scope.file,
                            span,
                            note: Note::Returned(Rc::clone(name)),
                            before: Some(Rc::clone(&own.link)),
                        };
                        let part = if taint.part == Part::Host && own.part == Part::Whole {
                            Part::Host
                        } else {
                            Part::Derived
                        };
                        add(&mut new.taints, Taint { safe, part, link: Rc::new(link), ..own });
                    }
                }
                SourceKind::Request
                | SourceKind::UploadName
                | SourceKind::Host
                | SourceKind::Ambient => add(&mut new.taints, taint.clone()),
            }
        }
        if let Some(fields) = &value.fields {
            let parts = fields
                .0
                .iter()
                .map(|(field, part)| (Rc::clone(field), self.substitute(part, args, span, name)));
            new.fields = Value::of_parts(parts).fields;
        }
        new
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

    /// A function that is not part of the analysed code.
    fn foreign(&mut self, name: &Name, span: Span, exprs: &[&Expr], args: &[Value]) -> Value {
        let (parent, last) = (name.parent(), name.last());
        let first = args.first().cloned().unwrap_or_default();
        match (parent, last) {
            ("ContentType" | "mime" | "Mime", _) => {
                return Value { function: Some(Rc::new(name.clone())), ..Value::constant() };
            }
            ("" | "Option" | "Result", "Some" | "Ok") => return first.marked(Marks::TRUE),
            ("HttpResponse" | "HttpResponseBuilder" | "Response", _)
                if starts_upper(last)
                    || matches!(
                        last,
                        "build"
                            | "builder"
                            | "build_from"
                            | "ok"
                            | "found"
                            | "see_other"
                            | "internal_server_error"
                    ) =>
            {
                let mut value = Value::typed(Some(Ty::plain(parent_name(name))));
                value.marks = marks_of_constructor(parent, last);
                return value;
            }
            ("" | "Result", "Err") => {
                return Value { marks: first.marks.with(Marks::FALSE), ..first };
            }
            (_, "drop") => return Value::constant(),
            (
                "String" | "Vec" | "PathBuf" | "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet"
                | "VecDeque" | "BytesMut" | "OsString" | "IndexMap",
                "new" | "with_capacity" | "default",
            ) => {
                let mut value = if last == "with_capacity" || last == "new" || last == "default" {
                    Value::literal("")
                } else {
                    first
                };
                value.ty = Some(Ty::plain(parent_name(name)));
                return value;
            }
            ("env", "args" | "args_os" | "var" | "var_os" | "vars" | "vars_os") => {
                return if self.scope.audit {
                    let what = if last.starts_with("args") {
                        "the command line"
                    } else {
                        "the environment"
                    };
                    self.source(SourceKind::Ambient, span, what)
                } else {
                    Value::unknown()
                };
            }
            ("io" | "", "stdin") => {
                let value = Value::typed(Some(Ty::named("std::io::Stdin")));
                return if self.scope.audit {
                    let source = self.source(SourceKind::Ambient, span, "the standard input");
                    Value { taints: source.taints, ..value }
                } else {
                    value
                };
            }
            ("io", "read_to_string") => return first.derived(),
            ("fs", "canonicalize") => return first.marked(Marks::CANONICAL),
            (
                "fs" | "File" | "OpenOptions" | "NamedFile" | "reqwest" | "ureq" | "TcpStream"
                | "sqlx" | "diesel",
                _,
            ) if !matches!(last, "new" | "builder" | "options") => {
                let ty = starts_upper(parent).then(|| Ty::plain(parent_name(name)));
                return Value::typed(ty);
            }
            ("Command" | "Exec", _) => {
                let mut value = Value {
                    text: first.text.clone(),
                    taints: Vec::new(),
                    ..Value::typed(Some(Ty::plain(parent_name(name))))
                };
                if first.text.whole().is_some_and(is_shell) {
                    value.marks = value.marks.with(Marks::SHELL);
                }
                return value;
            }
            ("mem", "take" | "replace" | "swap") => return first,
            ("Regex" | "RegexBuilder" | "RegexSet", "new") => {
                return Value { ty: Some(Ty::plain(parent_name(name))), ..first };
            }
            ("LazyLock" | "Lazy" | "OnceLock" | "LazyCell" | "OnceCell", "new") => return first,
            (_, "from_str" | "from_slice" | "from_reader" | "from_value" | "from_bytes")
                if matches!(
                    parent,
                    "serde_json"
                        | "serde_urlencoded"
                        | "serde_yaml"
                        | "toml"
                        | "serde_qs"
                        | "bincode"
                        | "ciborium"
                        | "rmp_serde"
                        | "web"
                ) =>
            {
                return Value { taints: first.derived().taints, ..Value::default() };
            }
            _ => {}
        }
        if self.is_numeric(parent) {
            return Value::unknown();
        }
        if let Some(class) = sanitizer(parent, last) {
            let mut value = first.derived();
            value.ty.clone_from(&first.ty);
            return value.cleaned(class);
        }
        if identity(parent, last) {
            let mut value = first.clone();
            if starts_upper(parent)
                && !matches!(
                    parent,
                    "Arc"
                        | "Rc"
                        | "Box"
                        | "Some"
                        | "Cow"
                        | "Mutex"
                        | "RwLock"
                        | "Data"
                        | "BufReader"
                        | "BufWriter"
                        | "Cursor"
                )
            {
                value.ty = Some(Ty::plain(parent_name(name)));
            }
            value.cond = first.cond.clone();
            return value;
        }
        if starts_upper(last) && exprs.len() == 1 && super::pattern::wraps(last) {
            return first;
        }
        if starts_upper(last) {
            // A tuple struct or a variant: its parts stay apart.
            let parts = args
                .iter()
                .enumerate()
                .map(|(at, value)| (Rc::from(at.to_string()), value.clone()));
            let mut value = Value::of_parts(parts);
            value.marks = Marks::default();
            value.ty = Some(Ty::plain(if starts_upper(parent) {
                parent_name(name)
            } else {
                name.clone()
            }));
            return value;
        }
        let pairs: Vec<(&Expr, &Value)> = exprs.iter().copied().zip(args).collect();
        let cond = self.named_check(last, &pairs);
        let mut value = Value::unknown();
        let weak = matches!(parent, "fastrand" | "oorandom" | "nanorand" | "SmallRng" | "WyRand")
            || last == "seed_from_u64";
        if !(comes_from_elsewhere(last) && args.iter().any(|a| !a.is_tainted() && !a.is_constant()))
        {
            for arg in args {
                value.absorb(arg);
            }
        }
        if starts_upper(parent) {
            value.ty = Some(Ty::plain(parent_name(name)));
            value.marks = marks_of_constructor(parent, last);
            if args.len() == 1 && first.text.whole().is_some() {
                value.text = first.text;
            }
        } else if !args.is_empty() && args.iter().all(Value::is_constant) {
            value.marks = value.marks.without(Marks::CONSTANT);
        }
        if weak || args.iter().any(|a| a.marks.has(Marks::WEAK_RANDOM)) {
            value.marks = value.marks.with(Marks::WEAK_RANDOM);
        }
        value.with_cond(cond)
    }

    fn is_numeric(&self, ty: &str) -> bool {
        matches!(
            ty,
            "i8" | "i16"
                | "i32"
                | "i64"
                | "i128"
                | "isize"
                | "u8"
                | "u16"
                | "u32"
                | "u64"
                | "u128"
                | "usize"
                | "f32"
                | "f64"
                | "bool"
                | "Uuid"
                | "Ulid"
                | "IpAddr"
                | "Ipv4Addr"
                | "Ipv6Addr"
                | "NaiveDate"
                | "NaiveDateTime"
                | "NaiveTime"
                | "DateTime"
                | "Duration"
                | "StatusCode"
                | "ObjectId"
        ) || starts_upper(ty)
            && self.scope.index.is_some_and(|index| {
                index.holds_text(&Ty::plain(self.names().resolve(&[Rc::from(ty)])), 0)
                    == Some(false)
            })
    }
}

fn plain(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => plain(&inner.expr),
        Expr::Group(inner) => plain(&inner.expr),
        other => other,
    }
}

/// The type that an associated function belongs to.
pub(crate) fn parent_name(name: &Name) -> Name {
    let mut segments = name.segments.clone();
    segments.pop();
    Name { segments, known: name.known, written: name.written.saturating_sub(1) }
}

/// The part of a value that a path as `.a.b` leads to.
pub(crate) fn descend(value: &Value, path: &str) -> Value {
    let mut part = value.clone();
    for name in path.split('.').filter(|name| !name.is_empty()) {
        part = part.field(name);
    }
    part
}

/// Functions that run the closure they are given, where blocking is fine.
fn runs_closure(name: &Name) -> bool {
    matches!(
        (name.parent(), name.last()),
        (_, "spawn_blocking" | "block_in_place" | "unblock")
            | ("web", "block")
            | ("thread" | "rayon", "spawn")
            | ("rayon", "scope")
    ) || (name.segments.len() == 1 && name.last() == "block")
}

fn marks_of_constructor(parent: &str, last: &str) -> Marks {
    if parent == "HttpResponse" || parent == "Response" || parent == "HttpResponseBuilder" {
        return match last {
            "InternalServerError"
            | "BadGateway"
            | "ServiceUnavailable"
            | "GatewayTimeout"
            | "NotImplemented" => Marks::SERVER_ERROR,
            "Found" | "SeeOther" | "MovedPermanently" | "TemporaryRedirect"
            | "PermanentRedirect" => Marks::REDIRECTION,
            _ => Marks::default(),
        };
    }
    Marks::default()
}

/// Programs that run a script they are given.
pub(crate) fn is_shell(program: &str) -> bool {
    let base = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let base = base.strip_suffix(".exe").unwrap_or(&base);
    matches!(
        base,
        "sh" | "bash"
            | "zsh"
            | "dash"
            | "ash"
            | "ksh"
            | "fish"
            | "csh"
            | "tcsh"
            | "busybox"
            | "cmd"
            | "powershell"
            | "pwsh"
            | "python"
            | "python2"
            | "python3"
            | "perl"
            | "ruby"
            | "node"
            | "php"
            | "lua"
            | "osascript"
            | "ssh"
            | "env"
            | "sudo"
            | "su"
            | "nsenter"
            | "docker"
            | "kubectl"
            | "xargs"
            | "wsl"
    )
}

/// Functions that only change a value's type.
fn identity(parent: &str, last: &str) -> bool {
    match last {
        "from"
        | "from_utf8"
        | "from_utf8_lossy"
        | "from_utf8_unchecked"
        | "from_str"
        | "try_from"
        | "from_string"
        | "from_static"
        | "from_bytes"
        | "try_new" => true,
        "new" => matches!(
            parent,
            "Path"
                | "Box"
                | "Arc"
                | "Rc"
                | "Mutex"
                | "RwLock"
                | "RefCell"
                | "Cow"
                | "Data"
                | "OsStr"
                | "BufReader"
                | "CString"
                | "Some"
                | "Cursor"
                | "BufWriter"
                | "Cell"
                | "Pin"
                | "Wrapping"
        ),
        "parse" => matches!(parent, "Url" | "Uri"),
        "to_string" | "into" | "as_ref" | "clone" | "to_owned" | "black_box" | "identity"
        | "as_str" | "deref" | "borrow" | "pin" | "ready" | "from_ref" => true,
        _ => false,
    }
}

/// Functions whose result is what a store holds, not what they were asked with.
pub(crate) fn comes_from_elsewhere(name: &str) -> bool {
    [
        "get_",
        "fetch",
        "load",
        "find",
        "query",
        "exec",
        "insert",
        "save",
        "update",
        "delete",
        "remove",
        "send",
        "lookup",
        "list_",
        "count",
        "select",
        "store",
        "create_",
        "authenticate",
        "login",
        "verify",
        "search",
    ]
    .iter()
    .any(|verb| name.starts_with(verb))
}

/// The dangers that a function with this name takes away.
pub(crate) fn sanitizer(parent: &str, name: &str) -> Option<Class> {
    let lower = name.to_ascii_lowercase();
    let class = match (parent, lower.as_str()) {
        (
            "html_escape" | "htmlescape" | "v_htmlescape" | "askama_escape" | "ammonia"
            | "html_escaper",
            _,
        ) => Class::HTML,
        ("regex" | "regex_lite", "escape") => Class::REGEX.or(Class::COMMAND),
        ("shell_escape" | "shlex" | "shell_words" | "shell_quote", _) if lower != "split" => {
            Class::COMMAND
        }
        ("ldap3", _) if lower.contains("escape") => Class::DIRECTORY,
        ("urlencoding", "encode" | "encode_binary") => encoded(),
        ("hex" | "md5" | "sha256", _) => Class::ALL,
        ("sanitize_filename" | "sanitise_file_name" | "slug", _) => {
            Class::PATH.or(Class::COMMAND).or(Class::HTML)
        }
        (
            _,
            "escape_html"
            | "html_escape"
            | "encode_html"
            | "html_encode"
            | "encode_text"
            | "encode_safe"
            | "encode_minimal"
            | "encode_attribute"
            | "encode_double_quoted_attribute"
            | "encode_single_quoted_attribute"
            | "encode_quoted_attribute"
            | "encode_unquoted_attribute"
            | "escape_html_entities"
            | "sanitize_html"
            | "clean_html"
            | "escape_xml"
            | "xml_escape"
            | "escape_htmlspecialchars"
            | "htmlspecialchars"
            | "escape_text"
            | "escape_attribute"
            | "html_escape_text"
            | "encode_entities"
            | "escape_for_html"
            | "escapehtml"
            | "esc_html"
            | "clean_text",
        ) => Class::HTML,
        (
            _,
            "shell_escape" | "escape_shell" | "shell_quote" | "quote_shell" | "escape_shell_arg"
            | "try_quote" | "shlex_quote",
        ) => Class::COMMAND,
        (
            _,
            "quote_identifier" | "quote_ident" | "escape_identifier" | "quote_literal"
            | "escape_literal" | "escape_sql" | "sql_escape" | "escape_string"
            | "escape_sql_string" | "escape_like" | "quote_id",
        ) => Class::SQL,
        (
            _,
            "utf8_percent_encode"
            | "percent_encode"
            | "url_encode"
            | "urlencode"
            | "encode_uri_component"
            | "encode_component"
            | "byte_serialize"
            | "encode_url"
            | "encode_path_segment"
            | "percent_encode_byte",
        ) => encoded(),
        (
            _,
            "sanitize_filename"
            | "sanitize_file_name"
            | "secure_filename"
            | "safe_filename"
            | "safe_join"
            | "sanitize_path"
            | "safe_path"
            | "clean_filename"
            | "sanitize_name"
            | "basename"
            | "secure_join"
            | "sanitize_with_options"
            | "safe_file_name",
        ) => Class::PATH,
        (_, "slugify") => Class::ALL,
        (_, "escape_regex" | "regex_escape") => Class::REGEX,
        (_, "ldap_escape" | "dn_escape" | "escape_ldap" | "escape_filter") => Class::DIRECTORY,
        (
            _,
            "sha256" | "sha1" | "sha512" | "md5" | "blake3" | "hash" | "digest" | "hash_password"
            | "hmac" | "crc32" | "compute_hash" | "sha256_hex" | "hash_one",
        ) => Class::ALL,
        (_, "escape" | "escape_input" | "encode_for_html") => Class::HTML,
        _ if lower.starts_with("sanitize") || lower.starts_with("sanitise") => Class::ALL,
        _ => return None,
    };
    Some(class)
}

/// What percent encoding takes away.
fn encoded() -> Class {
    Class::HTML
        .or(Class::PATH)
        .or(Class::REDIRECT)
        .or(Class::REQUEST)
        .or(Class::COMMAND)
        .or(Class::SQL)
}
