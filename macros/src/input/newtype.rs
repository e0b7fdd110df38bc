//! The expansion for a type of one field that stands for it on the wire.
//!
//! Everything that the field's type says of itself holds for the newtype: its form, its size, whether a
//! path or a query string may carry it.

use palisade_lint::input::{Bound, Field, InputType};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{check_size, conditions, entry, length};
use crate::expand::InputPaths;

pub(super) fn expand(
    model: &InputType,
    field: &Field,
    is_transparent: bool,
    paths: &InputPaths,
) -> TokenStream {
    let krate = model.krate.as_ref();
    let InputPaths {
        bounded,
        checked,
        field_type,
        fits_key,
        fits_path,
        input_field,
        input_layout,
        input_methods,
        input_named_fit,
        input_report,
        input_seal,
        input_trait,
        input_wire,
        key_fit,
        make_seal,
        map_key,
        nested,
        path_fit,
        path_input,
        reason_type,
        ..
    } = paths;
    let (name, ty) = (&model.name, &field.ty);
    let span = ty.span();
    let InputPaths { input_unbounded, input_held, .. } = InputPaths::new(krate, span);
    let entry = entry(field, krate);
    let (length, size) = (length(field, krate), check_size(field, krate));
    let conditions = conditions(model, paths);
    let held = quote_spanned!(span=> #input_held::<#ty>::SIZE.held());
    let elements = quote_spanned!(span=> #input_held::<#ty>::SIZE.elements());
    let stack = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.stack());
    let named = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.named_fit());
    let keyed = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.keyed);
    let text = quote_spanned!(span=> #input_unbounded::<#ty>::TEXT);
    let path_safe = match field.pattern {
        Some(_) => quote_spanned! {span=>
            #input_unbounded::<#ty>::PATH_SAFE || #input_unbounded::<#ty>::TEXT
        },
        None => quote_spanned!(span=> #input_unbounded::<#ty>::PATH_SAFE),
    };
    // A tuple of one reads no absence, whatever it holds.
    let optional = match is_transparent {
        true => quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.optional),
        false => quote!(false),
    };
    let reasons: Vec<_> = model
        .reasons
        .iter()
        .map(|reason| {
            let (word, reason) = (&reason.word, &reason.reason);
            quote!(#reason_type { word: #word, reason: #reason })
        })
        .collect();
    // A reason is found by the form that declares it.
    let wire = match reasons.is_empty() && !model.opaque && !field.opaque {
        true => quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.own_wire()),
        false => quote!(#input_wire::of::<Self>()),
    };
    let kind = match field.bound {
        Bound::OwnType | Bound::Length(_) | Bound::Vouched => quote! {
            impl #bounded for #name { const BOUNDED_SEAL: #input_seal = #make_seal(); }
            impl #map_key for #name
            where
                for<'a> #key_fit<'a, #ty>: #fits_key,
            {
                const KEY_SEAL: #input_seal = #make_seal();
            }
        },
        Bound::Nested | Bound::NestedLength(_) => quote! {
            impl #nested for #name { const NESTED_SEAL: #input_seal = #make_seal(); }
        },
    };
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use #input_methods::*;
            impl #input_trait for #name {
                const SEAL: #input_seal = #make_seal();
                const REASONS: &'static [#reason_type] = &[#(#reasons),*];
                const LAYOUT: #input_layout = #input_layout::Opaque;
                const PATH_SAFE: ::core::primitive::bool = <Self as #field_type>::PATH_SAFE;
                fn check(&self, __palisade_report: &mut #input_report) -> #checked {
                    __palisade_report.check_enum(self)
                }
            }
            impl #field_type for #name {
                const FIELD_SEAL: #input_seal = #make_seal();
                const HELD: ::core::primitive::usize = #held;
                const OPTIONAL: ::core::primitive::bool = #optional;
                const TEXT: ::core::primitive::bool = #text;
                const PATH_SAFE: ::core::primitive::bool = #path_safe;
                const KEYED: ::core::primitive::bool = #keyed;
                const ELEMENTS: ::core::primitive::u64 = #elements;
                const STACK: ::core::primitive::usize = #stack;
                const NAMED: #input_named_fit = #named;
                fn wire() -> #input_wire {
                    #wire
                }
                #conditions
            }
            #kind
            // The lifetimes defer the bounds until the type is taken from a path, or is a key.
            impl #path_input for #name
            where
                for<'a> #path_fit<'a, { <#name as #input_trait>::PATH_SAFE }>: #fits_path,
            {
                const PATH_SEAL: #input_seal = #make_seal();
            }
            #length
            const _: () = {
                let _field: #input_field = #entry;
                #size
            };
        };
    }
}
