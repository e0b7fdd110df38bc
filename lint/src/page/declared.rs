//! Declarations about templates in the code: their types, which of them are shown, and functions
//! that bypass the escaping.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprCall, Fields, Ident, ItemEnum, ItemImpl, ItemMod, ItemStruct, Path,
    Signature, Token, Type,
};

use super::given::{Given, Item};
use super::known::{Shape, Types};
use super::template::{self, Template, is_plain, type_argument};
use super::unescaped::last_span;
use crate::krate::collect::is_test;
use crate::krate::tree::{Origin, Tree, parts};
use crate::rules::macro_internals::Crates;
use crate::taint::value::FileId;

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// The types that derive `Template`.
    pub(super) templates: Vec<Template>,
    /// What is put into pages, and where.
    pub(super) shown: Vec<Shown>,
    /// The types, with their fields.
    pub(super) types: Types,
    /// What functions return, and what aliases of types refer to.
    pub(super) leads: BTreeMap<Item, Given>,
    /// What takes values past the escaping, and why that is so.
    pub(crate) flaws: Vec<(Span, &'static str)>,
    /// What is wrong with the positions of the values of maud's `html!`.
    pub(crate) markup: Vec<(Span, String)>,
}

/// A place where a page is made.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) file: FileId,
    pub(super) span: Span,
    pub(super) given: Given,
    /// The type or the function of another package that it comes from, whose sources are not read.
    pub(super) foreign: Option<String>,
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
            own: None,
            variables: BTreeMap::new(),
            plain: BTreeSet::new(),
            declared: Self::default(),
        };
        reader.visit_file(file);
        reader.declared
    }
}

pub(super) struct Reader<'a> {
    pub(super) tree: &'a Tree,
    crates: &'a Crates,
    id: FileId,
    pub(super) module: Vec<String>,
    /// The type of the `impl`.
    pub(super) own: Option<Type>,
    /// What the variables of the function are, by their names.
    pub(super) variables: BTreeMap<String, Given>,
    /// The parameters of the function that hold no text of a caller.
    plain: BTreeSet<String>,
    pub(super) declared: Declared,
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

    /// Whether a macro is maud's `html!`.
    pub(super) fn is_maud(&self, path: &Path) -> bool {
        let origins = self.tree.macro_origins(&self.module, &parts(path));
        origins.iter().any(|origin| {
            matches!(origin, Origin::External(path) | Origin::Perhaps(path)
                if path.first().is_some_and(|first| first == "maud")
                    && path.last().is_some_and(|last| last == "html"))
        })
    }

    /// Whether a parameter of the function holds no text of a caller.
    pub(super) fn is_plain(&self, name: &str) -> bool {
        self.plain.contains(name)
    }

    fn shown(&mut self, span: Span, given: Given, foreign: Option<String>) {
        self.declared.shown.push(Shown { file: self.id, span, given, foreign });
    }

    pub(super) fn item(&self, name: &Ident) -> Item {
        let mut item = self.module.clone();
        item.push(name.unraw().to_string());
        item
    }

    fn derives_template(&self, attributes: &[Attribute]) -> bool {
        template::derived(attributes).iter().any(|path| {
            path.segments.last().is_some_and(|last| last.ident == "Template")
                || self.is_template(path)
        })
    }

    fn template(&self, name: &Ident, fields: BTreeMap<String, Shape>) -> Template {
        Template {
            name: name.unraw().to_string(),
            item: self.item(name),
            file: self.id,
            span: name.span(),
            path: None,
            source: None,
            ext: None,
            escape: None,
            config: None,
            syntax: false,
            fields,
        }
    }

    fn fields(&self, fields: &Fields) -> BTreeMap<String, Shape> {
        template::fields(fields, &|path| self.items(path))
    }

    fn function(&mut self, sig: &Signature, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.variables);
        let plain = std::mem::take(&mut self.plain);
        for input in &sig.inputs {
            let syn::FnArg::Typed(input) = input else {
                if let Some(own) = &self.own {
                    let own = self.of_type(own);
                    self.variables.insert("self".to_owned(), own);
                }
                continue;
            };
            let syn::Pat::Ident(name) = &*input.pat else { continue };
            let given = self.of_type(&input.ty);
            self.variables.insert(name.ident.unraw().to_string(), given);
            if is_plain(&input.ty) {
                self.plain.insert(name.ident.to_string());
            }
        }
        visit(self);
        self.variables = outer;
        self.plain = plain;
    }
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
        let own = self.own.take();
        self.function(&item.sig, |reader| {
            visit::visit_item_fn(reader, item);
            reader.gives(&item.sig, &item.block);
        });
        self.own = own;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, |reader| {
            visit::visit_impl_item_fn(reader, item);
            reader.gives(&item.sig, &item.block);
        });
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        visit::visit_local(self, local);
        let (pat, ty) = if let syn::Pat::Type(typed) = &local.pat {
            (&*typed.pat, Some(&*typed.ty))
        } else {
            (&local.pat, None)
        };
        let syn::Pat::Ident(name) = pat else { return };
        let given = match (ty, &local.init) {
            (Some(ty), _) if !matches!(ty, Type::Infer(_)) => self.of_type(ty),
            (_, Some(init)) => self.given(&init.expr),
            (_, None) => Given::new(),
        };
        self.variables.insert(name.ident.unraw().to_string(), given);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        let given = self.of_type(&item.ty);
        self.declared.leads.insert(self.item(&item.ident), given);
        visit::visit_item_type(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let fields = self.fields(&item.fields);
        self.declared.types.insert(self.item(&item.ident), fields.clone());
        if !is_test(&item.attrs) && self.derives_template(&item.attrs) {
            let mut template = self.template(&item.ident, fields);
            template.read(&item.attrs);
            self.declared.templates.push(template);
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.declared.types.insert(self.item(&item.ident), BTreeMap::new());
        if !is_test(&item.attrs) && self.derives_template(&item.attrs) {
            let mut whole = self.template(&item.ident, BTreeMap::new());
            whole.read(&item.attrs);
            let mut all = true;
            for variant in &item.variants {
                // A variant takes from the type what it does not say.
                let mut own = whole.clone();
                (own.path, own.source) = (None, None);
                own.name = format!("{}::{}", whole.name, variant.ident);
                own.span = variant.ident.span();
                own.fields = self.fields(&variant.fields);
                own.read(&variant.attrs);
                if own.path.is_some() || own.source.is_some() {
                    self.declared.templates.push(own);
                } else {
                    all = false;
                }
            }
            if !all || whole.path.is_some() || whole.source.is_some() {
                self.declared.templates.push(whole);
            }
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        self.implements(item);
        let own = self.own.replace((*item.self_ty).clone());
        visit::visit_item_impl(self, item);
        self.own = own;
    }

    fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
        if self.is_page(&ty.path)
            && let Some(shown) = type_argument(&ty.path)
            && !matches!(shown, Type::Infer(_))
        {
            let span = last_span(&ty.path);
            self.shown(span, self.of_type(shown), self.foreign_type(shown));
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func {
            if self.is_page(&function.path) {
                let span = last_span(&function.path);
                let value = call.args.first();
                let given = value.map(|value| self.given(value)).unwrap_or_default();
                self.shown(span, given, value.and_then(|value| self.foreign_value(value)));
                call.args.iter().for_each(|argument| self.visit_expr(argument));
                return;
            }
            if self.marks(call) {
                call.args.iter().for_each(|argument| self.visit_expr(argument));
                return;
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        for argument in &call.args {
            // `.map(Page)` shows what a function gives.
            if let Expr::Path(path) = argument
                && self.is_page(&path.path)
            {
                let span = last_span(&path.path);
                self.shown(span, self.given(&call.receiver), None);
            } else {
                self.visit_expr(argument);
            }
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.names_markup(&path.path);
        if self.is_page(&path.path) {
            self.shown(last_span(&path.path), Given::new(), None);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        self.marks_by_field(made);
        visit::visit_expr_struct(self, made);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if self.is_maud(&item.path) {
            let plain = |name: &str| self.plain.contains(name);
            self.declared.markup.extend(super::maud::flaws(&item.tokens, &plain));
            self.marked_among(item.tokens.clone());
            return;
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match item.parse_body_with(parser) {
            Ok(arguments) => arguments.iter().for_each(|argument| self.visit_expr(argument)),
            Err(_) => self.marked_among(item.tokens.clone()),
        }
    }
}
