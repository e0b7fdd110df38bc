//! What limits take out of the body of an endpoint.

use palisade_lint::endpoint::BodyKey;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::paths::Paths;

/// The fields that limits count by, each with a function that reads it out of the argument.
///
/// A field that is not there, and one of a type that cannot be counted by, are errors at its name
/// in the attribute.
pub(super) fn fields(body: &BodyKey, paths: &Paths) -> TokenStream {
    let Paths { body_field, .. } = paths;
    let fields = body.fields.iter().map(|field| {
        let (text, path) = (&field.text, &field.path);
        let at = text.span();
        // All at one place: where two meet, the compiler would point at the whole expansion.
        let body = Ident::new("__palisade_body", at);
        let key = Ident::new("__palisade_key", at);
        let write = quote_spanned!(at=> |#body, #key| #key.write(&#body #(.#path)*));
        quote!(#body_field { name: #text, write: #write })
    });
    quote!(&[#(#fields),*])
}
