//! Checks: the facts that a comparison or a predicate proves about its operand.

use syn::Expr;

use super::chars;
use super::class::Class;
use super::cond::{Cond, Fact};
use super::text::Text;
use super::value::{Marks, Value};
use super::walk::Walker;

impl Walker<'_> {
    /// What equality of two values proves.
    pub(crate) fn equality(&self, left: (&Expr, &Value), right: (&Expr, &Value)) -> Cond {
        let truth =
            |value: &Value| match (value.marks.has(Marks::TRUE), value.marks.has(Marks::FALSE)) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
        for ((_, value), (_, word)) in [(left, right), (right, left)] {
            if let (Some(cond), Some(is)) = (&value.cond, truth(word)) {
                let cond = (**cond).clone();
                return if is { cond } else { cond.not() };
            }
        }
        let outside = (left.1.is_outside(), right.1.is_outside());
        let tainted = (left.1.is_tainted(), right.1.is_tainted());
        match if outside == (false, false) { tainted } else { outside } {
            (true, false) => Cond::when_true(self.facts(left.0, left.1, Class::ALL)),
            (false, true) => Cond::when_true(self.facts(right.0, right.1, Class::ALL)),
            _ => Cond::default(),
        }
    }

    /// What the result of a method proves about its receiver or its argument.
    pub(crate) fn predicate(
        &self,
        call: &syn::ExprMethodCall,
        recv: &Value,
        args: &[Value],
    ) -> Option<Cond> {
        let name = call.method.to_string();
        let first = call.args.first();
        let arg = args.first();
        let about_recv = |class: Class| self.facts(&call.receiver, recv, class);
        let about_arg = |class: Class| match (first, arg) {
            (Some(expr), Some(value)) => self.facts(expr, value, class),
            _ => Vec::new(),
        };
        let cond = match name.as_str() {
            "eq" | "eq_ignore_ascii_case" => self.equality((&call.receiver, recv), (first?, arg?)),
            "ne" => self.equality((&call.receiver, recv), (first?, arg?)).not(),
            "contains" | "contains_key" | "binary_search" => {
                let in_text = first.is_some_and(|f| {
                    chars::literal_chars(f).is_some() || matches!(strip(f), Expr::Closure(_))
                });
                let is_list =
                    recv.fields.is_some() || recv.ty.as_ref().is_some_and(|t| t.lookup().is_some());
                if recv.is_tainted() && !is_list && (in_text || recv.is_outside()) {
                    let safe = first.map_or(Class::NONE, |f| rejected_text(f, arg));
                    Cond::when_false(about_recv(safe))
                } else {
                    // `("a".."z").contains(..)`, `ALLOWED.contains(..)`, `set.contains(..)`.
                    Cond::when_true(about_arg(Class::ALL))
                }
            }
            // `Ok` if the folder is a prefix.
            "strip_prefix" if recv.marks.has(Marks::CANONICAL) && !arg?.is_outside() => {
                Cond::when_true(super::cond::union(
                    &about_recv(Class::PATH),
                    &self.joined_facts(recv, arg?),
                ))
            }
            "starts_with" => self.starts_with(recv, first?, arg?, &about_recv),
            "is_absolute" | "has_root" => Cond::when_false(about_recv(Class::PATH_ROOT)),
            "is_relative" => Cond::when_true(about_recv(Class::PATH_ROOT)),
            "all" if recv.marks.has(Marks::COMPONENTS) => {
                Cond::when_true(about_recv(if mentions(first?, "Normal") {
                    Class::PATH
                } else {
                    Class::NONE
                }))
            }
            "any" if recv.marks.has(Marks::COMPONENTS) => {
                let climbs = mentions(first?, "ParentDir");
                let roots = mentions(first?, "RootDir") || mentions(first?, "Prefix");
                let normal = negated_normal(first?);
                let class = match (climbs, roots) {
                    _ if normal => Class::PATH,
                    (true, true) => Class::PATH,
                    (true, false) => Class::PATH_CLIMB,
                    (false, true) => Class::PATH_ROOT,
                    (false, false) => Class::NONE,
                };
                Cond::when_false(about_recv(class))
            }
            "all" if recv.is_tainted() => Cond::when_true(about_recv(chars::proven(first?))),
            "any" if recv.is_tainted() => Cond::when_false(about_recv(chars::disproven(first?))),
            "is_match" | "is_full_match" => Cond::when_true(about_arg(matched(recv))),
            "is_ascii_digit" | "is_alphanumeric" | "is_ascii_alphanumeric" | "is_numeric" => {
                Cond::when_true(about_recv(Class::ALL))
            }
            "is_some" | "is_ok" => self.true_and_false(recv),
            "is_none" | "is_err" => self.true_and_false(recv).not(),
            _ => return None,
        };
        (!cond.is_empty()).then_some(cond)
    }

    fn starts_with(
        &self,
        recv: &Value,
        expr: &Expr,
        arg: &Value,
        about: &dyn Fn(Class) -> Vec<Fact>,
    ) -> Cond {
        let Some(lead) = chars::literal_chars(expr).or_else(|| arg.text.whole().map(str::to_owned))
        else {
            // A resolved path that stays below a trusted folder.
            if recv.marks.has(Marks::CANONICAL) && !arg.is_outside() {
                return Cond::when_true(super::cond::union(
                    &about(Class::PATH),
                    &self.joined_facts(recv, arg),
                ));
            }
            if arg.is_outside() {
                return Cond::default();
            }
            // One of several prefixes that are written in the source.
            if arg.is_constant() && arg.text.prefix().len() > 1 {
                return Cond::when_true(about(Class::ALL.without(Class::PATH_CLIMB)));
            }
            return Cond::when_true(about(Class::OPTION));
        };
        if recv.marks.has(Marks::CANONICAL) {
            return Cond::when_true(about(Class::PATH));
        }
        let when_true = match lead.as_str() {
            "/" => Class::SITE_SCHEME.or(Class::OPTION),
            _ => super::concat::settled_by(&Text::known(&lead)).without(Class::PATH_ROOT),
        };
        let when_false = match lead.as_str() {
            "/" => Class::PATH_ROOT.or(Class::SITE_SLASHES),
            "//" => Class::SITE_SLASHES,
            "-" => Class::OPTION,
            ".." => Class::NONE,
            _ => Class::NONE,
        };
        Cond { when_true: about(when_true), when_false: about(when_false) }
    }

    /// A resolved path that stays in its folder: what was joined to the folder does not lead out of it.
    fn joined_facts(&self, path: &Value, folder: &Value) -> Vec<Fact> {
        path.taints
            .iter()
            .filter(|taint| !folder.taints.iter().any(|own| own.origin == taint.origin))
            .map(|taint| Fact {
                target: super::cond::Target::Origin(std::rc::Rc::clone(&taint.origin)),
                clean: Class::PATH,
            })
            .collect()
    }

    /// What the result of a function without a visible body proves: only its name is known.
    pub(crate) fn named_check(&self, name: &str, args: &[(&Expr, &Value)]) -> Option<Cond> {
        if !is_check_name(name) {
            return None;
        }
        let mut facts = Vec::new();
        for (expr, value) in args {
            facts.extend(self.facts(expr, value, Class::ALL));
        }
        let negative = [
            "unsafe",
            "invalid",
            "malicious",
            "dangerous",
            "suspicious",
            "forbidden",
            "blocked",
            "traversal",
        ]
        .iter()
        .any(|word| name.contains(word));
        let cond = if negative { Cond::when_false(facts) } else { Cond::when_true(facts) };
        (!cond.is_empty()).then_some(cond)
    }
}

/// The first three letters of every word in [`is_check_name`].
const CHECK_LEADS: &[[u8; 3]] =
    &[*b"val", *b"is_", *b"all", *b"whi", *b"ens", *b"san", *b"ver", *b"che", *b"has"];

/// Names of functions that say whether a value may be used.
pub(crate) fn is_check_name(name: &str) -> bool {
    if !crate::rules::words::holds_any(name, CHECK_LEADS) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    [
        "valid",
        "is_safe",
        "is_allowed",
        "allowed",
        "whitelist",
        "allowlist",
        "ensure_",
        "sanit",
        "is_unsafe",
        "is_known",
        "is_permitted",
        "is_trusted",
        "is_local",
        "is_internal_path",
        "verify_path",
        "check_path",
        "check_name",
        "check_host",
        "check_url",
        "is_malicious",
        "has_traversal",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// The dangers that are excluded when a string does not contain this.
fn rejected_text(expr: &Expr, value: Option<&Value>) -> Class {
    let chars = chars::literal_chars(expr);
    if let (Expr::Lit(lit), Some(text)) = (strip(expr), &chars)
        && matches!(lit.lit, syn::Lit::Str(_))
    {
        return of_text(text);
    }
    if let Some(text) = value.and_then(|v| v.text.whole()) {
        return of_text(text);
    }
    chars::disproven(expr)
}

fn of_text(text: &str) -> Class {
    match text {
        ".." => Class::PATH_CLIMB,
        "//" => Class::SITE_SLASHES,
        "://" => Class::SITE_SCHEME,
        one if one.chars().count() == 1 => chars::rejected(one),
        _ => Class::NONE,
    }
}

fn strip(expr: &Expr) -> &Expr {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else wraps an expression without changing it"
    )]
    match expr {
        Expr::Reference(inner) => strip(&inner.expr),
        Expr::Paren(inner) => strip(&inner.expr),
        Expr::Group(inner) => strip(&inner.expr),
        other => other,
    }
}

/// Whether a word occurs anywhere in an expression.
fn mentions(expr: &Expr, word: &str) -> bool {
    fn in_tokens(tokens: proc_macro2::TokenStream, word: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => ident == word,
            proc_macro2::TokenTree::Group(group) => in_tokens(group.stream(), word),
            proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => false,
        })
    }
    in_tokens(quote::ToTokens::to_token_stream(expr), word)
}

/// `|c| !matches!(c, Component::Normal(_))`
fn negated_normal(expr: &Expr) -> bool {
    let Expr::Closure(closure) = expr else { return false };
    matches!(&*closure.body, Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)))
        && mentions(expr, "Normal")
}

/// What a match of a regular expression proves.
fn matched(regex: &Value) -> Class {
    let Some(pattern) = regex.text.whole() else {
        // A pattern that is not in sight was written by the service, not by the client.
        return if regex.is_tainted() { Class::NONE } else { Class::ALL };
    };
    let Some(inner) = pattern.strip_prefix('^').or_else(|| pattern.strip_prefix("\\A")) else {
        return Class::NONE;
    };
    let Some(inner) = inner.strip_suffix('$').or_else(|| inner.strip_suffix("\\z")) else {
        return Class::NONE;
    };
    // Dangers of the characters that are written out; classes and quantifiers do not count.
    let mut safe = Class::ALL;
    let mut chars = inner.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('w' | 'd' | 'b') => {}
                Some('s') => safe = safe.without(chars::dangers_of(' ')),
                Some('S' | 'W' | 'D' | 'p' | 'P') => return Class::NONE,
                Some(escaped) => safe = safe.without(chars::dangers_of(escaped)),
                None => {}
            },
            '[' if !in_class => {
                in_class = true;
                if chars.peek() == Some(&'^') {
                    return Class::NONE;
                }
            }
            ']' => in_class = false,
            '-' if in_class => {
                if chars.peek() == Some(&']') {
                    safe = safe.without(chars::dangers_of('-'));
                }
            }
            '.' if !in_class => return Class::NONE,
            '(' | ')' | '|' | '?' | '*' | '+' | '{' | '}' | ',' | '^' | '$' if !in_class => {
                if c == '?' && chars.peek() == Some(&':') {
                    chars.next();
                }
            }
            c => safe = safe.without(chars::dangers_of(c)),
        }
    }
    safe
}
