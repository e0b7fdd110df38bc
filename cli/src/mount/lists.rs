//! Which expressions may be palisade's `Endpoints`: `.with(f)` of those mounts a handler, that of
//! a `LocalKey` or a builder of another crate does not.

use std::collections::BTreeSet;

use palisade_lint::tree::parts;
use syn::{
    Block, Expr, Field, ImplItemFn, ItemFn, ItemMod, ItemStatic, ItemType, Local, Pat, PatIdent,
    PatType, Path, ReturnType, Signature, Stmt, Type,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::program::{Package, Program};

/// Names of variables that are made of variables, so many times over.
const MAX_ROUNDS: usize = 4;

/// The names of all functions, methods, fields, variables and types of a package that are declared
/// as `Endpoints`, or hold what is. A name that is declared anywhere counts everywhere.
#[derive(Debug, Default)]
pub(super) struct Lists {
    names: BTreeSet<String>,
}

impl Lists {
    /// Reads a package.
    pub(super) fn of(program: &Program, package: &Package) -> Self {
        let mut lists = Self::default();
        for _ in 0..MAX_ROUNDS {
            let known = lists.names.len();
            for file in &package.files {
                let module = file.module.clone();
                let mut reader = Reader { program, package, module, lists: &mut lists };
                reader.visit_file(&file.syntax);
            }
            if lists.names.len() == known {
                break;
            }
        }
        lists
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

struct Reader<'a> {
    program: &'a Program,
    package: &'a Package,
    module: Vec<String>,
    lists: &'a mut Lists,
}

impl Reader<'_> {
    /// Whether a type is a list, or holds one.
    fn mentions(&self, ty: &Type) -> bool {
        struct Paths<'a>(Vec<&'a Path>);
        impl<'a> Visit<'a> for Paths<'a> {
            fn visit_path(&mut self, path: &'a Path) {
                self.0.push(path);
                visit::visit_path(self, path);
            }
        }
        let mut paths = Paths(Vec::new());
        paths.visit_type(ty);
        let is_list = |path: &&Path| {
            self.lists.is_type(self.program, self.package, &self.module, &parts(path))
        };
        paths.0.iter().any(is_list)
    }

    fn add(&mut self, name: &syn::Ident) {
        self.lists.names.insert(name.unraw().to_string());
    }

    fn function(&mut self, signature: &Signature) {
        if let ReturnType::Type(_, ty) = &signature.output
            && self.mentions(ty)
        {
            self.add(&signature.ident);
        }
    }

    fn pattern(&mut self, pat: &Pat) {
        struct Bound(Vec<syn::Ident>);
        impl<'ast> Visit<'ast> for Bound {
            fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
                self.0.push(pat.ident.clone());
                visit::visit_pat_ident(self, pat);
            }
        }
        let mut bound = Bound(Vec::new());
        bound.visit_pat(pat);
        bound.0.iter().for_each(|name| self.add(name));
    }
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
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if let Some(name) = &field.ident
            && self.mentions(&field.ty)
        {
            self.add(name);
        }
    }

    fn visit_pat_type(&mut self, typed: &'ast PatType) {
        if self.mentions(&typed.ty) {
            self.pattern(&typed.pat);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init
            && self.lists.hold(self.program, self.package, &self.module, &init.expr)
        {
            self.pattern(&local.pat);
        }
        visit::visit_local(self, local);
    }
}
