//! The expansion for a type of one field that stands for it on the wire.
//!
//! Everything that the field's type says of itself holds for the newtype: its form, its size, whether a
//! path or a query string may carry it, what it makes of `null`. Its rules, its pattern and its reasons are
//! those of a type of its own.

use palisade_lint::input::{Bound, Field, InputType};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{check_size, conditions, entry, length, reasons};
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
        field_type,
        fits_key,
        fits_path,
        input_field,
        input_form,
        input_layout,
        input_methods,
        input_named_fit,
        input_seal,
        input_trait,
        input_wire,
        key_fit,
        make_seal,
        map_key,
        nested,
        path_fit,
        path_input,
        ..
    } = paths;
    let (name, ty) = (&model.name, &field.ty);
    let span = ty.span();
    let InputPaths { input_unbounded, .. } = InputPaths::new(krate, span);
    // A name of the source is none of the wire.
    let entry = entry(&Field { name: String::new(), ..field.clone() }, krate);
    let (length, size) = (length(field, krate), check_size(field, krate));
    let conditions = conditions(model, paths);
    let taken = super::size(field, krate);
    let held = quote_spanned!(span=> #taken.held());
    let elements = quote_spanned!(span=> #taken.elements());
    let stack = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.holding(#taken).stack());
    let named = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.named_fit());
    let keyed = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.keyed);
    let text = quote_spanned!(span=> #input_unbounded::<#ty>::TEXT);
    let stack_check = {
        let InputPaths { input_form, .. } = InputPaths::new(krate, name.span());
        quote_spanned!(name.span()=> #input_form::check_stack::<#name>();)
    };
    let nullable = quote_spanned!(span=> #input_unbounded::<#ty>::NULLABLE);
    let patch = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.patch);
    let double_option = quote_spanned!(span=> #input_unbounded::<#ty>::DOUBLE_OPTION);
    let merges = quote_spanned!(span=> #input_unbounded::<#ty>::MERGES);
    // A tuple of one reads no absence, whatever it holds.
    let optional = match is_transparent {
        true => quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.optional),
        false => quote!(false),
    };
    let reasons = reasons(model, paths);
    let (layout, wire) = match model.opaque {
        true => (quote!(Opaque), quote!(of)),
        false => (quote!(Newtype), quote!(newtype)),
    };
    // The derive of `Validate` stands beside rules, and nowhere else.
    let is_ruled = !field.rules.is_empty()
        || !model.schemas.is_empty()
        || matches!(field.bound, Bound::Nested | Bound::NestedLength(_));
    let asks = match is_ruled {
        true => quote!(asks_rules),
        false => quote!(asks_form),
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
                const FIELDS: &'static [#input_field] = &[#entry.transparent()];
                #reasons
                const LAYOUT: #input_layout = #input_layout::#layout;
            }
            impl #field_type for #name {
                const FIELD_SEAL: #input_seal = #make_seal();
                const HELD: ::core::primitive::usize = #held;
                const OPTIONAL: ::core::primitive::bool = #optional;
                const NULLABLE: ::core::primitive::bool = #nullable;
                const TEXT: ::core::primitive::bool = #text;
                const PATH_SAFE: ::core::primitive::bool = <Self as #input_trait>::PATH_SAFE;
                const KEYED: ::core::primitive::bool = #keyed;
                const PATCH: ::core::primitive::bool = #patch;
                const DOUBLE_OPTION: ::core::primitive::bool = #double_option;
                const MERGES: ::core::primitive::bool = #merges;
                const ELEMENTS: ::core::primitive::u64 = #elements;
                const STACK: ::core::primitive::usize = #stack;
                const NAMED: #input_named_fit = #named;
                fn wire() -> #input_wire {
                    #input_wire::#wire::<Self>()
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
                let _field = <#name as #input_trait>::FIELDS;
                #input_form::#asks::<#name>();
                #size
                #stack_check
            };
        };
    }
}
