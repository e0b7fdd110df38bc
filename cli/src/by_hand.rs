//! Finds code of a service that replaces palisade's: scopes without a derive, and code besides
//! handlers that reads the request.

use palisade_lint::endpoint::written;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    Expr, ExprLit, ExprMethodCall, FnArg, GenericArgument, ImplItem, ImplItemFn, ItemImpl, Lit,
    Pat, Path, PathArguments, Stmt, Type,
    visit::{self, Visit},
};

/// An `impl ScopeName`.
#[derive(Debug)]
pub struct ScopeByHand {
    /// The type.
    pub name: String,
    /// The scope if it is a literal; otherwise the expression.
    pub scope: String,
    /// The scopes that include it, as written.
    pub granted_by: Option<String>,
    /// The module, without the crate's name.
    pub module: Vec<String>,
    /// Its span.
    pub span: Span,
}

/// A function besides handlers that receives the request.
#[derive(Debug)]
pub struct RawReader {
    /// The type and the function: `Echo::respond_to`.
    pub name: String,
    /// The module, without the crate's name.
    pub module: Vec<String>,
    /// Its span.
    pub span: Span,
}

/// Reads an `impl` of a trait whose own name is `name`.
pub fn scope(name: &str, item: &ItemImpl, module: &[String]) -> Option<ScopeByHand> {
    if name != "ScopeName" {
        return None;
    }
    let (path, _) = item.trait_.as_ref()?;
    Some(ScopeByHand {
        name: written(&item.self_ty),
        scope: function(item, "scope_name").map_or_else(|| "?".to_owned(), given_back),
        granted_by: function(item, "granted_by").map(given_back),
        module: module.to_vec(),
        span: path.segments.last()?.ident.span(),
    })
}

/// The functions of an `impl` that read the request, or may: a responder, a guard, middleware.
/// `is_request` returns whether a path is Actix's `ServiceRequest`.
pub fn raw(
    name: &str,
    item: &ItemImpl,
    module: &[String],
    is_request: impl Fn(&Path) -> bool,
) -> Option<RawReader> {
    let function = match name {
        "Responder" => function(item, "respond_to").filter(|function| reads_request(function)),
        "Guard" => function(item, "check"),
        // It has no request as an argument, and may know one from elsewhere.
        "ResponseError" => function(item, "error_response"),
        // Middleware is outside of the guards, and a handler may take what it puts into the
        // request's extensions.
        "Transform" => function(item, "new_transform").filter(|_| takes_requests(item, is_request)),
        "Service" => function(item, "call").filter(|_| takes_requests(item, is_request)),
        // What it makes of a request reaches the handlers as `Principal`.
        "Authenticator" => function(item, "authenticate"),
        _ => None,
    }?;
    Some(RawReader {
        name: format!("{}::{}", written(&item.self_ty), function.sig.ident),
        module: module.to_vec(),
        span: function.sig.ident.span(),
    })
}

/// Whether an `impl` is one of `Service<ServiceRequest>` or `Transform<S, ServiceRequest>`, or for
/// every type of request.
fn takes_requests(item: &ItemImpl, is_request: impl Fn(&Path) -> bool) -> bool {
    let taken = item.trait_.as_ref().and_then(|(path, _)| {
        let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else {
            return None;
        };
        arguments.args.last()
    });
    // Without arguments it is a trait that has the name alone.
    let Some(GenericArgument::Type(Type::Path(taken))) = taken else { return false };
    let is_generic = item.generics.type_params().any(|param| taken.path.is_ident(&param.ident));
    is_generic || is_request(&taken.path)
}

/// The functions that pass the request to their argument.
const HANDING: [&str; 3] = ["fn_guard", "wrap_fn", "from_fn"];

/// A call that passes the request to a function or a closure: `guard::fn_guard(f)`, `.wrap_fn(f)`,
/// `middleware::from_fn(f)`. `from` are the names before the function's own in its path.
pub fn raw_call(
    name: &str,
    from: &[String],
    argument: Option<&Expr>,
    module: &[String],
    span: Span,
) -> Option<RawReader> {
    let known = HANDING.into_iter().find(|known| *known == name)?;
    // `std::iter::from_fn` and its like have the name alone.
    let of_std = from.iter().any(|part| matches!(part.as_str(), "std" | "core" | "iter" | "array"));
    if of_std {
        return None;
    }
    let shown = match argument {
        Some(Expr::Path(path)) => written(path),
        Some(_) | None => "..".to_owned(),
    };
    Some(RawReader { name: format!("{known}({shown})"), module: module.to_vec(), span })
}

fn function<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a ImplItemFn> {
    item.items.iter().find_map(|item| {
        let ImplItem::Fn(function) = item else { return None };
        (function.sig.ident == name).then_some(function)
    })
}

/// The return value of a function: the text of a literal, or the expression as it is written.
fn given_back(function: &ImplItemFn) -> String {
    match function.block.stmts.as_slice() {
        [Stmt::Expr(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), _)] => text.value(),
        [Stmt::Expr(expression, _)] => written(expression),
        _ => written(&function.block),
    }
}

/// Whether `respond_to` does more with the request than pass it to another `respond_to`.
fn reads_request(function: &ImplItemFn) -> bool {
    let Some(FnArg::Typed(argument)) = function.sig.inputs.iter().nth(1) else { return false };
    // Taken apart, it is read.
    let Pat::Ident(pat) = &*argument.pat else { return !matches!(&*argument.pat, Pat::Wild(_)) };
    let name = pat.ident.to_string();
    let mut handed_on = HandedOn { name: &name, times: 0 };
    handed_on.visit_block(&function.block);
    mentions(function.block.to_token_stream(), &name) > handed_on.times
}

struct HandedOn<'n> {
    name: &'n str,
    times: usize,
}

impl<'ast> Visit<'ast> for HandedOn<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "respond_to"
            && let Some(Expr::Path(argument)) = call.args.first()
            && argument.path.is_ident(self.name)
        {
            self.times = self.times.saturating_add(1);
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn mentions(tokens: TokenStream, name: &str) -> usize {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) => usize::from(ident == name),
            TokenTree::Group(group) => mentions(group.stream(), name),
            // `format!("{request:?}")`
            TokenTree::Literal(literal) => {
                usize::from(literal.to_string().contains(&format!("{{{name}")))
            }
            TokenTree::Punct(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::{ItemImpl, Path, parse_str};

    use super::{raw, raw_call, scope};

    #[test]
    fn only_an_answer_that_reads_the_request_is_listed() {
        for (body, listed) in [
            ("r: &HttpRequest) -> R { Ok().body(r.query_string().to_owned()) }", true),
            ("r: &HttpRequest) -> R { let all = r; all.path() }", true),
            ("r: &HttpRequest) -> R { Ok().body(format!(\"{r:?}\")) }", true),
            ("r: &HttpRequest) -> R { self.0.respond_to(r) }", false),
            ("_: &HttpRequest) -> R { Ok().finish() }", false),
            ("r: &HttpRequest) -> R { Ok().finish() }", false),
        ] {
            let text = format!("impl Responder for Echo {{ fn respond_to(self, {body} }}");
            let item: ItemImpl = parse_str(&text).unwrap();
            assert_eq!(raw("Responder", &item, &[], is_request).is_some(), listed, "{body}");
        }
        let item: ItemImpl =
            parse_str("impl Other for Echo { fn respond_to(self, r: R) { r } }").unwrap();
        assert!(raw("Other", &item, &[], is_request).is_none());
    }

    fn is_request(path: &Path) -> bool {
        path.segments.last().is_some_and(|last| last.ident == "ServiceRequest")
    }

    #[test]
    fn middleware_is_listed() {
        for (text, listed) in [
            (
                "impl<S> Service<ServiceRequest> for M<S> { fn call(&self, r: ServiceRequest) {} }",
                true,
            ),
            ("impl<S> Service<dev::ServiceRequest> for M<S> { fn call(&self, r: R) {} }", true),
            ("impl<S, R> Service<R> for M<S> { fn call(&self, r: R) {} }", true),
            ("impl<S> Service<Command> for M<S> { fn call(&self, r: Command) {} }", false),
            ("impl Service for M { fn call(&self, r: Command) {} }", false),
        ] {
            let item: ItemImpl = parse_str(text).unwrap();
            assert_eq!(raw("Service", &item, &[], is_request).is_some(), listed, "{text}");
        }
        for (text, listed) in [
            (
                "impl<S> Transform<S, ServiceRequest> for M { fn new_transform(&self, s: S) {} }",
                true,
            ),
            ("impl<S> Transform<S, Command> for M { fn new_transform(&self, s: S) {} }", false),
        ] {
            let item: ItemImpl = parse_str(text).unwrap();
            assert_eq!(raw("Transform", &item, &[], is_request).is_some(), listed, "{text}");
        }
        for (name, from, listed) in [
            ("wrap_fn", "", true),
            ("from_fn", "middleware", true),
            ("from_fn", "actix_web::middleware", true),
            ("from_fn", "iter", false),
            ("from_fn", "std::array", false),
            ("wrap", "", false),
        ] {
            let from: Vec<String> = from.split("::").map(ToOwned::to_owned).collect();
            let found = raw_call(name, &from, None, &[], Span::call_site());
            assert_eq!(found.is_some(), listed, "{from:?} {name}");
        }
    }

    #[test]
    fn a_scope_by_hand_shows_its_name_and_what_grants_it() {
        let text = "impl ScopeName for S {
            fn scope_name(&self) -> &'static str { \"admin\" }
            fn granted_by(&self) -> &'static [&'static str] { &[\"openid\"] }
        }";
        let item: ItemImpl = parse_str(text).unwrap();
        let found = scope("ScopeName", &item, &[]).unwrap();
        assert_eq!((found.name.as_str(), found.scope.as_str()), ("S", "admin"));
        assert_eq!(found.granted_by.as_deref(), Some("&[\"openid\"]"));
    }
}
