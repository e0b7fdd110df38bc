//! The markup in a handler's own body, as a macro gets it.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Expr, FnArg, ItemFn, Macro, Pat, Token};

use super::maud;
use super::template::is_plain;

/// What is wrong with the positions of values in the `html!` of a function.
///
/// A macro sees no imports: `html!` is taken for maud's, and so is the macro of another crate that
/// reads the same form.
pub(crate) fn flaws(function: &ItemFn) -> Vec<(Span, String)> {
    let plain = function.sig.inputs.iter().filter_map(|input| {
        let FnArg::Typed(typed) = input else { return None };
        let Pat::Ident(name) = &*typed.pat else { return None };
        is_plain(&typed.ty).then(|| name.ident.unraw().to_string())
    });
    let mut reader = Reader { plain: plain.collect(), found: Vec::new() };
    reader.visit_block(&function.block);
    reader.found
}

struct Reader {
    plain: BTreeSet<String>,
    found: Vec<(Span, String)>,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        // Its parameters are others.
        self.found.extend(flaws(item));
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let path = &item.path;
        let last = path.segments.last().is_some_and(|last| last.ident == "html");
        let first = path.segments.first().is_some_and(|first| first.ident == "maud");
        if last && (path.segments.len() == 1 || first) {
            let plain = |name: &str| self.plain.contains(name);
            self.found.extend(maud::flaws(&item.tokens, &plain));
            return;
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(arguments) = item.parse_body_with(parser) {
            arguments.iter().for_each(|argument| self.visit_expr(argument));
        }
    }
}
