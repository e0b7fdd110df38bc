//! Functions outside of the analysed code, recognised by their documented behaviour.

use std::rc::Rc;

use proc_macro2::Span;
use syn::Expr;

use super::builder::marks_of_constructor;
use super::command::is_shell;
use super::sanitizer::sanitizer;
use super::value::{Marks, SourceKind, Value};
use super::walk::Walker;
use crate::krate::name::{Name, starts_upper};
use crate::krate::ty::Ty;

impl Walker<'_> {
    /// A function that is not part of the analysed code.
    pub(super) fn foreign(
        &mut self,
        name: &Name,
        span: Span,
        exprs: &[&Expr],
        args: &[Value],
    ) -> Value {
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
            ("reqwest" | "ureq" | "surf" | "isahc" | "attohttpc" | "minreq" | "blocking", _)
                if self.scope.audit && is_request_verb(last) =>
            {
                return self.answered(span);
            }
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
                let named = exprs.first().and_then(|expr| {
                    // `Command::new(preferred_shell())`
                    let named = if let Expr::Call(call) = expr { &call.func } else { *expr };
                    super::place::target_name(named)
                });
                if first.text.whole().is_some_and(is_shell)
                    || named.is_some_and(|name| name.to_ascii_lowercase().contains("shell"))
                {
                    value.marks = value.marks.with(Marks::SHELL);
                }
                return value;
            }
            ("mem", "take") => {
                if let [target] = exprs {
                    self.assign(target, Value::literal(""));
                }
                return first;
            }
            ("mem" | "ptr", "replace") => {
                if let ([target, ..], [_, new]) = (exprs, args) {
                    self.assign(target, new.clone());
                }
                return first;
            }
            ("mem" | "ptr", "swap") => {
                if let ([left, right], [a, b]) = (exprs, args) {
                    self.assign(left, b.clone());
                    self.assign(right, a.clone());
                }
                return Value::constant();
            }
            ("Regex" | "RegexBuilder" | "RegexSet", "new") => {
                return Value { ty: Some(Ty::plain(parent_name(name))), ..first };
            }
            ("ZipArchive" | "Archive", "new") => {
                return Value::typed(Some(Ty::plain(parent_name(name))));
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
            self.keep_fields(&value);
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
            let named = matches!(parent, "Cookie" | "CookieBuilder");
            if (args.len() == 1 || named) && first.text.whole().is_some() {
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

    pub(super) fn is_numeric(&self, ty: &str) -> bool {
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

/// The type that an associated function belongs to.
pub(crate) fn parent_name(name: &Name) -> Name {
    let mut segments = name.segments.clone();
    segments.pop();
    Name { segments, known: name.known, written: name.written.saturating_sub(1) }
}

/// Functions that run the closure they are given, where blocking is fine.
pub(super) fn runs_closure(name: &Name) -> bool {
    matches!(
        (name.parent(), name.last()),
        (_, "spawn_blocking" | "block_in_place" | "unblock")
            | ("web", "block")
            | ("thread" | "rayon", "spawn")
            | ("rayon", "scope")
    ) || (name.segments.len() == 1 && name.last() == "block")
}

/// Functions that only change a value's type.
pub(super) fn identity(parent: &str, last: &str) -> bool {
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

fn is_request_verb(name: &str) -> bool {
    matches!(name, "get" | "post" | "put" | "patch" | "delete" | "get_async" | "post_async")
}
