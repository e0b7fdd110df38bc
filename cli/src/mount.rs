//! Where handlers are mounted, as far as the sources tell.
//!
//! Read are actix's own ways: `.route("/x", web::post().to(f))`,
//! `web::resource("/x").route(web::post().to(f))`, `web::resource("/x").to(f)`, `.service(f)`, all
//! of them under `web::scope("/p")` and in functions handed to `.configure(f)`; and `endpoints![f]`,
//! which stands under nothing. What is put together in other ways is not guessed.

use std::collections::BTreeMap;

use palisade_lint::endpoint::written;
use syn::{
    Expr, ExprCall, ExprLit, ExprMethodCall, FnArg, ImplItemFn, ItemFn, ItemMod, Lit, Macro, Path,
    Signature, Token,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use crate::{conditional, source::SourceFile};

/// One place where a handler is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The handler, as named there.
    pub handler: Vec<String>,
    /// The module of that place.
    pub module: Vec<String>,
    /// Whether an attribute of the handler gives it a route of its own: `.service(f)`.
    pub by_attribute: bool,
    /// The method; `None` for a route that takes every one, and by attribute.
    pub method: Option<String>,
    /// The full pattern; by attribute, what goes before the attribute's. `None` where it cannot be
    /// read off.
    pub path: Option<String>,
}

/// All mounts of a crate.
pub fn all(files: &[SourceFile]) -> Vec<Mount> {
    let mut reader = Reader { prefix: Some(String::new()), ..Reader::default() };
    for file in files {
        reader.module.clone_from(&file.module);
        reader.visit_file(&file.syntax);
    }
    reader.finish()
}

/// A mount whose pattern still lacks what the function that holds it is mounted under.
struct Partial {
    mount: Mount,
    function: Option<String>,
}

/// Where a function is given to `.configure`.
struct Site {
    /// The function that does so.
    function: Option<String>,
    /// The scopes around it there; `None` where one of them is no literal.
    scopes: Option<String>,
}

#[derive(Default)]
struct Reader {
    module: Vec<String>,
    /// The scopes around the place, `None` where one of them is no literal.
    prefix: Option<String>,
    /// The function around the place.
    function: Option<String>,
    partial: Vec<Partial>,
    /// Where each function is given to `.configure`.
    configured: BTreeMap<String, Vec<Site>>,
    /// Functions that take a `ServiceConfig`: what they mount stands under their caller's scopes.
    relative: Vec<String>,
}

impl Reader {
    fn finish(self) -> Vec<Mount> {
        let mut mounts = Vec::new();
        for Partial { mount, function } in &self.partial {
            for prefix in self.prefixes(function.as_deref(), 8) {
                let path = match (prefix, &mount.path) {
                    (Some(prefix), Some(path)) => Some(join(&prefix, path)),
                    _ => None,
                };
                let mount = Mount { path, ..mount.clone() };
                if !mounts.contains(&mount) {
                    mounts.push(mount);
                }
            }
        }
        mounts
    }

    /// What `function` may be mounted under.
    fn prefixes(&self, function: Option<&str>, depth: usize) -> Vec<Option<String>> {
        let Some(name) = function.filter(|name| self.relative.iter().any(|known| known == name))
        else {
            return vec![Some(String::new())];
        };
        let Some(sites) = self.configured.get(name).filter(|_| depth > 0) else {
            return vec![None];
        };
        let mut found = Vec::new();
        for Site { function, scopes } in sites {
            for outer in self.prefixes(function.as_deref(), depth - 1) {
                found.push(match (outer, scopes) {
                    (Some(outer), Some(inner)) => Some(join(&outer, inner)),
                    _ => None,
                });
            }
        }
        found
    }

    fn within(&mut self, prefix: Option<String>, expression: &Expr) {
        let outer = std::mem::replace(&mut self.prefix, prefix);
        self.visit_expr(expression);
        self.prefix = outer;
    }

    fn function(&mut self, signature: &Signature, visit: impl FnOnce(&mut Self)) {
        let name = signature.ident.to_string();
        let takes_config = signature.inputs.iter().any(|input| match input {
            FnArg::Typed(input) => written(&input.ty).contains("ServiceConfig"),
            FnArg::Receiver(_) => false,
        });
        if takes_config {
            self.relative.push(name.clone());
        }
        let outer = self.function.replace(name);
        let prefix = self.prefix.replace(String::new());
        visit(self);
        self.prefix = prefix;
        self.function = outer;
    }

    fn mount(&mut self, target: Target, path: Option<String>) {
        self.partial.push(Partial {
            mount: Mount {
                handler: target.handler,
                module: self.module.clone(),
                by_attribute: false,
                method: target.method,
                path,
            },
            function: self.function.clone(),
        });
    }

    /// A handler that brings its own route, under `prefix` in `function`.
    fn service(&mut self, handler: Vec<String>, prefix: Option<String>, function: Option<String>) {
        self.partial.push(Partial {
            mount: Mount {
                handler,
                module: self.module.clone(),
                by_attribute: true,
                method: None,
                path: prefix,
            },
            function,
        });
    }

    fn services(&mut self, argument: &Expr, prefix: &Option<String>) {
        if let Expr::Tuple(tuple) = argument {
            for element in &tuple.elems {
                self.services(element, prefix);
            }
        } else if let Some(handler) = name(argument) {
            self.service(handler, prefix.clone(), self.function.clone());
        } else {
            self.within(prefix.clone(), argument);
        }
    }

    fn chain(&mut self, root: &Expr, calls: &[&ExprMethodCall]) {
        let at = |text: &Option<String>, path: Option<String>| match (text, path) {
            (Some(prefix), Some(path)) => Some(join(prefix, &path)),
            _ => None,
        };
        let mut inner = self.prefix.clone();
        let mut resource = None;
        match web_call(root) {
            Some(("scope", call)) => inner = at(&inner, call.args.first().and_then(literal)),
            Some(("resource", call)) => {
                resource = Some(at(&inner, call.args.first().and_then(literal)));
            }
            _ => visit::visit_expr(self, root),
        }
        for call in calls {
            let method = call.method.to_string();
            let arguments: Vec<&Expr> = call.args.iter().collect();
            match (method.as_str(), arguments.as_slice()) {
                ("route", [path, route]) if target(route).is_some() => {
                    if let Some(target) = target(route) {
                        self.mount(target, at(&inner, literal(path)));
                    }
                }
                ("route", [route]) if target(route).is_some() => {
                    if let Some(target) = target(route) {
                        self.mount(target, resource.clone().flatten());
                    }
                }
                ("to", [handler]) if resource.is_some() => {
                    if let Some(handler) = name(handler) {
                        let path = resource.clone().flatten();
                        self.mount(Target { handler, method: None }, path);
                    }
                }
                ("configure", [function]) if name(function).is_some() => {
                    if let Some(function) = name(function).and_then(|mut name| name.pop()) {
                        let site = Site { function: self.function.clone(), scopes: inner.clone() };
                        self.configured.entry(function).or_default().push(site);
                    }
                }
                ("service", [argument]) => self.services(argument, &inner),
                ("with", [handler]) if name(handler).is_some() => {
                    if let Some(handler) = name(handler) {
                        self.service(handler, Some(String::new()), None);
                    }
                }
                (_, arguments) => {
                    for argument in arguments {
                        self.within(inner.clone(), argument);
                    }
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if conditional::is_test_only(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !conditional::is_test_only(&item.attrs) {
            self.function(&item.sig, |reader| visit::visit_item_fn(reader, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !conditional::is_test_only(&item.attrs) {
            self.function(&item.sig, |reader| visit::visit_impl_item_fn(reader, item));
        }
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        if item.path.segments.last().is_none_or(|last| last.ident != "endpoints") {
            return;
        }
        let parser = Punctuated::<Path, Token![,]>::parse_terminated;
        for handler in item.parse_body_with(parser).into_iter().flatten() {
            // A list of endpoints is mounted by palisade itself, at the root.
            self.service(segments(&handler), Some(String::new()), None);
        }
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        if let Some(target) = target(expression) {
            // A route that is not handed to `.route` here: the method is known, the path is not.
            self.mount(target, None);
            return;
        }
        let mut calls = Vec::new();
        let mut root = expression;
        while let Expr::MethodCall(call) = root {
            calls.push(call);
            root = &call.receiver;
        }
        if calls.is_empty() {
            visit::visit_expr(self, expression);
        } else {
            calls.reverse();
            self.chain(root, &calls);
        }
    }
}

/// What a route leads to.
struct Target {
    handler: Vec<String>,
    method: Option<String>,
}

/// Reads `web::post().guard(..).to(f)` and `web::to(f)`.
fn target(expression: &Expr) -> Option<Target> {
    if let Some(("to", call)) = web_call(expression) {
        return Some(Target { handler: name(call.args.first()?)?, method: None });
    }
    let Expr::MethodCall(to) = expression else { return None };
    if to.method != "to" {
        return None;
    }
    let handler = name(to.args.first()?)?;
    let mut root: &Expr = &to.receiver;
    while let Expr::MethodCall(call) = root {
        root = &call.receiver;
    }
    let (word, call) = web_call(root)?;
    let method = match word {
        "get" | "post" | "put" | "patch" | "delete" | "head" | "trace" => Some(word.to_uppercase()),
        "method" => Some(name(call.args.first()?)?.pop()?),
        "route" => None,
        _ => return None,
    };
    Some(Target { handler, method })
}

/// Reads `web::word(..)`.
fn web_call(expression: &Expr) -> Option<(&'static str, &ExprCall)> {
    const WORDS: [&str; 12] = [
        "scope", "resource", "to", "route", "method", "get", "post", "put", "patch", "delete",
        "head", "trace",
    ];
    let Expr::Call(call) = expression else { return None };
    let path = name(&call.func)?;
    let [.., module, word] = path.as_slice() else { return None };
    let word = WORDS.into_iter().find(|known| known == word)?;
    (module == "web").then_some((word, call))
}

fn name(expression: &Expr) -> Option<Vec<String>> {
    let Expr::Path(path) = expression else { return None };
    Some(segments(&path.path))
}

fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn literal(expression: &Expr) -> Option<String> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = expression else { return None };
    Some(text.value())
}

/// Joins a scope and a pattern as actix does.
pub fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{prefix}{slash}{path}")
}

#[cfg(test)]
mod tests {
    use super::{Mount, all};
    use crate::source::SourceFile;

    fn mounts(text: &str) -> Vec<String> {
        let syntax = syn::parse_file(text).unwrap();
        let file = SourceFile {
            path: "src/main.rs".into(),
            module: Vec::new(),
            conditions: Vec::new(),
            syntax,
        };
        all(&[file])
            .into_iter()
            .map(|Mount { handler, by_attribute, method, path, .. }| {
                format!(
                    "{} {} {}",
                    handler.join("::"),
                    if by_attribute { "+" } else { method.as_deref().unwrap_or("*") },
                    path.as_deref().unwrap_or("?")
                )
            })
            .collect()
    }

    #[test]
    fn routes_are_read_through_scopes_and_resources() {
        let found = mounts(
            r#"fn main() {
                HttpServer::new(move || {
                    App::new()
                        .wrap(Logger::default())
                        .route("/a", web::post().to(a))
                        .service(
                            web::scope("/api")
                                .route("b", web::get().guard(g).to(items::b))
                                .service((
                                    web::resource("/c").route(web::put().to(c)).wrap(x),
                                    web::scope("/v2/").service(web::resource("/d").to(d)),
                                )),
                        )
                })
            }"#,
        );
        assert_eq!(found, ["a POST /a", "items::b GET /api/b", "c PUT /api/c", "d * /api/v2/d"]);
    }

    #[test]
    fn configured_functions_stand_under_their_callers_scopes() {
        let found = mounts(
            r#"
            fn inner(cfg: &mut web::ServiceConfig) { cfg.route("/x", web::get().to(x)); }
            fn outer(cfg: &mut web::ServiceConfig) {
                cfg.service(web::scope("/in").configure(inner));
            }
            fn lost(cfg: &mut web::ServiceConfig) { cfg.route("/y", web::get().to(y)); }
            fn main() {
                App::new().service(web::scope("/one").configure(outer)).configure(inner);
            }"#,
        );
        assert_eq!(found, ["x GET /one/in/x", "x GET /x", "y GET ?"]);
    }

    #[test]
    fn services_stand_under_their_scopes() {
        let found = mounts(
            r#"
            fn routes(c: &mut ServiceConfig) { c.service(a).service((x::b, c)); }
            fn main() {
                Palisade::builder().endpoints(endpoints![b, y::d,]);
                Endpoints::new().with(e);
                App::new()
                    .service(web::scope("/v1").configure(routes).service(d))
                    .service(web::scope(PREFIX).service(e));
            }"#,
        );
        assert_eq!(
            found,
            ["a + /v1", "x::b + /v1", "c + /v1", "b + ", "y::d + ", "e + ", "d + /v1", "e + ?"]
        );
    }

    #[test]
    fn what_is_no_literal_is_not_guessed() {
        let found = mounts(
            r#"fn main() {
                App::new().route(PATH, web::post().to(a));
                App::new().service(web::scope(PREFIX).route("/b", web::method(Method::PURGE).to(b)));
                let route = web::delete().to(c);
            }"#,
        );
        assert_eq!(found, ["a POST ?", "b PURGE ?", "c DELETE ?"]);
    }
}
