//! The crate's own `macro_rules!`: matched and expanded as the compiler does, without hygiene.
//!
//! The tokens of an expansion carry the span of the call, so that a finding points at the code that
//! passed the data. A call that matches no arm remains a macro of unknown effect.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{Delimiter, Group, Ident, Punct, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Item, ItemMacro};

/// Longer expansions are not followed: a macro can double its input with each step.
const MAX_TOKENS: usize = 20_000;
/// Macros that expand to macros, so many times over.
const MAX_DEPTH: usize = 8;
/// So many calls that make items are followed in one crate.
const MAX_CALLS: usize = 4_000;
/// Brackets in brackets: the parser calls itself for each.
const MAX_NESTING: usize = 100;

/// A `macro_rules!` definition.
#[derive(Debug)]
pub(crate) struct Definition {
    arms: Vec<(Vec<Pattern>, Vec<TokenTree>)>,
}

/// One element of the left side of an arm.
#[derive(Debug)]
enum Pattern {
    Token(TokenTree),
    Group(Delimiter, Vec<Self>),
    Variable { name: String, fragment: String },
    Repeat { inner: Vec<Self>, separator: Option<TokenTree>, once: bool, at_least: usize },
}

/// What a variable is bound to.
#[derive(Clone, Debug)]
enum Binding {
    Tokens(TokenStream),
    Each(Rc<[Bindings]>),
}

type Bindings = BTreeMap<String, Binding>;

impl Definition {
    /// Reads `macro_rules! name { (..) => {..}; .. }`.
    pub(crate) fn read(item: &ItemMacro) -> Option<(String, Self)> {
        let name = item.ident.as_ref()?.to_string();
        if !item.mac.path.is_ident("macro_rules") {
            return None;
        }
        let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
        let mut arms = Vec::new();
        let mut rest = tokens.as_slice();
        while let [TokenTree::Group(left), eq, arrow, TokenTree::Group(right), more @ ..] = rest {
            if !is_punct(eq, '=') || !is_punct(arrow, '>') {
                return None;
            }
            let left: Vec<TokenTree> = left.stream().into_iter().collect();
            arms.push((patterns(&left, 0)?, right.stream().into_iter().collect()));
            rest = match more {
                [semicolon, more @ ..] if is_punct(semicolon, ';') => more,
                more => more,
            };
        }
        (rest.is_empty() && !arms.is_empty()).then_some((name, Self { arms }))
    }

    /// What a call expands to; nothing where no arm matches.
    pub(crate) fn expand(&self, input: TokenStream, call: Span) -> Option<TokenStream> {
        let input: Vec<TokenTree> = input.into_iter().collect();
        if input.len() > MAX_TOKENS {
            return None;
        }
        self.arms.iter().find_map(|(left, right)| {
            let mut bindings = Bindings::new();
            let used = matched(left, &input, &mut bindings)?;
            if used < input.len() {
                return None;
            }
            let mut left = MAX_TOKENS;
            let out = transcribe(right, &bindings, call, &mut left)?;
            (!is_nested(&out, MAX_NESTING)).then_some(out)
        })
    }
}

/// Whether brackets are nested deeper than `left`.
fn is_nested(tokens: &TokenStream, left: usize) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => match left.checked_sub(1) {
            Some(left) => is_nested(&group.stream(), left),
            None => true,
        },
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The macros of some files, by their names.
pub(crate) fn definitions(files: &[(usize, syn::File)]) -> BTreeMap<String, Definition> {
    struct Find(BTreeMap<String, Definition>);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
            self.0.extend(Definition::read(item));
        }
        fn visit_expr(&mut self, _: &'ast syn::Expr) {}
    }
    let mut find = Find(BTreeMap::new());
    for (_, file) in files {
        syn::visit::Visit::visit_file(&mut find, file);
    }
    find.0
}

/// The names of macros that are defined several times, and not alike.
fn defined_twice(files: &[(usize, syn::File)]) -> BTreeSet<String> {
    #[derive(Default)]
    struct Find(BTreeMap<String, String>, BTreeSet<String>);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
            if item.mac.path.is_ident("macro_rules")
                && let Some(name) = &item.ident
            {
                let arms = item.mac.tokens.to_string();
                let known = self.0.insert(name.to_string(), arms.clone());
                if known.is_some_and(|known| known != arms) {
                    self.1.insert(name.to_string());
                }
            }
        }
    }
    let mut find = Find::default();
    for (_, file) in files {
        syn::visit::Visit::visit_file(&mut find, file);
    }
    find.1
}

/// Puts the items that macros expand to next to the calls.
pub(crate) fn expand_items(files: &mut [(usize, syn::File)], known: &BTreeMap<String, Definition>) {
    let mut expander = Expander { known, calls: MAX_CALLS, guesses: true };
    for (_, file) in files {
        expander.expand_in(&mut file.items, 0);
    }
}

/// Puts the items that the files' own `macro_rules!` make next to the calls, and removes the calls.
///
/// A call that stays is one that only the compiler can read: which of several macros of one name is
/// meant is decided by the order of the lines.
pub fn expand_own(files: &mut [(usize, syn::File)]) {
    let mut known = definitions(files);
    for name in defined_twice(files) {
        known.remove(&name);
    }
    let mut expander = Expander { known: &known, calls: MAX_CALLS, guesses: false };
    for (_, file) in files {
        expander.expand_in(&mut file.items, 0);
    }
}

struct Expander<'k> {
    known: &'k BTreeMap<String, Definition>,
    calls: usize,
    /// Whether the arguments of other macros are read as if they were what comes out.
    guesses: bool,
}

impl Expander<'_> {
    fn expand_in(&mut self, items: &mut Vec<Item>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let next = depth.saturating_add(1);
        let mut made = Vec::new();
        let mut calls_read = Vec::new();
        for item in items.iter_mut() {
            let mut read = false;
            #[expect(clippy::wildcard_enum_match_arm, reason = "no other item holds items")]
            match item {
                Item::Mod(module) => {
                    if let Some((_, items)) = &mut module.content {
                        self.expand_in(items, next);
                    }
                }
                Item::Macro(item) if self.calls > 0 && (self.guesses || self.defines(item)) => {
                    self.calls = self.calls.saturating_sub(1);
                    if let Some(mut items) = items_of(item, self.known) {
                        read = !self.guesses;
                        conditioned(&mut items, &item.attrs);
                        self.expand_in(&mut items, next);
                        made.append(&mut items);
                    }
                }
                _ => {}
            }
            calls_read.push(read);
        }
        let mut read = calls_read.into_iter();
        items.retain(|_| !read.next().unwrap_or(false));
        items.append(&mut made);
    }

    fn defines(&self, item: &ItemMacro) -> bool {
        let path = &item.mac.path;
        let own = |first: &syn::PathSegment| {
            matches!(first.ident.to_string().as_str(), "crate" | "self" | "super")
        };
        let local = path.get_ident().is_some() || path.segments.first().is_some_and(own);
        let last = path.segments.last();
        local && last.is_some_and(|last| self.known.contains_key(&last.ident.to_string()))
    }
}

/// What comes out of a call is there under the conditions of the call.
fn conditioned(items: &mut [Item], attrs: &[syn::Attribute]) {
    let conditions: Vec<_> =
        attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect();
    for item in items {
        if let Some(attrs) = attributes_of(item) {
            attrs.extend(conditions.iter().cloned());
        }
    }
}

/// The attributes of an item.
#[expect(clippy::wildcard_enum_match_arm, reason = "what syn does not know has no attributes")]
fn attributes_of(item: &mut Item) -> Option<&mut Vec<syn::Attribute>> {
    match item {
        Item::Const(item) => Some(&mut item.attrs),
        Item::Enum(item) => Some(&mut item.attrs),
        Item::ExternCrate(item) => Some(&mut item.attrs),
        Item::Fn(item) => Some(&mut item.attrs),
        Item::ForeignMod(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Macro(item) => Some(&mut item.attrs),
        Item::Mod(item) => Some(&mut item.attrs),
        Item::Static(item) => Some(&mut item.attrs),
        Item::Struct(item) => Some(&mut item.attrs),
        Item::Trait(item) => Some(&mut item.attrs),
        Item::TraitAlias(item) => Some(&mut item.attrs),
        Item::Type(item) => Some(&mut item.attrs),
        Item::Union(item) => Some(&mut item.attrs),
        Item::Use(item) => Some(&mut item.attrs),
        _ => None,
    }
}

/// The items that a call expands to; `None` if they are unknown.
fn items_of(item: &ItemMacro, known: &BTreeMap<String, Definition>) -> Option<Vec<Item>> {
    let last = item.mac.path.segments.last()?;
    if item.ident.is_some() || last.ident == "macro_rules" {
        return None;
    }
    let tokens = item.mac.tokens.clone();
    let parse = |tokens: TokenStream| syn::parse2::<syn::File>(tokens).map(|file| file.items);
    match known.get(&last.ident.to_string()) {
        Some(definition) => {
            definition.expand(tokens, last.ident.span()).and_then(|tokens| parse(tokens).ok())
        }
        // `cfg_if! { if #[cfg(..)] { items } else { items } }`: each side may be the one.
        None if last.ident == "cfg_if" => Some(
            tokens
                .into_iter()
                .filter_map(|token| match token {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                        parse(group.stream()).ok()
                    }
                    TokenTree::Group(_)
                    | TokenTree::Ident(_)
                    | TokenTree::Punct(_)
                    | TokenTree::Literal(_) => None,
                })
                .flatten()
                .collect(),
        ),
        // `lazy_static! { static ref A: T = ..; }`, `thread_local! { static A: T = ..; }`.
        None => parse(without_ref(tokens)).ok(),
    }
}

/// `static ref` as `static`.
fn without_ref(tokens: TokenStream) -> TokenStream {
    let mut after_static = false;
    tokens
        .into_iter()
        .filter(|token| {
            let dropped = after_static && is_word(token, "ref");
            after_static = is_word(token, "static");
            !dropped
        })
        .collect()
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Reads the left side of an arm.
fn patterns(tokens: &[TokenTree], depth: usize) -> Option<Vec<Pattern>> {
    if depth > 40 {
        return None;
    }
    let next = depth.saturating_add(1);
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match (first, more) {
            (dollar, [TokenTree::Group(group), more @ ..])
                if is_punct(dollar, '$') && group.delimiter() == Delimiter::Parenthesis =>
            {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let (separator, op, more) = repetition(more)?;
                rest = more;
                found.push(Pattern::Repeat {
                    inner: patterns(&inner, next)?,
                    separator,
                    once: op == '?',
                    at_least: usize::from(op == '+'),
                });
            }
            (dollar, [TokenTree::Ident(name), colon, TokenTree::Ident(fragment), more @ ..])
                if is_punct(dollar, '$') && is_punct(colon, ':') =>
            {
                rest = more;
                found.push(Pattern::Variable {
                    name: name.to_string(),
                    fragment: fragment.to_string(),
                });
            }
            (TokenTree::Group(group), _) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                found.push(Pattern::Group(group.delimiter(), patterns(&inner, next)?));
            }
            (token, _) => found.push(Pattern::Token(token.clone())),
        }
    }
    Some(found)
}

/// The separator and the operator behind `$(..)`.
fn repetition(tokens: &[TokenTree]) -> Option<(Option<TokenTree>, char, &[TokenTree])> {
    let operator = |token: &TokenTree| ['*', '+', '?'].into_iter().find(|c| is_punct(token, *c));
    match tokens {
        [op, more @ ..] if operator(op).is_some() => Some((None, operator(op)?, more)),
        [separator, op, more @ ..] => Some((Some(separator.clone()), operator(op)?, more)),
        _ => None,
    }
}

/// How many tokens the patterns take; nothing where they do not match.
fn matched(patterns: &[Pattern], input: &[TokenTree], bindings: &mut Bindings) -> Option<usize> {
    let mut at = 0_usize;
    for pattern in patterns {
        let rest = input.get(at..)?;
        let used = match pattern {
            Pattern::Token(token) => {
                let same = rest.first().is_some_and(|own| own.to_string() == token.to_string());
                same.then_some(1)?
            }
            Pattern::Group(delimiter, inner) => {
                let Some(TokenTree::Group(group)) = rest.first() else { return None };
                if group.delimiter() != *delimiter {
                    return None;
                }
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                if matched(inner, &tokens, bindings)? != tokens.len() {
                    return None;
                }
                1
            }
            Pattern::Variable { name, fragment } => {
                let (used, tokens) = fragment_of(fragment, rest)?;
                bindings.insert(name.clone(), Binding::Tokens(tokens));
                used
            }
            Pattern::Repeat { inner, separator, once, at_least } => {
                let (used, rounds) = repeated(inner, separator.as_ref(), *once, rest);
                if rounds.len() < *at_least {
                    return None;
                }
                // Each variable inside is bound to the list of its repetitions.
                let rounds: Rc<[Bindings]> = Rc::from(rounds);
                for name in names(inner) {
                    bindings.insert(name, Binding::Each(Rc::clone(&rounds)));
                }
                used
            }
        };
        at = at.saturating_add(used);
    }
    Some(at)
}

fn repeated(
    inner: &[Pattern],
    separator: Option<&TokenTree>,
    once: bool,
    input: &[TokenTree],
) -> (usize, Vec<Bindings>) {
    let mut at = 0_usize;
    let mut rounds = Vec::new();
    loop {
        let mut start = at;
        if let Some(separator) = separator
            && !rounds.is_empty()
        {
            match input.get(start) {
                Some(token) if token.to_string() == separator.to_string() => {
                    start = start.saturating_add(1);
                }
                _ => break,
            }
        }
        let mut own = Bindings::new();
        let Some(used) = input.get(start..).and_then(|rest| matched(inner, rest, &mut own)) else {
            break;
        };
        if used == 0 {
            break;
        }
        at = start.saturating_add(used);
        rounds.push(own);
        if once {
            break;
        }
    }
    (at, rounds)
}

/// The variables that patterns bind.
fn names(patterns: &[Pattern]) -> Vec<String> {
    patterns
        .iter()
        .flat_map(|pattern| match pattern {
            Pattern::Token(_) => Vec::new(),
            Pattern::Group(_, inner) | Pattern::Repeat { inner, .. } => names(inner),
            Pattern::Variable { name, .. } => vec![name.clone()],
        })
        .collect()
}

/// Takes one fragment off the input: how many tokens it has, and what it is put in as.
fn fragment_of(fragment: &str, input: &[TokenTree]) -> Option<(usize, TokenStream)> {
    let first = input.first();
    let take = |count: usize| Some((count, input.get(..count)?.iter().cloned().collect()));
    match fragment {
        "tt" => take(1).filter(|_| first.is_some()),
        "ident" => matches!(first?, TokenTree::Ident(ident) if ident != "_").then(|| take(1))?,
        "lifetime" => is_punct(first?, '\'').then(|| take(2))?,
        "block" => match first? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => take(1),
            TokenTree::Group(_)
            | TokenTree::Ident(_)
            | TokenTree::Punct(_)
            | TokenTree::Literal(_) => None,
        },
        "literal" => match input {
            [minus, TokenTree::Literal(_), ..] if is_punct(minus, '-') => take(2),
            [TokenTree::Literal(_), ..] => take(1),
            [word, ..] if is_word(word, "true") || is_word(word, "false") => take(1),
            _ => None,
        },
        "vis" => parsed::<syn::Visibility>(input, false),
        "expr" | "expr_2021" => {
            let (used, tokens) = parsed::<syn::Expr>(input, true)?;
            // An expression stays one expression in any context.
            let group = Group::new(Delimiter::None, tokens);
            Some((used, TokenStream::from(TokenTree::Group(group))))
        }
        "ty" => parsed::<syn::Type>(input, true),
        "path" => parsed::<syn::Path>(input, true),
        "pat" | "pat_param" => parsed::<AnyPat>(input, true),
        "item" => parsed::<Item>(input, true),
        "meta" => parsed::<syn::Meta>(input, true),
        "stmt" => parsed::<syn::Stmt>(input, true).or_else(|| parsed::<syn::Expr>(input, true)),
        _ => None,
    }
}

struct AnyPat;

impl Parse for AnyPat {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        syn::Pat::parse_multi_with_leading_vert(input).map(|_| Self)
    }
}

/// Parses a prefix of the input; it may be empty only where `some` is false.
fn parsed<T: Parse>(input: &[TokenTree], some: bool) -> Option<(usize, TokenStream)> {
    let split = |stream: ParseStream<'_>| {
        stream.parse::<T>()?;
        stream.parse::<TokenStream>()
    };
    let rest = split.parse2(input.iter().cloned().collect()).ok()?;
    let used = input.len().checked_sub(rest.into_iter().count())?;
    if some && used == 0 {
        return None;
    }
    Some((used, input.get(..used)?.iter().cloned().collect()))
}

/// The right side of an arm, with the variables filled in.
fn transcribe(
    tokens: &[TokenTree],
    bindings: &Bindings,
    call: Span,
    left: &mut usize,
) -> Option<TokenStream> {
    let mut out = TokenStream::new();
    let mut rest = tokens;
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        *left = left.checked_sub(1)?;
        match (first, more) {
            (dollar, [TokenTree::Group(group), more @ ..])
                if is_punct(dollar, '$') && group.delimiter() == Delimiter::Parenthesis =>
            {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let (separator, _, more) = repetition(more)?;
                rest = more;
                for (at, round) in rounds(&inner, bindings)?.into_iter().enumerate() {
                    if at > 0
                        && let Some(separator) = &separator
                    {
                        out.extend([placed(separator.clone(), call)]);
                    }
                    out.extend(transcribe(&inner, &round, call, left)?);
                }
            }
            (dollar, [TokenTree::Ident(name), more @ ..]) if is_punct(dollar, '$') => {
                rest = more;
                match bindings.get(&name.to_string()) {
                    Some(Binding::Tokens(tokens)) => {
                        *left = left.checked_sub(tokens.clone().into_iter().count())?;
                        out.extend(tokens.clone());
                    }
                    Some(Binding::Each(_)) => return None,
                    None if name == "crate" => {
                        out.extend([TokenTree::Ident(Ident::new("crate", call))]);
                    }
                    None => {
                        // A macro that defines a macro.
                        out.extend([TokenTree::Punct(Punct::new(
                            '$',
                            proc_macro2::Spacing::Alone,
                        ))]);
                        out.extend([placed(TokenTree::Ident(name.clone()), call)]);
                    }
                }
            }
            (TokenTree::Group(group), _) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut group =
                    Group::new(group.delimiter(), transcribe(&inner, bindings, call, left)?);
                group.set_span(call);
                out.extend([TokenTree::Group(group)]);
            }
            (token, _) => out.extend([placed(token.clone(), call)]),
        }
    }
    Some(out)
}

fn placed(mut token: TokenTree, call: Span) -> TokenTree {
    token.set_span(call);
    token
}

/// The bindings of each round of a repetition.
fn rounds(inner: &[TokenTree], bindings: &Bindings) -> Option<Vec<Bindings>> {
    let mut used = Vec::new();
    variables(inner, &mut used);
    let lists: Vec<&Rc<[Bindings]>> = used
        .iter()
        .filter_map(|name| match bindings.get(name) {
            Some(Binding::Each(rounds)) => Some(rounds),
            Some(Binding::Tokens(_)) | None => None,
        })
        .collect();
    let count = lists.iter().map(|rounds| rounds.len()).max()?;
    Some(
        (0..count)
            .map(|at| {
                let mut own = bindings.clone();
                for list in &lists {
                    own.extend(list.get(at).cloned().unwrap_or_default());
                }
                own
            })
            .collect(),
    )
}

fn variables(tokens: &[TokenTree], found: &mut Vec<String>) {
    let mut dollar = false;
    for token in tokens {
        match token {
            TokenTree::Ident(name) if dollar => found.push(name.to_string()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                variables(&inner, found);
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        dollar = is_punct(token, '$');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(definition: &str, input: &str) -> Option<String> {
        let item: ItemMacro = syn::parse_str(definition).unwrap();
        let (_, definition) = Definition::read(&item).unwrap();
        let out = definition.expand(input.parse().unwrap(), Span::call_site())?;
        Some(out.to_string().split_whitespace().collect::<String>())
    }

    #[test]
    fn arms_are_tried_in_order() {
        let two = "macro_rules! m { (a $x:ident) => { $x() }; ($x:expr) => { f($x) }; }";
        assert_eq!(expanded(two, "a b").unwrap(), "b()");
        assert_eq!(expanded(two, "1 + 2").unwrap(), "f(1+2)");
        assert_eq!(expanded(two, "a b c"), None);
    }

    #[test]
    fn repetitions_nest_and_end() {
        let list =
            "macro_rules! m { ($($k:ident => [$($v:expr),*]),* $(,)?) => { $( $k($($v),*); )* } }";
        assert_eq!(expanded(list, "a => [1, 2], b => [],").unwrap(), "a(1,2);b();");
        let outer = "macro_rules! m { ($f:ident; $($v:expr),+) => { $( $f($v); )+ } }";
        assert_eq!(expanded(outer, "f; 1, 2").unwrap(), "f(1);f(2);");
        assert_eq!(expanded(outer, "f;"), None);
    }

    #[test]
    fn endless_growth_is_refused() {
        let body = "$($x)* ".repeat(400);
        let doubled = format!("macro_rules! m {{ ($($x:tt)*) => {{ {body} }} }}");
        assert_eq!(expanded(&doubled, &"a ".repeat(400)), None);
    }
}
