//! Walks through the sources of a package, with the names that are visible at each place.

use palisade_lint::{endpoint::written, tree::parts};
use syn::{
    Expr, ExprCall, ImplItemFn, ItemFn, ItemMod, Macro, Pat, Token,
    ext::IdentExt as _,
    punctuated::Punctuated,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use super::{
    Reader,
    expression::name,
    handed::Handed,
    members::{ONLY_COMPILER, find_lists, has_variable},
    ready::Ready,
    route::target,
    variable::Held,
};
use crate::{conditional, place::Place};

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
                    if let Some(ready) = Ready::of_type(&of) {
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
        self.bring(pat.ident.unraw().to_string());
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
