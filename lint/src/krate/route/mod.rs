//! Finds the functions and closures that are used as routes.

mod called;
mod scope;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{Expr, Token};

use self::scope::{Function, Held, Owner, Scopes};
use super::collect::{Module, is_test};
use super::index::Index;
use super::name::{Known, Names, segments, starts_upper};
use crate::taint::value::FileId;

/// What is mounted by hand, as `web::get().to(list)`.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    /// The last segments of all paths that are mounted, in tests too.
    pub(crate) names: HashSet<String>,
    /// The functions of the analysed code that are certainly mounted.
    functions: HashSet<usize>,
    /// The types and names of mounted paths that lead to no function in sight; no type where the
    /// path names none.
    unresolved: HashSet<(Option<String>, String)>,
    /// Closures that are mounted.
    pub(crate) closures: Vec<(FileId, Span)>,
    /// What is mounted and not known: what a function gives back, a field.
    pub(crate) unknown: Vec<(FileId, Span)>,
}

impl Routes {
    /// Whether a function is mounted, by its number, the type or trait it belongs to, and its name.
    pub(crate) fn mounts(&self, at: usize, owners: [Option<&str>; 2], name: &str) -> bool {
        let is_unresolved = |owner: Option<&str>| {
            self.unresolved.contains(&(owner.map(str::to_owned), name.to_owned()))
        };
        self.functions.contains(&at)
            || if owners == [None, None] {
                is_unresolved(None)
            } else {
                owners.into_iter().flatten().any(|owner| is_unresolved(Some(owner)))
            }
    }
}

/// The functions and closures that are named where a route is made: `web::get().to(list)`,
/// `web::to(list)` or `get(list)`, also through variables and through functions that mount what
/// they are given.
pub(crate) fn routed(
    files: &[(usize, syn::File)],
    places: &[Vec<String>],
    modules: &[Module],
    index: &Index,
    in_test: &dyn Fn(usize) -> bool,
) -> Routes {
    let mut names: HashMap<&[Rc<str>], &Names> = HashMap::new();
    for module in modules {
        names.entry(&module.names.module).or_insert(&module.names);
    }
    let mut reader = Reader {
        names,
        index,
        module: Vec::new(),
        file: 0,
        in_test: false,
        scopes: Scopes::default(),
        owner: None,
        mounting: HashSet::new(),
        routes: Routes::default(),
    };
    // A function that mounts its argument may be called before it is read, or by another one.
    for _ in 0..4 {
        let known = reader.mounting.len();
        reader.routes.closures.clear();
        reader.routes.unknown.clear();
        for (at, file) in files {
            reader.file = FileId::try_from(*at).unwrap_or(FileId::MAX);
            reader.in_test = in_test(*at);
            reader.module = places
                .get(*at)
                .map(|place| place.iter().map(|part| Rc::from(part.as_str())).collect())
                .unwrap_or_default();
            reader.visit_file(file);
        }
        if reader.mounting.len() == known {
            break;
        }
    }
    reader.routes
}

struct Reader<'a> {
    names: HashMap<&'a [Rc<str>], &'a Names>,
    index: &'a Index,
    module: Vec<Rc<str>>,
    file: FileId,
    in_test: bool,
    scopes: Scopes,
    /// What the functions here belong to.
    owner: Option<Rc<Owner>>,
    /// Functions that mount an argument, and its number.
    mounting: HashSet<(Rc<Function>, usize)>,
    routes: Routes,
}

impl Reader<'_> {
    /// Arguments that are handlers where they name a function: `get(list)` may be something else.
    fn take<'e>(&mut self, args: impl IntoIterator<Item = &'e Expr>) {
        for arg in args {
            for held in self.scopes.held(arg) {
                if let Held::Path(path) = held {
                    self.mount(&path);
                }
            }
        }
    }

    /// Arguments that Actix calls as handlers, whatever they are.
    fn take_any<'e>(&mut self, args: impl IntoIterator<Item = &'e Expr>) {
        for arg in args {
            for held in self.scopes.held(arg) {
                match held {
                    Held::Path(path) => self.mount(&path),
                    Held::Parameter(function, at) => {
                        self.mounting.insert((function, at));
                    }
                    Held::Closure(span) if !self.in_test => {
                        self.routes.closures.push((self.file, span));
                    }
                    Held::Closure(_) | Held::Other => {}
                }
            }
        }
    }

    /// The handlers of what is certainly one of Actix's routes, where an unknown one is reported.
    fn take_known<'e>(&mut self, args: impl IntoIterator<Item = &'e Expr>) {
        for arg in args {
            let held = self.scopes.held(arg);
            if !self.in_test && held.iter().any(|held| matches!(held, Held::Other)) {
                self.routes.unknown.push((self.file, arg.span()));
            }
            self.take_any([arg]);
        }
    }

    fn mount(&mut self, path: &[Rc<str>]) {
        let Some(last) = path.last().filter(|last| !starts_upper(last)) else { return };
        self.routes.names.insert(last.to_string());
        if self.in_test {
            return;
        }
        let name = self.name(path);
        let found = self.index.functions(&name);
        if !found.is_empty() {
            self.routes.functions.extend(found);
        } else if name.known != Known::External {
            let owner = Some(name.parent()).filter(|parent| starts_upper(parent));
            self.routes.unresolved.insert((owner.map(str::to_owned), last.to_string()));
        }
    }

    fn apart(&mut self, attrs: &[syn::Attribute], visit: impl FnOnce(&mut Self)) {
        let was = self.in_test;
        self.in_test |= is_test(attrs);
        visit(self);
        self.in_test = was;
    }

    fn function(&mut self, sig: &syn::Signature, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.scopes);
        self.scopes.open();
        let owner = self.owner.clone();
        let mut path = self.module.clone();
        path.extend(owner.as_ref().and_then(|owner| owner.name.clone()));
        path.push(Rc::from(sig.ident.to_string()));
        let is_method = sig.receiver().is_some();
        self.scopes.parameters(sig, &Rc::new(Function { path, owner, is_method }));
        visit(self);
        self.scopes = outer;
    }

    fn owned(&mut self, owner: Owner, visit: impl FnOnce(&mut Self)) {
        let outer = self.owner.replace(Rc::new(owner));
        visit(self);
        self.owner = outer;
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(Rc::from(item.ident.to_string()));
        self.apart(&item.attrs, |reader| syn::visit::visit_item_mod(reader, item));
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        // A function inside of a method is one of the module.
        let outer = self.owner.take();
        self.apart(&item.attrs, |reader| {
            reader.function(&item.sig, |reader| reader.visit_block(&item.block));
        });
        self.owner = outer;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let name = scope::written(&item.self_ty).and_then(|mut path| path.pop());
        let owner = Owner {
            any: name.as_ref().is_none_or(|name| {
                item.generics.type_params().any(|parameter| parameter.ident == **name)
            }),
            name,
            of_trait: item.trait_.as_ref().and_then(|(path, _)| segments(path).pop()),
        };
        self.apart(&item.attrs, |reader| {
            reader.owned(owner, |reader| syn::visit::visit_item_impl(reader, item));
        });
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let name: Option<Rc<str>> = Some(Rc::from(item.ident.to_string()));
        let owner = Owner { of_trait: name.clone(), name, any: true };
        self.apart(&item.attrs, |reader| {
            reader.owned(owner, |reader| syn::visit::visit_item_trait(reader, item));
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.apart(&item.attrs, |reader| {
                reader.function(&item.sig, |reader| reader.visit_block(body));
            });
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.apart(&item.attrs, |reader| {
            reader.function(&item.sig, |reader| reader.visit_block(&item.block));
        });
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.scopes.open();
        syn::visit::visit_block(self, block);
        self.scopes.close();
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scopes.open();
        syn::visit::visit_arm(self, arm);
        self.scopes.close();
    }

    fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
        self.scopes.open();
        syn::visit::visit_expr_if(self, branch);
        self.scopes.close();
    }

    fn visit_expr_while(&mut self, branch: &'ast syn::ExprWhile) {
        self.scopes.open();
        syn::visit::visit_expr_while(self, branch);
        self.scopes.close();
    }

    fn visit_expr_for_loop(&mut self, branch: &'ast syn::ExprForLoop) {
        self.scopes.open();
        syn::visit::visit_expr_for_loop(self, branch);
        self.scopes.close();
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scopes.open();
        syn::visit::visit_expr_closure(self, closure);
        self.scopes.close();
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.scopes.bind(pat.ident.to_string(), vec![Held::Other]);
        syn::visit::visit_pat_ident(self, pat);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        // What the variable is given does not see the variable.
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        let held = local.init.as_ref().map(|init| self.scopes.held(&init.expr));
        let ty = if let syn::Pat::Type(pat) = &local.pat {
            scope::written(&pat.ty)
        } else {
            local.init.as_ref().and_then(|init| self.written_type(&init.expr))
        };
        self.visit_pat(&local.pat);
        if let Some(name) = scope::only_name(&local.pat) {
            if let Some(held) = held {
                self.scopes.bind(name.clone(), held);
            }
            self.scopes.bind_type(name, ty);
        }
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        for expr in item.parse_body_with(parser).iter().flatten() {
            self.visit_expr(expr);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        match name.as_str() {
            "to" if call.args.len() == 1 && self.is_route(&call.receiver) => {
                self.take_known(&call.args);
            }
            "to" if call.args.len() == 1 => self.take_any(&call.args),
            "get" | "post" | "put" | "delete" | "patch" | "head" | "any"
                if call.args.len() == 1 && chained_route(&call.receiver) =>
            {
                self.take(&call.args);
            }
            "and_then" if has_filter(&call.receiver) => self.take(&call.args),
            "finish" if call.args.len() == 1 && is_web_service(&call.receiver) => {
                self.take_any(&call.args);
            }
            "fallback" => self.take(&call.args),
            "default_service" => {
                self.take(&call.args);
                for arg in &call.args {
                    if let Expr::Call(service) = arg
                        && last_of(&service.func).is_some_and(|last| last == "fn_service")
                    {
                        self.take_any(&service.args);
                    }
                }
            }
            _ => self.handed_to_method(call),
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            let last = last.ident.to_string();
            let parent = path.path.segments.iter().rev().nth(1).map(|s| s.ident.to_string());
            let parent = parent.as_deref().unwrap_or_default();
            let typed = starts_upper(parent);
            self.handed_to_function(call);
            if call.args.len() == 1 && self.is_web_to(&path.path) {
                self.take_known(&call.args);
            } else if call.args.len() == 2 && last == "to" && (typed || path.qself.is_some()) {
                let args = call.args.iter().skip(1);
                if self.is_to_of_route(path) { self.take_known(args) } else { self.take_any(args) }
            }
            match last.as_str() {
                "get" | "post" | "put" | "delete" | "patch" | "head" | "any" | "on" | "handler"
                    if !typed && call.args.len() <= 2 =>
                {
                    self.take(&call.args);
                }
                _ => {}
            }
        }
        syn::visit::visit_expr_call(self, call);
    }
}

impl Reader<'_> {
    /// Whether a path is Actix's `web::to`, under whatever name it was imported.
    fn is_web_to(&self, path: &syn::Path) -> bool {
        let written = segments(path);
        matches!(written.as_slice(), [.., web, to] if &**web == "web" && &**to == "to")
            || self.is_of_actix(&written, "web::to")
    }

    /// `Route::to(web::get(), list)`, `<Route>::to(..)`
    fn is_to_of_route(&self, path: &syn::ExprPath) -> bool {
        let of = match &path.qself {
            Some(of) => scope::written(&of.ty).unwrap_or_default(),
            None => {
                let mut of = segments(&path.path);
                of.pop();
                of
            }
        };
        ["Route", "Resource"].iter().any(|tail| self.is_of_actix(&of, tail))
    }

    fn is_of_actix(&self, path: &[Rc<str>], tail: &str) -> bool {
        self.names
            .get(self.module.as_slice())
            .is_some_and(|names| names.resolve(path).is(&["actix_web"], tail))
    }

    /// Whether an expression is certainly one of Actix's routes or resources:
    /// `web::get().guard(..)`, `web::resource("/x")`, `Route::new()`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form certainly makes a route")]
    fn is_route(&self, expr: &Expr) -> bool {
        match expr {
            Expr::MethodCall(call) => self.is_route(&call.receiver),
            Expr::Paren(inner) => self.is_route(&inner.expr),
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else { return false };
                let path = segments(&path.path);
                let of_web = matches!(path.as_slice(), [.., web, last]
                    if &**web == "web" && ROUTES.contains(&&**last));
                of_web
                    || ROUTES.iter().any(|last| self.is_of_actix(&path, &format!("web::{last}")))
                    || ["Route::new", "Resource::new"]
                        .iter()
                        .any(|tail| self.is_of_actix(&path, tail))
            }
            _ => false,
        }
    }
}

/// The functions of Actix's `web` that make a route or a resource.
const ROUTES: [&str; 10] =
    ["delete", "get", "head", "method", "patch", "post", "put", "resource", "route", "trace"];

fn last_of(expr: &Expr) -> Option<String> {
    let Expr::Path(path) = expr else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other form makes a route")]
fn chained_route(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => last_of(&call.func).is_some_and(|last| {
            matches!(
                last.as_str(),
                "get" | "post" | "put" | "delete" | "patch" | "head" | "any" | "resource"
            )
        }),
        Expr::MethodCall(call) => chained_route(&call.receiver),
        _ => false,
    }
}

/// `web::service("/x").guard(..)`
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form makes a service")]
fn is_web_service(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => last_of(&call.func).is_some_and(|last| last == "service"),
        Expr::MethodCall(call) => is_web_service(&call.receiver),
        _ => false,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other form makes a filter")]
fn has_filter(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Path(p) if p.path.segments.first().is_some_and(|s| s.ident == "warp"))
        }
        Expr::MethodCall(call) => has_filter(&call.receiver) || call.args.iter().any(has_filter),
        _ => false,
    }
}
