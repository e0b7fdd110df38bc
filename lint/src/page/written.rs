//! Types with their own function for writing into pages.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprCall, ExprMethodCall, ExprPath, FnArg, ImplItem, ItemImpl, Macro, Pat, Path,
    Stmt, Token,
};

use super::declared::Reader;
use super::unescaped::last_span;
use crate::krate::tree::parts;

const OF_TYPE: &str = "each value of this type goes into pages as markup";
const WRITTEN: &str = "this writes into the page without escaping";

/// Methods that hand the buffer of a page to another type, which writes itself.
const DELEGATES: [&str; 6] = [
    "render",
    "render_into",
    "render_into_with_values",
    "render_to",
    "render_with_values",
    "write_into",
];

impl Reader<'_> {
    /// An `impl` of a trait whose values write themselves into pages.
    pub(super) fn implements(&mut self, item: &ItemImpl) {
        let Some((path, _)) = &item.trait_ else { return };
        if self.is_askama(path, "HtmlSafe") {
            self.flaw(last_span(path), OF_TYPE);
        }
        let written = parts(path);
        let of_askama = self.leads_to(&written, "askama", &["Template", "DynTemplate"]);
        if !of_askama && !self.leads_to(&written, "maud", &["Render"]) {
            return;
        }
        for item in &item.items {
            let ImplItem::Fn(function) = item else { continue };
            let name = &function.sig.ident;
            // maud's `render` makes `Markup`, and that is judged where it is made. askama's makes text.
            if of_askama && name.to_string().starts_with("render") && !delegates(&function.block) {
                self.flaw(name.span(), WRITTEN);
                continue;
            }
            // The buffer is the argument after `self`.
            let Some(FnArg::Typed(buffer)) = function.sig.inputs.get(1) else { continue };
            if matches!(&*buffer.pat, Pat::Wild(_)) {
                continue;
            }
            let Pat::Ident(buffer) = &*buffer.pat else {
                self.flaw(name.span(), WRITTEN);
                continue;
            };
            let name = buffer.ident.unraw().to_string();
            let mut writes = Writes { reader: self, buffer: name, found: Vec::new() };
            writes.visit_block(&function.block);
            let found = writes.found;
            found.into_iter().for_each(|span| self.flaw(span, WRITTEN));
        }
    }
}

/// What is written into the buffer of a page.
struct Writes<'a, 'b> {
    reader: &'a Reader<'b>,
    buffer: String,
    found: Vec<Span>,
}

impl Writes<'_, '_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other value is the buffer itself")]
    fn is_buffer(&self, value: &Expr) -> bool {
        match value {
            Expr::Path(path) => {
                path.path.get_ident().is_some_and(|name| name.unraw() == self.buffer.as_str())
            }
            Expr::Reference(inner) => self.is_buffer(&inner.expr),
            Expr::Unary(inner) => self.is_buffer(&inner.expr),
            Expr::Paren(inner) => self.is_buffer(&inner.expr),
            _ => false,
        }
    }

    /// `write!(buffer, "<br>")`
    fn is_constant_text(&self, arguments: &Punctuated<Expr, Token![,]>) -> bool {
        let mut arguments = arguments.iter();
        let (buffer, text) = (arguments.next(), arguments.next());
        let plain = text.is_none_or(|text| {
            matches!(text, Expr::Lit(text)
                if matches!(&text.lit, syn::Lit::Str(text) if !text.value().contains('{')))
        });
        buffer.is_some_and(|buffer| self.is_buffer(buffer)) && plain && arguments.next().is_none()
    }

    /// `Render::render_to(other, buffer)`, `Escaper::new(buffer)`
    fn hands_over(&self, function: &Path) -> bool {
        let path = parts(function);
        path.split_last().is_some_and(|(last, parent)| {
            DELEGATES.contains(&last.as_str())
                || last == "new" && self.reader.leads_to(parent, "maud", &["Escaper"])
        })
    }

    fn arguments<'x>(&mut self, arguments: impl Iterator<Item = &'x Expr>) {
        for argument in arguments {
            if !self.is_buffer(argument) {
                self.visit_expr(argument);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Writes<'_, '_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let method = call.method.to_string();
        if self.is_buffer(&call.receiver) {
            let harmless = match method.as_str() {
                "push" | "push_str" | "write_char" | "write_str" => {
                    call.args.iter().all(|value| self.reader.is_markup(value))
                }
                "capacity" | "is_empty" | "len" | "reserve" => true,
                _ => false,
            };
            if !harmless {
                self.found.push(call.method.span());
            }
            self.arguments(call.args.iter());
            return;
        }
        self.visit_expr(&call.receiver);
        if DELEGATES.contains(&method.as_str()) {
            self.arguments(call.args.iter());
        } else {
            call.args.iter().for_each(|argument| self.visit_expr(argument));
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let escapes =
            matches!(&*call.func, Expr::Path(function) if self.hands_over(&function.path));
        if escapes {
            self.arguments(call.args.iter());
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if path.path.get_ident().is_some_and(|name| name.unraw() == self.buffer.as_str()) {
            self.found.push(last_span(&path.path));
        }
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match item.parse_body_with(parser) {
            Ok(arguments) if self.is_constant_text(&arguments) => {}
            Ok(arguments) => arguments.iter().for_each(|argument| self.visit_expr(argument)),
            Err(_) if mentions(item.tokens.clone(), &self.buffer) => {
                self.found.push(last_span(&item.path));
            }
            Err(_) => {}
        }
    }
}

/// Whether a function leaves the page to another template.
fn delegates(block: &Block) -> bool {
    matches!(block.stmts.as_slice(), [Stmt::Expr(Expr::MethodCall(call), None)]
        if DELEGATES.contains(&call.method.to_string().as_str()))
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Ident(word) => word.unraw() == name,
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
