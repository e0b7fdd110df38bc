//! `check --deploy`: endpoints that cost much and do not bound how many requests are under way.
//!
//! A rate bounds how often, and not how much at once: a dozen searches that take seconds each are
//! within any rate, and keep a pool and every core busy (CWE-400). What an endpoint costs stands in
//! its arguments, in its body and in the functions of the crate that it calls, which are followed
//! by their names: a name that two functions have stands for both. These are warnings, because
//! only the service knows how long its tables are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use palisade_lint::{Finding, Level, Place, Step};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    Attribute, ExprCall, ExprMethodCall, ExprPath, ImplItemFn, ItemFn, ItemMacro, Macro, Signature,
    visit::{self, Visit},
};

/// The name under which these findings are reported.
pub(super) const RULE: &str = "unbounded_cost";

const CWE: u16 = 400;

/// Words that make a function an endpoint.
const ROUTES: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "route"];

/// What looks through texts, as words of a statement.
const SEARCHES: [&str; 8] =
    ["LIKE", "ILIKE", "INSTR", "STRPOS", "POSITION", "LOCATE", "REGEXP", "GLOB"];

/// What is costly about a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cost {
    Hashes,
    Streams,
    Searches,
}

impl Cost {
    fn message(self) -> &'static str {
        match self {
            Self::Hashes => "hashes passwords",
            Self::Streams => "streams its answer",
            Self::Searches => "searches texts",
        }
    }
}

/// The findings in these files and folders, each folder by itself. What cannot be read or parsed is
/// left to the rules, which report it.
pub(super) fn findings(roots: &[PathBuf]) -> io::Result<Vec<Finding>> {
    let mut found = Vec::new();
    for root in roots {
        let mut functions = Functions::default();
        let mut files = Vec::new();
        sources(root, &mut files)?;
        for path in files {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let Ok(file) = syn::parse_file(&text) else { continue };
            functions.file = path.display().to_string();
            functions.visit_file(&file);
        }
        found.extend(functions.findings());
    }
    Ok(found)
}

fn sources(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned());
        let is_link = entry.symlink_metadata()?.file_type().is_symlink();
        if !is_link && name.is_some_and(|name| !name.starts_with('.') && name != "target") {
            sources(&entry, files)?;
        }
    }
    Ok(())
}

/// The functions of a crate.
#[derive(Default)]
struct Functions {
    file: String,
    endpoints: Vec<Endpoint>,
    by_name: BTreeMap<String, Vec<Work>>,
}

struct Endpoint {
    name: String,
    file: String,
    place: Place,
    is_public: bool,
    work: Work,
}

/// What a function does itself.
#[derive(Clone, Default)]
struct Work {
    costs: BTreeMap<Cost, (String, usize)>,
    calls: BTreeSet<String>,
}

impl Functions {
    fn findings(&self) -> Vec<Finding> {
        self.endpoints.iter().flat_map(|endpoint| self.findings_of(endpoint)).collect()
    }

    fn findings_of(&self, endpoint: &Endpoint) -> Option<Finding> {
        let (cost, (file, line)) = self.costs(&endpoint.work).into_iter().next()?;
        let by = if endpoint.is_public { "ip" } else { "subject" };
        Some(Finding {
            file: endpoint.file.clone(),
            place: endpoint.place,
            rule: RULE,
            cwe: CWE,
            level: Level::Warn,
            message: format!(
                "`{}` {} and does not bound how many requests of a caller are under way",
                endpoint.name,
                cost.message()
            ),
            help: format!("add `#[concurrency_limit(2, by = {by})]`"),
            trace: vec![Step { file, line, note: format!("it {} here", cost.message()) }],
            fix: None,
        })
    }

    /// The costs of a function and of those that it calls.
    fn costs(&self, work: &Work) -> BTreeMap<Cost, (String, usize)> {
        let mut costs = work.costs.clone();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = work.calls.iter().map(String::as_str).collect();
        while let Some(name) = next.pop() {
            if !seen.insert(name) {
                continue;
            }
            for called in self.by_name.get(name).into_iter().flatten() {
                for (cost, place) in &called.costs {
                    costs.entry(*cost).or_insert_with(|| place.clone());
                }
                next.extend(called.calls.iter().map(String::as_str));
            }
        }
        costs
    }

    fn function(&mut self, attributes: &[Attribute], signature: &Signature, body: TokenStream) {
        if attributes.iter().any(is_test) {
            return;
        }
        let mut work = Reader { file: &self.file, work: Work::default() };
        if let Ok(block) = syn::parse2::<syn::Block>(body) {
            work.visit_block(&block);
        }
        for input in &signature.inputs {
            work.hashes(input.to_token_stream());
        }
        work.streams(signature.output.to_token_stream());
        let work = work.work;
        let name = signature.ident.to_string();
        let is = |words: &[&str]| attributes.iter().any(|a| named(a, words));
        if is(&ROUTES) {
            if !is(&["concurrency_limit"]) {
                self.endpoints.push(Endpoint {
                    name,
                    file: self.file.clone(),
                    place: Place::of(signature.ident.span()),
                    is_public: is(&["public"]),
                    work,
                });
            }
            return;
        }
        self.by_name.entry(name).or_default().push(work);
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.function(&item.attrs, &item.sig, item.block.to_token_stream());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.function(&item.attrs, &item.sig, item.block.to_token_stream());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }

    // What a macro of the crate holds, its callers do.
    fn visit_item_macro(&mut self, item: &'a ItemMacro) {
        let Some(name) = &item.ident else { return };
        let mut reader = Reader { file: &self.file, work: Work::default() };
        reader.tokens(item.mac.tokens.clone());
        let work = reader.work;
        self.by_name.entry(name.to_string()).or_default().push(work);
    }
}

/// `#[cfg(test)]`, `#[test]` and those of runtimes.
fn is_test(attribute: &Attribute) -> bool {
    let is_cfg = attribute.path().is_ident("cfg")
        && attribute.meta.to_token_stream().into_iter().any(|token| match token {
            TokenTree::Group(group) => group.stream().to_string() == "test",
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        });
    is_cfg || named(attribute, &["test"])
}

fn named(attribute: &Attribute, words: &[&str]) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| words.iter().any(|word| last.ident == word))
}

struct Reader<'f> {
    file: &'f str,
    work: Work,
}

impl Reader<'_> {
    fn add(&mut self, cost: Cost, span: Span) {
        let place = (self.file.to_owned(), span.start().line);
        self.work.costs.entry(cost).or_insert(place);
    }

    fn hashes(&mut self, tokens: TokenStream) {
        self.on_word(tokens, &["PasswordHasher"], Cost::Hashes);
    }

    fn streams(&mut self, tokens: TokenStream) {
        self.on_word(tokens, &["StreamedJson"], Cost::Streams);
    }

    fn on_word(&mut self, tokens: TokenStream, words: &[&str], cost: Cost) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if words.iter().any(|word| ident == word) => {
                    self.add(cost, ident.span());
                }
                TokenTree::Group(group) => self.on_word(group.stream(), words, cost),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// What is inside of a macro: calls by their look, and `sql!`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut before: Vec<TokenTree> = Vec::new();
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                match before.as_slice() {
                    [.., TokenTree::Ident(name), TokenTree::Punct(bang)]
                        if bang.as_char() == '!' =>
                    {
                        self.called(name, group.stream());
                    }
                    [.., TokenTree::Ident(name)] => {
                        self.work.calls.insert(name.to_string());
                        self.tokens(group.stream());
                    }
                    _ => self.tokens(group.stream()),
                }
            }
            before.push(token);
        }
    }

    /// A macro that is called.
    fn called(&mut self, name: &proc_macro2::Ident, tokens: TokenStream) {
        if name == "sql" {
            if let Some(TokenTree::Literal(text)) = tokens.clone().into_iter().next()
                && searches(&text.to_string())
            {
                self.add(Cost::Searches, text.span());
            }
            return;
        }
        self.work.calls.insert(name.to_string());
        self.tokens(tokens);
    }
}

/// Whether a statement looks through texts.
fn searches(statement: &str) -> bool {
    let mut words = statement.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| SEARCHES.iter().any(|search| word.eq_ignore_ascii_case(search)))
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        if let syn::Expr::Path(ExprPath { path, .. }) = &*call.func
            && let Some(last) = path.segments.last()
        {
            self.work.calls.insert(last.ident.to_string());
            self.streams(path.to_token_stream());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.work.calls.insert(call.method.to_string());
        if call.method == "streaming" {
            self.add(Cost::Streams, call.method.span());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, macro_: &'a Macro) {
        if let Some(last) = macro_.path.segments.last() {
            self.called(&last.ident, macro_.tokens.clone());
        }
    }
}
