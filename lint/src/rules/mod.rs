//! The rules: one file each, declared once with its page, its weakness number and its level.
//!
//! A rule names the calls, methods and macros that it wants to see and is asked at each of them.
//! A new rule is one file and one line in [`ALL`].

use std::collections::HashMap;
use std::sync::OnceLock;

use proc_macro2::Span;
use syn::Expr;

use crate::finding::Level;
use crate::krate::name::Name;
use crate::taint::value::Value;
use crate::taint::walk::Walker;

pub(crate) mod beyond;
pub(crate) mod words;

/// Declares a rule: its doc comment is its page.
macro_rules! rule {
    (
        $(#[doc = $doc:literal])*
        $name:ident, CWE $cwe:literal, $level:ident, $scope:ident, watch $watch:expr, $check:path
    ) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::rules::Rule = $crate::rules::Rule {
            name: stringify!($name),
            cwe: $cwe,
            level: $crate::finding::Level::$level,
            scope: $crate::rules::RuleScope::$scope,
            page: concat!($($doc, "\n"),*),
            watch: $watch,
            check: $check,
        };
    };
}

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(pub(crate) mod $name;)*

        /// Every rule, in the order of the table in the documentation.
        pub static ALL: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules![
    sql_format,
    shell_command,
    argument_injection,
    path_traversal,
    upload_file_name,
    html_body,
    sniffable_body,
    open_redirect,
    host_header_url,
    request_forgery,
    regex_injection,
    template_injection,
    nosql_injection,
    ldap_xpath_injection,
    code_eval,
    sql_dynamic,
    tls_verify_off,
    jwt_unverified,
    jwt_weak_claims,
    hardcoded_secret,
    cors_permissive,
    cookie_flags,
    log_secret,
    error_leak,
    template_safe_filter,
    unescaped_page,
    template_context,
    blocking_in_async,
    weak_password_hash,
    weak_cipher,
    static_key_or_iv,
    weak_random_token,
    timing_compare,
    unbounded_body,
    secret_in_query,
    directory_listing,
    world_writable,
    bare_handler,
    macro_internals,
    unbounded_input,
    unparsed_code,
    unused_suppression,
];

/// How much of the program a rule needs to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleScope {
    /// One function: the macros can judge it.
    Item,
    /// A file.
    File,
    /// The whole crate.
    Crate,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// The name, as `allow_unsafe` takes it.
    pub name: &'static str,
    /// The number in the Common Weakness Enumeration.
    pub cwe: u16,
    /// How much its findings weigh, where they do not say otherwise.
    pub level: Level,
    /// How much of the program it needs to see.
    pub scope: RuleScope,
    /// The page about it, in Markdown.
    pub page: &'static str,
    /// The places it is asked at.
    pub(crate) watch: &'static [Watch],
    pub(crate) check: fn(&Site<'_>, &mut Walker<'_>),
}

impl Rule {
    /// Whether a macro judges it: it refuses, and needs to see one function only.
    #[must_use]
    pub fn in_macros(&self) -> bool {
        self.scope == RuleScope::Item
    }

    /// The page, without the space that doc comments start with.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n\n", self.name);
        for line in self.page.lines() {
            text.push_str(line.strip_prefix(' ').unwrap_or(line));
            text.push('\n');
        }
        text
    }
}

/// The rule with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

/// What a rule wants to see.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Watch {
    /// Calls of a path with this last segment.
    Call(&'static str),
    /// Calls of a path of which the segment before the last is this.
    CallOf(&'static str),
    /// Method calls by this name.
    Method(&'static str),
    /// Macros by this name.
    Macro(&'static str),
    /// `let`, assignments, struct fields, constants.
    Bind,
    /// `==` and `!=`.
    Compare,
    /// `(key, value)`.
    Pair,
}

/// A place that rules are asked about.
#[derive(Debug)]
pub(crate) enum Site<'s> {
    Call(Call<'s>),
    Method(Method<'s>),
    Macro(MacroCall<'s>),
    Bind(Bind<'s>),
    Compare(Compare<'s>),
    Pair(Pair<'s>),
}

/// `path(args)`.
#[derive(Debug)]
pub(crate) struct Call<'s> {
    pub(crate) name: &'s Name,
    pub(crate) span: Span,
    pub(crate) exprs: &'s [&'s Expr],
    pub(crate) args: &'s [Value],
    pub(crate) turbofish: bool,
}

/// `recv.name(args)`.
#[derive(Debug)]
pub(crate) struct Method<'s> {
    pub(crate) name: &'s str,
    pub(crate) span: Span,
    pub(crate) recv: &'s Value,
    pub(crate) recv_expr: &'s Expr,
    pub(crate) exprs: &'s [&'s Expr],
    pub(crate) args: &'s [Value],
}

/// `name!(..)`.
#[derive(Debug)]
pub(crate) struct MacroCall<'s> {
    pub(crate) name: &'s Name,
    pub(crate) span: Span,
    /// The arguments that are expressions, with their names where they have one.
    pub(crate) args: &'s [(Option<String>, Expr, Value)],
    /// The text that comes out, for macros that make one.
    pub(crate) text: &'s Value,
}

/// Something gets a name.
#[derive(Debug)]
pub(crate) struct Bind<'s> {
    pub(crate) name: &'s str,
    pub(crate) value: &'s Value,
    pub(crate) expr: Option<&'s Expr>,
    pub(crate) span: Span,
}

/// A comparison.
#[derive(Debug)]
pub(crate) struct Compare<'s> {
    pub(crate) left: (&'s Expr, &'s Value),
    pub(crate) right: (&'s Expr, &'s Value),
    pub(crate) span: Span,
}

/// A tuple of two, as headers are written.
#[derive(Debug)]
pub(crate) struct Pair<'s> {
    pub(crate) key: &'s Value,
    pub(crate) value: &'s Value,
    pub(crate) span: Span,
}

impl<'s> Call<'s> {
    pub(crate) fn arg(&self, at: usize) -> Option<&'s Value> {
        self.args.get(at)
    }

    pub(crate) fn expr(&self, at: usize) -> Option<&'s Expr> {
        self.exprs.get(at).copied()
    }
}

impl<'s> Method<'s> {
    pub(crate) fn arg(&self, at: usize) -> Option<&'s Value> {
        self.args.get(at)
    }

    pub(crate) fn expr(&self, at: usize) -> Option<&'s Expr> {
        self.exprs.get(at).copied()
    }

    /// Whether the receiver is known to be this type of one of these crates.
    pub(crate) fn on(&self, crates: &[&str], ty: &str) -> bool {
        self.recv
            .ty
            .as_ref()
            .is_some_and(|known| known.peeled().is(crates, ty) || known.is(crates, ty))
    }

    /// Whether the type of the receiver is known at all.
    pub(crate) fn typed(&self) -> bool {
        self.recv.ty.as_ref().is_some_and(|ty| {
            let ty = ty.peeled();
            ty.shape == crate::krate::ty::TyShape::Path
                || ty.shape == crate::krate::ty::TyShape::List
        })
    }

    /// The name that the receiver ends with, as `pool` of `self.state.pool`.
    pub(crate) fn recv_name(&self) -> String {
        crate::taint::place::target_name(self.recv_expr).unwrap_or_default().to_ascii_lowercase()
    }
}

/// A hash for the short names in the registry. The registry is compiled in, so no caller can choose
/// collisions, and only a few dozen names of the code under analysis are looked up at a time.
#[derive(Default)]
struct NameHasher(u64);

impl std::hash::Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let [byte, more @ ..] = rest {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            rest = more;
        }
    }

    fn finish(&self) -> u64 {
        // FNV mixes upwards; the table looks at the low and the top bits.
        self.0 ^ self.0.rotate_left(32)
    }
}

type ByName = HashMap<&'static str, Vec<&'static Rule>, std::hash::BuildHasherDefault<NameHasher>>;

struct Registry {
    calls: ByName,
    owners: ByName,
    methods: ByName,
    macros: ByName,
    binds: Vec<&'static Rule>,
    compares: Vec<&'static Rule>,
    pairs: Vec<&'static Rule>,
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let mut registry = Registry {
            calls: ByName::default(),
            owners: ByName::default(),
            methods: ByName::default(),
            macros: ByName::default(),
            binds: Vec::new(),
            compares: Vec::new(),
            pairs: Vec::new(),
        };
        for rule in ALL {
            for watch in rule.watch {
                let list = match watch {
                    Watch::Call(name) => registry.calls.entry(name).or_default(),
                    Watch::CallOf(name) => registry.owners.entry(name).or_default(),
                    Watch::Method(name) => registry.methods.entry(name).or_default(),
                    Watch::Macro(name) => registry.macros.entry(name).or_default(),
                    Watch::Bind => &mut registry.binds,
                    Watch::Compare => &mut registry.compares,
                    Watch::Pair => &mut registry.pairs,
                };
                if !list.iter().any(|known| std::ptr::eq(*known, *rule)) {
                    list.push(rule);
                }
            }
        }
        registry
    })
}

/// The rules that want to see a place.
pub(crate) fn watching(site: &Site<'_>) -> impl Iterator<Item = &'static Rule> {
    let registry = registry();
    let (first, second): (&[&'static Rule], &[&'static Rule]) = match site {
        Site::Call(call) => (
            registry.calls.get(call.name.last()).map_or(&[], Vec::as_slice),
            registry.owners.get(call.name.parent()).map_or(&[], Vec::as_slice),
        ),
        Site::Method(method) => (registry.methods.get(method.name).map_or(&[], Vec::as_slice), &[]),
        Site::Macro(mac) => (registry.macros.get(mac.name.last()).map_or(&[], Vec::as_slice), &[]),
        Site::Bind(_) => (&registry.binds, &[]),
        Site::Compare(_) => (&registry.compares, &[]),
        Site::Pair(_) => (&registry.pairs, &[]),
    };
    first.iter().chain(second).copied()
}

/// `explain`: the page of a rule.
#[must_use]
pub fn explain(name: &str) -> Option<String> {
    find(name).map(Rule::text)
}
