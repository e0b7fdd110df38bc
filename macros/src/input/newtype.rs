//! The expansion for a type that is encoded as its only field.
//!
//! Everything that the field's type says of itself holds for the newtype: its form, its size, whether a
//! path or a query string may carry it, what it makes of `null`. Its rules, its pattern and its reasons are
//! those of a type of its own.

use palisade_lint::input::{Bound, Field, InputType};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Checks, conditions, description, entry, reasons, target::Target};
use crate::paths::InputPaths;

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
    let target = Target::new(model, paths);
    let Checks { after, .. } = Checks::of(std::slice::from_ref(field), &target, model);
    let conditions = conditions(model, paths);
    let taken = super::size(field, krate);
    let held = quote_spanned!(span=> #taken.held());
    let elements = quote_spanned!(span=> #taken.elements());
    let stack = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.holding(#taken).stack());
    let named = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.named_fit());
    let keyed = quote_spanned!(span=> #input_unbounded::<#ty>::FIELD.keyed);
    let text = quote_spanned!(span=> #input_unbounded::<#ty>::TEXT);
    let stack = match target.is_generic() {
        true => Checks::of_newtype(field, model, &stack),
        false => stack,
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
    let docs = description::of_type(&model.docs);
    let (layout, wire) = match model.opaque {
        true => (quote!(Opaque), quote!(of)),
        false => (quote!(Newtype), quote!(newtype)),
    };
    let kind = match field.bound {
        Bound::OwnType | Bound::Length(_) | Bound::Vouched => {
            let bounded = target.implements(bounded, None);
            let fits = quote!(for<'a> #key_fit<'a, #ty>: #fits_key,);
            let map_key = target.implements(map_key, Some(&fits));
            quote! {
                #bounded { const BOUNDED_SEAL: #input_seal = #make_seal(); }
                #map_key { const KEY_SEAL: #input_seal = #make_seal(); }
            }
        }
        Bound::Nested | Bound::NestedLength(_) => {
            let nested = target.implements(nested, None);
            quote!(#nested { const NESTED_SEAL: #input_seal = #make_seal(); })
        }
    };
    // A constant of a type with parameters is not allowed in a bound.
    let path_input = (!target.is_generic()).then(|| {
        let fits = quote! {
            for<'a> #path_fit<'a, { <#name as #input_trait>::PATH_SAFE }>: #fits_path,
        };
        let path_input = target.implements(path_input, Some(&fits));
        quote!(#path_input { const PATH_SEAL: #input_seal = #make_seal(); })
    });
    let implements_input = target.implements(input_trait, None);
    let implements_field = target.implements(field_type, None);
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use #input_methods::*;
            #implements_input {
                const SEAL: #input_seal = #make_seal();
                const FIELDS: &'static [#input_field] = &[#entry.transparent()];
                #reasons
                const LAYOUT: #input_layout = #input_layout::#layout;
                #docs
            }
            #implements_field {
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
            #path_input
            #after
        };
    }
}
