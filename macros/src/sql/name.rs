//! The expansion of `#[derive(SqlName)]`.

use palisade_lint::{Code, Diagnostics, attribute::Args};
use palisade_sql::is_reserved;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitStr, Path, Variant};

use super::paths::SqlPaths;
use crate::finish::finish;

/// The attribute of the type, and that of its variants and fields.
const WORD: &str = "sql";

/// The impl of a type that derives `SqlName`, or its mistakes.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut d = Diagnostics::new();
    let krate = krate(input, &mut d);
    let names = names(input, &mut d);
    let paths = SqlPaths::new(krate.as_ref());
    finish(
        d,
        Some(names),
        |names| expand(&input.ident, &names, &paths),
        |errors| {
            // A set of no names, so that the mistake is not repeated at each of its uses.
            let is_generic = !input.generics.params.is_empty();
            let fallback = (!is_generic).then(|| fallback(&input.ident, &paths));
            quote!(#errors #fallback)
        },
    )
}

fn expand(name: &Ident, names: &[(&Variant, String)], paths: &SqlPaths) -> TokenStream {
    let SqlPaths { sql_name, .. } = paths;
    let arms = names.iter().map(|(variant, text)| {
        let ident = &variant.ident;
        quote!(Self::#ident => #text)
    });
    let texts = names.iter().map(|(_, text)| text);
    quote! {
        #[automatically_derived]
        impl #sql_name for #name {
            const NAMES: &'static [&'static str] = &[#(#texts),*];
            fn name(&self) -> &'static str {
                match self { #(#arms,)* }
            }
        }
    }
}

fn fallback(name: &Ident, paths: &SqlPaths) -> TokenStream {
    let SqlPaths { sql_name, .. } = paths;
    quote! {
        #[automatically_derived]
        impl #sql_name for #name {
            const NAMES: &'static [&'static str] = &[];
            fn name(&self) -> &'static str { "" }
        }
    }
}

/// `#[sql(crate = path)]` on the type.
pub(super) fn krate(input: &DeriveInput, d: &mut Diagnostics) -> Option<Path> {
    let mut args = Args::of_attribute(WORD, &input.attrs, "#[sql(crate = my::palisade)]", d)??;
    let krate = args.take_crate(d);
    args.finish(&["crate"], d);
    krate
}

/// `#[sql(name = "..")]` on a variant or field.
pub(super) fn own_name(attributes: &[Attribute], d: &mut Diagnostics) -> Option<LitStr> {
    let mut args = Args::of_attribute(WORD, attributes, "#[sql(name = \"..\")]", d)??;
    let name = args.take_text("name", d);
    args.finish(&["name"], d);
    name
}

fn names<'a>(input: &'a DeriveInput, d: &mut Diagnostics) -> Vec<(&'a Variant, String)> {
    let Data::Enum(data) = &input.data else {
        d.at(Code::NotANameEnum, input.ident.span(), format!("`{}` is not an enum", input.ident))
            .help("names are the variants of an enum: a fixed set");
        return Vec::new();
    };
    if !input.generics.params.is_empty() || data.variants.is_empty() {
        d.at(
            Code::NotANameEnum,
            input.ident.span(),
            format!("`{}` is generic or has no variants", input.ident),
        )
        .help("names are the variants of an enum: a fixed set");
        return Vec::new();
    }
    let mut names: Vec<(&Variant, String)> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            d.on(
                Code::NotANameEnum,
                variant,
                format!("variant `{}` has fields, and a name has none", variant.ident),
            )
            .help("a value is bound, and a name is one of a fixed set");
            continue;
        }
        let own = own_name(&variant.attrs, d);
        let span = own.as_ref().map_or_else(|| variant.ident.span(), LitStr::span);
        let text = own.map_or_else(|| snake_case(&variant.ident.to_string()), |own| own.value());
        if let Err(why) = check(&text) {
            d.at(Code::MalformedName, span, format!("`{text}` {why}")).help(
                "a name is that of a column, `title`, or of a column of a table, `notes.title`",
            );
        }
        names.push((variant, text));
    }
    // Both directions and nothing else is what ORDER BY takes after a column.
    let direction = |text: &str| matches!(text, "asc" | "desc");
    let directions = names.iter().filter(|(_, text)| direction(text)).count();
    if directions > 0 && directions < names.len() {
        for (variant, text) in names.iter().filter(|(_, text)| direction(text)) {
            d.at(Code::MalformedName, variant.ident.span(), format!("`{text}` is a direction among columns"))
                .help("put `Asc` and `Desc` into an enum of their own: `ORDER BY {sort: Sort} {order: Order}`");
        }
    }
    names
}

/// A column's name, with its table's in front or not.
fn check(text: &str) -> Result<(), &'static str> {
    let is_identifier = |part: &str| {
        let mut bytes = part.bytes();
        let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        first && part.len() <= 63 && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if text.split('.').count() > 2 || !text.split('.').all(is_identifier) {
        return Err("is not a column name");
    }
    if !matches!(text, "asc" | "desc") && text.split('.').any(is_reserved) {
        return Err("is a word of SQL, and would not be read as a column");
    }
    Ok(())
}

/// `CreatedAt` as `created_at`.
fn snake_case(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let mut text = String::new();
    let mut before_is_lower = false;
    for c in name.chars() {
        if c.is_uppercase() {
            if before_is_lower {
                text.push('_');
            }
            text.extend(c.to_lowercase());
        } else {
            text.push(c);
        }
        before_is_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    text
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::{check, derive, snake_case};

    #[test]
    fn variants_are_named_as_columns_are() {
        for (variant, column) in [("Title", "title"), ("CreatedAt", "created_at"), ("X2Y", "x2_y")]
        {
            assert_eq!(snake_case(variant), column);
        }
        let text = derive(&parse_quote! {
            #[sql(crate = my::palisade)]
            enum Sort { CreatedAt, #[sql(name = "notes.title")] Title }
        })
        .to_string();
        let arms =
            quote!(Self::CreatedAt => "created_at", Self::Title => "notes.title",).to_string();
        assert!(text.contains(&arms), "{text}");
        assert!(text.contains("my :: palisade :: __private :: sql :: SqlName"), "{text}");
    }

    #[test]
    fn only_identifiers_are_names() {
        for name in ["title", "_x", "notes.created_at", "asc", "name", "value", "date", "a1"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "1a",
            "a b",
            "a;",
            "a--",
            "\"a\"",
            "a.b.c",
            ".a",
            "a.",
            "é",
            "select",
            "order",
            "notes.from",
            "title desc",
            "a,b",
            "(a)",
        ] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn each_mistake_is_one_error() {
        for (tokens, count) in [
            (
                quote!(
                    struct A;
                ),
                1,
            ),
            (
                quote!(
                    enum A {}
                ),
                1,
            ),
            (
                quote!(
                    enum A {
                        B(u8),
                        C,
                    }
                ),
                1,
            ),
            (
                quote!(
                    enum A {
                        Order,
                        #[sql(name = "x y")]
                        B,
                    }
                ),
                2,
            ),
            (
                quote!(
                    enum A {
                        Asc,
                        Title,
                    }
                ),
                1,
            ),
            (
                quote!(
                    enum A {
                        Asc,
                        Desc,
                    }
                ),
                0,
            ),
            (
                quote!(
                    enum A {
                        #[sql(nam = "x")]
                        B,
                    }
                ),
                1,
            ),
        ] {
            let text = derive(&syn::parse2(tokens).unwrap()).to_string();
            assert_eq!(text.matches("compile_error").count(), count, "{text}");
        }
    }
}
