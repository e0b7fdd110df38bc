//! Expensive endpoints without a concurrency limit.
//!
//! A rate bounds how often a caller requests an endpoint, and not how many requests run at once: a
//! dozen searches that take seconds each are within any rate, and occupy a pool and every core
//! (CWE-400). The cost of an endpoint is estimated from its arguments, its body and the functions
//! of the crate that it calls. These are followed by name: a name that two functions have means
//! both, unless the call names the type (`Type::name`). The findings are warnings, because only the
//! service knows the size of its tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use palisade_lint::{Finding, Level, Place, Step, is_test_only};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    Attribute, ExprCall, ExprMethodCall, ExprPath, Ident, ImplItemFn, ItemFn, ItemImpl, ItemMacro,
    ItemType, Macro, Signature, Type, UseRename,
    spanned::Spanned as _,
    visit::{self, Visit},
};

/// The rule's name in these findings.
pub(super) const RULE: &str = "unbounded_cost";

const CWE: u16 = 400;

/// Attributes that make a function an endpoint.
const ROUTES: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "route"];

/// Operators of a statement that search texts.
const OPERATORS: [&str; 4] = ["LIKE", "ILIKE", "REGEXP", "GLOB"];

/// Functions that search texts. Without arguments they are names of columns.
const FUNCTIONS: [&str; 4] = ["INSTR", "STRPOS", "POSITION", "LOCATE"];

/// Why a function is expensive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cost {
    Hashes,
    Streams,
    Searches,
    TakesFiles,
}

impl Cost {
    fn message(self) -> &'static str {
        match self {
            Self::Hashes => "hashes passwords",
            Self::Streams => "streams its answer",
            Self::Searches => "searches texts",
            Self::TakesFiles => "takes files",
        }
    }

    /// How many requests a caller may need at once.
    fn most(self) -> u32 {
        match self {
            Self::Hashes | Self::Streams | Self::Searches => 2,
            Self::TakesFiles => 8,
        }
    }
}

/// The findings in these files and folders, each folder separately. Unreadable and invalid files
/// are ignored, as the rules report them.
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

pub(super) fn sources(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
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
    /// By their names, and those of a type also as `Type::name`.
    by_name: BTreeMap<String, Vec<Work>>,
    /// Aliases of types.
    aliases: BTreeMap<String, String>,
    /// For the current implementation: its type, and its trait if it has one.
    owners: Vec<String>,
}

struct Endpoint {
    name: String,
    file: String,
    place: Place,
    is_public: bool,
    work: Work,
}

/// The calls and costs in a function itself.
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
            help: format!("add `#[concurrency_limit({}, by = {by})]`", cost.most()),
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
            for called in self.called(name) {
                for (cost, place) in &called.costs {
                    costs.entry(*cost).or_insert_with(|| place.clone());
                }
                next.extend(called.calls.iter().map(String::as_str));
            }
        }
        costs
    }

    /// The possible functions of a call.
    fn called(&self, name: &str) -> &[Work] {
        let works = self.by_name.get(name).or_else(|| {
            let (owner, function) = name.split_once("::")?;
            self.by_name.get(&format!("{}::{function}", self.aliases.get(owner)?))
        });
        works.map(Vec::as_slice).unwrap_or_default()
    }

    fn function(
        &mut self,
        owners: &[String],
        attributes: &[Attribute],
        signature: &Signature,
        body: TokenStream,
    ) {
        if is_test_only(attributes) {
            return;
        }
        let owner = owners.first().map(String::as_str);
        let mut work = Reader { file: &self.file, owner, work: Work::default() };
        if let Ok(block) = syn::parse2::<syn::Block>(body) {
            work.visit_block(&block);
        }
        for input in &signature.inputs {
            work.hashes(input.to_token_stream());
        }
        work.streams(signature.output.to_token_stream());
        if let Some(upload) = attributes.iter().find(|a| named(a, &["upload"])) {
            work.add(Cost::TakesFiles, upload.span());
        }
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
        for owner in owners {
            self.by_name.entry(format!("{owner}::{name}")).or_default().push(work.clone());
        }
        self.by_name.entry(name).or_default().push(work);
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.function(&[], &item.attrs, &item.sig, item.block.to_token_stream());
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        let outer = std::mem::replace(&mut self.owners, owners(item));
        visit::visit_item_impl(self, item);
        self.owners = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        let owners = self.owners.clone();
        self.function(&owners, &item.attrs, &item.sig, item.block.to_token_stream());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_type(&mut self, item: &'a ItemType) {
        if let Some(name) = name_of(&item.ty) {
            self.aliases.insert(item.ident.to_string(), name);
        }
    }

    fn visit_use_rename(&mut self, item: &'a UseRename) {
        self.aliases.insert(item.rename.to_string(), item.ident.to_string());
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !is_test_only(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    // What a macro of the crate holds, its callers do.
    fn visit_item_macro(&mut self, item: &'a ItemMacro) {
        let Some(name) = &item.ident else { return };
        let mut reader = Reader { file: &self.file, owner: None, work: Work::default() };
        reader.tokens(item.mac.tokens.clone());
        let work = reader.work;
        self.by_name.entry(name.to_string()).or_default().push(work);
    }
}

/// The names under which the functions of an implementation can be called.
fn owners(item: &ItemImpl) -> Vec<String> {
    let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    name_of(&item.self_ty).into_iter().chain(of.map(|last| last.ident.to_string())).collect()
}

/// The last segment of a type that is a path.
fn name_of(ty: &Type) -> Option<String> {
    if let Type::Reference(reference) = ty {
        return name_of(&reference.elem);
    }
    let Type::Path(path) = ty else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

fn named(attribute: &Attribute, words: &[&str]) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| words.iter().any(|word| last.ident == word))
}

struct Reader<'f> {
    file: &'f str,
    /// The type that `Self` is.
    owner: Option<&'f str>,
    work: Work,
}

impl Reader<'_> {
    fn add(&mut self, cost: Cost, span: Span) {
        let place = (self.file.to_owned(), span.start().line);
        self.work.costs.entry(cost).or_insert(place);
    }

    /// Records a call, also with the type's name if the call has it.
    fn calls(&mut self, qualifier: Option<&Ident>, name: &Ident) {
        let qualifier = qualifier.map(ToString::to_string);
        let owner = match qualifier.as_deref() {
            Some("Self") => self.owner,
            // A module, and a type parameter, do not identify the type.
            other => other.filter(|other| {
                other.len() > 1 && other.starts_with(|first: char| first.is_ascii_uppercase())
            }),
        };
        let call = owner.map_or_else(|| name.to_string(), |owner| format!("{owner}::{name}"));
        self.work.calls.insert(call);
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

    /// The content of a macro: what looks like calls, and `sql!`.
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
                    [
                        ..,
                        TokenTree::Ident(owner),
                        TokenTree::Punct(first),
                        TokenTree::Punct(second),
                        TokenTree::Ident(name),
                    ] if first.as_char() == ':' && second.as_char() == ':' => {
                        self.calls(Some(owner), name);
                        self.tokens(group.stream());
                    }
                    [.., TokenTree::Ident(name)] => {
                        self.calls(None, name);
                        self.tokens(group.stream());
                    }
                    _ => self.tokens(group.stream()),
                }
            }
            before.push(token);
        }
    }

    /// A macro call.
    fn called(&mut self, name: &Ident, tokens: TokenStream) {
        if name == "sql" {
            if let Some(TokenTree::Literal(text)) = tokens.clone().into_iter().next()
                && let Ok(statement) =
                    syn::parse2::<syn::LitStr>(TokenTree::Literal(text.clone()).into())
                && searches(&statement.value())
            {
                self.add(Cost::Searches, text.span());
            }
            return;
        }
        self.work.calls.insert(name.to_string());
        self.tokens(tokens);
    }
}

/// Whether a statement searches texts.
fn searches(statement: &str) -> bool {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = statement.trim_start_matches(|c: char| !in_word(c));
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(in_word);
        let word = rest.strip_suffix(behind).unwrap_or(rest);
        let is = |words: &[&str]| words.iter().any(|own| word.eq_ignore_ascii_case(own));
        if is(&OPERATORS) || (is(&FUNCTIONS) && behind.trim_start().starts_with('(')) {
            return true;
        }
        rest = behind.trim_start_matches(|c: char| !in_word(c));
    }
    false
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        if let syn::Expr::Path(ExprPath { path, .. }) = &*call.func
            && let Some(last) = path.segments.last()
        {
            let before = path.segments.iter().nth_back(1);
            self.calls(before.map(|segment| &segment.ident), &last.ident);
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
