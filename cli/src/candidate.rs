//! Functions that carry our attributes, and calls that weaken a default.

use palisade_lint::{attribute::Word, endpoint::written};
use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Expr, ExprCall, ExprLit, ExprMethodCall, ExprPath, Ident, ImplItemFn, ItemFn,
    ItemImpl, ItemMod, ItemStruct, Lit, Macro, Path, TraitItemFn,
    visit::{self, Visit},
};

use crate::{conditional, import::Imports, place::Place, report::Report, source::SourceFile};

/// The traits that only the macros implement.
const GUARDED: [&str; 2] = ["Endpoint", "Input"];

/// A function that carries one of our attributes.
#[derive(Debug)]
pub struct Candidate {
    /// The function with all of its attributes.
    pub item: ItemFn,
    /// Its module, without the crate's name.
    pub module: Vec<String>,
    /// The `#[cfg(..)]` conditions around it; its own are among its attributes.
    pub conditions: Vec<String>,
}

/// A call of a method that weakens a default, or an option of a macro that does.
#[derive(Debug)]
pub struct Call {
    /// The method or the option.
    pub name: Ident,
    /// The reason that it is given; `None` where it is no literal.
    pub reason: Option<String>,
    /// The module of the call, without the crate's name.
    pub module: Vec<String>,
}

/// What one file holds.
#[derive(Debug)]
pub struct Finder<'a> {
    /// The functions.
    pub candidates: Vec<Candidate>,
    /// The calls.
    pub calls: Vec<Call>,
    file: &'a SourceFile,
    imports: &'a Imports,
    /// The names of the crate: `palisade`, or what the manifest calls it.
    crates: &'a [String],
    module: Vec<String>,
    conditions: Vec<String>,
    report: &'a mut Report,
}

impl<'a> Finder<'a> {
    /// Reads `file`.
    pub fn read(
        file: &'a SourceFile,
        imports: &'a Imports,
        crates: &'a [String],
        report: &'a mut Report,
    ) -> Self {
        let mut finder = Self {
            candidates: Vec::new(),
            calls: Vec::new(),
            file,
            imports,
            crates,
            module: file.module.clone(),
            conditions: file.conditions.clone(),
            report,
        };
        finder.visit_file(&file.syntax);
        finder
    }

    /// The word that an attribute says, where it is one of ours or may be.
    fn word(&self, attribute: &Attribute) -> Option<Word> {
        let path: Vec<String> =
            attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
        let (last, prefix) = path.split_last()?;
        let word = Word::named(last)?;
        let ours = match prefix {
            [] => !(word.is_route() && self.imports.is_actix(last, self.crates)),
            [first, ..] => {
                self.crates.contains(first)
                    || self.imports.renamed(self.crates).any(|import| import.name == *first)
                    // `crate = my::palisade` says that `my::palisade::post` is ours.
                    || names_crate(attribute)
            }
        };
        ours.then_some(word)
    }

    fn is_candidate(&self, attributes: &[Attribute]) -> bool {
        attributes
            .iter()
            .filter_map(|attribute| self.word(attribute))
            // `allow_unsafe` silences a rule in any function; it makes no handler.
            .any(|word| word != Word::AllowUnsafe)
    }

    /// The name of a trait of ours that only the macros may implement.
    fn guarded_trait<'p>(&self, path: &'p Path) -> Option<&'p Ident> {
        let mut segments = path.segments.iter();
        let last = &segments.next_back()?.ident;
        let ours = match segments.next() {
            None => self.imports.is_from(&last.to_string(), self.crates),
            Some(first) => self.crates.contains(&first.ident.to_string()),
        };
        (ours && GUARDED.iter().any(|name| last == name)).then_some(last)
    }

    /// A method of an `impl` or a trait, read as the compiler hands it to the attribute.
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

    fn call(&mut self, name: &Ident, reason: Option<&Expr>) {
        let reason = match reason {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Some(text.value()),
            _ => None,
        };
        self.calls.push(Call { name: name.clone(), reason, module: self.module.clone() });
    }

    /// What weakens inside of a macro: the options of `sql!`, and calls that stand in other macros'
    /// arguments. Which macro it is does not matter: one more line of the inventory is no harm, one
    /// that is missing would be.
    fn calls_in(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.calls_in(group.stream()),
                TokenTree::Ident(name) if is_dangerous(&name) => {
                    let reason = match tokens.peek() {
                        Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => {
                            tokens.next();
                            tokens.peek().cloned()
                        }
                        Some(TokenTree::Group(call)) => call.stream().into_iter().next(),
                        _ => None,
                    };
                    let reason = match reason {
                        Some(TokenTree::Literal(literal)) => text(literal),
                        _ => None,
                    };
                    self.calls.push(Call { name, reason, module: self.module.clone() });
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn push(&mut self, item: ItemFn) {
        self.candidates.push(Candidate {
            item,
            module: self.module.clone(),
            conditions: self.conditions.clone(),
        });
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
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
        if let Some(name) = item.trait_.as_ref().and_then(|(path, _)| self.guarded_trait(path)) {
            self.report.wrong(
                Place::of(&self.file.path, name.span()),
                format!("`{name}` is implemented by hand, so nothing stands behind its promise"),
                Some(match name.to_string().as_str() {
                    "Endpoint" => "write a route attribute above a handler".to_owned(),
                    _ => format!("write `#[derive({name})]`"),
                }),
            );
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if let [krate, private, ..] = path.segments.iter().collect::<Vec<_>>().as_slice()
            && private.ident == "__private"
            && self.crates.contains(&krate.ident.to_string())
        {
            self.report.wrong(
                Place::of(&self.file.path, private.ident.span()),
                "`__private` is for what the macros write".to_owned(),
                Some("use what the crate offers by name".to_owned()),
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        if let Some(word) = hidden_word(item.tokens.clone()) {
            let name = written(&item.path);
            self.report.unreadable(
                Place::of(&self.file.path, word.span()),
                format!("a handler with `{word}` is written inside `{name}!`, which only the compiler can read"),
            );
        }
        self.calls_in(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if is_dangerous(&call.method) {
            self.call(&call.method, call.args.first());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
            && is_dangerous(&last.ident)
        {
            // The first argument is what the method is called on.
            self.call(&last.ident, call.args.iter().nth(1));
            call.args.iter().for_each(|argument| self.visit_expr(argument));
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(last) = path.path.segments.last()
            && is_dangerous(&last.ident)
        {
            self.call(&last.ident, None);
        }
        visit::visit_expr_path(self, path);
    }
}

fn text(literal: Literal) -> Option<String> {
    if let Lit::Str(text) = Lit::new(literal) { Some(text.value()) } else { None }
}

fn is_dangerous(name: &Ident) -> bool {
    name.to_string().starts_with("dangerous_")
}

fn names_crate(attribute: &Attribute) -> bool {
    attribute.meta.require_list().is_ok_and(|list| {
        list.tokens
            .clone()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(word) if word == "crate"))
    })
}

/// One of our words of access in an attribute among these tokens.
fn hidden_word(tokens: TokenStream) -> Option<Ident> {
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
                    let ours =
                        |word: &Ident| Word::named(&word.to_string()).is_some_and(Word::is_access);
                    if let Some(word) = last.filter(ours) {
                        return Some(word);
                    }
                }
                if let Some(word) = hidden_word(group.stream()) {
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
