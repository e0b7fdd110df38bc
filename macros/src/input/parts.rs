//! The types in the name of a type that no bound is known of.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{GenericArgument, Path, PathArguments, Type, spanned::Spanned as _};

use crate::paths::InputPaths;

/// What the types that a type's name shows take: `Vec<[Point; 8]>` holds arrays and points.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever syntax types get, its size is that of the type"
)]
pub(super) fn of_type(ty: &Type, krate: Option<&Path>) -> TokenStream {
    let span = ty.span();
    let InputPaths { input_parts, input_measured, input_kept, .. } = InputPaths::new(krate, span);
    match ty {
        Type::Group(group) => of_type(&group.elem, krate),
        Type::Paren(paren) => of_type(&paren.elem, krate),
        Type::Slice(slice) => of_type(&slice.elem, krate),
        Type::Reference(reference) => of_type(&reference.elem, krate),
        Type::Array(array) => {
            let element = of_type(&array.elem, krate);
            quote_spanned!(span=> #element.within(#input_measured::<#ty>::BYTES))
        }
        Type::Tuple(tuple) => {
            let members = tuple.elems.iter().map(|member| of_type(member, krate));
            quote_spanned! {span=>
                #input_parts::NONE #(.and(#members))* .within(#input_measured::<#ty>::BYTES)
            }
        }
        Type::Path(path) => {
            let of_self = path.qself.iter().map(|of| of_type(&of.ty, krate));
            let held = of_self.chain(path.path.segments.iter().flat_map(|segment| {
                let arguments = match &segment.arguments {
                    PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
                    PathArguments::None | PathArguments::Parenthesized(_) => None,
                };
                arguments.into_iter().flatten().filter_map(|argument| {
                    let GenericArgument::Type(ty) = argument else { return None };
                    Some(of_type(ty, krate))
                })
            }));
            quote_spanned! {span=>
                #input_parts::of(#input_measured::<#ty>::BYTES)
                    .and(#input_kept::<#ty, 1>::PARTS)
                    .and(#input_kept::<#ty, 2>::PARTS)
                    .and(#input_kept::<#ty, 3>::PARTS)
                    #(.and(#held))*
            }
        }
        // A macro may make any type; the others hold no value that is read.
        _ => quote_spanned!(span=> #input_parts::of(#input_measured::<#ty>::BYTES)),
    }
}
