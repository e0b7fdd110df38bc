//! Inner errors in answers.

use super::{Site, Watch};
use syn::Expr;

use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds the message of an error in the body of a response with status 500 or above.
    ///
    /// ## Why it is bad
    /// Errors of databases and files reveal names of tables, paths and versions to a client that provokes them.
    ///
    /// ## Example
    /// ```text
    /// HttpResponse::InternalServerError().body(e.to_string())
    /// ```
    ///
    /// ## Use instead
    /// A problem without details; log the details.
    /// ```text
    /// Err(Problem::internal(e))
    /// ```
    ///
    /// ## References
    /// - CWE-209: Generation of Error Message Containing Sensitive Information
    error_leak, CWE 209, Warn, Item, watch &[Watch::Call("ErrorInternalServerError"), Watch::Call("ErrorBadGateway"), Watch::Call("ErrorServiceUnavailable"), Watch::Method("body"), Watch::Method("json")], check
}

const MESSAGE: &str = "the client sees the text of an inner error";
const HELP: &str = "answer with a `Problem` and log the error";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) if call.expr(0).is_some_and(is_error) => {
            walker.report(&RULE, call.span, MESSAGE, HELP);
        }
        Site::Method(method)
            if method.recv.marks.has(Marks::SERVER_ERROR)
                && method.expr(0).is_some_and(is_error) =>
        {
            walker.report(&RULE, method.span, MESSAGE, HELP);
        }
        Site::Method(_)
        | Site::Call(_)
        | Site::Macro(_)
        | Site::Bind(_)
        | Site::Compare(_)
        | Site::Pair(_) => {}
    }
}

/// An expression that speaks of `e`, `err` or `error`.
fn is_error(expr: &Expr) -> bool {
    fn named(tokens: proc_macro2::TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => {
                matches!(ident.to_string().as_str(), "e" | "err" | "error")
            }
            proc_macro2::TokenTree::Group(group) => named(group.stream()),
            proc_macro2::TokenTree::Literal(text) => {
                let text = text.to_string();
                ["{e}", "{err}", "{error}", "{e:?}", "{err:?}", "{error:?}"]
                    .iter()
                    .any(|hole| text.contains(hole))
            }
            proc_macro2::TokenTree::Punct(_) => false,
        })
    }
    named(quote::ToTokens::to_token_stream(expr))
}
