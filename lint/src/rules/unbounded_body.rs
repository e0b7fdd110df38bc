//! Bodies without a limit.

use super::{Site, Watch};
use proc_macro2::Span;
use quote::ToTokens as _;
use syn::visit::Visit;
use syn::{Block, Expr, Signature};

use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds loops that collect a payload without a limit, and limits of `usize::MAX`.
    ///
    /// ## Why it is bad
    /// One client fills the memory of the service.
    ///
    /// ## Example
    /// ```text
    /// while let Some(chunk) = payload.next().await { body.extend_from_slice(&chunk?); }
    /// ```
    ///
    /// ## Use instead
    /// A limit that is checked before each addition, or an extractor, which has one.
    /// ```text
    /// if body.len() + chunk.len() > MAX { return Err(Problem::too_large()); }
    /// ```
    ///
    /// ## References
    /// - CWE-770: Allocation of Resources Without Limits or Throttling
    unbounded_body, CWE 770, Deny, Item, watch &[Watch::Call("new"), Watch::Method("limit"), Watch::Method("content_length_limit")], check
}

pub(crate) const MESSAGE: &str = "a body may grow without a limit";
pub(crate) const HELP: &str = "set a limit, and check it before the buffer grows";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call)
            if matches!(call.name.parent(), "PayloadConfig" | "RequestBodyLimitLayer")
                && call.expr(0).is_some_and(is_max) =>
        {
            walker.report(&RULE, call.span, MESSAGE, HELP);
        }
        Site::Method(method) => {
            let config = method.recv.ty.as_ref().is_some_and(|t| {
                matches!(
                    t.peeled().last(),
                    "JsonConfig" | "FormConfig" | "PayloadConfig" | "MultipartFormConfig"
                )
            });
            if config && method.expr(0).is_some_and(is_max) {
                walker.report(&RULE, method.span, MESSAGE, HELP);
            }
        }
        Site::Call(_) | Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}

fn is_max(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "MAX") && path.path.segments.len() > 1)
}

/// The loops of a function over a request's payload that only ever grow a buffer.
pub(crate) fn growing_loops(sig: &Signature, block: &Block) -> Vec<Span> {
    let takes = sig.inputs.iter().any(|arg| {
        let text = arg.to_token_stream().to_string();
        ["Payload", "BodyStream", "Multipart", "Field", "BodyDataStream"]
            .iter()
            .any(|word| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
    });
    let mut loops = Loops(Vec::new());
    if takes {
        loops.visit_block(block);
    }
    loops.0
}

struct Loops(Vec<Span>);

impl<'ast> Visit<'ast> for Loops {
    fn visit_expr_while(&mut self, each: &'ast syn::ExprWhile) {
        let head = each.cond.to_token_stream().to_string();
        let body = each.body.to_token_stream().to_string();
        let reads =
            head.contains("next ()") || head.contains("try_next ()") || head.contains("chunk ()");
        let grows = body.contains("extend_from_slice (")
            || body.contains(". extend (")
            || body.contains("put_slice (");
        let capped = body.contains("len ()")
            || ["MAX", "limit", "max_size", "cap"].iter().any(|word| body.contains(word));
        let before = self.0.len();
        syn::visit::visit_expr_while(self, each);
        // The loop over the fields of a form is not the one that reads a field.
        if reads && grows && !capped && self.0.len() == before {
            self.0.push(each.while_token.span);
        }
    }
}
