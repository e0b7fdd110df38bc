//! The expansion of `#[derive(Scope)]`.

use palisade_lint::{
    Diagnostics,
    scope::{ScopeType, crate_path},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{finish::finish, paths::ScopePaths};

/// The impls of a type that derives `Scope`, or its mistakes and impls that name no scope.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut d = Diagnostics::new();
    let model = ScopeType::new(input, &mut d);
    finish(
        d,
        model,
        |model| expand(&model),
        |errors| {
            let fallback = fallback(input);
            quote!(#errors #fallback)
        },
    )
}

fn expand(model: &ScopeType) -> TokenStream {
    let ScopePaths { scope_name, scopes } = ScopePaths::new(model.krate.as_ref());
    let ScopeType { name, variants, .. } = model;
    let names = variants.iter().map(|variant| {
        let (ident, name) = (&variant.ident, &variant.name);
        quote!(Self::#ident => #name)
    });
    let grants = variants.iter().filter(|variant| !variant.granted_by.is_empty()).map(|variant| {
        let (ident, names) = (&variant.ident, &variant.granted_by);
        quote!(Self::#ident => &[#(#names),*])
    });
    let grants: Vec<_> = grants.collect();
    let granted_by = (!grants.is_empty()).then(|| {
        // Where every scope is granted by another, nothing is left for the last arm.
        let others = (grants.len() < variants.len()).then(|| quote!(_ => &[]));
        quote! {
            fn granted_by(&self) -> &'static [&'static ::core::primitive::str] {
                match self { #(#grants,)* #others }
            }
        }
    });
    let all = variants.iter().map(|variant| &variant.ident);
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #scope_name for #name {
                fn scope_name(&self) -> &'static ::core::primitive::str {
                    match self { #(#names,)* }
                }
                #granted_by
            }
            #[automatically_derived]
            impl #scopes for #name {
                const ALL: &'static [Self] = &[#(Self::#all),*];
            }
        };
    }
}

/// Impls that name no scope, so that a mistake in the type is not repeated at each of its uses.
fn fallback(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ScopePaths { scope_name, scopes } = ScopePaths::new(crate_path(input).as_ref());
    let name = &input.ident;
    quote! {
        const _: () = {
            impl #scope_name for #name {
                fn scope_name(&self) -> &'static ::core::primitive::str { "" }
            }
            impl #scopes for #name {
                const ALL: &'static [Self] = &[];
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::derive;

    #[test]
    fn grants_are_written_down_where_there_are_some() {
        let text = derive(&parse_quote! {
            #[scope(crate = my::palisade)]
            enum Scope { ItemsRead, #[scope("items:*", grants(ItemsRead))] Items }
        })
        .to_string();
        let names = quote!(Self::ItemsRead => "items:read", Self::Items => "items:*",).to_string();
        let grants = quote!(Self::ItemsRead => &["items:*"], _ => &[]).to_string();
        assert!(text.contains(&names) && text.contains(&grants), "{text}");
        assert!(text.contains("my :: palisade :: __private :: Scopes"), "{text}");
        let plain = derive(&parse_quote!(
            enum Scope {
                A,
            }
        ))
        .to_string();
        assert!(!plain.contains("granted_by"), "{plain}");
    }

    #[test]
    fn mistakes_leave_a_type_that_names_nothing() {
        let text = derive(&parse_quote!(
            enum Scope {
                A(u8),
                #[scope("a b")]
                B,
            }
        ))
        .to_string();
        assert_eq!(text.matches("compile_error").count(), 2, "{text}");
        assert!(text.contains("ALL : & 'static [Self] = & []"), "{text}");
    }
}
