//! Calls that the compiler reports at tokens of the user's.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// `function generics (arguments)` with the span of `what`: from its first token to its last, which
/// the compiler underlines. On stable, spans cannot be joined.
pub(crate) fn call_at(
    what: &impl ToTokens,
    function: &impl ToTokens,
    generics: &TokenStream,
    arguments: TokenStream,
) -> TokenStream {
    let mut spans = what.to_token_stream().into_iter().map(|token| token.span());
    let start = spans.next().unwrap_or_else(Span::call_site);
    let end = spans.last().unwrap_or(start);
    let function: TokenStream = function
        .to_token_stream()
        .into_iter()
        .map(|mut token| {
            // Only the place is the user's; names are found where ours are.
            token.set_span(start.resolved_at(token.span()));
            token
        })
        .collect();
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(end.resolved_at(Span::call_site()));
    let arguments = TokenTree::Group(arguments);
    quote!(#function #generics #arguments)
}
