//! Finds where handlers are mounted, as far as the sources show.
//!
//! It reads Actix's own forms: `.route("/x", web::post().to(f))`,
//! `web::resource("/x").route(web::post().to(f))`, `web::resource("/x").to(f)`, `.service(f)`, all
//! of them under `web::scope("/p")` and in functions for `.configure(f)`; and `endpoints![f]`,
//! which is under no scope. Variables with handlers are resolved. Other constructions are not
//! guessed: if they mount unknown endpoints, that is an error.

mod chain;
mod constants;
mod expression;
mod handed;
mod lists;
mod members;
mod ready;
mod route;
mod trace;
mod variable;
mod walk;

use std::{collections::BTreeMap, path::PathBuf};

use palisade_lint::{Suppression, endpoint::written, suppressions, tree::parts};
use quote::ToTokens as _;
use syn::{Expr, FnArg, Path, Signature, spanned::Spanned as _, visit::Visit as _};

pub use self::ready::ReadyMount;
use self::{constants::Constants, lists::Lists, route::Target, variable::Held};
use crate::{
    place::Place,
    program::{Package, Program},
    report::Report,
};

/// One place where a handler is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The path of the handler, as written there.
    pub handler: Vec<String>,
    /// The module of that place.
    pub module: Vec<String>,
    /// Whether the handler's attribute has its route: `.service(f)`.
    pub by_attribute: bool,
    /// The method; `None` for a route for every method, and for a route from the attribute.
    pub method: Option<String>,
    /// The full pattern; for a route from the attribute, the prefix of the attribute's. `None` if
    /// it is unknown.
    pub path: Option<String>,
    /// Whether it is in `endpoints![..]`, which may only contain endpoints.
    pub listed: bool,
    /// The `#[cfg(..)]` conditions of its place in the list.
    pub conditions: Vec<String>,
    /// The position of the name.
    pub place: Place,
}

/// The mounts of a package.
#[derive(Debug, Default)]
pub struct Mounts {
    /// Handlers with their names.
    pub named: Vec<Mount>,
    /// Endpoints of palisade's own.
    pub ready: Vec<ReadyMount>,
}

/// All mounts of a package. Unreadable parts go to `report`.
pub fn all(program: &Program, package: &Package, report: &mut Report) -> Mounts {
    let mut reader = Reader {
        program,
        package,
        lists: Lists::of(program, package),
        constants: Constants::of(package),
        module: Vec::new(),
        file: PathBuf::new(),
        variables: Vec::new(),
        silenced: Vec::new(),
        unread: Vec::new(),
        ready: Vec::new(),
        gives_list: false,
        prefix: Some(String::new()),
        function: None,
        partial: Vec::new(),
        configured: BTreeMap::new(),
        relative: Vec::new(),
    };
    for file in &package.files {
        reader.module.clone_from(&file.module);
        reader.file.clone_from(&file.path);
        let path = file.path.display().to_string();
        reader.silenced = suppressions(file.syntax.to_token_stream(), &path);
        reader.visit_file(&file.syntax);
    }
    for (place, text) in std::mem::take(&mut reader.unread) {
        report.unreadable(place, text);
    }
    let ready = std::mem::take(&mut reader.ready);
    Mounts { named: reader.finish(), ready }
}

/// A mount whose pattern still lacks the prefix of the function that contains it.
struct Partial {
    mount: Mount,
    function: Option<String>,
}

/// A place where a function is passed to `.configure`.
struct Site {
    /// The function that contains it.
    function: Option<String>,
    /// The enclosing scopes; `None` if one of them is not a literal.
    scopes: Option<String>,
}

struct Reader<'a> {
    program: &'a Program,
    package: &'a Package,
    lists: Lists,
    constants: Constants,
    module: Vec<String>,
    file: PathBuf,
    /// The visible variables, the innermost block last.
    variables: Vec<BTreeMap<String, Held>>,
    /// The rules that the file silences.
    silenced: Vec<Suppression>,
    /// Unreadable parts, with their messages.
    unread: Vec<(Place, String)>,
    /// Endpoints of palisade's own.
    ready: Vec<ReadyMount>,
    /// Whether the function whose body follows returns a list.
    gives_list: bool,
    /// The enclosing scopes; `None` if one of them is not a literal.
    prefix: Option<String>,
    /// The enclosing function.
    function: Option<String>,
    partial: Vec<Partial>,
    /// The places where each function is passed to `.configure`.
    configured: BTreeMap<String, Vec<Site>>,
    /// Functions with a `ServiceConfig` argument: their mounts are under the scopes of their
    /// caller.
    relative: Vec<String>,
}

impl Reader<'_> {
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

    /// The possible prefixes of `function`.
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
        let variables = std::mem::take(&mut self.variables);
        self.variables.push(BTreeMap::new());
        for input in &signature.inputs {
            if let FnArg::Typed(input) = input {
                self.visit_pat(&input.pat);
                self.typed(&input.pat, &input.ty);
            }
        }
        let gives_list = match &signature.output {
            syn::ReturnType::Type(_, ty) => {
                self.lists.is_list(self.program, self.package, &self.module, ty)
            }
            syn::ReturnType::Default => false,
        };
        let gives_list = std::mem::replace(&mut self.gives_list, gives_list);
        visit(self);
        self.gives_list = gives_list;
        self.variables = variables;
        self.prefix = prefix;
        self.function = outer;
    }

    fn mount(&mut self, target: Target, path: Option<String>) {
        self.partial.push(Partial {
            mount: Mount {
                place: Place::of(&self.file, target.handler.span()),
                handler: parts(&target.handler),
                module: self.module.clone(),
                by_attribute: false,
                method: target.method,
                path,
                listed: false,
                conditions: Vec::new(),
            },
            function: self.function.clone(),
        });
    }

    /// A handler with its own route, under `prefix` in `function`.
    fn service(
        &mut self,
        handler: &Path,
        listed: bool,
        prefix: Option<String>,
        function: Option<String>,
    ) {
        self.partial.push(Partial {
            mount: Mount {
                place: Place::of(&self.file, handler.span()),
                handler: parts(handler),
                module: self.module.clone(),
                by_attribute: true,
                method: None,
                path: prefix,
                listed,
                conditions: Vec::new(),
            },
            function,
        });
    }

    /// Whether an expression may be a list of endpoints.
    fn is_list(&self, expression: &Expr) -> bool {
        self.lists.hold(self.program, self.package, &self.module, expression)
    }
}

/// Joins a scope and a pattern as Actix does.
pub fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{prefix}{slash}{path}")
}

#[cfg(test)]
mod tests;
