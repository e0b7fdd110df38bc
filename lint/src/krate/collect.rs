//! Collects the items of the parsed files: modules with their names, functions, types and
//! constants.

use std::rc::Rc;

use quote::ToTokens as _;
use syn::{Attribute, Block, Expr, Fields, ImplItem, Item, Signature, TraitItem};

pub(crate) use super::condition::is_test_only as is_test;
use super::index::{Index, TypeDef};
use super::name::Names;
use super::ty::{self, Ty};
use crate::taint::value::FileId;

/// A module: a file or a `mod` with a body.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) names: Names,
    pub(crate) file: FileId,
    pub(crate) in_test: bool,
    /// `const` and `static` items, kept for the rules that look at what is written in them.
    pub(crate) constants: Vec<(Rc<str>, Expr, Option<syn::Type>, bool)>,
    /// `pub use` declarations.
    pub(crate) exports: Vec<syn::ItemUse>,
}

/// A function to walk.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    pub(crate) at: usize,
    pub(crate) module: usize,
    pub(crate) file: FileId,
    pub(crate) attrs: &'a [Attribute],
    pub(crate) sig: &'a Signature,
    pub(crate) block: &'a Block,
    pub(crate) owner: Option<Rc<str>>,
    pub(crate) of_trait: Option<Rc<str>>,
    pub(crate) self_type: Option<&'a syn::Type>,
    pub(crate) self_ty: Option<Rc<Ty>>,
    pub(crate) is_handler: bool,
    pub(crate) is_public: bool,
    pub(crate) in_test: bool,
}

/// Attributes that make a function a handler, of actix, rocket, axum and poem.
const ROUTES: &[&str] = &[
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "head",
    "options",
    "route",
    "connect",
    "trace",
    "routes",
    "handler",
    "debug_handler",
    "require_scope",
    "authenticated",
    "public",
    "validated",
    "catch",
    "endpoint",
    "oai",
    "api_operation",
    "server",
    "path",
];

/// Takes in the items of one module.
pub(crate) fn collect_items<'a>(
    items: &'a [Item],
    path: &[Rc<str>],
    file: FileId,
    in_test: bool,
    modules: &mut Vec<Module>,
    tasks: &mut Vec<Task<'a>>,
    index: &mut Index,
) {
    if path.len() > 60 {
        return;
    }
    let mut names = Names::new(path.to_vec());
    names.declare(items);
    let at = modules.len();
    modules.push(Module { names, file, in_test, constants: Vec::new(), exports: Vec::new() });
    for item in items {
        let mut here = Here { path, module: at, file, in_test };
        collect_one(item, &mut here, modules, tasks, index);
    }
}

struct Here<'p> {
    path: &'p [Rc<str>],
    module: usize,
    file: FileId,
    in_test: bool,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other items hold no code of their own")]
fn collect_one<'a>(
    item: &'a Item,
    here: &mut Here<'_>,
    modules: &mut Vec<Module>,
    tasks: &mut Vec<Task<'a>>,
    index: &mut Index,
) {
    match item {
        Item::Fn(function) => {
            let is_public = !matches!(function.vis, syn::Visibility::Inherited);
            push_task(
                &function.attrs,
                &function.sig,
                &function.block,
                Owner::default(),
                is_public,
                here,
                tasks,
            );
            nested(&function.block, here, modules, tasks, index);
        }
        Item::Mod(module) => {
            if let Some((_, items)) = &module.content {
                let mut path = here.path.to_vec();
                path.push(Rc::from(module.ident.to_string()));
                let in_test = here.in_test || is_test(&module.attrs);
                collect_items(items, &path, here.file, in_test, modules, tasks, index);
            }
        }
        Item::Impl(block) => {
            let owner = Owner {
                name: type_name(&block.self_ty),
                of_trait: block.trait_.as_ref().and_then(|(path, _)| last_name(path)),
                ty: Some(&block.self_ty),
            };
            for item in &block.items {
                if let ImplItem::Fn(function) = item {
                    let is_public = block.trait_.is_some()
                        || !matches!(function.vis, syn::Visibility::Inherited);
                    let in_test = here.in_test;
                    here.in_test = in_test || is_test(&block.attrs);
                    push_task(
                        &function.attrs,
                        &function.sig,
                        &function.block,
                        owner.clone(),
                        is_public,
                        here,
                        tasks,
                    );
                    here.in_test = in_test;
                    nested(&function.block, here, modules, tasks, index);
                }
                if let ImplItem::Const(constant) = item
                    && let Some(module) = modules.get_mut(here.module)
                {
                    let name = Rc::from(constant.ident.to_string());
                    module.constants.push((
                        name,
                        constant.expr.clone(),
                        Some(constant.ty.clone()),
                        false,
                    ));
                }
            }
        }
        Item::Trait(block) => {
            let name: Option<Rc<str>> = Some(Rc::from(block.ident.to_string()));
            let owner = Owner { of_trait: name.clone(), name, ty: None };
            for item in &block.items {
                if let TraitItem::Fn(function) = item
                    && let Some(body) = &function.default
                {
                    push_task(
                        &function.attrs,
                        &function.sig,
                        body,
                        owner.clone(),
                        true,
                        here,
                        tasks,
                    );
                    nested(body, here, modules, tasks, index);
                }
            }
        }
        Item::Struct(def) => {
            let is_input = derives(
                &def.attrs,
                &[
                    "Deserialize",
                    "FromForm",
                    "Input",
                    "Multipart",
                    "MultipartForm",
                    "TryFromMultipart",
                    "FromMultipart",
                    "Object",
                    "InputObject",
                    "Parser",
                    "FromRequest",
                ],
            );
            let is_template = derives(
                &def.attrs,
                &["Template", "TemplateOnce", "TemplateSimple", "TemplateMut", "WebTemplate"],
            );
            push_type(
                &def.ident,
                &def.fields,
                &def.generics,
                (is_input, is_template),
                here,
                modules,
                index,
            );
        }
        Item::Enum(def) => {
            let names = modules.get(here.module).map(|m| m.names.clone()).unwrap_or_default();
            let payloads = def
                .variants
                .iter()
                .flat_map(|v| &v.fields)
                .map(|f| ty::read(&f.ty, &names, Some(&def.generics), 0))
                .collect();
            let name: Rc<str> = Rc::from(def.ident.to_string());
            let mut path = here.path.to_vec();
            path.push(Rc::clone(&name));
            let is_input = derives(&def.attrs, &["Deserialize"]);
            index.types.entry(name).or_default().push(TypeDef {
                payloads,
                is_enum: true,
                is_input,
                ..TypeDef::new(path)
            });
        }
        Item::Type(alias) => {
            let names = modules.get(here.module).map(|m| m.names.clone()).unwrap_or_default();
            if let Some(target) = ty::read(&alias.ty, &names, Some(&alias.generics), 0) {
                let name: Rc<str> = Rc::from(alias.ident.to_string());
                let mut path = here.path.to_vec();
                path.push(Rc::clone(&name));
                index.aliases.entry(name).or_default().push((path, target));
            }
        }
        Item::Const(item) => {
            if let Some(module) = modules.get_mut(here.module) {
                module.constants.push((
                    Rc::from(item.ident.to_string()),
                    (*item.expr).clone(),
                    Some((*item.ty).clone()),
                    true,
                ));
            }
        }
        Item::Static(item) => {
            if let Some(module) = modules.get_mut(here.module) {
                module.constants.push((
                    Rc::from(item.ident.to_string()),
                    (*item.expr).clone(),
                    Some((*item.ty).clone()),
                    true,
                ));
            }
        }
        Item::Use(item) if !matches!(item.vis, syn::Visibility::Inherited) => {
            if let Some(module) = modules.get_mut(here.module) {
                module.exports.push(item.clone());
            }
        }
        _ => {}
    }
}

/// Items inside a function's body.
fn nested<'a>(
    block: &'a Block,
    here: &mut Here<'_>,
    modules: &mut Vec<Module>,
    tasks: &mut Vec<Task<'a>>,
    index: &mut Index,
) {
    for stmt in &block.stmts {
        if let syn::Stmt::Item(item) = stmt {
            collect_one(item, here, modules, tasks, index);
        }
    }
}

/// What a method belongs to.
#[derive(Clone, Default)]
struct Owner<'a> {
    name: Option<Rc<str>>,
    of_trait: Option<Rc<str>>,
    ty: Option<&'a syn::Type>,
}

fn push_task<'a>(
    attrs: &'a [Attribute],
    sig: &'a Signature,
    block: &'a Block,
    owner: Owner<'a>,
    is_public: bool,
    here: &Here<'_>,
    tasks: &mut Vec<Task<'a>>,
) {
    let is_handler = attrs.iter().any(|a| {
        a.path().segments.last().is_some_and(|s| ROUTES.contains(&s.ident.to_string().as_str()))
    });
    tasks.push(Task {
        at: tasks.len(),
        module: here.module,
        file: here.file,
        attrs,
        sig,
        block,
        owner: owner.name,
        of_trait: owner.of_trait,
        self_type: owner.ty,
        self_ty: None,
        is_handler,
        is_public,
        in_test: here.in_test || is_test(attrs),
    });
}

fn push_type(
    ident: &syn::Ident,
    fields: &Fields,
    generics: &syn::Generics,
    (is_input, is_template): (bool, bool),
    here: &Here<'_>,
    modules: &[Module],
    index: &mut Index,
) {
    let Some(module) = modules.get(here.module) else { return };
    let name: Rc<str> = Rc::from(ident.to_string());
    let mut path = here.path.to_vec();
    path.push(Rc::clone(&name));
    let fields = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let name = field.ident.as_ref().map_or_else(|| at.to_string(), ToString::to_string);
            (Rc::from(name), ty::read(&field.ty, &module.names, Some(generics), 0))
        })
        .collect();
    index.types.entry(name).or_default().push(TypeDef {
        fields,
        is_input,
        is_template,
        ..TypeDef::new(path)
    });
}

/// The modules that are declared for tests alone: `#[cfg(test)] mod tests;`.
pub(crate) fn test_modules(
    places: &[Vec<String>],
    files: &[(usize, syn::File)],
) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, file) in files {
        let Some(place) = places.get(*at) else { continue };
        for item in &file.items {
            if let Item::Mod(module) = item
                && module.content.is_none()
                && is_test(&module.attrs)
            {
                let mut path = place.clone();
                path.push(module.ident.to_string());
                found.push(path);
            }
        }
    }
    found
}

pub(crate) fn derives(attrs: &[Attribute], wanted: &[&str]) -> bool {
    attrs.iter().filter(|a| a.path().is_ident("derive")).any(|attr| {
        let text = attr.meta.to_token_stream().to_string();
        text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| wanted.contains(&word))
    })
}

fn last_name(path: &syn::Path) -> Option<Rc<str>> {
    path.segments.last().map(|s| Rc::from(s.ident.to_string()))
}

fn type_name(ty: &syn::Type) -> Option<Rc<str>> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "other types have no name")]
    match ty {
        syn::Type::Path(path) => last_name(&path.path),
        syn::Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => last_name(&bound.path),
            _ => None,
        }),
        syn::Type::Reference(inner) => type_name(&inner.elem),
        syn::Type::Paren(inner) => type_name(&inner.elem),
        syn::Type::Group(inner) => type_name(&inner.elem),
        _ => None,
    }
}
