//! The expansion of `#[derive(Settings)]`.

use palisade_lint::{
    Diagnostics,
    settings::{SettingField, SettingsType, crate_path},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Path, spanned::Spanned as _};

use crate::{emit::option, finish::finish, paths::SettingsPaths};

/// The impl of a struct that derives `Settings`, or its mistakes and an impl without settings.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut d = Diagnostics::new();
    let model = SettingsType::new(input, &mut d);
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

fn expand(model: &SettingsType) -> TokenStream {
    let SettingsType { name, section, about, fields, .. } = model;
    let paths = SettingsPaths::new(model.krate.as_ref());
    let SettingsPaths { settings, service, described, reader, .. } = &paths;
    let checks = fields.iter().map(|field| secret_checks(field, model.krate.as_ref()));
    let list = fields.iter().map(|field| described_field(section, field, &paths));
    let reads = fields.iter().enumerate().map(|(at, field)| {
        let (place, read) = (format_ident!("__field_{at}"), read_field(field, &paths));
        quote!(let #place = match __described.get(#at) {
            ::core::option::Option::Some(__setting) => #read,
            ::core::option::Option::None => ::core::option::Option::None,
        };)
    });
    let values = fields.iter().enumerate().map(|(at, field)| {
        let (ident, place) = (&field.ident, format_ident!("__field_{at}"));
        quote!(#ident: #place?)
    });
    quote! {
        const _: () = {
            #(#checks)*

            #[automatically_derived]
            impl #settings for #name {
                const SERVICE: #service = #service {
                    name: ::core::env!("CARGO_PKG_NAME"),
                    version: ::core::env!("CARGO_PKG_VERSION"),
                    about: #about,
                    section: #section,
                };

                fn described() -> ::std::vec::Vec<#described> {
                    ::std::vec![#(#list),*]
                }

                fn read(__reader: &mut #reader<'_>) -> ::core::option::Option<Self> {
                    let __described = <Self as #settings>::described();
                    // Every field is read before the first missing one returns `None`, so that all
                    // mistakes are reported together.
                    #(#reads)*
                    ::core::option::Option::Some(Self { #(#values),* })
                }
            }
        };
    }
}

/// Refuses a default of a secret, which would be in the program and its source (CWE-798), and `unchecked` on
/// what is not a secret. Whether a field is one, its type knows.
fn secret_checks(field: &SettingField, krate: Option<&Path>) -> TokenStream {
    let SettingField { key, default, ty, from_str, .. } = field;
    let SettingsPaths { value, .. } = SettingsPaths::new(krate);
    if *from_str {
        return TokenStream::new();
    }
    let secret = quote_spanned!(ty.span()=> <#ty as #value>::SECRET);
    let of_default = (!default.is_empty()).then(|| {
        let message = format!(
            "the setting `{key}` is a secret, and its `default` would be a secret that everyone who has the \
             program knows: remove `default`, and write `Option<..>` if the service can run without it"
        );
        let SettingsPaths { described, .. } = SettingsPaths::at(krate, field.default_span);
        quote_spanned!(field.default_span=> const _: () = #described::check(!#secret, #message);)
    });
    let of_unchecked = field.unchecked.as_ref().map(|reason| {
        let message = format!(
            "`unchecked` has no effect on the setting `{key}`, because its type is not a secret: remove it"
        );
        let SettingsPaths { described, .. } = SettingsPaths::at(krate, reason.span());
        quote_spanned!(reason.span()=> const _: () = #described::check(#secret, #message);)
    });
    quote!(#of_default #of_unchecked)
}

fn described_field(section: &str, field: &SettingField, paths: &SettingsPaths) -> TokenStream {
    let SettingsPaths { described, value, .. } = paths;
    let SettingField { name, key, about, default, ty, one_of, .. } = field;
    let (takes, secret) = if field.from_str {
        (quote!("a value"), quote!(false))
    } else {
        let value = quote_spanned!(ty.span()=> <#ty as #value>);
        (quote!(#value::TAKES), quote!(#value::SECRET))
    };
    let takes = match one_of.is_empty() {
        true => takes,
        false => {
            let text = one_of.join(" or ");
            quote!(#text)
        }
    };
    let (from, from_key) = (format!("{name}_FROM"), format!("{key}_from"));
    quote! {
        #described {
            name: #name,
            section: #section,
            key: #key,
            about: #about,
            takes: #takes,
            default: #default,
            secret: #secret,
            from: (#from, #from_key),
            flag: !#secret,
        }
    }
}

fn read_field(field: &SettingField, paths: &SettingsPaths) -> TokenStream {
    let SettingsPaths { bounds, .. } = paths;
    let SettingField { ty, min, max, one_of, needs, from_str, unchecked, .. } = field;
    let text = |value: &Option<String>| option(value.as_ref().map(|text| quote!(#text)));
    let unchecked = option(unchecked.as_ref().map(|reason| quote!(#reason)));
    let (least, greatest, needs) = (text(min), text(max), text(needs));
    let method = if *from_str {
        quote_spanned!(ty.span()=> from_str)
    } else if min.is_some() || max.is_some() {
        quote_spanned!(ty.span()=> bounded)
    } else {
        quote_spanned!(ty.span()=> value)
    };
    quote! {
        __reader.#method::<#ty>(
            __setting,
            &#bounds {
                min: #least,
                max: #greatest,
                one_of: &[#(#one_of),*],
                needs: #needs,
                unchecked: #unchecked,
            },
        )
    }
}

/// An impl without settings, so that a mistake in the struct is not repeated where it is loaded.
fn fallback(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let paths = SettingsPaths::new(crate_path(input).as_ref());
    let SettingsPaths { settings, service, described, reader, .. } = paths;
    let name = &input.ident;
    quote! {
        const _: () = {
            impl #settings for #name {
                const SERVICE: #service =
                    #service { name: "", version: "", about: "", section: "" };
                fn described() -> ::std::vec::Vec<#described> { ::std::vec::Vec::new() }
                fn read(_: &mut #reader<'_>) -> ::core::option::Option<Self> {
                    ::core::option::Option::None
                }
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
    fn a_field_is_named_after_the_section_and_its_type_says_how_it_is_read() {
        let text = derive(&parse_quote! {
            /// Keeps notes.
            #[settings(section = "notes", crate = my::palisade)]
            struct Settings {
                /// The folder.
                data: PathBuf,
                /// How many.
                #[setting(name = "MANY", default = 5, max = 9)]
                many: u32,
                /// Who.
                #[setting(unchecked = "a user name, not a secret")]
                user: SecretString,
                /// Reads itself.
                #[setting(from_str, default = "red")]
                colour: Colour,
            }
        })
        .to_string();
        for part in [
            quote!(name: "NOTES_DATA", section: "notes", key: "data", about: "The folder."),
            quote!(name: "MANY"),
            quote!(bounded::<u32>),
            quote!(value::<PathBuf>),
        ] {
            assert!(text.contains(&part.to_string()), "{part}: {text}");
        }
        // A default of a secret, and a reason for what is not one, do not compile.
        let value = "my :: palisade :: __private :: SettingValue";
        for check in [
            format!("(! < u32 as {value} > :: SECRET"),
            format!("(< SecretString as {value} > :: SECRET"),
        ] {
            assert_eq!(text.matches(&format!(":: check {check}")).count(), 1, "{check}: {text}");
        }
        assert_eq!(text.matches(":: check").count(), 2, "{text}");
        assert!(text.contains("my :: palisade :: __private :: Settings"), "{text}");
    }

    #[test]
    fn each_mistake_is_one_error() {
        for (input, count) in [
            (parse_quote! { #[settings(section = "notes")] enum S {} }, 1),
            (parse_quote! { struct S {} }, 1),
            (
                parse_quote! {
                    #[settings(section = "notes")]
                    struct S {
                        data: String,
                        /// Twice.
                        #[setting(name = "PALISADE_X", min = 5, max = 1)]
                        other: u8,
                    }
                },
                3,
            ),
        ] {
            let text = derive(&input).to_string();
            assert_eq!(text.matches("compile_error").count(), count, "{text}");
        }
    }
}
