//! The expansion of `#[derive(Input)]`.
//!
//! One constant per type lists its fields, and each entry asks the field's type for its bound: an
//! unbounded type is one error, at that type.

use palisade_lint::{
    Diagnostic, Diagnostics,
    input::{Bound, Content, Field, InputType, crate_path},
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{DeriveInput, spanned::Spanned as _};

/// The impls of a type that derives `Input`, or its mistakes and impls that admit nothing.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut d = Diagnostics::new();
    let model = InputType::new(input, &mut d);
    match (d.check(), model) {
        (Ok(()), Some(model)) => expand(&model),
        (found, _) => {
            let errors = found.err().unwrap_or_default();
            let errors = errors.iter().map(Diagnostic::to_compile_error);
            let fallback = fallback(input);
            quote!(#(#errors;)* #fallback)
        }
    }
}

fn expand(model: &InputType) -> TokenStream {
    let p = private(model.krate.as_ref(), Span::call_site());
    let name = &model.name;
    let (fields, is_struct) = match &model.content {
        Content::Struct(fields) => (fields, true),
        Content::Enum { fields, .. } => (fields, false),
    };
    let plain = matches!(model.content, Content::Enum { plain: true, .. });
    let entries = fields.iter().map(|field| entry(field, model.krate.as_ref()));
    let lengths = fields.iter().filter_map(|field| length(field, model.krate.as_ref()));
    let unknown_fields = model.unknown_fields;
    let reasons = model.reasons.iter().map(|reason| {
        let (word, reason) = (&reason.word, &reason.reason);
        quote!(#p::Reason { word: #word, reason: #reason })
    });
    let (path, check) = if is_struct {
        let names = fields.iter().map(|field| &field.name);
        (
            quote! {
                const PATH: #p::PathShape = #p::PathShape::Fields(&[#(#names),*]);
            },
            quote! {
                fn check(&self, report: &mut #p::InputReport) {
                    #p::check_input(self, report)
                }
            },
        )
    } else {
        (
            quote!(const PATH_SAFE: bool = #plain;),
            // Its fields are bounded by their types, so nothing is left to check.
            quote!(fn check(&self, _: &mut #p::InputReport) {}),
        )
    };
    let kind = if is_struct {
        quote! {
            impl #p::Nested for #name { const NESTED_SEAL: #p::InputSeal = #p::InputSeal; }
            impl #p::NamedFields for #name { const NAMED_SEAL: #p::InputSeal = #p::InputSeal; }
            // The lifetime puts the question off until somebody takes this type from a path.
            impl #p::PathInput for #name
            where
                for<'a> #p::PathFit<'a, { <#name as #p::Input>::PATH_SAFE }>: #p::FitsPath,
            {
                const PATH_SEAL: #p::InputSeal = #p::InputSeal;
            }
        }
    } else {
        let as_text = plain.then(|| {
            quote! {
                impl #p::MapKey for #name { const KEY_SEAL: #p::InputSeal = #p::InputSeal; }
                impl #p::PathInput for #name { const PATH_SEAL: #p::InputSeal = #p::InputSeal; }
            }
        });
        quote! {
            impl #p::Bounded for #name { const BOUNDED_SEAL: #p::InputSeal = #p::InputSeal; }
            #as_text
        }
    };
    quote! {
        const _: () = {
            impl #p::Input for #name {
                const SEAL: #p::InputSeal = #p::InputSeal;
                const FIELDS: &'static [#p::InputField] = &[#(#entries),*];
                const UNKNOWN_FIELDS: bool = #unknown_fields;
                const REASONS: &'static [#p::Reason] = &[#(#reasons),*];
                #path
                #check
            }
            impl #p::FieldType for #name {
                const PATH_SAFE: bool = #plain;
                fn form() -> ::core::option::Option<#p::InputForm> {
                    ::core::option::Option::Some(#p::InputForm::of::<Self>())
                }
            }
            #kind
            #(#lengths)*
            // Asked for here, so that a bound that does not hold is found in every build.
            const _: &'static [#p::InputField] = <#name as #p::Input>::FIELDS;
        };
    }
}

/// One entry of the list, with the span of the type that it is about.
fn entry(field: &Field, krate: Option<&syn::Path>) -> TokenStream {
    let Field { ty, name, rust_name, .. } = field;
    let span = ty.span();
    let p = private(krate, span);
    let constructor = match &field.bound {
        Bound::OwnType => quote_spanned!(span=> bounded::<#ty>),
        Bound::Length(_) => quote_spanned!(span=> by_length::<#ty>),
        Bound::Nested => quote_spanned!(span=> nested::<#ty>),
        Bound::NestedLength(_) => quote_spanned!(span=> nested_by_length::<#ty>),
        Bound::Vouched => quote_spanned!(span=> vouched),
    };
    let pattern = field.pattern.then(|| quote!(.with_pattern()));
    let default = field.default.then(|| quote!(.with_default()));
    let flatten = field.flatten.then(|| quote!(.flattened()));
    let entry = quote_spanned!(span=> #p::InputField::#constructor(#name, #rust_name));
    quote!(#entry #pattern #default #flatten)
}

/// The check of a length that the source does not spell out, outside of the list: there the
/// compiler would report it at the derive.
fn length(field: &Field, krate: Option<&syn::Path>) -> Option<TokenStream> {
    let (Bound::Length(max) | Bound::NestedLength(max)) = &field.bound else { return None };
    if matches!(max, syn::Expr::Lit(_)) {
        return None;
    }
    let p = private(krate, max.span());
    Some(quote_spanned!(max.span()=> const _: () = #p::check_length(#max);))
}

/// Impls that admit nothing, so that a mistake in the type is not repeated at each of its uses.
fn fallback(input: &DeriveInput) -> TokenStream {
    // With parameters the impls would need bounds of their own and fail for other reasons.
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let p = private(crate_path(input).as_ref(), Span::call_site());
    let name = &input.ident;
    quote! {
        const _: () = {
            impl #p::Input for #name {
                const SEAL: #p::InputSeal = #p::InputSeal;
                fn check(&self, report: &mut #p::InputReport) { report.refuse() }
            }
            impl #p::FieldType for #name {}
            impl #p::Bounded for #name { const BOUNDED_SEAL: #p::InputSeal = #p::InputSeal; }
            impl #p::MapKey for #name { const KEY_SEAL: #p::InputSeal = #p::InputSeal; }
            impl #p::Nested for #name { const NESTED_SEAL: #p::InputSeal = #p::InputSeal; }
            impl #p::NamedFields for #name { const NAMED_SEAL: #p::InputSeal = #p::InputSeal; }
            impl #p::PathInput for #name { const PATH_SEAL: #p::InputSeal = #p::InputSeal; }
        };
    }
}

/// The path to everything that the expansion names, at the span of what it is asked for.
fn private(krate: Option<&syn::Path>, span: Span) -> TokenStream {
    match krate {
        Some(krate) => {
            let at_span = krate.to_token_stream().into_iter().map(|mut token| {
                // Spans decide how `crate` resolves, so only the place is taken over.
                token.set_span(token.span().located_at(span));
                token
            });
            let krate: TokenStream = at_span.collect();
            quote_spanned!(span=> #krate::__private)
        }
        None => quote_spanned!(span=> ::palisade::__private),
    }
}
