//! Where handlers are mounted, as far as the sources tell.
//!
//! Read are actix's own ways: `.route("/x", web::post().to(f))`,
//! `web::resource("/x").route(web::post().to(f))`, `web::resource("/x").to(f)`, `.service(f)`, all
//! of them under `web::scope("/p")` and in functions handed to `.configure(f)`; and `endpoints![f]`,
//! which stands under nothing. A variable that holds a handler is followed. What is put together in
//! other ways is not guessed: what brings endpoints that were not read is an error.

mod constants;
mod handed;
mod lists;
mod ready;

use std::{collections::BTreeMap, path::PathBuf};

use palisade_lint::{
    endpoint::written,
    tree::{Origin, parts},
};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::{
    Expr, ExprCall, ExprLit, ExprMethodCall, ExprPath, FnArg, ImplItemFn, ItemFn, ItemMod, Lit,
    Macro, Pat, Path, Signature, Token,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    spanned::Spanned as _,
    visit::{self, Visit},
};

pub use self::ready::ReadyMount;
use self::{constants::Constants, handed::Handed, lists::Lists};
use crate::{
    conditional,
    place::Place,
    program::{Package, Program},
    report::Report,
};

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
    /// Whether it stands in `endpoints![..]`, where nothing but an endpoint may stand.
    pub listed: bool,
    /// The `#[cfg(..)]` conditions of its place in the list.
    pub conditions: Vec<String>,
    /// Where it is named.
    pub place: Place,
}

/// What a package mounts.
#[derive(Debug, Default)]
pub struct Mounts {
    /// Handlers, by their names.
    pub named: Vec<Mount>,
    /// Endpoints of palisade's own.
    pub ready: Vec<ReadyMount>,
}

/// All mounts of a package. What cannot be read goes to `report`.
pub fn all(program: &Program, package: &Package, report: &mut Report) -> Mounts {
    let mut reader = Reader {
        program,
        package,
        lists: Lists::of(program, package),
        constants: Constants::of(package),
        module: Vec::new(),
        file: PathBuf::new(),
        variables: Vec::new(),
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
        reader.visit_file(&file.syntax);
    }
    for (place, text) in std::mem::take(&mut reader.unread) {
        report.unreadable(place, text);
    }
    let ready = std::mem::take(&mut reader.ready);
    Mounts { named: reader.finish(), ready }
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

/// What is known of a variable.
#[derive(Clone, Debug, Default)]
struct Held {
    /// The path that it was given, where it was given one.
    path: Option<Path>,
    /// What it was given.
    value: Option<Expr>,
    /// Its type, where it is written.
    ty: Option<syn::Type>,
    /// Whether it is the configuration of an app.
    is_config: bool,
}

struct Reader<'a> {
    program: &'a Program,
    package: &'a Package,
    lists: Lists,
    constants: Constants,
    module: Vec<String>,
    file: PathBuf,
    /// The variables in sight, the innermost block last.
    variables: Vec<BTreeMap<String, Held>>,
    /// What cannot be read, and what to say of it.
    unread: Vec<(Place, String)>,
    /// Endpoints of palisade's own.
    ready: Vec<ReadyMount>,
    /// Whether the function whose body comes next gives back a list.
    gives_list: bool,
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

    fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        self.variables.push(BTreeMap::new());
        visit(self);
        self.variables.pop();
    }

    fn bind(&mut self, name: String, held: Held) {
        if let Some(block) = self.variables.last_mut() {
            block.insert(name, held);
        }
    }

    /// An argument, with its type.
    fn typed(&mut self, pat: &Pat, ty: &syn::Type) {
        if let Pat::Ident(pat) = pat {
            let is_config = written(ty).contains("ServiceConfig");
            let held = Held { ty: Some(ty.clone()), is_config, ..Held::default() };
            self.bind(pat.ident.unraw().to_string(), held);
        }
    }

    /// The names that a pattern binds to parts of a value.
    fn bind_parts(&mut self, pat: &Pat, value: &Expr) {
        struct Bound(Vec<String>);
        impl<'ast> Visit<'ast> for Bound {
            fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
                self.0.push(pat.ident.unraw().to_string());
                visit::visit_pat_ident(self, pat);
            }
        }
        let mut bound = Bound(Vec::new());
        bound.visit_pat(pat);
        for name in bound.0 {
            self.bind(name, Held { value: Some(value.clone()), ..Held::default() });
        }
    }

    /// The path of a handler that an expression names, by a variable too.
    fn path(&self, expression: &Expr) -> Option<Path> {
        let expression = plain(expression);
        let Expr::Path(path) = expression else { return None };
        if let Some(name) = path.path.get_ident().map(|name| name.unraw().to_string())
            && let Some(held) = self.variables.iter().rev().find_map(|block| block.get(&name))
        {
            return held.path.clone();
        }
        Some(path.path.clone())
    }

    /// What may be the handler: of a branch of the program, each side.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form hands a handler on")]
    fn held(&self, expression: &Expr) -> Vec<Path> {
        match plain(expression) {
            Expr::If(branch) => {
                let other = branch.else_branch.as_ref().map(|(_, other)| self.held(other));
                let mut held = self.given_by(&branch.then_branch);
                held.extend(other.into_iter().flatten());
                held
            }
            Expr::Match(branches) => {
                branches.arms.iter().flat_map(|arm| self.held(&arm.body)).collect()
            }
            Expr::Block(block) => self.given_by(&block.block),
            expression => self.path(expression).into_iter().collect(),
        }
    }

    fn given_by(&self, block: &syn::Block) -> Vec<Path> {
        if let Some(syn::Stmt::Expr(expression, None)) = block.stmts.last() {
            self.held(expression)
        } else {
            Vec::new()
        }
    }

    fn targets(&self, expression: &Expr) -> Vec<Target> {
        let Some((handler, method)) = target(expression) else { return Vec::new() };
        self.held(handler)
            .into_iter()
            .map(|handler| Target { handler, method: method.clone() })
            .collect()
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

    /// A handler that brings its own route, under `prefix` in `function`.
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

    fn services(&mut self, argument: &Expr, prefix: &Option<String>) {
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

    /// Reads `endpoints![..]`; a list of endpoints is mounted by palisade itself, at the root.
    fn list(&mut self, tokens: TokenStream, span: Span) {
        let items = |input: ParseStream<'_>| {
            if input.peek(Token![crate]) && input.peek2(Token![=]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                input.call(Path::parse_mod_style)?;
                input.parse::<Option<Token![,]>>()?;
            }
            Punctuated::<Expr, Token![,]>::parse_terminated(input)
        };
        let Ok(items) = items.parse2(tokens) else {
            self.unread.push((Place::of(&self.file, span), ONLY_COMPILER.to_owned()));
            return;
        };
        for item in &items {
            let Some(handler) = member(item) else {
                self.unread.push((Place::of(&self.file, item.span()), ONLY_COMPILER.to_owned()));
                continue;
            };
            if conditional::is_test_only(&handler.attrs) || conditional::is_never(&handler.attrs) {
                continue;
            }
            self.member(&handler);
        }
    }

    /// One name in `endpoints![..]`.
    fn member(&mut self, item: &ExprPath) {
        let before = self.partial.len();
        let constant =
            self.constants.find(item).map(|known| (known.module.clone(), known.value.clone()));
        if let Some((module, value)) = constant {
            let module = std::mem::replace(&mut self.module, module);
            self.service(&value, true, Some(String::new()), None);
            self.module = module;
        } else if item.qself.is_some() {
            let text =
                format!("not read: `{}` {ONLY_COMPILER_NAME}", written(&without_attributes(item)));
            self.unread.push((Place::of(&self.file, item.span()), text));
        } else {
            match self.path(&Expr::Path(without_attributes(item))) {
                Some(handler) => self.service(&handler, true, Some(String::new()), None),
                None => {
                    let place = Place::of(&self.file, item.span());
                    self.unread.push((place, ONLY_COMPILER.to_owned()));
                }
            }
        }
        let place = Place::of(&self.file, item.path.span());
        for partial in self.partial.iter_mut().skip(before) {
            partial.mount.conditions = conditional::conditions(&item.attrs);
            partial.mount.place = place.clone();
        }
    }

    /// Whether an expression may be a list of endpoints.
    fn is_list(&self, expression: &Expr) -> bool {
        self.lists.hold(self.program, self.package, &self.module, expression)
    }

    /// Whether a chain of calls certainly starts in a crate that has nothing to do with Actix:
    /// `tower::ServiceBuilder::new()`.
    fn is_foreign(&self, root: &Expr) -> bool {
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
                }
                Origin::Item(_) | Origin::Perhaps(_) => false,
            })
    }

    /// Lists in the arguments of other macros, and in the macros that a package defines. What stands in
    /// those for arguments is read where they are called.
    fn lists_in(&mut self, tokens: TokenStream) {
        let mut lists = Vec::new();
        find_lists(tokens, &mut lists);
        for list in lists {
            if !has_variable(&list) {
                self.list(list.stream(), list.span());
            }
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

    /// The lists among the arguments of a function of the package.
    fn judge_arguments(&mut self, function: &str, arguments: &[&Expr]) {
        for (at, argument) in arguments.iter().enumerate() {
            if self.lists.takes(function, at) {
                self.judge(Handed::List, argument);
            }
        }
    }

    /// A function without a name that is given to `.configure`.
    fn configuring(&mut self, closure: &syn::ExprClosure, prefix: Option<String>) {
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

impl<'ast> Visit<'ast> for Reader<'_> {
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

    fn visit_block(&mut self, block: &'ast syn::Block) {
        // The first block of a function is its body.
        let gives_list = std::mem::take(&mut self.gives_list);
        self.scoped(|reader| {
            visit::visit_block(reader, block);
            if let Some(syn::Stmt::Expr(last, None)) = block.stmts.last()
                && gives_list
            {
                reader.judge(Handed::List, last);
            }
        });
    }

    fn visit_expr_match(&mut self, branches: &'ast syn::ExprMatch) {
        self.visit_expr(&branches.expr);
        for arm in &branches.arms {
            self.scoped(|reader| {
                reader.visit_pat(&arm.pat);
                reader.bind_parts(&arm.pat, &branches.expr);
                reader.visit_expr(&arm.body);
            });
        }
    }

    fn visit_expr_let(&mut self, item: &'ast syn::ExprLet) {
        self.visit_expr(&item.expr);
        self.bind_parts(&item.pat, &item.expr);
    }

    fn visit_expr_for_loop(&mut self, item: &'ast syn::ExprForLoop) {
        self.visit_expr(&item.expr);
        self.scoped(|reader| {
            reader.bind_parts(&item.pat, &item.expr);
            reader.visit_block(&item.body);
        });
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let gives_list = std::mem::take(&mut self.gives_list);
        self.scoped(|reader| {
            visit::visit_expr_closure(reader, closure);
        });
        self.gives_list = gives_list;
    }

    fn visit_pat_type(&mut self, typed: &'ast syn::PatType) {
        visit::visit_pat_type(self, typed);
        self.typed(&typed.pat, &typed.ty);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        if let Some(path) = name(&call.func)
            && let Some((last, of)) = path.split_last()
        {
            let of = if of.is_empty() {
                String::new()
            } else {
                self.program.original(self.package, &self.module, of)
            };
            match (of.as_str(), last.as_str(), arguments.as_slice()) {
                // `Endpoints::and(list, other)`
                ("Endpoints", "and", [list, other]) => {
                    self.judge(Handed::List, list);
                    self.judge(Handed::List, other);
                }
                ("Endpoints", "with", [_, handler]) => {
                    for handler in self.held(handler) {
                        self.service(&handler, false, Some(String::new()), None);
                    }
                }
                ("Endpoints", "with_files", [_, files])
                | ("Builder", "static_files", [_, files]) => {
                    self.note_files(files);
                }
                ("Builder", "endpoints", [_, list]) => self.judge(Handed::List, list),
                ("Reports" | "TokenIssuer", "endpoints", [_]) => {
                    if let Some(ready) = ready::Ready::of_type(&of) {
                        self.note_ready_of(ready, &call.func);
                    }
                }
                (_, last, arguments) => {
                    self.judge_arguments(last, arguments);
                    self.judge_configured(&call.func, arguments);
                }
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if let syn::Member::Named(name) = &field.member
            && self.lists.named(&name.unraw().to_string())
        {
            self.judge(Handed::List, &field.expr);
        }
        visit::visit_field_value(self, field);
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        if self.is_list(&assign.left) {
            self.judge(Handed::List, &assign.right);
        }
        visit::visit_expr_assign(self, assign);
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.bind(pat.ident.unraw().to_string(), Held::default());
        visit::visit_pat_ident(self, pat);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        // What the variable is given does not see the variable.
        let held = local.init.as_ref().map(|init| {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
            Held {
                path: self.path(&init.expr),
                value: Some(self.resolved(&init.expr)),
                ..Held::default()
            }
        });
        self.visit_pat(&local.pat);
        let mut pat = &local.pat;
        while let Pat::Type(typed) = pat {
            pat = &typed.pat;
        }
        match (pat, held, &local.init) {
            (Pat::Ident(pat), Some(held), _) => self.bind(pat.ident.unraw().to_string(), held),
            (pat, Some(_), Some(init)) => self.bind_parts(pat, &init.expr),
            _ => {}
        }
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let renamed = || {
            let path = parts(&item.path);
            let known = self.program.macro_of_palisade(self.package, &self.module, &path);
            known.as_deref() == Some("endpoints")
        };
        if let Some(last) = item.path.segments.last()
            && (last.ident == "endpoints" || renamed())
        {
            self.list(item.tokens.clone(), last.ident.span());
            return;
        }
        // A call that is still here was not expanded.
        if let Some(definition) = self.program.macro_named(&written(&item.path)) {
            let mut lists = Vec::new();
            find_lists(definition.clone(), &mut lists);
            if lists.iter().any(has_variable) {
                self.unread
                    .push((Place::of(&self.file, item.path.span()), ONLY_COMPILER.to_owned()));
            }
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match item.parse_body_with(parser) {
            Ok(arguments) => arguments.iter().for_each(|argument| self.visit_expr(argument)),
            Err(_) => self.lists_in(item.tokens.clone()),
        }
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        if target(expression).is_some() {
            // A route that is not handed to `.route` here: the method is known, the path is not.
            for target in self.targets(expression) {
                self.mount(target, None);
            }
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

/// A name in a list. What a macro takes as `$handler:expr` is a group without delimiters.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a handler")]
fn member(item: &Expr) -> Option<ExprPath> {
    match item {
        Expr::Path(path) => Some(path.clone()),
        Expr::Group(group) => {
            let mut path = member(&group.expr)?;
            path.attrs.splice(0..0, group.attrs.iter().cloned());
            Some(path)
        }
        _ => None,
    }
}

/// The arguments of each `endpoints!` in some tokens.
fn find_lists(tokens: TokenStream, found: &mut Vec<Group>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
        let named = matches!(before(2), Some(TokenTree::Ident(name)) if name == "endpoints");
        let called = matches!(before(1), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
        if named && called {
            found.push(group.clone());
        } else {
            find_lists(group.stream(), found);
        }
    }
}

/// Whether a list holds an argument of the macro that it stands in.
fn has_variable(list: &Group) -> bool {
    let variable = |token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '$');
    list.stream().into_iter().any(variable)
}

const ONLY_COMPILER: &str =
    "this list of endpoints names something that only the compiler can read";
const ONLY_COMPILER_NAME: &str =
    "is a name in this list of endpoints that only the compiler can read";

fn without_attributes(item: &ExprPath) -> ExprPath {
    ExprPath { attrs: Vec::new(), ..item.clone() }
}

/// What a chain of calls starts with.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are where a chain starts")]
fn root_of(expression: &Expr) -> &Expr {
    match expression {
        Expr::MethodCall(call) => root_of(&call.receiver),
        Expr::Try(inner) => root_of(&inner.expr),
        Expr::Await(inner) => root_of(&inner.base),
        Expr::Paren(inner) => root_of(&inner.expr),
        expression => expression,
    }
}

/// What a route leads to.
struct Target {
    handler: Path,
    method: Option<String>,
}

/// An expression without what changes nothing.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others stand for themselves")]
fn plain(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => plain(&inner.expr),
        Expr::Group(inner) => plain(&inner.expr),
        Expr::Cast(inner) => plain(&inner.expr),
        expression => expression,
    }
}

/// Reads `web::post().guard(..).to(f)` and `web::to(f)`: the handler and the method.
fn target(expression: &Expr) -> Option<(&Expr, Option<String>)> {
    if let Some(("to", call)) = web_call(expression) {
        return Some((call.args.first()?, None));
    }
    let Expr::MethodCall(to) = expression else { return None };
    if to.method != "to" {
        return None;
    }
    let handler = to.args.first()?;
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
    Some((handler, method))
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
    Some(parts(&path.path))
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
mod tests;
