//! Chains of calls that build an app, a scope, a resource or a list.

use palisade_lint::tree::Origin;
use syn::{
    Expr, ExprMethodCall, Pat, Token,
    ext::IdentExt as _,
    punctuated::Punctuated,
    visit::{self, Visit as _},
};

use super::{
    Reader, Site,
    expression::{literal, name},
    handed::Handed,
    join,
    ready::{Readers, Ready},
    route::{Target, target, web_call},
    variable::Held,
};

impl Reader<'_> {
    pub(super) fn chain(&mut self, root: &Expr, calls: &[&ExprMethodCall]) {
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
                    for target in self.targets(route) {
                        self.mount(target, at(&inner, literal(path)));
                    }
                }
                ("route", [route]) if target(route).is_some() => {
                    for target in self.targets(route) {
                        self.mount(target, resource.clone().flatten());
                    }
                }
                ("to", [handler]) if resource.is_some() => {
                    for handler in self.held(handler) {
                        let path = resource.clone().flatten();
                        self.mount(Target { handler, method: None }, path);
                    }
                }
                ("configure", [function]) if name(function).is_some() => {
                    if !self.is_foreign(root) {
                        self.judge(Handed::Function, function);
                    }
                    if let Some(function) = name(function).and_then(|mut name| name.pop()) {
                        let site = Site { function: self.function.clone(), scopes: inner.clone() };
                        self.configured.entry(function).or_default().push(site);
                    }
                }
                ("configure", [Expr::Closure(closure)]) => {
                    self.configuring(closure, inner.clone());
                }
                ("configure", [function]) => {
                    if !self.is_foreign(root) {
                        self.judge(Handed::Function, function);
                    }
                    self.within(inner.clone(), function);
                }
                ("endpoints", []) => self.note_ready(&call.receiver),
                ("endpoints", [list]) => {
                    if !self.is_foreign(root) {
                        self.judge(Handed::List, list);
                    }
                    self.within(inner.clone(), list);
                }
                ("and", [list]) if self.is_list(&call.receiver) || self.is_list(list) => {
                    self.judge(Handed::List, list);
                    self.within(inner.clone(), list);
                }
                ("static_files" | "with_files", [files]) if !self.is_foreign(root) => {
                    self.note_files(files);
                    self.within(inner.clone(), files);
                }
                ("health_details_scope", [scope]) if !self.is_foreign(root) => {
                    self.note_behind(Ready::Health, scope);
                    self.within(inner.clone(), scope);
                }
                ("metrics_endpoint", [scope]) if !self.is_foreign(root) => {
                    self.note_behind(Ready::Metrics, scope);
                    self.within(inner.clone(), scope);
                }
                ("openapi" | "openapi_scope" | "openapi_public", arguments)
                    if arguments.len() < 2 && !self.is_foreign(root) =>
                {
                    let readers = match method.as_str() {
                        "openapi_scope" => Readers::Scope,
                        "openapi_public" => Readers::Everybody,
                        _ => Readers::Development,
                    };
                    let said = arguments.first().and_then(|said| literal(said));
                    self.note_document(readers, said, call);
                }
                ("service", [argument]) if !self.is_foreign(root) => {
                    self.services(argument, &inner);
                }
                ("with", [handler])
                    if self.is_list(&call.receiver) && !self.held(handler).is_empty() =>
                {
                    for handler in self.held(handler) {
                        self.service(&handler, false, Some(String::new()), None);
                    }
                }
                (_, arguments) => {
                    self.judge_configured_by(call);
                    self.judge_arguments(&method, arguments);
                    for argument in arguments {
                        self.within(inner.clone(), argument);
                    }
                }
            }
        }
    }

    pub(super) fn services(&mut self, argument: &Expr, prefix: &Option<String>) {
        if let Expr::Tuple(tuple) = argument {
            for element in &tuple.elems {
                self.services(element, prefix);
            }
        } else if let Expr::Macro(list) = argument
            && list.mac.path.segments.last().is_some_and(|last| last.ident == "services")
            && let Ok(elements) =
                list.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        {
            for element in &elements {
                self.services(element, prefix);
            }
        } else {
            let held = self.held(argument);
            for handler in &held {
                self.service(handler, false, prefix.clone(), self.function.clone());
            }
            if held.is_empty() {
                self.judge(Handed::Service, argument);
                self.within(prefix.clone(), argument);
            }
        }
    }

    /// Whether a chain of calls certainly starts in a crate that is unrelated to Actix:
    /// `tower::ServiceBuilder::new()`.
    pub(super) fn is_foreign(&self, root: &Expr) -> bool {
        if let Expr::Path(path) = root
            && let Some(name) = path.path.get_ident().map(|name| name.unraw().to_string())
            && let Some(held) = self.variables.iter().rev().find_map(|block| block.get(&name))
        {
            // What a variable holds was not made of the variable.
            return held
                .value
                .as_ref()
                .map(root_of)
                .is_some_and(|root| !matches!(root, Expr::Path(_)) && self.is_foreign(root));
        }
        let Expr::Call(call) = root else { return false };
        let Some(path) = name(&call.func).filter(|_| web_call(root).is_none()) else {
            return false;
        };
        let origins = self.program.origins(self.package, &self.module, &path);
        !origins.is_empty()
            && origins.iter().all(|origin| match origin {
                Origin::External(path) => {
                    let krate = path.first().map_or("", String::as_str);
                    krate.starts_with(char::is_lowercase)
                        && krate != "web"
                        && !krate.contains("actix")
                        && !self.program.is_palisade(self.package, path)
                        // It may mount: it depends on palisade itself.
                        && !self.package.member.unread.iter().any(|other| other == krate)
                }
                Origin::Item(_) | Origin::Perhaps(_) => false,
            })
    }

    /// The lists among the arguments of a function of the package.
    pub(super) fn judge_arguments(&mut self, function: &str, arguments: &[&Expr]) {
        for (at, argument) in arguments.iter().enumerate() {
            if self.lists.takes(function, at) {
                self.judge(Handed::List, argument);
            }
        }
    }

    /// A closure in `.configure`.
    pub(super) fn configuring(&mut self, closure: &syn::ExprClosure, prefix: Option<String>) {
        let outer = std::mem::replace(&mut self.prefix, prefix);
        self.scoped(|reader| {
            for input in &closure.inputs {
                let pat = if let Pat::Type(typed) = input { &typed.pat } else { input };
                if let Pat::Ident(pat) = pat {
                    let held = Held { is_config: true, ..Held::default() };
                    reader.bind(pat.ident.unraw().to_string(), held);
                }
            }
            reader.visit_expr(&closure.body);
        });
        self.prefix = outer;
    }
}

/// The start of a chain of calls.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are where a chain starts")]
pub(super) fn root_of(expression: &Expr) -> &Expr {
    match expression {
        Expr::MethodCall(call) => root_of(&call.receiver),
        Expr::Try(inner) => root_of(&inner.expr),
        Expr::Await(inner) => root_of(&inner.base),
        Expr::Paren(inner) => root_of(&inner.expr),
        expression => expression,
    }
}
