//! The functions that routes are made of.

use std::collections::HashSet;

use syn::Expr;
use syn::visit::Visit;

use super::name::starts_upper;

/// The functions that are named where a route is made, as `web::get().to(list)` or `get(list)`.
pub(crate) fn routed(files: &[(usize, syn::File)]) -> HashSet<String> {
    struct Routes(HashSet<String>);
    impl Routes {
        fn take<'e>(&mut self, args: impl IntoIterator<Item = &'e Expr>) {
            for arg in args {
                if let Expr::Path(path) = arg
                    && let Some(last) = path.path.segments.last()
                {
                    let name = last.ident.to_string();
                    if !starts_upper(&name) {
                        self.0.insert(name);
                    }
                }
            }
        }
    }
    impl<'ast> Visit<'ast> for Routes {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            let name = call.method.to_string();
            match name.as_str() {
                "to" if call.args.len() == 1 => self.take(&call.args),
                "get" | "post" | "put" | "delete" | "patch" | "head" | "any"
                    if call.args.len() == 1 && chained_route(&call.receiver) =>
                {
                    self.take(&call.args);
                }
                "and_then" if has_filter(&call.receiver) => self.take(&call.args),
                "fallback" | "default_service" => self.take(&call.args),
                _ => {}
            }
            syn::visit::visit_expr_method_call(self, call);
        }
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            if let Expr::Path(path) = &*call.func
                && let Some(last) = path.path.segments.last()
                && matches!(
                    last.ident.to_string().as_str(),
                    "get" | "post" | "put" | "delete" | "patch" | "head" | "any" | "on" | "handler"
                )
                && path
                    .path
                    .segments
                    .iter()
                    .rev()
                    .nth(1)
                    .is_none_or(|s| !starts_upper(&s.ident.to_string()))
                && call.args.len() <= 2
            {
                self.take(&call.args);
            }
            syn::visit::visit_expr_call(self, call);
        }
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form makes a route")]
    fn chained_route(expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) => {
                matches!(&*call.func, Expr::Path(p) if p.path.segments.last().is_some_and(|s| matches!(s.ident.to_string().as_str(), "get" | "post" | "put" | "delete" | "patch" | "head" | "any" | "resource")))
            }
            Expr::MethodCall(call) => chained_route(&call.receiver),
            _ => false,
        }
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other form makes a filter")]
    fn has_filter(expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) => {
                matches!(&*call.func, Expr::Path(p) if p.path.segments.first().is_some_and(|s| s.ident == "warp"))
            }
            Expr::MethodCall(call) => {
                has_filter(&call.receiver) || call.args.iter().any(has_filter)
            }
            _ => false,
        }
    }
    let mut routes = Routes(HashSet::new());
    for (_, file) in files {
        routes.visit_file(file);
    }
    routes.0
}
