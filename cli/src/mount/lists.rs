//! Finds the expressions that may be palisade's `Endpoints`: `.with(f)` of those mounts a handler;
//! that of a `LocalKey` or a builder of another crate does not.

use std::collections::{BTreeMap, BTreeSet};

use palisade_lint::tree::parts;
use syn::{
    Block, Expr, Field, ImplItemFn, ItemFn, ItemMod, ItemStatic, ItemType, Local, Pat, PatIdent,
    PatType, Path, ReturnType, Signature, Stmt, Type,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use super::ready::Ready;
use crate::program::{Package, Program};

/// The longest chain of variables.
const MAX_ROUNDS: usize = 4;

/// The names of all functions, methods, fields, variables and types of a package that are declared
/// as `Endpoints`, or contain them. A name with any such declaration counts everywhere.
#[derive(Debug, Default)]
pub(super) struct Lists {
    names: BTreeSet<String>,
    /// Whether a tuple struct contains one.
    unnamed: bool,
    /// The names of all functions and methods.
    functions: BTreeSet<String>,
    /// The arguments of these functions that are lists, without the receiver.
    takers: BTreeMap<String, BTreeSet<usize>>,
    /// The names with a value of palisade that has endpoints of its own, or that return one.
    ready: BTreeMap<String, BTreeSet<Ready>>,
}

impl Lists {
    /// Reads a package.
    pub(super) fn of(program: &Program, package: &Package) -> Self {
        let mut lists = Self::default();
        for _ in 0..MAX_ROUNDS {
            let known = lists.size();
            for file in &package.files {
                let module = file.module.clone();
                let mut reader = Reader { program, package, module, lists: &mut lists };
                reader.visit_file(&file.syntax);
            }
            if lists.size() == known {
                break;
            }
        }
        lists
    }

    fn size(&self) -> usize {
        self.names.len().saturating_add(self.ready.values().map(BTreeSet::len).sum())
    }

    /// Whether this name belongs to a list, or to a function that returns one.
    pub(super) fn named(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether a tuple struct of the package contains a list.
    pub(super) fn in_tuple_structs(&self) -> bool {
        self.unnamed
    }

    /// Whether the package has a function of this name.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    /// Whether this argument of a function of the package is a list.
    pub(super) fn takes(&self, function: &str, argument: usize) -> bool {
        self.takers.get(function).is_some_and(|all| all.contains(&argument))
    }

    /// Whether a type is a list, by itself or in `Result` or `Option`.
    pub(super) fn is_list(
        &self,
        program: &Program,
        package: &Package,
        module: &[String],
        ty: &Type,
    ) -> bool {
        let Type::Path(ty) = ty else { return false };
        let held = || {
            let last = ty.path.segments.last()?;
            let holds = last.ident == "Result" || last.ident == "Option";
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            if let syn::GenericArgument::Type(inner) = arguments.args.first().filter(|_| holds)? {
                Some(inner)
            } else {
                None
            }
        };
        self.is_type(program, package, module, &parts(&ty.path))
            || held().is_some_and(|inner| self.is_list(program, package, module, inner))
    }

    /// The type of palisade with endpoints of its own that an expression may be.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form hands such a value on")]
    pub(super) fn made_by(
        &self,
        program: &Program,
        package: &Package,
        module: &[String],
        expression: &Expr,
    ) -> BTreeSet<Ready> {
        let made_by = |expression: &Expr| self.made_by(program, package, module, expression);
        let named = |name: &str| self.ready.get(name).cloned().unwrap_or_default();
        match expression {
            Expr::Paren(inner) => made_by(&inner.expr),
            Expr::Group(inner) => made_by(&inner.expr),
            Expr::Reference(inner) => made_by(&inner.expr),
            Expr::Unary(inner) => made_by(&inner.expr),
            Expr::Try(inner) => made_by(&inner.expr),
            Expr::Await(inner) => made_by(&inner.base),
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => named(&name.unraw().to_string()),
                syn::Member::Unnamed(_) => made_by(&field.base),
            },
            Expr::MethodCall(call) => {
                let mut found = made_by(&call.receiver);
                found.extend(named(&call.method.unraw().to_string()));
                found
            }
            Expr::Call(call) => {
                let Expr::Path(function) = &*call.func else { return BTreeSet::new() };
                let path = parts(&function.path);
                let of = path.split_last().map_or(&[][..], |(_, of)| of);
                let ty = if of.is_empty() { None } else { type_of(program, package, module, of) };
                let mut found: BTreeSet<Ready> = ty.into_iter().collect();
                found.extend(path.last().map(|last| named(last)).unwrap_or_default());
                // `Some(..)`, `Data::new(..)`, `Arc::clone(..)` hand on what they are given.
                found.extend(call.args.iter().flat_map(made_by));
                found
            }
            Expr::Path(name) => {
                parts(&name.path).last().map(|last| named(last)).unwrap_or_default()
            }
            _ => BTreeSet::new(),
        }
    }

    /// Whether an expression in a module may be a list of endpoints.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form hands a list on")]
    pub(super) fn hold(
        &self,
        program: &Program,
        package: &Package,
        module: &[String],
        expression: &Expr,
    ) -> bool {
        let hold = |expression: &Expr| self.hold(program, package, module, expression);
        let given = |block: &Block| match block.stmts.last() {
            Some(Stmt::Expr(expression, None)) => hold(expression),
            _ => false,
        };
        match expression {
            Expr::Paren(inner) => hold(&inner.expr),
            Expr::Group(inner) => hold(&inner.expr),
            Expr::Reference(inner) => hold(&inner.expr),
            Expr::Unary(inner) => hold(&inner.expr),
            Expr::Try(inner) => hold(&inner.expr),
            Expr::Await(inner) => hold(&inner.base),
            Expr::Block(inner) => given(&inner.block),
            Expr::If(branch) => {
                given(&branch.then_branch)
                    || branch.else_branch.as_ref().is_some_and(|(_, other)| hold(other))
            }
            Expr::Match(branches) => branches.arms.iter().any(|arm| hold(&arm.body)),
            Expr::Macro(list) => {
                let path = parts(&list.mac.path);
                path.last().is_some_and(|last| last == "endpoints")
                    || program.macro_of_palisade(package, module, &path).as_deref()
                        == Some("endpoints")
            }
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => self.names.contains(&name.unraw().to_string()),
                syn::Member::Unnamed(_) => false,
            },
            Expr::MethodCall(call) => {
                hold(&call.receiver) || self.names.contains(&call.method.unraw().to_string())
            }
            Expr::Call(call) => {
                let Expr::Path(function) = &*call.func else { return false };
                let path = parts(&function.path);
                let of = path.split_last().map_or(&[][..], |(_, of)| of);
                self.has(&path) || !of.is_empty() && self.is_type(program, package, module, of)
            }
            Expr::Path(name) => self.has(&parts(&name.path)),
            _ => false,
        }
    }

    fn has(&self, path: &[String]) -> bool {
        path.last().is_some_and(|last| self.names.contains(last))
    }

    fn is_type(
        &self,
        program: &Program,
        package: &Package,
        module: &[String],
        path: &[String],
    ) -> bool {
        self.has(path) || program.original(package, module, path) == "Endpoints"
    }
}

/// The type of palisade with endpoints of its own that this type is.
fn type_of(
    program: &Program,
    package: &Package,
    module: &[String],
    path: &[String],
) -> Option<Ready> {
    Ready::of_type(&program.original(package, module, path))
}

struct Reader<'a> {
    program: &'a Program,
    package: &'a Package,
    module: Vec<String>,
    lists: &'a mut Lists,
}

impl Reader<'_> {
    /// Whether a type is a list, or contains one.
    fn mentions(&self, ty: &Type) -> bool {
        let paths = paths(ty);
        let is_list = |path: &&Path| {
            self.lists.is_type(self.program, self.package, &self.module, &parts(path))
        };
        paths.iter().any(is_list)
    }

    /// Records that a name has a type that contains endpoints of palisade.
    fn ready(&mut self, name: &syn::Ident, ty: &Type) {
        for path in paths(ty) {
            let found = type_of(self.program, self.package, &self.module, &parts(path));
            self.add_ready(name, found);
        }
    }

    fn add_ready(&mut self, name: &syn::Ident, found: impl IntoIterator<Item = Ready>) {
        for one in found {
            self.lists.ready.entry(name.unraw().to_string()).or_default().insert(one);
        }
    }

    fn add(&mut self, name: &syn::Ident) {
        self.lists.names.insert(name.unraw().to_string());
    }

    fn function(&mut self, signature: &Signature) {
        let name = signature.ident.unraw().to_string();
        if let ReturnType::Type(_, ty) = &signature.output {
            if self.mentions(ty) {
                self.add(&signature.ident);
            }
            self.ready(&signature.ident, ty);
        }
        let typed = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(typed),
            syn::FnArg::Receiver(_) => None,
        });
        for (at, argument) in typed.enumerate() {
            if self.lists.is_list(self.program, self.package, &self.module, &argument.ty) {
                self.lists.takers.entry(name.clone()).or_default().insert(at);
            }
        }
        self.lists.functions.insert(name);
    }

    fn pattern(&mut self, pat: &Pat) {
        for name in bound(pat) {
            self.add(&name);
        }
    }
}

fn paths(ty: &Type) -> Vec<&Path> {
    struct Paths<'a>(Vec<&'a Path>);
    impl<'a> Visit<'a> for Paths<'a> {
        fn visit_path(&mut self, path: &'a Path) {
            self.0.push(path);
            visit::visit_path(self, path);
        }
    }
    let mut paths = Paths(Vec::new());
    paths.visit_type(ty);
    paths.0
}

/// The names that a pattern binds.
fn bound(pat: &Pat) -> Vec<syn::Ident> {
    struct Bound(Vec<syn::Ident>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
            self.0.push(pat.ident.clone());
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut bound = Bound(Vec::new());
    bound.visit_pat(pat);
    bound.0
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.unraw().to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        if self.mentions(&item.ty) {
            self.add(&item.ident);
        }
    }

    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        if self.mentions(&item.ty) {
            self.add(&item.ident);
        }
        self.ready(&item.ident, &item.ty);
    }

    fn visit_field(&mut self, field: &'ast Field) {
        let holds = self.mentions(&field.ty);
        match &field.ident {
            Some(name) => {
                if holds {
                    self.add(name);
                }
                self.ready(name, &field.ty);
            }
            None => self.lists.unnamed |= holds,
        }
    }

    fn visit_pat_type(&mut self, typed: &'ast PatType) {
        if self.mentions(&typed.ty) {
            self.pattern(&typed.pat);
        }
        for name in bound(&typed.pat) {
            self.ready(&name, &typed.ty);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init
            && self.lists.hold(self.program, self.package, &self.module, &init.expr)
        {
            self.pattern(&local.pat);
        }
        if let Some(init) = &local.init {
            let lists = &self.lists;
            let made = lists.made_by(self.program, self.package, &self.module, &init.expr);
            for name in bound(&local.pat) {
                self.add_ready(&name, made.iter().copied());
            }
        }
        visit::visit_local(self, local);
    }
}
