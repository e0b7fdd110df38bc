//! What the code says about templates: their types, which of them are shown, what takes values past
//! the escaping.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, ExprLit, ExprStruct, Fields, GenericArgument, ItemImpl, ItemMod, ItemStruct,
    Lit, Meta, Path, PathArguments, Token, Type,
};

use crate::krate::collect::{derives, is_test};
use crate::krate::tree::{Origin, Tree, parts};
use crate::rules::macro_internals::Crates;
use crate::taint::value::FileId;

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// The types that derive `Template`.
    pub(super) templates: Vec<Template>,
    /// The items that are shown as pages.
    pub(super) shown: BTreeSet<Vec<String>>,
    /// What takes values past the escaping, and why that is so.
    pub(crate) flaws: Vec<(Span, &'static str)>,
    /// What is wrong with where the values of maud's `html!` stand.
    pub(crate) markup: Vec<(Span, String)>,
}

/// A type that derives `Template`.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: String,
    pub(super) item: Vec<String>,
    pub(super) file: FileId,
    /// Where its `#[template(..)]` stands.
    pub(super) span: Span,
    pub(super) path: Option<String>,
    pub(super) source: Option<String>,
    pub(super) ext: Option<String>,
    pub(super) escape: Option<String>,
    /// Whether it names a syntax of its own.
    pub(super) syntax: bool,
    /// The fields that hold no text of a caller: numbers, ids, `&'static str`.
    pub(super) plain: Vec<String>,
}

impl Declared {
    /// Reads a file.
    pub(crate) fn of(
        tree: &Tree,
        module: &[String],
        file: &syn::File,
        id: FileId,
        crates: &Crates,
    ) -> Self {
        let mut reader = Reader {
            tree,
            crates,
            id,
            module: module.to_vec(),
            variables: BTreeMap::new(),
            plain: BTreeSet::new(),
            declared: Self::default(),
        };
        reader.visit_file(file);
        reader.declared
    }
}

struct Reader<'a> {
    tree: &'a Tree,
    crates: &'a Crates,
    id: FileId,
    module: Vec<String>,
    /// The types of the variables of the function, by their names.
    variables: BTreeMap<String, Path>,
    /// The parameters of the function that hold no text of a caller.
    plain: BTreeSet<String>,
    declared: Declared,
}

impl Reader<'_> {
    fn is_page(&self, path: &Path) -> bool {
        let origins = self.tree.origins(&self.module, &parts(path));
        origins.iter().any(|origin| {
            self.crates.own(origin)
                && matches!(origin, Origin::External(path) | Origin::Perhaps(path)
                    if path.last().is_some_and(|last| last == "Page"))
        })
    }

    /// Whether a path leads into askama, to this name.
    fn is_askama(&self, path: &Path, name: &str) -> bool {
        let written = parts(path);
        let origins = self.tree.origins(&self.module, &written);
        origins.iter().any(|origin| {
            let (Origin::External(path) | Origin::Perhaps(path)) = origin else { return false };
            path.last().is_some_and(|last| last == name)
                && path.first().is_some_and(|first| first.starts_with("askama"))
        })
    }

    /// Whether a macro is maud's `html!`.
    fn is_maud(&self, path: &Path) -> bool {
        let origins = self.tree.macro_origins(&self.module, &parts(path));
        origins.iter().any(|origin| {
            matches!(origin, Origin::External(path) | Origin::Perhaps(path)
                if path.first().is_some_and(|first| first == "maud")
                    && path.last().is_some_and(|last| last == "html"))
        })
    }

    fn shown(&mut self, path: &Path) {
        let written = parts(path);
        for origin in self.tree.origins(&self.module, &written) {
            if let Origin::Item(item) = origin {
                self.declared.shown.insert(item);
            }
        }
        // `Hello::new()`: the type in front of the function.
        if let Some((_, ty)) = written.split_last().filter(|(_, ty)| !ty.is_empty()) {
            for origin in self.tree.origins(&self.module, ty) {
                if let Origin::Item(item) = origin {
                    self.declared.shown.insert(item);
                }
            }
        }
    }

    /// The type of what is handed to `Page(..)`, as far as it can be read off.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a type")]
    fn type_of(&self, value: &Expr) -> Option<Path> {
        match value {
            Expr::Struct(ExprStruct { path, .. }) => Some(path.clone()),
            Expr::Call(ExprCall { func, .. }) => match &**func {
                Expr::Path(path) => Some(path.path.clone()),
                _ => None,
            },
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => Some(
                    self.variables
                        .get(&name.to_string())
                        .cloned()
                        .unwrap_or_else(|| path.path.clone()),
                ),
                None => Some(path.path.clone()),
            },
            Expr::MethodCall(call) => self.type_of(&call.receiver),
            Expr::Try(inner) => self.type_of(&inner.expr),
            Expr::Await(inner) => self.type_of(&inner.base),
            Expr::Paren(inner) => self.type_of(&inner.expr),
            Expr::Group(inner) => self.type_of(&inner.expr),
            Expr::Reference(inner) => self.type_of(&inner.expr),
            _ => None,
        }
    }

    fn template(&self, item: &ItemStruct) -> Option<Template> {
        let attribute = item.attrs.iter().find(|attr| attr.path().is_ident("template"))?;
        let mut path = self.module.clone();
        path.push(item.ident.unraw().to_string());
        let mut template = Template {
            name: item.ident.unraw().to_string(),
            item: path,
            file: self.id,
            span: item.ident.span(),
            path: None,
            source: None,
            ext: None,
            escape: None,
            syntax: false,
            plain: plain_fields(&item.fields),
        };
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        for meta in attribute.parse_args_with(parser).unwrap_or_default() {
            let Meta::NameValue(pair) = &meta else { continue };
            let Some(key) = pair.path.get_ident() else { continue };
            let value = if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value {
                text.value()
            } else {
                "?".to_owned()
            };
            match key.to_string().as_str() {
                "path" => template.path = Some(value),
                "source" => template.source = Some(value),
                "ext" => template.ext = Some(value),
                "escape" => template.escape = Some(value),
                "syntax" => template.syntax = true,
                _ => {}
            }
        }
        Some(template)
    }

    fn function(&mut self, sig: &syn::Signature, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.variables);
        let plain = std::mem::take(&mut self.plain);
        for input in &sig.inputs {
            let syn::FnArg::Typed(input) = input else { continue };
            let syn::Pat::Ident(name) = &*input.pat else { continue };
            if let Type::Path(ty) = &*input.ty {
                self.variables.insert(name.ident.to_string(), ty.path.clone());
            }
            if is_plain(&input.ty) {
                self.plain.insert(name.ident.to_string());
            }
        }
        visit(self);
        self.variables = outer;
        self.plain = plain;
    }
}

/// Fields whose values are written in the source, or made of digits, letters and dashes.
fn plain_fields(fields: &Fields) -> Vec<String> {
    fields
        .iter()
        .filter(|field| is_plain(&field.ty))
        .filter_map(|field| Some(field.ident.as_ref()?.unraw().to_string()))
        .collect()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other type is as plain")]
fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Reference(inner) => {
            inner.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
                || is_plain(&inner.elem)
        }
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            matches!(
                name.as_str(),
                "u8" | "u16"
                    | "u32"
                    | "u64"
                    | "u128"
                    | "usize"
                    | "i8"
                    | "i16"
                    | "i32"
                    | "i64"
                    | "i128"
                    | "isize"
                    | "bool"
                    | "f32"
                    | "f64"
                    | "Uuid"
                    | "Nonce"
            ) || name.starts_with("NonZero")
        }),
        _ => false,
    }
}

fn type_argument(path: &Path) -> Option<&Path> {
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| {
        let GenericArgument::Type(Type::Path(path)) = argument else { return None };
        Some(&path.path)
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            self.module.push(item.ident.unraw().to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        visit::visit_local(self, local);
        let mut pat = &local.pat;
        let mut ty = None;
        if let syn::Pat::Type(typed) = pat {
            if let Type::Path(path) = &*typed.ty {
                ty = Some(path.path.clone());
            }
            pat = &typed.pat;
        }
        let ty = ty.or_else(|| local.init.as_ref().and_then(|init| self.type_of(&init.expr)));
        if let (syn::Pat::Ident(name), Some(ty)) = (pat, ty) {
            self.variables.insert(name.ident.to_string(), ty);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        if derives(&item.attrs, &["Template"]) {
            self.declared.templates.extend(self.template(item));
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        if let Some((path, _)) = &item.trait_
            && self.is_askama(path, "HtmlSafe")
        {
            let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
            self.declared.flaws.push((span, "each value of this type goes into pages as markup"));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
        if self.is_page(&ty.path)
            && let Some(shown) = type_argument(&ty.path)
        {
            self.shown(shown);
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func {
            if self.is_page(&function.path)
                && let Some(ty) = call.args.first().and_then(|value| self.type_of(value))
            {
                self.shown(&ty);
            }
            let literal = |value: &Expr| matches!(value, Expr::Lit(_));
            if self.is_askama(&function.path, "Safe") && !call.args.first().is_some_and(literal) {
                let last = function.path.segments.last();
                let span = last.map_or_else(Span::call_site, |last| last.ident.span());
                self.declared.flaws.push((span, "this goes into the page as markup"));
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        // `.map(Page)` shows what a function gives; `.map(Safe)` lets it through.
        if self.is_askama(&path.path, "Text") {
            let last = path.path.segments.last();
            let span = last.map_or_else(Span::call_site, |last| last.ident.span());
            self.declared.flaws.push((span, "this escaper changes nothing"));
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if self.is_maud(&item.path) {
            let plain = |name: &str| self.plain.contains(name);
            self.declared.markup.extend(super::maud::flaws(&item.tokens, &plain));
            return;
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(arguments) = item.parse_body_with(parser) {
            arguments.iter().for_each(|argument| self.visit_expr(argument));
        }
    }
}
