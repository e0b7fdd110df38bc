//! What only the macros may write.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemImpl, ItemMod, Macro, Meta, Path, Type};

use super::Site;
use crate::attribute::Word;
use crate::krate::collect::is_test;
use crate::krate::condition::unfolded;
use crate::krate::tree::{Origin, Tree, imports, parts};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// In a crate that uses palisade: finds what only the macros may write. That is any mention of
    /// `palisade::__private` or `palisade::input::private`, in a path, an import, a macro's arguments or a
    /// module of that name beside `use palisade::*`; an `impl` of `Endpoint`, `Input` and the traits behind
    /// them, under any name; an `impl` of `validator::ValidateArgs` that takes no context, which passes for
    /// `#[derive(Validate)]` and keeps a `Validate` by hand from running; and `crate = ..` or
    /// `extern crate .. as palisade` that leads to something else than the dependency.
    ///
    /// ## Why it is bad
    /// The guards believe what these items say: that a handler runs behind its policy, that a type has bounds.
    /// Written by hand, nothing makes it true.
    ///
    /// ## Example
    /// ```text
    /// use palisade::Endpoint as Mounted;
    /// impl Mounted for Bare { .. }
    /// ```
    ///
    /// ## Use instead
    /// The attributes and the derives.
    /// ```text
    /// #[get("/bare")]
    /// #[public]
    /// async fn bare() -> &'static str { .. }
    /// ```
    ///
    /// ## References
    /// - CWE-693: Protection Mechanism Failure
    macro_internals, CWE 693, Deny, Crate, watch &[], check
}

/// Asked about whole files.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}

/// The traits that only the macros and the crate itself implement.
const SEALED: &[&str] = &[
    "Bounded",
    "BoundedByLength",
    "Endpoint",
    "Extract",
    "FieldType",
    "Input",
    "MapKey",
    "Nested",
    "NestedByLength",
    "PathInput",
];

/// The macros that are called and take `crate = ..`; the attributes of handlers are [`Word`]s.
const MACROS: &[&str] = &["cors", "csp", "csp_hash", "migrations", "permissions", "sql"];

/// The other attributes of ours.
const ATTRIBUTES: &[&str] = &["input", "main", "row", "scope", "sql", "sql_name"];

/// The names under which a crate depends on palisade.
#[derive(Clone, Debug)]
pub struct Crates {
    /// The names.
    pub names: Vec<String>,
    /// Whether a manifest says so. Of a loose file nothing is known.
    pub certain: bool,
}

impl Crates {
    fn hold(&self, path: &[String]) -> bool {
        path.first().is_some_and(|first| self.names.contains(first))
    }

    /// Whether a path leads into palisade.
    #[must_use]
    pub fn own(&self, origin: &Origin) -> bool {
        match origin {
            Origin::External(path) | Origin::Perhaps(path) => self.hold(path),
            Origin::Item(_) => false,
        }
    }
}

/// Something that only the macros may write.
#[derive(Clone, Debug)]
pub struct Internal {
    /// Where it stands.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to write in its place.
    pub help: String,
}

/// What a file says that only the macros may write.
#[must_use]
pub fn internals(
    tree: &Tree,
    module: &[String],
    file: &syn::File,
    crates: &Crates,
) -> Vec<Internal> {
    let mut reader = Reader { tree, crates, module: module.to_vec(), found: Vec::new() };
    reader.visit_file(file);
    reader.found.sort_by_key(|one| (one.span.start().line, one.span.start().column));
    reader.found.dedup_by(|one, other| {
        one.message == other.message && one.span.start() == other.span.start()
    });
    reader.found
}

struct Reader<'a> {
    tree: &'a Tree,
    crates: &'a Crates,
    module: Vec<String>,
    found: Vec<Internal>,
}

impl Reader<'_> {
    fn tell(&mut self, span: Span, message: String, help: &str) {
        self.found.push(Internal { span, message, help: help.to_owned() });
    }

    /// Judges a path, each part of which has a place.
    fn path(&mut self, path: &[String], spans: &[Span], unknown_start: bool) {
        for (at, part) in path.iter().enumerate() {
            let whole = path.get(..=at).unwrap_or_default();
            let ours = match part.as_str() {
                "__private" => unknown_start || self.is_private(whole),
                "private" if at > 0 => self.origins(whole).iter().any(|origin| {
                    self.crates.own(origin)
                        && matches!(origin, Origin::External(path) | Origin::Perhaps(path)
                            if matches!(path.as_slice(), [_, input, _] if input == "input"))
                }),
                _ => false,
            };
            if ours {
                let span = spans.get(at).copied().unwrap_or_else(Span::call_site);
                self.tell(
                    span,
                    format!("`{part}` is for what the macros write"),
                    "use what the crate offers by name",
                );
                return;
            }
        }
    }

    fn origins(&self, path: &[String]) -> Vec<Origin> {
        self.tree.origins(&self.module, path).into_iter().collect()
    }

    /// Whether a path that ends with `__private` may be palisade's.
    fn is_private(&self, path: &[String]) -> bool {
        let origins = self.origins(path);
        if origins.is_empty() {
            // Nothing in sight says where it leads.
            return self.crates.certain || path.len() == 1;
        }
        origins.iter().any(|origin| match origin {
            Origin::Item(item) => {
                let parent = item.len().saturating_sub(1);
                self.overlays(item.get(..parent).unwrap_or_default())
            }
            Origin::External(_) | Origin::Perhaps(_) => self.crates.own(origin),
        })
    }

    /// Whether a module passes itself off as palisade.
    fn overlays(&self, module: &[String]) -> bool {
        self.tree.imports_whole(module, &self.crates.names)
    }

    fn tokens(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let mut at = 0_usize;
        while let Some(token) = tokens.get(at) {
            at = at.saturating_add(1);
            match token {
                TokenTree::Group(group) => self.tokens(&group.stream()),
                TokenTree::Literal(literal) => self.literal(literal),
                TokenTree::Ident(first) => {
                    let before = at.checked_sub(2).and_then(|before| tokens.get(before));
                    let variable = is_punct(before, '$') && first != "crate";
                    let (mut path, mut spans) = (vec![first.unraw().to_string()], vec![first.span()]);
                    while let [Some(one), Some(two), Some(TokenTree::Ident(next))] = [
                        tokens.get(at),
                        tokens.get(at.saturating_add(1)),
                        tokens.get(at.saturating_add(2)),
                    ] && is_punct(Some(one), ':')
                        && is_punct(Some(two), ':')
                    {
                        path.push(next.unraw().to_string());
                        spans.push(next.span());
                        at = at.saturating_add(3);
                    }
                    self.path(&path, &spans, variable);
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// `deserialize_with = "palisade::__private::f"`: a path in quotes.
    fn literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        if !text.contains("private") {
            return;
        }
        if let Ok(text) = syn::parse_str::<syn::LitStr>(&text)
            && let Ok(path) = syn::parse_str::<Path>(&text.value())
        {
            let path = parts(&path);
            let spans = vec![literal.span(); path.len()];
            if path.len() > 1 {
                self.path(&path, &spans, false);
            }
        }
    }

    /// `crate = path` among the arguments of one of our macros.
    fn krate(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let equals = tokens.get(at.saturating_add(1));
            if !matches!(token, TokenTree::Ident(word) if word == "crate") || !is_punct(equals, '=')
            {
                continue;
            }
            let rest = tokens.get(at.saturating_add(2)..).unwrap_or_default();
            let written: TokenStream =
                rest.iter().take_while(|token| !is_punct(Some(token), ',')).cloned().collect();
            let Ok(path) = syn::parse2::<Path>(written.clone()) else { continue };
            let mut path = parts(&path);
            path.retain(|part| !part.is_empty());
            let origins = self.tree.module_origins(&self.module, &path);
            let right = !origins.is_empty()
                && origins.iter().all(|origin| match origin {
                    Origin::External(path) if path.len() == 1 => {
                        self.crates.hold(path) || !self.crates.certain
                    }
                    // In palisade's own sources.
                    Origin::Item(path) => path.len() == 1 && self.crates.hold(path),
                    Origin::External(_) | Origin::Perhaps(_) => false,
                });
            if !right {
                self.tell(
                    written.span(),
                    format!("`crate = {}` names no dependency that is palisade", path.join("::")),
                    "name the dependency as the manifest does, and import nothing under its name",
                );
            }
        }
    }

    /// `impl ValidateArgs for T { type Args = (); }`, which `#[derive(Validate)]` writes.
    fn args(&mut self, item: &ItemImpl) {
        let Some((path, _)) = &item.trait_ else { return };
        let is_validator = self.origins(&parts(path)).iter().any(|origin| match origin {
            Origin::External(path) | Origin::Perhaps(path) => {
                path.last().is_some_and(|last| last == "ValidateArgs")
            }
            Origin::Item(_) => false,
        });
        // A context is a reference; an alias may stand for anything else.
        let has_context = item.items.iter().any(|item| {
            matches!(item, ImplItem::Type(own)
                if own.ident == "Args" && matches!(own.ty, Type::Reference(_)))
        });
        if is_validator && !has_context {
            self.tell(
                path.span(),
                "`ValidateArgs` is implemented by hand, so that a `Validate` beside it never runs"
                    .to_owned(),
                "implement `Validate` alone, or derive it",
            );
        }
    }

    fn attribute(&mut self, attribute: &Attribute) {
        let Some(last) = attribute.path().segments.last() else { return };
        let last = last.ident.unraw().to_string();
        let ours = Word::named(&last).is_some() || ATTRIBUTES.contains(&last.as_str());
        if let Meta::List(list) = &attribute.meta
            && ours
        {
            self.krate(&list.tokens);
        }
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Use(item) = item {
            for (path, name) in imports(item) {
                let spans = vec![name.span(); path.len()];
                self.path(&path, &spans, false);
            }
        } else if let Item::ExternCrate(item) = item
            && let Some((_, name)) = &item.rename
        {
            let (krate, name) = (item.ident.unraw().to_string(), name.unraw().to_string());
            let ours = |name: &String| self.crates.names.contains(name);
            if ours(&name) && !ours(&krate) {
                self.tell(
                    item.ident.span(),
                    format!("`{krate}` goes by the name `{name}` here, and is not palisade"),
                    "give it another name: what the macros write starts with this one",
                );
            }
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        if item.ident.unraw() == "__private" && self.overlays(&self.module) {
            self.tell(
                item.ident.span(),
                "this module replaces what the macros write, beside `use palisade::*`".to_owned(),
                "give the module another name, or import by name",
            );
        }
        self.module.push(item.ident.unraw().to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some((path, _)) = &item.trait_ {
            let sealed = self.origins(&parts(path)).into_iter().find_map(|origin| {
                let own = self.crates.own(&origin);
                let (Origin::External(path) | Origin::Perhaps(path)) = origin else { return None };
                path.last().filter(|last| own && SEALED.contains(&last.as_str())).cloned()
            });
            if let (Some(name), Some(last)) = (sealed, path.segments.last()) {
                let help = match name.as_str() {
                    "Endpoint" => "write a route attribute above a handler",
                    "Extract" => "take it as `Vouched<..>`",
                    _ => "write `#[derive(Input)]`",
                };
                self.tell(
                    last.ident.span(),
                    format!("`{name}` is implemented by hand, and nothing proves what it promises"),
                    help,
                );
            }
        }
        self.args(item);
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let parts = parts(path);
        let lead = path.leading_colon.map(|colon| colon.span());
        let spans: Vec<Span> =
            lead.into_iter().chain(path.segments.iter().map(|part| part.ident.span())).collect();
        self.path(&parts, &spans, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let last = item.path.segments.last().map(|last| last.ident.unraw().to_string());
        if last.is_some_and(|last| MACROS.contains(&last.as_str())) {
            self.krate(&item.tokens);
        }
        self.tokens(&item.tokens);
        visit::visit_macro(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        for attribute in unfolded(attribute) {
            self.attribute(&attribute);
        }
        if let Meta::List(list) = &attribute.meta {
            self.tokens(&list.tokens);
        }
        visit::visit_attribute(self, attribute);
    }
}
