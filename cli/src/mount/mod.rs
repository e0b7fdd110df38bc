//! Where handlers are mounted, as far as the sources tell.
//!
//! Read are actix's own ways: `.route("/x", web::post().to(f))`,
//! `web::resource("/x").route(web::post().to(f))`, `web::resource("/x").to(f)`, `.service(f)`, all
//! of them under `web::scope("/p")` and in functions handed to `.configure(f)`; and `endpoints![f]`,
//! which stands under nothing. A variable that holds a handler is followed. What is put together in
//! other ways is not guessed.

mod lists;

use std::{collections::BTreeMap, path::PathBuf};

use palisade_lint::{
    endpoint::written,
    tree::{Origin, parts},
};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::{
    Expr, ExprCall, ExprLit, ExprMethodCall, FnArg, ImplItemFn, ItemFn, ItemMod, Lit, Macro, Pat,
    Path, Signature, Token,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use self::lists::Lists;
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
    /// Where it is named.
    pub place: Place,
}

/// All mounts of a package. A list that cannot be read goes to `report`.
pub fn all(program: &Program, package: &Package, report: &mut Report) -> Vec<Mount> {
    let mut reader = Reader {
        program,
        package,
        lists: Lists::of(program, package),
        module: Vec::new(),
        file: PathBuf::new(),
        variables: Vec::new(),
        unread: Vec::new(),
        prefix: Some(String::new()),
        function: None,
        partial: Vec::new(),
        configured: BTreeMap::new(),
        relative: Vec::new(),
        given: BTreeMap::new(),
    };
    for file in &package.files {
        reader.module.clone_from(&file.module);
        reader.file.clone_from(&file.path);
        reader.visit_file(&file.syntax);
    }
    for place in std::mem::take(&mut reader.unread) {
        let text = "this list of endpoints names something that only the compiler can read";
        report.unreadable(place, text.to_owned());
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

struct Reader<'a> {
    program: &'a Program,
    package: &'a Package,
    lists: Lists,
    module: Vec<String>,
    file: PathBuf,
    /// The variables in sight, the innermost block last, with the paths of what they hold.
    variables: Vec<BTreeMap<String, Option<Path>>>,
    /// Lists that cannot be read.
    unread: Vec<Place>,
    /// The scopes around the place, `None` where one of them is no literal.
    prefix: Option<String>,
    /// The function around the place.
    function: Option<String>,
    partial: Vec<Partial>,
    /// Where each function is given to `.configure`.
    configured: BTreeMap<String, Vec<Site>>,
    /// Functions that take a `ServiceConfig`: what they mount stands under their caller's scopes.
    relative: Vec<String>,
    /// The variables of the function that hold what a function gives, with its path.
    given: BTreeMap<String, Path>,
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
            }
        }
        let given = std::mem::take(&mut self.given);
        visit(self);
        self.given = given;
        self.variables = variables;
        self.prefix = prefix;
        self.function = outer;
    }

    fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        self.variables.push(BTreeMap::new());
        visit(self);
        self.variables.pop();
    }

    fn bind(&mut self, name: String, held: Option<Path>) {
        if let Some(block) = self.variables.last_mut() {
            block.insert(name, held);
        }
    }

    /// The path of a handler that an expression names, by a variable too.
    fn path(&self, expression: &Expr) -> Option<Path> {
        let expression = plain(expression);
        let Expr::Path(path) = expression else { return None };
        if let Some(name) = path.path.get_ident().map(|name| name.unraw().to_string())
            && let Some(held) = self.variables.iter().rev().find_map(|block| block.get(&name))
        {
            return held.clone();
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
            self.unread.push(Place::of(&self.file, span));
            return;
        };
        for item in &items {
            // A macro's `$handler:expr` is a group without marks.
            if let Expr::Path(handler) = plain(item) {
                self.service(&handler.path, true, Some(String::new()), None);
            } else {
                self.unread.push(Place::of(&self.file, item.span()));
            }
        }
    }

    /// A list, or what configures an app, that comes from a function or a macro of another crate: which
    /// handlers are in it is not known.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form hands a list on")]
    fn foreign(&mut self, list: &Expr) {
        match plain(list) {
            Expr::Call(call) => {
                if let Expr::Path(function) = &*call.func {
                    self.foreign_function(&function.path);
                }
            }
            Expr::MethodCall(call) if call.method == "and" || call.method == "with" => {
                self.foreign(&call.receiver);
            }
            Expr::Path(variable) => {
                let name = variable.path.get_ident().map(|name| name.unraw().to_string());
                if let Some(function) = name.and_then(|name| self.given.get(&name)).cloned() {
                    self.foreign_function(&function);
                }
            }
            Expr::Try(inner) => self.foreign(&inner.expr),
            Expr::Await(inner) => self.foreign(&inner.base),
            Expr::Macro(list) => {
                let path = parts(&list.mac.path);
                let known = path.last().is_some_and(|last| last == "endpoints")
                    || self.program.macro_named(&path.join("::")).is_some()
                    || self.program.macro_of_palisade(self.package, &self.module, &path).is_some();
                if !known {
                    self.unread.push(Place::of(&self.file, list.mac.path.span()));
                }
            }
            _ => {}
        }
    }

    fn foreign_function(&mut self, function: &Path) {
        let origins = self.program.origins(self.package, &self.module, &parts(function));
        let is_foreign = |origin: &Origin| match origin {
            Origin::External(path) => !self.program.is_palisade(self.package, path),
            Origin::Item(_) | Origin::Perhaps(_) => false,
        };
        if !origins.is_empty() && origins.iter().all(is_foreign) {
            self.service(function, true, Some(String::new()), None);
        }
    }

    /// Whether an expression may be a list of endpoints.
    fn is_list(&self, expression: &Expr) -> bool {
        self.lists.hold(self.program, self.package, &self.module, expression)
    }

    /// Whether a chain of calls certainly starts in a crate that has nothing to do with Actix:
    /// `tower::ServiceBuilder::new()`.
    fn is_foreign(&self, root: &Expr) -> bool {
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
                    if let Expr::Path(function) = function {
                        self.foreign_function(&function.path);
                    }
                    if let Some(function) = name(function).and_then(|mut name| name.pop()) {
                        let site = Site { function: self.function.clone(), scopes: inner.clone() };
                        self.configured.entry(function).or_default().push(site);
                    }
                }
                ("endpoints", [list]) => {
                    self.foreign(list);
                    self.within(inner.clone(), list);
                }
                ("and", [list]) if self.is_list(&call.receiver) => {
                    self.foreign(list);
                    self.within(inner.clone(), list);
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
                    for argument in arguments {
                        self.within(inner.clone(), argument);
                    }
                }
            }
        }
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
        self.scoped(|reader| visit::visit_block(reader, block));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scoped(|reader| visit::visit_arm(reader, arm));
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scoped(|reader| visit::visit_expr_closure(reader, closure));
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.bind(pat.ident.unraw().to_string(), None);
        visit::visit_pat_ident(self, pat);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        // What the variable is given does not see the variable.
        let held = local.init.as_ref().map(|init| {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
            self.path(&init.expr)
        });
        self.visit_pat(&local.pat);
        let mut pat = &local.pat;
        while let Pat::Type(typed) = pat {
            pat = &typed.pat;
        }
        if let Pat::Ident(pat) = pat {
            let name = pat.ident.unraw().to_string();
            self.given.remove(&name);
            if let Some(init) = &local.init
                && let Expr::Call(call) = plain(&init.expr)
                && let Expr::Path(function) = &*call.func
            {
                self.given.insert(name, function.path.clone());
            }
        }
        if let (Pat::Ident(pat), Some(held)) = (pat, held) {
            self.bind(pat.ident.unraw().to_string(), held);
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
                self.unread.push(Place::of(&self.file, item.path.span()));
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
