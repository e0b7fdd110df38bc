//! Macro calls, as far as their arguments can be parsed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most forms of the syntax are of no interest at most places"
)]

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Expr, Macro, Token};

use super::class::Class;
use super::cond::Cond;
use super::format::{Piece, pieces};
use super::value::{Marks, Value};
use super::walk::Walker;
use crate::krate::name::{Known, Name};
use crate::rules::{MacroCall, Site};

/// So many macros of the analysed code are expanded in one function.
const MAX_EXPANSIONS: u32 = 300;

type Args = Vec<(Option<String>, Expr, Value)>;

impl Walker<'_> {
    pub(crate) fn macro_call(&mut self, mac: &Macro) -> Value {
        self.deeper(mac.path.span(), |w| w.known_macro(mac))
    }

    fn known_macro(&mut self, mac: &Macro) -> Value {
        let name = self.resolve(&mac.path);
        let last = name.last().to_owned();
        let span = mac.path.span();
        if let Some(value) = self.own_macro(&name, mac) {
            return value;
        }
        match last.as_str() {
            "format" | "format_args" | "anyhow" | "eyre" | "format_err" | "formatx"
            | "concat_string" | "format_sql" | "const_format" => {
                let args = self.arguments(&mac.tokens);
                let text = if last == "concat_string" {
                    self.concat(&values(&args), span)
                } else {
                    self.formatted(&args, span)
                };
                self.tell(&name, span, &args, &text);
                text
            }
            "concat" | "stringify" | "include_str" | "include_bytes" | "env" | "file" | "line"
            | "module_path" | "option_env" => {
                let args = self.arguments(&mac.tokens);
                if last == "concat" {
                    let mut text = self.concat(&values(&args), span);
                    text.marks = text.marks.with(Marks::CONSTANT);
                    return text;
                }
                Value::constant()
            }
            "write" | "writeln" => {
                let mut args = self.arguments(&mac.tokens);
                if args.is_empty() {
                    return Value::unknown();
                }
                let (_, target, _) = args.remove(0);
                let text = self.formatted(&args, span);
                self.append(&target, &text, span);
                self.tell(&name, span, &args, &text);
                Value::unknown()
            }
            "panic" | "unreachable" | "todo" | "unimplemented" | "bail" | "throw" | "abort" => {
                let args = self.arguments(&mac.tokens);
                let text = self.formatted(&args, span);
                self.tell(&name, span, &args, &text);
                if last == "bail" || last == "throw" {
                    self.give_back(&Value::constant().marked(Marks::FALSE));
                }
                self.state.dead = true;
                Value::unknown()
            }
            "assert" | "debug_assert" | "ensure" | "require" => {
                let args = self.arguments(&mac.tokens);
                let cond = args.first().map(|(_, _, v)| self.true_and_false(v)).unwrap_or_default();
                if last != "debug_assert" {
                    if last != "assert" {
                        self.may_fail();
                    }
                    self.state.learn(&cond.when_true);
                }
                Value::unknown()
            }
            "assert_eq" | "assert_ne" | "debug_assert_eq" => {
                let args = self.arguments(&mac.tokens);
                if last == "assert_eq"
                    && let [(_, left, a), (_, right, b), ..] = args.as_slice()
                {
                    let cond = self.equality((left, a), (right, b));
                    self.state.learn(&cond.when_true);
                }
                Value::unknown()
            }
            "matches" => self.matches(mac),
            "vec" | "array" | "smallvec" | "arrayvec" | "hashset" | "indexset" => self.vector(mac),
            "dbg" => {
                let args = self.arguments(&mac.tokens);
                let text = args.first().map(|(_, _, v)| v.clone()).unwrap_or_default();
                self.tell(&name, span, &args, &text);
                text
            }
            "println" | "print" | "eprintln" | "eprint" | "trace" | "debug" | "info" | "warn"
            | "error" | "event" | "log" | "span" | "info_span" | "debug_span" | "error_span"
            | "warn_span" | "trace_span" => {
                let args = self.fields_and_arguments(&mac.tokens);
                let text = self.formatted(&args, span);
                self.tell(&name, span, &args, &text);
                Value::unknown()
            }
            "query"
            | "query_as"
            | "query_scalar"
            | "query_unchecked"
            | "query_as_unchecked"
            | "query_scalar_unchecked"
            | "query_file"
            | "query_file_as"
            | "sql"
            | "migrate" => {
                // These take a literal only: their arguments are bound, never put into the text.
                self.arguments(&mac.tokens);
                Value::unknown()
            }
            "html" | "view" | "rsx" | "markup" | "html_nested" | "template" => {
                // These escape; `PreEscaped` and the like inside them are calls like any other.
                let value = self.tokens_value(mac.tokens.clone());
                value.cleaned(Class::HTML)
            }
            "select" | "join" | "try_join" | "tokio_select" | "select_biased" | "pin" | "ready"
            | "try_stream" | "stream" | "async_stream" | "block_on" | "lazy_static"
            | "thread_local" | "cfg_if" | "maplit" => self.tokens_value(mac.tokens.clone()),
            _ => {
                let args = self.arguments(&mac.tokens);
                let value = if args.is_empty() && !mac.tokens.is_empty() {
                    self.tokens_value(mac.tokens.clone())
                } else {
                    let first_is_text = args.first().is_some_and(|(_, e, _)| matches!(e, Expr::Lit(lit) if matches!(lit.lit, syn::Lit::Str(_))));
                    if first_is_text { self.formatted(&args, span) } else { union(&args) }
                };
                self.tell(&name, span, &args, &value);
                value
            }
        }
    }

    /// A call of a macro that the analysed code defines: what it expands to is walked.
    fn own_macro(&mut self, name: &Name, mac: &Macro) -> Option<Value> {
        let index = self.scope.index?;
        if name.known == Known::External && !index.roots.contains(name.first()) {
            return None;
        }
        let definition = index.macros.get(name.last())?;
        if self.expansions >= MAX_EXPANSIONS {
            return None;
        }
        self.expansions = self.expansions.saturating_add(1);
        let call = mac.path.segments.last().map_or_else(|| mac.path.span(), |s| s.ident.span());
        let tokens = definition.expand(mac.tokens.clone(), call)?;
        let block = syn::Block::parse_within.parse2(tokens).ok()?;
        Some(self.scoped(|w| w.statements(&block)))
    }

    fn tell(&mut self, name: &Name, span: Span, args: &Args, text: &Value) {
        self.ask(&Site::Macro(MacroCall { name, span, args, text }));
    }

    /// Arguments that are expressions between commas, some of them named.
    fn arguments(&mut self, tokens: &TokenStream) -> Args {
        match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
            Ok(list) => list
                .into_iter()
                .map(|expr| match expr {
                    Expr::Assign(assign) if matches!(&*assign.left, Expr::Path(p) if p.path.get_ident().is_some() && self.state.find(&quote::ToTokens::to_token_stream(&assign.left).to_string()).is_none()) => {
                        let name = super::place::target_name(&assign.left);
                        let value = self.expr(&assign.right);
                        (name, *assign.right, value)
                    }
                    expr => {
                        let value = self.expr(&expr);
                        (None, expr, value)
                    }
                })
                .collect(),
            Err(_) => self.fields_and_arguments(tokens),
        }
    }

    /// Arguments of a log macro: `target: "x", user = %user.id, ?reason, "text {}", arg`.
    fn fields_and_arguments(&mut self, tokens: &TokenStream) -> Args {
        let mut args = Vec::new();
        for chunk in split(tokens.clone()) {
            let (name, chunk) = strip_lead(&chunk);
            let Some(stream) = chunk else { continue };
            match syn::parse2::<Expr>(stream.clone()) {
                Ok(expr) => {
                    let value = self.expr(&expr);
                    args.push((name, expr, value));
                }
                Err(_) => {
                    let value = self.tokens_value(stream.clone());
                    args.push((name, Expr::Verbatim(TokenStream::new()), value));
                }
            }
        }
        args
    }

    /// The text that a format string and its arguments make.
    pub(crate) fn formatted(&mut self, args: &Args, span: Span) -> Value {
        let Some(at) = args.iter().position(|(name, expr, value)| {
            name.is_none()
                && (matches!(expr, Expr::Lit(lit) if matches!(lit.lit, syn::Lit::Str(_)))
                    || matches!(expr, Expr::Macro(_)) && value.text.whole().is_some())
        }) else {
            return match args.as_slice() {
                [(_, _, only)] => only.clone(),
                _ => union(args),
            };
        };
        let Some((_, _, format)) = args.get(at) else { return Value::unknown() };
        // Texts are cut for the analysis; the format string is read in full.
        let full = match args.get(at) {
            Some((_, Expr::Lit(lit), _)) => match &lit.lit {
                syn::Lit::Str(text) => text.value(),
                _ => String::new(),
            },
            _ => format.text.raw().to_owned(),
        };
        let rest = args.get(at.saturating_add(1)..).unwrap_or_default();
        let positional: Vec<&Value> =
            rest.iter().filter(|(name, ..)| name.is_none()).map(|(_, _, v)| v).collect();
        let mut next = 0_usize;
        let mut parts = Vec::new();
        for piece in pieces(&full) {
            let value = match piece {
                Piece::Literal(text) => Value::literal(&text),
                Piece::Next => {
                    let value = positional.get(next).copied().cloned();
                    next = next.saturating_add(1);
                    hole(value)
                }
                Piece::Index(index) => hole(positional.get(index).copied().cloned()),
                Piece::Named(name) => {
                    let given = rest
                        .iter()
                        .find(|(own, ..)| own.as_deref() == Some(name.as_str()))
                        .map(|(_, _, v)| v.clone());
                    let value = given.or_else(|| self.captured(&name, span));
                    hole(value)
                }
            };
            parts.push(value);
        }
        let mut value = self.concat(&parts, span);
        value.ty = Some(crate::krate::ty::Ty::named("String"));
        value
    }

    /// A variable or constant that a format string names.
    fn captured(&mut self, name: &str, span: Span) -> Option<Value> {
        if let Some(slot) = self.state.find(name) {
            let value = self.state.slot(slot).map(|s| s.value.clone());
            return value.map(|v| self.refreshed(v));
        }
        // Parsed, not made: `Ident::new` panics at `r#type`.
        let mut ident = syn::parse_str::<syn::Ident>(name).ok()?;
        ident.set_span(span);
        let path = syn::ExprPath { attrs: Vec::new(), qself: None, path: syn::Path::from(ident) };
        Some(self.expr(&Expr::Path(path)))
    }

    fn matches(&mut self, mac: &Macro) -> Value {
        let parsed = (|input: syn::parse::ParseStream<'_>| {
            let expr: Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
            let guard = if input.peek(Token![if]) {
                input.parse::<Token![if]>()?;
                Some(input.parse::<Expr>()?)
            } else {
                None
            };
            input.parse::<Option<Token![,]>>()?;
            Ok((expr, pat, guard))
        })
        .parse2(mac.tokens.clone());
        let Ok((expr, pat, guard)) = parsed else {
            return Value::unknown();
        };
        let value = self.expr(&expr);
        let mut cond = self.pattern_facts(&pat, &expr, &value);
        if let Some(guard) = guard {
            let own = self.scoped(|w| {
                w.bind_pattern(&pat, &value, Some(&expr));
                let value = w.expr(&guard);
                w.true_and_false(&value)
            });
            cond = and_also(&cond, &own.when_true);
        }
        Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
    }

    fn vector(&mut self, mac: &Macro) -> Value {
        let repeat = (|input: syn::parse::ParseStream<'_>| {
            let expr: Expr = input.parse()?;
            input.parse::<Token![;]>()?;
            Ok((expr, input.parse::<Expr>()?))
        })
        .parse2(mac.tokens.clone());
        if let Ok((element, length)) = repeat {
            let value = self.expr(&element);
            self.expr(&length);
            let mut list = value.derived();
            if value.is_constant() {
                list.marks = list.marks.with(Marks::LITERAL_BYTES);
            }
            return list.with_ty(Some(crate::krate::ty::Ty::named("Vec")));
        }
        match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(mac.tokens.clone()) {
            Ok(list) => self.list(&list).with_ty(Some(crate::krate::ty::Ty::named("Vec"))),
            Err(_) => self.tokens_value(mac.tokens.clone()),
        }
    }

    /// What the tokens of an unknown macro hold: the expressions that can be read, else every variable.
    pub(crate) fn tokens_value(&mut self, tokens: TokenStream) -> Value {
        let span = tokens.span();
        self.deeper(span, |w| w.tokens_form(tokens))
    }

    fn tokens_form(&mut self, tokens: TokenStream) -> Value {
        if let Ok(block) = syn::Block::parse_within.parse2(tokens.clone())
            && !block.is_empty()
            && !block.iter().all(|s| matches!(s, syn::Stmt::Macro(_)))
        {
            return self.scoped(|w| w.statements(&block));
        }
        let mut value = Value::default();
        for chunk in split(tokens) {
            let parts = split_arrow(&chunk);
            for part in parts {
                let stream: TokenStream = part.iter().cloned().collect();
                if let Ok(expr) = syn::parse2::<Expr>(stream) {
                    let own = self.expr(&expr);
                    value.absorb(&own);
                    continue;
                }
                for token in part {
                    match token {
                        TokenTree::Ident(ident) => {
                            if let Some(own) = self.captured_slot(&ident.to_string()) {
                                value.absorb(&own);
                            }
                        }
                        TokenTree::Group(group) => {
                            let own = self.tokens_value(group.stream());
                            value.absorb(&own);
                        }
                        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                    }
                }
            }
        }
        value
    }

    fn captured_slot(&self, name: &str) -> Option<Value> {
        let slot = self.state.find(name)?;
        self.state.slot(slot).map(|s| self.refreshed(s.value.clone()))
    }
}

fn and_also(cond: &Cond, more: &[super::cond::Fact]) -> Cond {
    Cond { when_true: super::cond::union(&cond.when_true, more), when_false: Vec::new() }
}

fn values(args: &Args) -> Vec<Value> {
    args.iter().map(|(_, _, v)| v.clone()).collect()
}

fn union(args: &[(Option<String>, Expr, Value)]) -> Value {
    let mut value = Value::default();
    for (_, _, arg) in args {
        value.absorb(arg);
    }
    value
}

/// A value that is interpolated into a string: characters, whatever they were before.
fn hole(value: Option<Value>) -> Value {
    let value = value.unwrap_or_default();
    if value.ty.as_ref().and_then(super::super::krate::ty::Ty::holds_text) == Some(false) {
        // A number in a string is as good as a constant.
        return Value { text: super::text::Text::unknown(), ..value.cleaned(Class::ALL) }
            .marked(Marks::CONSTANT);
    }
    value
}

/// Splits tokens at commas.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut chunks = vec![Vec::new()];
    for token in tokens {
        if matches!(&token, TokenTree::Punct(p) if p.as_char() == ',' || p.as_char() == ';') {
            chunks.push(Vec::new());
        } else if let Some(chunk) = chunks.last_mut() {
            chunk.push(token);
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

/// Splits `pattern => value` and `key: value` into their sides.
fn split_arrow(chunk: &[TokenTree]) -> Vec<Vec<TokenTree>> {
    let mut sides = vec![Vec::new()];
    let mut at = 0_usize;
    while let Some(token) = chunk.get(at) {
        let next = chunk.get(at.saturating_add(1));
        let is = |t: Option<&TokenTree>, c: char| matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == c);
        if is(Some(token), '=') && is(next, '>') {
            sides.push(Vec::new());
            at = at.saturating_add(2);
            continue;
        }
        let path = is(next, ':') || at.checked_sub(1).is_some_and(|b| is(chunk.get(b), ':'));
        if is(Some(token), ':') && !path {
            sides.push(Vec::new());
            at = at.saturating_add(1);
            continue;
        }
        if let Some(side) = sides.last_mut() {
            side.push(token.clone());
        }
        at = at.saturating_add(1);
    }
    sides.retain(|side| !side.is_empty());
    sides
}

/// Takes `target:`, `name =`, `%` and `?` off an argument of a log macro.
fn strip_lead(chunk: &[TokenTree]) -> (Option<String>, Option<TokenStream>) {
    let is =
        |t: Option<&TokenTree>, c: char| matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == c);
    let mut name = None;
    let mut start = 0_usize;
    // `a.b.c = value`, `name: value`, `"quoted" = value`.
    if let Some(eq) = chunk.iter().position(|t| is(Some(t), '=') || is(Some(t), ':')) {
        let plain = chunk
            .iter()
            .take(eq)
            .all(|t| matches!(t, TokenTree::Ident(_) | TokenTree::Literal(_)) || is(Some(t), '.'));
        let after = chunk.get(eq.saturating_add(1));
        let compares = is(after, '=') || is(after, '>') || is(after, ':');
        if plain && eq > 0 && !compares {
            name = chunk.get(eq.saturating_sub(1)).map(ToString::to_string);
            start = eq.saturating_add(1);
        }
    }
    while is(chunk.get(start), '%') || is(chunk.get(start), '?') {
        start = start.saturating_add(1);
    }
    let rest: TokenStream = chunk.get(start..).unwrap_or_default().iter().cloned().collect();
    if rest.is_empty() {
        return (name, None);
    }
    // `{ key = value }` blocks of older log macros hold nothing that an expression could not.
    if let Some(TokenTree::Group(group)) = chunk.get(start)
        && group.delimiter() == Delimiter::None
    {
        return (name, Some(group.stream()));
    }
    (name, Some(rest))
}
