//! How every macro ends: with its expansion, or with its mistakes.

use palisade_lint::{Code, Diagnostic, Diagnostics};
use proc_macro2::{Span, TokenStream};
use quote::quote;

/// Expands what was read without a mistake.
///
/// Otherwise every mistake becomes a compile error, and `fallback` adds what replaces the expansion: an
/// expression or items of the same kind, so that one mistake causes one error.
pub(crate) fn finish<T>(
    d: Diagnostics,
    read: Option<T>,
    expand: impl FnOnce(T) -> TokenStream,
    fallback: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let found = match (d.check(), read) {
        (Ok(()), Some(read)) => return expand(read),
        (Err(found), _) => found,
        (Ok(()), None) => vec![unread()],
    };
    let errors = found.iter().map(Diagnostic::to_compile_error);
    fallback(quote!(#(#errors)*))
}

/// Reading that ends with neither a value nor a mistake is a defect here, and must not compile.
fn unread() -> Diagnostic {
    Diagnostic {
        code: Code::UnreadableSyntax,
        start: Span::call_site(),
        end: Span::call_site(),
        message: "this cannot be read".to_owned(),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use palisade_lint::{Code, Diagnostics};
    use proc_macro2::{Span, TokenStream};
    use quote::quote;

    use super::finish;

    fn finished(d: Diagnostics, read: Option<TokenStream>) -> String {
        finish(d, read, |read| read, |errors| quote!(#errors fallback)).to_string()
    }

    #[test]
    fn a_mistake_is_never_an_expansion() {
        assert_eq!(finished(Diagnostics::new(), Some(quote!(expansion))), "expansion");
        let mut d = Diagnostics::new();
        d.at(Code::NoAccess, Span::call_site(), "first");
        d.at(Code::TwoRoutes, Span::call_site(), "second");
        let text = finished(d, Some(quote!(expansion)));
        assert_eq!(text.matches("compile_error").count(), 2, "{text}");
        assert!(text.ends_with("fallback") && !text.contains("expansion"), "{text}");
        let text = finished(Diagnostics::new(), None);
        assert_eq!(text.matches("compile_error").count(), 1, "no value is an error: {text}");
    }
}
