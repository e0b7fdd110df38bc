//! What only the macros may write.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{
    Attribute, ExprPath, Item, ItemEnum, ItemImpl, ItemMod, ItemStruct, Macro, Meta, Path, Type,
    TypeGroup, TypeParen,
};

use super::Site;
use crate::attribute::Word;
use crate::input::between;
use crate::krate::collect::is_test;
use crate::krate::condition::unfolded;
use crate::krate::tree::{Origin, Tree, imports, parts};
use crate::page::derived;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// In a crate that uses palisade, finds code that only the macros may write: any mention of
    /// `palisade::__private` or `palisade::input::private`, in a path, an import, a macro's arguments or a
    /// module of that name beside `use palisade::*`; an `impl` of `Endpoint`, `Input` and the traits behind
    /// them, under any name; an `impl` of validator's `ValidateArgs` for a type that derives `Input`; an
    /// attribute that may rewrite such a type between its derives; and `crate = ..` or
    /// `extern crate .. as palisade` that does not lead to the dependency.
    ///
    /// ## Why it is bad
    /// The guards trust these items: that a handler runs behind its policy, that a type has bounds. If they
    /// are written by hand, nothing ensures that this is true.
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
    "NamedFields",
    "Nested",
    "NestedByLength",
    "PathInput",
];

/// Those of them that `use palisade::prelude::*` brings.
const OF_PRELUDE: &[&str] = &["Endpoint", "Input"];

/// The macros that are called and take `crate = ..`; the attributes of handlers are [`Word`]s.
const MACROS: &[&str] =
    &["cors", "csp", "csp_hash", "endpoints", "migrations", "permissions", "sql"];

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
    /// The span of the use.
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
                "private" if path.len() > 1 => self.origins(whole).iter().any(|origin| {
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
        // A `*` import may import the name, and does not show whether a macro does.
        if path.len() == 1 && origins.iter().all(|origin| matches!(origin, Origin::Perhaps(_))) {
            return true;
        }
        origins.iter().any(|origin| match origin {
            Origin::Item(item) => {
                let parent = item.len().saturating_sub(1);
                self.overlays(item.get(..parent).unwrap_or_default())
            }
            Origin::External(path) | Origin::Perhaps(path) => {
                // `framework::guards::__private`: another crate hands palisade on, under any name.
                self.crates.own(origin) || path.len() > 2
            }
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
                TokenTree::Group(group) => {
                    self.pasted(group);
                    self.tokens(&group.stream());
                }
                TokenTree::Literal(literal) => self.literal(literal),
                TokenTree::Ident(word) if word == "impl" => {
                    self.implemented(tokens.get(at..).unwrap_or_default());
                }
                TokenTree::Ident(first) => {
                    let before = at.checked_sub(2).and_then(|before| tokens.get(before));
                    let variable = is_punct(before, '$') && first != "crate";
                    let (mut path, mut spans) =
                        (vec![first.unraw().to_string()], vec![first.span()]);
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

    /// `[<__ private>]`: macros such as `paste!` make one name of the parts.
    fn pasted(&mut self, group: &proc_macro2::Group) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        if group.delimiter() != Delimiter::Bracket
            || !is_punct(tokens.first(), '<')
            || !is_punct(tokens.last(), '>')
        {
            return;
        }
        let parts = tokens.iter().filter_map(|token| match token {
            TokenTree::Ident(part) => Some(part.unraw().to_string()),
            TokenTree::Literal(part) => {
                syn::parse_str::<syn::LitStr>(&part.to_string()).ok().map(|text| text.value())
            }
            TokenTree::Group(_) | TokenTree::Punct(_) => None,
        });
        let name: String = parts.collect::<String>().to_ascii_lowercase();
        if name.contains("__private") {
            self.tell(
                group.span(),
                "`__private` is for what the macros write".to_owned(),
                "use what the crate offers by name",
            );
        }
    }

    /// `impl<T> Trait<A> for ..` among the arguments of a macro, from behind the `impl` on.
    fn implemented(&mut self, tokens: &[TokenTree]) {
        let mut at = behind_generics(tokens, 0);
        let (mut path, mut span) = (Vec::new(), None);
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(part)) if part != "for" => {
                    path.push(part.unraw().to_string());
                    span = Some(part.span());
                }
                Some(TokenTree::Punct(colon)) if colon.as_char() == ':' => {}
                _ => break,
            }
            at = at.saturating_add(1);
        }
        at = behind_generics(tokens, at);
        if let (Some(TokenTree::Ident(word)), Some(span)) = (tokens.get(at), span)
            && word == "for"
        {
            self.sealed(&path, span);
        }
    }

    /// Judges the trait of an `impl`.
    fn sealed(&mut self, path: &[String], span: Span) {
        // `use palisade::*; impl input::Input for ..`: the module comes by the `*`, or is a crate.
        let through = match path {
            [module, _] if ["extract", "input", "prelude"].contains(&module.as_str()) => {
                let of_module = self.origins(std::slice::from_ref(module)).into_iter();
                let of_module = of_module.filter_map(|origin| match origin {
                    Origin::Perhaps(whole) if whole.len() == 2 => Some(Origin::Perhaps(
                        whole.into_iter().chain(path.last().cloned()).collect(),
                    )),
                    Origin::External(_) | Origin::Perhaps(_) | Origin::Item(_) => None,
                });
                of_module.collect()
            }
            _ => Vec::new(),
        };
        let sealed = self.origins(path).into_iter().chain(through).find_map(|origin| {
            let own = self.crates.own(&origin);
            let (Origin::External(path) | Origin::Perhaps(path)) = origin else { return None };
            let known = match path.get(1).map(String::as_str) {
                Some("prelude") => OF_PRELUDE,
                _ => SEALED,
            };
            path.last().filter(|last| own && known.contains(&last.as_str())).cloned()
        });
        let Some(name) = sealed else { return };
        let help = match name.as_str() {
            "Endpoint" => "write a route attribute above a handler",
            "Extract" => "take it as `Vouched<..>`",
            _ => "write `#[derive(Input)]`",
        };
        self.tell(
            span,
            format!("`{name}` is implemented by hand, and nothing proves what it promises"),
            help,
        );
    }

    /// `impl ValidateArgs for New`, where `New` derives `Input`: the derive takes such a type for one
    /// whose `Validate` is derived, and does not call it.
    fn validated_by_hand(&mut self, item: &ItemImpl) {
        let Some((path, _)) = &item.trait_ else { return };
        let Some(last) = path.segments.last() else { return };
        let is_of_validator = |origin: &Origin| match origin {
            Origin::External(path) | Origin::Perhaps(path) => {
                path.last().is_some_and(|last| last == "ValidateArgs")
            }
            Origin::Item(_) => false,
        };
        let mut ty = &*item.self_ty;
        while let Type::Group(TypeGroup { elem, .. }) | Type::Paren(TypeParen { elem, .. }) = ty {
            ty = elem;
        }
        let Type::Path(ty) = ty else { return };
        if !self.origins(&parts(path)).iter().any(is_of_validator) {
            return;
        }
        let is_input = self.origins(&parts(&ty.path)).iter().any(|origin| match origin {
            Origin::Item(item) => self.may_derive_input(item),
            Origin::External(_) | Origin::Perhaps(_) => false,
        });
        if is_input {
            self.tell(
                last.ident.span(),
                "`ValidateArgs` is implemented by hand for a type that derives `Input`, which takes its \
                 `Validate` for a derived one and does not call it"
                    .to_owned(),
                "leave `ValidateArgs` out where `Validate` is written by hand",
            );
        }
    }

    /// `#[derive(Deserialize)] #[rewrites] #[derive(Input)]`: `Input` does not see what `Deserialize` has
    /// read.
    fn rewritten(&mut self, attributes: &[Attribute]) {
        let attributes: Vec<Attribute> = attributes.iter().flat_map(unfolded).collect();
        let derives = derived(&attributes);
        if !derives.iter().any(|path| self.is_input(&self.module, &parts(path))) {
            return;
        }
        for attribute in between::rewriting(&attributes) {
            let name = between::name(attribute.path());
            self.tell(
                attribute.path().span(),
                format!("`{name}` stands between derives of an input type, and may rewrite it"),
                "write all derives in one `#[derive(..)]`, below the attributes that rewrite the item",
            );
        }
    }

    /// Whether a type derives `Input`; of what is not a struct or an enum, nothing is known.
    fn may_derive_input(&self, item: &[String]) -> bool {
        let Some(derives) = self.tree.derives(item) else { return true };
        let module = item.split_last().map_or(&[][..], |(_, module)| module);
        derives.iter().any(|path| self.is_input(module, path))
    }

    /// Whether a derive is palisade's `Input`.
    fn is_input(&self, module: &[String], path: &[String]) -> bool {
        let origins = self.tree.macro_origins(module, path);
        let named = |path: &[String]| path.last().is_some_and(|last| last == "Input");
        origins.is_empty() && named(path)
            || origins.iter().any(|origin| {
                let (Origin::External(path) | Origin::Perhaps(path)) = origin else {
                    return false;
                };
                self.crates.own(origin) && named(path)
            })
    }

    /// `deserialize_with = "palisade::__private::f"`: a path in quotes.
    fn literal(&mut self, literal: &proc_macro2::Literal) {
        // Escapes are decoded.
        let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { return };
        if !text.value().contains("private") {
            return;
        }
        // `<palisade::__private::A as B>::f` is a path too.
        let Ok(ExprPath { qself, path, .. }) = syn::parse_str::<ExprPath>(&text.value()) else {
            return;
        };
        let of_self = qself
            .into_iter()
            .filter_map(|of| if let Type::Path(ty) = *of.ty { Some(ty.path) } else { None });
        for path in of_self.chain([path]) {
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

    /// The last name of a macro's path, and the name that palisade has for it.
    fn names_of(&self, path: &[String]) -> impl Iterator<Item = String> {
        let origins = self.tree.macro_origins(&self.module, path);
        let own: Vec<String> = origins
            .into_iter()
            .filter(|origin| self.crates.own(origin))
            .filter_map(|origin| match origin {
                Origin::External(mut path) | Origin::Perhaps(mut path) => path.pop(),
                Origin::Item(_) => None,
            })
            .collect();
        path.last().cloned().into_iter().chain(own)
    }

    fn attribute(&mut self, attribute: &Attribute) {
        let path = parts(attribute.path());
        let ours = self
            .names_of(&path)
            .any(|name| Word::named(&name).is_some() || ATTRIBUTES.contains(&name.as_str()));
        if let Meta::List(list) = &attribute.meta
            && ours
        {
            self.krate(&list.tokens);
        }
    }
}

/// Where the tokens go on behind `<..>`, if it begins there.
fn behind_generics(tokens: &[TokenTree], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(token) = tokens.get(at) {
        let arrow = at.checked_sub(1).is_some_and(|before| is_punct(tokens.get(before), '-'));
        if is_punct(Some(token), '<') {
            depth = depth.saturating_add(1);
        } else if is_punct(Some(token), '>') && !arrow {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            break;
        }
        at = at.saturating_add(1);
        if depth == 0 {
            break;
        }
    }
    at
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

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.rewritten(&item.attrs);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.rewritten(&item.attrs);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some((path, _)) = &item.trait_
            && let Some(last) = path.segments.last()
        {
            self.sealed(&parts(path), last.ident.span());
            self.validated_by_hand(item);
        }
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
        if self.names_of(&parts(&item.path)).any(|name| MACROS.contains(&name.as_str())) {
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
