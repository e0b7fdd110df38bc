//! The expansion of `#[derive(Input)]`.
//!
//! One constant per type lists its fields, and each entry asks the field's type for its bound: an
//! unbounded type is one error, at that type.

use palisade_lint::{
    Diagnostic, Diagnostics,
    input::{Bound, Condition, ConditionRule, Content, Field, InputType, Variant, crate_path},
};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, spanned::Spanned as _};

use crate::expand::InputPaths;

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
            // Braces end an item: a semicolon here would hide what follows.
            quote!(#(#errors)* #fallback)
        }
    }
}

fn expand(model: &InputType) -> TokenStream {
    let InputPaths {
        bounded,
        field_type,
        input_trait,
        map_key,
        named_fields,
        nested,
        path_input,
        input_seal,
        input_field,
        input_form,
        path_shape,
        reason_type,
        path_fit,
        fits_path,
        check_input,
        check_conditions,
        input_report,
        input_at,
        of_type,
        of_nothing,
        ..
    } = InputPaths::new(model.krate.as_ref(), Span::call_site());
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
        quote!(#reason_type { word: #word, reason: #reason })
    });
    let each = match &model.content {
        Content::Struct(fields) => {
            fields.iter().map(|field| conditions(field, model.krate.as_ref())).collect()
        }
        Content::Enum { fields, variants, .. } => {
            conditions_of_variants(fields, variants, model.krate.as_ref())
        }
    };
    // A type without a field has none.
    let conditions = (is_struct || !fields.is_empty()).then(|| {
        quote! {
            fn conditions(
                &self,
                __palisade_at: &#input_at<'_>,
                __palisade_report: &mut #input_report,
            ) {
                #[allow(unused_imports)]
                use #of_nothing as _;
                #[allow(unused_imports)]
                use #of_type as _;
                #each
            }
        }
    });
    let (path, check) = if is_struct {
        let names = fields.iter().map(|field| &field.name);
        (
            quote! {
                const PATH: #path_shape = #path_shape::Fields(&[#(#names),*]);
            },
            quote! {
                fn check(&self, __palisade_report: &mut #input_report) {
                    #check_input(self, __palisade_report)
                }
            },
        )
    } else {
        (
            quote!(const PATH_SAFE: bool = #plain;),
            // Its fields have no rules, and the conditions of their types.
            quote! {
                fn check(&self, __palisade_report: &mut #input_report) {
                    #check_conditions(self, __palisade_report)
                }
            },
        )
    };
    let kind = if is_struct {
        quote! {
            impl #nested for #name { const NESTED_SEAL: #input_seal = #input_seal; }
            impl #named_fields for #name { const NAMED_SEAL: #input_seal = #input_seal; }
            // The lifetime puts the question off until somebody takes this type from a path.
            impl #path_input for #name
            where
                for<'a> #path_fit<'a, { <#name as #input_trait>::PATH_SAFE }>: #fits_path,
            {
                const PATH_SEAL: #input_seal = #input_seal;
            }
        }
    } else {
        let as_text = plain.then(|| {
            quote! {
                impl #map_key for #name { const KEY_SEAL: #input_seal = #input_seal; }
                impl #path_input for #name { const PATH_SEAL: #input_seal = #input_seal; }
            }
        });
        quote! {
            impl #bounded for #name { const BOUNDED_SEAL: #input_seal = #input_seal; }
            #as_text
        }
    };
    quote! {
        const _: () = {
            impl #input_trait for #name {
                const SEAL: #input_seal = #input_seal;
                const FIELDS: &'static [#input_field] = &[#(#entries),*];
                const UNKNOWN_FIELDS: bool = #unknown_fields;
                const REASONS: &'static [#reason_type] = &[#(#reasons),*];
                #path
                #check
            }
            impl #field_type for #name {
                const PATH_SAFE: bool = #plain;
                fn form() -> ::core::option::Option<#input_form> {
                    ::core::option::Option::Some(#input_form::of::<Self>())
                }
                #conditions
            }
            #kind
            #(#lengths)*
            // Asked for here, so that a bound that does not hold is found in every build.
            const _: &'static [#input_field] = <#name as #input_trait>::FIELDS;
        };
    }
}

/// One entry of the list, with the span of the type that it is about.
fn entry(field: &Field, krate: Option<&syn::Path>) -> TokenStream {
    let Field { ty, name, rust_name, .. } = field;
    let span = ty.span();
    let InputPaths { input_field, .. } = InputPaths::new(krate, span);
    let constructor = match &field.bound {
        Bound::OwnType => quote_spanned!(span=> bounded::<#ty>),
        Bound::Length(_) => quote_spanned!(span=> by_length::<#ty>),
        Bound::Nested => quote_spanned!(span=> nested::<#ty>),
        Bound::NestedLength(_) => quote_spanned!(span=> nested_by_length::<#ty>),
        Bound::Vouched => quote_spanned!(span=> vouched),
    };
    let pattern = field.pattern.as_ref().map(|path| {
        let InputPaths { is_anchored, .. } = InputPaths::new(krate, path.span());
        let anchored = (!field.partial_pattern)
            .then(|| quote_spanned!(path.span()=> .anchored(|| #is_anchored(&#path))));
        quote!(.with_pattern() #anchored)
    });
    let default = field.default.then(|| quote!(.with_default()));
    let flatten = field.flatten.then(|| quote!(.flattened()));
    // At the type: what is wrong is that it is not optional.
    let empty = field.empty_is_absent.then(|| quote_spanned!(span=> .empty_is_absent()));
    let entry = quote_spanned!(span=> #input_field::#constructor(#name, #rust_name));
    quote!(#entry #pattern #default #flatten #empty)
}

/// What a field has to be besides its rules: what its type says, and next to some rules.
fn conditions(field: &Field, krate: Option<&syn::Path>) -> TokenStream {
    let name = &field.name;
    let member = format_ident!("{}", field.rust_name);
    let InputPaths { input_inner, .. } = InputPaths::new(krate, Span::call_site());
    let at = (!field.flatten).then(|| quote!(let __palisade_at = &__palisade_at.name(#name);));
    let own = field.conditions.iter().map(|Condition { rule, code, span }| {
        // `self` is found as the function has it.
        let span = Span::call_site().located_at(*span);
        let InputPaths { check_credit_card, check_email, check_url, .. } =
            InputPaths::new(krate, span);
        let value = quote_spanned!(span=> &self.#member);
        let rest = quote!(#code, __palisade_at, __palisade_report);
        match rule {
            ConditionRule::CreditCard => quote_spanned!(span=> #check_credit_card(#value, #rest);),
            ConditionRule::Email => quote_spanned!(span=> #check_email(#value, #rest);),
            ConditionRule::Url => {
                let web = || ["http", "https"].map(str::to_owned).to_vec();
                let schemes = field.schemes.clone().unwrap_or_else(web);
                quote_spanned!(span=> #check_url(#value, &[#(#schemes),*], #rest);)
            }
        }
    });
    quote! {
        {
            #at
            (&&#input_inner(&self.#member)).conditions(__palisade_at, __palisade_report);
            #(#own)*
        }
    }
}

/// What the fields of an enum have to be: what their types say. They are reported at the place of the
/// enum, because where a field stands in it depends on how serde tags the variants.
fn conditions_of_variants(
    fields: &[Field],
    variants: &[Variant],
    krate: Option<&syn::Path>,
) -> TokenStream {
    let InputPaths { input_inner, .. } = InputPaths::new(krate, Span::call_site());
    let mut fields = fields.iter();
    let arms = variants.iter().filter(|variant| variant.fields > 0).map(|variant| {
        let name = &variant.name;
        let own = fields.by_ref().take(variant.fields).enumerate();
        let (patterns, checks): (Vec<_>, Vec<_>) = own
            .map(|(number, field)| {
                let member = match field.rust_name.parse::<usize>() {
                    Ok(index) => syn::Member::from(index),
                    Err(_) => syn::Member::from(format_ident!("{}", field.rust_name)),
                };
                let value = format_ident!("__palisade_field_{number}");
                let check = quote! {
                    (&&#input_inner(#value)).conditions(__palisade_at, __palisade_report);
                };
                (quote!(#member: #value), check)
            })
            .unzip();
        quote!(Self::#name { #(#patterns,)* .. } => { #(#checks)* })
    });
    quote! {
        match self {
            #(#arms)*
            #[allow(unreachable_patterns)]
            _ => {}
        }
    }
}

/// The check of a length that the source does not spell out, outside of the list: there the
/// compiler would report it at the derive.
fn length(field: &Field, krate: Option<&syn::Path>) -> Option<TokenStream> {
    let (Bound::Length(max) | Bound::NestedLength(max)) = &field.bound else { return None };
    if matches!(max, syn::Expr::Lit(_)) {
        return None;
    }
    let InputPaths { check_length, .. } = InputPaths::new(krate, max.span());
    Some(quote_spanned!(max.span()=> const _: () = #check_length(#max);))
}

/// Impls that admit nothing, so that a mistake in the type is not repeated at each of its uses.
fn fallback(input: &DeriveInput) -> TokenStream {
    // With parameters the impls would need bounds of their own and fail for other reasons.
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let InputPaths {
        bounded,
        field_type,
        input_trait,
        map_key,
        named_fields,
        nested,
        path_input,
        input_seal,
        input_report,
        ..
    } = InputPaths::new(crate_path(input).as_ref(), Span::call_site());
    let name = &input.ident;
    quote! {
        const _: () = {
            impl #input_trait for #name {
                const SEAL: #input_seal = #input_seal;
                fn check(&self, __palisade_report: &mut #input_report) {
                    __palisade_report.refuse()
                }
            }
            impl #field_type for #name {}
            impl #bounded for #name { const BOUNDED_SEAL: #input_seal = #input_seal; }
            impl #map_key for #name { const KEY_SEAL: #input_seal = #input_seal; }
            impl #nested for #name { const NESTED_SEAL: #input_seal = #input_seal; }
            impl #named_fields for #name { const NAMED_SEAL: #input_seal = #input_seal; }
            impl #path_input for #name { const PATH_SEAL: #input_seal = #input_seal; }
        };
    }
}
