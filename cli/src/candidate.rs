//! Functions with palisade's attributes, and calls that weaken a default.

use palisade_lint::{
    attribute::{Attributes, Word},
    endpoint::written,
    tree::{Origin, parts},
};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Expr, ExprCall, ExprLit, ExprMethodCall, ExprPath, ForeignItem, Ident, ImplItem,
    ImplItemFn, Item, ItemExternCrate, ItemFn, ItemImpl, ItemMacro, ItemMod, ItemStruct, Lit,
    Macro, TraitItem, TraitItemFn,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::{
    by_hand::{self, RawReader, ScopeByHand},
    conditional, facts,
    place::Place,
    program::{Owner, Package, Program, derives_with_helpers, names_crate, unconditional},
    report::Report,
    source::SourceFile,
};

/// A function with one of palisade's attributes.
#[derive(Debug)]
pub struct Candidate {
    /// The function. Each palisade attribute has the path `palisade::word`.
    pub item: ItemFn,
    /// Its module, without the crate's name.
    pub module: Vec<String>,
    /// The `#[cfg(..)]` conditions around it; its own are among its attributes.
    pub conditions: Vec<String>,
    /// The index of Actix's own route attribute above all of palisade's: it expands first, and
    /// leaves a plain handler. Below one of palisade's, it is treated like palisade's own.
    pub actix: Option<usize>,
}

/// A call of a function that weakens a default, or such an option of a macro.
#[derive(Debug)]
pub struct Call {
    /// The function or the option.
    pub name: String,
    /// The reason, if it is a literal.
    pub reason: Option<String>,
    /// The module of the call, without the crate's name.
    pub module: Vec<String>,
    /// Its span.
    pub span: Span,
}

/// The contents of one file.
#[derive(Debug)]
pub struct Finder<'a> {
    /// The functions.
    pub candidates: Vec<Candidate>,
    /// The calls.
    pub calls: Vec<Call>,
    /// Scopes without a derive.
    pub scopes: Vec<ScopeByHand>,
    /// Code that reads the request besides the handlers' arguments.
    pub raw: Vec<RawReader>,
    program: &'a Program,
    package: &'a Package,
    file: &'a SourceFile,
    module: Vec<String>,
    conditions: Vec<String>,
    report: &'a mut Report,
}

impl<'a> Finder<'a> {
    /// Reads `file`.
    pub fn read(
        program: &'a Program,
        package: &'a Package,
        file: &'a SourceFile,
        report: &'a mut Report,
    ) -> Self {
        let mut finder = Self {
            candidates: Vec::new(),
            calls: Vec::new(),
            scopes: Vec::new(),
            raw: Vec::new(),
            program,
            package,
            file,
            module: file.module.clone(),
            conditions: file.conditions.clone(),
            report,
        };
        finder.visit_file(&file.syntax);
        finder
    }

    fn word(&self, attribute: &Attribute) -> Option<(Word, Owner)> {
        self.program.word(self.package, &self.module, attribute)
    }

    fn is_candidate(&self, attributes: &[Attribute]) -> bool {
        attributes.iter().any(|attribute| match self.word(attribute) {
            // `allow_unsafe` silences a rule in any function; it makes no handler.
            Some((word, Owner::Palisade)) => word != Word::AllowUnsafe,
            Some((_, Owner::Actix | Owner::Other(_))) => false,
            None => Attributes::conditional(attribute)
                .is_some_and(|word| word.is_access() || word.is_route()),
        })
    }

    /// A method of an `impl` or a trait, in the form that the compiler passes to the attribute.
    fn method(&mut self, attributes: &[Attribute], item: &impl ToTokens, name: &Ident) {
        if !self.is_candidate(attributes) {
            return;
        }
        match syn::parse2::<ItemFn>(item.to_token_stream()) {
            Ok(item) => self.push(item),
            Err(error) => self.report.wrong(
                Place::of(&self.file.path, error.span()),
                format!("`{name}` cannot be a handler: {error}"),
                None,
            ),
        }
    }

    fn call(&mut self, name: &str, span: Span, reason: Option<&Expr>) {
        let reason = match reason {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Some(text.value()),
            _ => None,
        };
        self.calls.push(Call { name: name.to_owned(), reason, module: self.module.clone(), span });
    }

    /// The name of a function that weakens a default, even if it is imported under another name.
    fn dangerous(&self, path: &[String]) -> Option<String> {
        let last = path.last()?;
        if is_dangerous(last) {
            return Some(last.clone());
        }
        let known = self.program.of_palisade(self.package, &self.module, path)?;
        known.last().filter(|last| is_dangerous(last)).cloned()
    }

    /// The weakening calls inside of a macro: the options of `sql!`, and calls among the arguments
    /// of other macros. The macro's name makes no difference: an extra line in the inventory is
    /// harmless, a missing one is not.
    fn calls_in(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut before = None;
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Group(group) => self.calls_in(group.stream()),
                TokenTree::Ident(name) => {
                    let call = matches!(tokens.peek(), Some(TokenTree::Group(_)));
                    let text = name.unraw().to_string();
                    let known = if call && before != Some('.') {
                        self.dangerous(std::slice::from_ref(&text))
                    } else {
                        Some(text).filter(|text| is_dangerous(text))
                    };
                    if let Some(known) = known {
                        let reason = match tokens.peek() {
                            Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => {
                                tokens.next();
                                tokens.peek().cloned()
                            }
                            // The reason is the last argument.
                            Some(TokenTree::Group(call)) => {
                                let literal = |t: &TokenTree| matches!(t, TokenTree::Literal(_));
                                call.stream().into_iter().filter(literal).last()
                            }
                            _ => None,
                        };
                        let reason = reason.and_then(|reason| {
                            let TokenTree::Literal(literal) = reason else { return None };
                            let Lit::Str(text) = Lit::new(literal) else { return None };
                            Some(text.value())
                        });
                        let (module, span) = (self.module.clone(), name.span());
                        self.calls.push(Call { name: known, reason, module, span });
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            before =
                if let TokenTree::Punct(punct) = &token { Some(punct.as_char()) } else { None };
        }
    }

    /// Adds a handler, with its attributes under their original names.
    fn push(&mut self, mut item: ItemFn) {
        let mut actix = None;
        let mut first = true;
        for (at, attribute) in item.attrs.iter_mut().enumerate() {
            let Some((word, owner)) = self.word(attribute) else { continue };
            match owner {
                Owner::Palisade => {
                    // Of one that says where palisade is, the path is judged by what it says.
                    let plain = attribute.path().is_ident(word.name());
                    if !plain && !names_crate(attribute) {
                        let name = Ident::new(word.name(), attribute.path().span_of_last());
                        rename(attribute, syn::parse_quote!(palisade::#name));
                    }
                }
                Owner::Actix if first => actix = Some(at),
                Owner::Actix => {
                    let name = Ident::new(word.name(), attribute.path().span_of_last());
                    rename(attribute, syn::parse_quote!(actix_web::#name));
                }
                Owner::Other(krate) => self.report.wrong(
                    Place::of(&self.file.path, attribute.path().span_of_last()),
                    format!("`{word}` comes from `{krate}` here, so it is unknown to palisade"),
                    Some(format!("write `#[palisade::{word}(..)]`, or import it from palisade")),
                ),
            }
            first = false;
        }
        self.candidates.push(Candidate {
            item,
            module: self.module.clone(),
            conditions: self.conditions.clone(),
            actix,
        });
    }
}

/// The span of a path's last name.
trait LastSpan {
    fn span_of_last(&self) -> Span;
}

impl LastSpan for syn::Path {
    fn span_of_last(&self) -> Span {
        self.segments.last().map_or_else(Span::call_site, |last| last.ident.span())
    }
}

fn rename(attribute: &mut Attribute, path: syn::Path) {
    match &mut attribute.meta {
        syn::Meta::Path(old) => *old = path,
        syn::Meta::List(list) => list.path = path,
        syn::Meta::NameValue(pair) => pair.path = path,
    }
}

/// The attributes of an item.
fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        // What syn has no form for.
        Item::Verbatim(_) | _ => &[],
    }
}

impl Finder<'_> {
    /// Reports the attributes of an item that are unread macros. Attributes of fields, variants,
    /// arguments and expressions are not: they are helpers, or the compiler's.
    fn judge(&mut self, attributes: &[Attribute]) {
        if conditional::is_test_only(attributes) {
            return;
        }
        // A helper attribute follows its derive.
        let mut derives = Vec::new();
        for meta in attributes.iter().flat_map(|attribute| unconditional(&attribute.meta)) {
            let path = meta.path();
            let names = parts(path);
            let krate = self.program.unread_attribute(self.package, &self.module, &names, &derives);
            if let Some(krate) = krate {
                self.unread(&krate, &format!("`#[{}]`", written(path)), path.span_of_last());
            }
            let own = derives_with_helpers(&meta);
            for derive in &own {
                let krate = self.program.unread_derive(self.package, &self.module, &parts(derive));
                if let Some(krate) = krate {
                    let what = format!("`#[derive({})]`", written(derive));
                    self.unread(&krate, &what, derive.span_of_last());
                }
            }
            derives.extend(own);
        }
    }

    /// Code that only the compiler can expand, and that may contain handlers.
    fn unread(&mut self, krate: &str, what: &str, span: Span) {
        self.report.unreadable(
            Place::of(&self.file.path, span),
            format!(
                "not found: what {what} makes; `{krate}` depends on palisade, and its macros are read by \
                 the compiler alone"
            ),
        );
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        let name = item.ident.unraw().to_string();
        let brings_macros =
            item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_use"));
        if brings_macros && self.package.member.unread.contains(&name) {
            self.unread(&name, &format!("`#[macro_use]` brings of `{name}`"), item.ident.span());
        }
        visit::visit_item_extern_crate(self, item);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        self.judge(attributes_of(item));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        self.judge(match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            ImplItem::Verbatim(_) | _ => &[],
        });
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        self.judge(match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            TraitItem::Verbatim(_) | _ => &[],
        });
        visit::visit_trait_item(self, item);
    }

    fn visit_foreign_item(&mut self, item: &'ast ForeignItem) {
        self.judge(match item {
            ForeignItem::Fn(item) => &item.attrs,
            ForeignItem::Static(item) => &item.attrs,
            ForeignItem::Type(item) => &item.attrs,
            ForeignItem::Macro(item) => &item.attrs,
            ForeignItem::Verbatim(_) | _ => &[],
        });
        visit::visit_foreign_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        let conditions = self.conditions.len();
        self.conditions.extend(conditional::conditions(&item.attrs));
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.conditions.truncate(conditions);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        if self.is_candidate(&item.attrs) {
            self.push(item.clone());
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !conditional::is_test_only(&item.attrs) {
            self.method(&item.attrs, item, &item.sig.ident);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if !conditional::is_test_only(&item.attrs) {
            self.method(&item.attrs, item, &item.sig.ident);
            visit::visit_trait_item_fn(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        // The commonest slip: an attribute that slid onto the type above the handler.
        if self.is_candidate(&item.attrs) {
            self.report.wrong(
                Place::of(&self.file.path, item.ident.span()),
                format!("`{}` is no function, so it cannot be a handler", item.ident),
                Some("move the attribute to the handler".to_owned()),
            );
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        if let Some((path, _)) = &item.trait_ {
            let last = self.program.original(self.package, &self.module, &parts(path));
            self.scopes.extend(by_hand::scope(&last, item, &self.module));
            let is_request = |path: &syn::Path| {
                self.program.original(self.package, &self.module, &parts(path)) == "ServiceRequest"
            };
            self.raw.extend(by_hand::raw(&last, item, &self.module, is_request));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        // What a `macro_rules!` makes is read where it is called.
        if item.mac.path.is_ident("macro_rules") {
            self.weakened_by(&item.mac);
            self.calls_in(item.mac.tokens.clone());
        } else {
            visit::visit_item_macro(self, item);
        }
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let name = written(&item.path);
        let defined = self.program.macro_named(&name);
        // A call that is still here was not expanded.
        let within = hidden_word(item.tokens.clone(), Word::is_access)
            .or_else(|| defined.and_then(|tokens| hidden_word(tokens.clone(), |_| true)));
        if let Some(word) = within {
            let place = if defined.is_some() { item.path.span_of_last() } else { word.span() };
            self.report.unreadable(
                Place::of(&self.file.path, place),
                format!("a handler with `{word}` is written inside `{name}!`, which only the compiler can read"),
            );
        }
        let path = parts(&item.path);
        if let Some(krate) = self.program.unread_macro(self.package, &self.module, &path) {
            self.unread(&krate, &format!("`{name}!`"), item.path.span_of_last());
        }
        self.weakened_by(item);
        self.calls_in(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let method = call.method.to_string();
        if is_dangerous(&method) {
            // The id is the first argument of the one, the network of the other.
            let reason =
                if method == SILENCE { call.args.iter().nth(1) } else { call.args.first() };
            let name = match call.args.first() {
                Some(Expr::Lit(ExprLit { lit: Lit::Str(id), .. })) if method == SILENCE => {
                    format!("{method}({})", id.value())
                }
                _ => method.clone(),
            };
            self.call(&name, call.method.span(), reason);
        }
        self.raw.extend(by_hand::raw_call(
            &method,
            &[],
            call.args.first(),
            &self.module,
            call.method.span(),
        ));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            self.raw_call(path, call.args.first());
        }
        if let Expr::Path(path) = &*call.func
            && let Some(name) = self.dangerous(&parts(&path.path))
        {
            // The first argument is what the method is called on.
            self.call(&name, path.path.span_of_last(), call.args.iter().nth(1));
            call.args.iter().for_each(|argument| self.visit_expr(argument));
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = self.dangerous(&parts(&path.path)) {
            self.call(&name, path.path.span_of_last(), None);
        }
        visit::visit_expr_path(self, path);
    }
}

impl Finder<'_> {
    /// A function that passes the request on, even if it is imported under another name.
    fn raw_call(&mut self, function: &ExprPath, argument: Option<&Expr>) {
        let path = parts(&function.path);
        let origins = self.program.origins(self.package, &self.module, &path);
        let from = origins.iter().find_map(|origin| match origin {
            Origin::External(path) => Some(path.clone()),
            Origin::Item(_) | Origin::Perhaps(_) => None,
        });
        // A function of the package's own is not one of Actix.
        if origins.iter().any(|origin| matches!(origin, Origin::Item(_))) {
            return;
        }
        let Some((name, from)) = from.as_deref().unwrap_or(&path).split_last() else { return };
        let span = function.path.span_of_last();
        self.raw.extend(by_hand::raw_call(name, from, argument, &self.module, span));
    }

    /// A browser policy that is weaker than the default: `csp!(.., reason = "..")`.
    fn weakened_by(&mut self, item: &Macro) {
        if facts::makes_policy(self.program, self.package, &self.module, &item.path)
            && let Some(reason) = facts::reason_of(&item.tokens)
            && let Some(last) = item.path.segments.last()
        {
            let path = parts(&item.path);
            let known = self.program.macro_of_palisade(self.package, &self.module, &path);
            let name = known.unwrap_or_else(|| last.ident.unraw().to_string());
            self.calls.push(Call {
                name: format!("{name}!"),
                reason: Some(reason),
                module: self.module.clone(),
                span: last.ident.span(),
            });
        }
    }
}

/// The method that silences a deploy check: its second argument is the reason.
const SILENCE: &str = "silence_deploy_check";

fn is_dangerous(name: &str) -> bool {
    // The call that makes the document public has a reason too.
    name.starts_with("dangerous_") || [SILENCE, "openapi_public"].contains(&name)
}

/// A palisade attribute among these tokens, also in raw or conditional form.
fn hidden_word(tokens: TokenStream, pick: fn(Word) -> bool) -> Option<Ident> {
    let mut hash = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                if hash && group.delimiter() == Delimiter::Bracket {
                    let mut last = None;
                    for token in group.stream() {
                        match token {
                            TokenTree::Ident(word) => last = Some(word),
                            TokenTree::Punct(colon) if colon.as_char() == ':' => {}
                            TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_) => {
                                break;
                            }
                        }
                    }
                    let ours = |word: &Ident| {
                        let word = Word::named(&word.unraw().to_string());
                        word.is_some_and(|word| word != Word::AllowUnsafe && pick(word))
                    };
                    let conditional = last.as_ref().is_some_and(|word| word == "cfg_attr");
                    if let Some(word) = last.filter(ours) {
                        return Some(word);
                    }
                    if conditional && let Some(word) = any_word(group.stream(), pick) {
                        return Some(word);
                    }
                }
                if let Some(word) = hidden_word(group.stream(), pick) {
                    return Some(word);
                }
                hash = false;
            }
            TokenTree::Punct(punct) => hash = punct.as_char() == '#',
            TokenTree::Ident(_) | TokenTree::Literal(_) => hash = false,
        }
    }
    None
}

/// A palisade attribute anywhere among the arguments of a `cfg_attr`.
fn any_word(tokens: TokenStream, pick: fn(Word) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            let word = Word::named(&ident.unraw().to_string()).filter(|word| pick(*word));
            word.map(|_| ident)
        }
        TokenTree::Group(group) => any_word(group.stream(), pick),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

impl Package {
    /// The path of a handler, as the tree of names has it.
    pub fn item(&self, handler: &Candidate) -> Vec<String> {
        let mut path = self.module(&handler.module);
        path.push(handler.item.sig.ident.unraw().to_string());
        path
    }
}
