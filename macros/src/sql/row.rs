//! The expansion of `#[derive(Row)]`.

use palisade_lint::{Code, Diagnostics};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, Type, ext::IdentExt as _};

use super::{
    name::{krate, own_name},
    paths::SqlPaths,
};
use crate::finish::finish;

/// The impls of a type that derives `Row`, or its mistakes.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut d = Diagnostics::new();
    let krate = krate(input, &mut d);
    let fields = fields(input, &mut d);
    let paths = SqlPaths::new(krate.as_ref());
    finish(
        d,
        Some(fields),
        |fields| expand(&input.ident, &fields, &paths),
        |errors| {
            let is_generic = !input.generics.params.is_empty();
            let fallback = (!is_generic).then(|| fallback(&input.ident, &paths));
            quote!(#errors #fallback)
        },
    )
}

fn expand(name: &Ident, fields: &[Field<'_>], paths: &SqlPaths) -> TokenStream {
    let SqlPaths {
        row,
        row_ref,
        decode_error,
        row_columns,
        row_column,
        column_probe,
        no_column,
        ..
    } = paths;
    let names = fields.iter().map(|field| &field.column);
    let reads =
        fields.iter().map(|Field { ident, column, .. }| quote!(#ident: row.column(#column)?));
    let shapes = fields.iter().map(|Field { column, ty, .. }| {
        quote!(#row_column { name: #column, column: #column_probe::<#ty>::SHAPE })
    });
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #row for #name {
                const COLUMNS: &'static [&'static str] = &[#(#names),*];
                fn from_row(row: #row_ref<'_>) -> ::core::result::Result<Self, #decode_error> {
                    ::core::result::Result::Ok(Self { #(#reads),* })
                }
            }
            #[allow(unused_imports)]
            use #no_column as _;
            #[automatically_derived]
            impl #row_columns for #name {
                const COLUMNS: &'static [#row_column] = &[#(#shapes),*];
            }
        };
    }
}

/// Reads nothing.
fn fallback(name: &Ident, paths: &SqlPaths) -> TokenStream {
    let SqlPaths { row, row_ref, decode_error, .. } = paths;
    quote! {
        #[automatically_derived]
        impl #row for #name {
            const COLUMNS: &'static [&'static str] = &[];
            fn from_row(_: #row_ref<'_>) -> ::core::result::Result<Self, #decode_error> {
                ::core::result::Result::Err(#decode_error::new("the type does not compile"))
            }
        }
    }
}

struct Field<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    column: String,
}

fn fields<'a>(input: &'a DeriveInput, d: &mut Diagnostics) -> Vec<Field<'a>> {
    let span = input.ident.span();
    let Data::Struct(data) = &input.data else {
        d.at(Code::RowFields, span, format!("`{}` is not a struct", input.ident))
            .help("a row is a struct whose fields are named as the columns are");
        return Vec::new();
    };
    let Fields::Named(named) = &data.fields else {
        d.at(Code::RowFields, span, format!("the fields of `{}` have no names", input.ident))
            .help("a row is a struct whose fields are named as the columns are; a tuple needs no type of its own");
        return Vec::new();
    };
    if let Some(parameter) = input.generics.params.first() {
        d.on(Code::RowFields, parameter, format!("`{}` is generic", input.ident))
            .help("write the types of its fields: what a column holds is known");
        return Vec::new();
    }
    let mut fields: Vec<Field<'a>> = Vec::new();
    for field in &named.named {
        let Some(ident) = &field.ident else { continue };
        let own = own_name(&field.attrs, d);
        let column = own.as_ref().map_or_else(|| ident.unraw().to_string(), syn::LitStr::value);
        if column.is_empty()
            || fields.iter().any(|other| other.column.eq_ignore_ascii_case(&column))
        {
            let message = format!(
                "field `{ident}` reads the column `{column}`, which is none or another field's"
            );
            d.at(Code::RowFields, own.map_or_else(|| ident.span(), |own| own.span()), message)
                .help("give each field a column of its own");
        }
        fields.push(Field { ident, ty: &field.ty, column });
    }
    fields
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::derive;

    #[test]
    fn fields_are_read_by_their_names() {
        let text = derive(&parse_quote! {
            struct Item { id: i64, #[sql(name = "type")] r#kind: String, r#type2: u8 }
        })
        .to_string();
        let reads = quote!(id: row.column("id")?, r#kind: row.column("type")?).to_string();
        assert!(text.contains(&reads), "{text}");
    }

    #[test]
    fn each_mistake_is_one_error() {
        for (tokens, count) in [
            (
                quote!(
                    enum A {
                        B,
                    }
                ),
                1,
            ),
            (
                quote!(
                    struct A(u8);
                ),
                1,
            ),
            (
                quote!(
                    struct A<T> {
                        a: T,
                    }
                ),
                1,
            ),
            (
                quote!(
                    struct A {
                        a: u8,
                        #[sql(name = "A")]
                        b: u8,
                    }
                ),
                1,
            ),
            (
                quote!(
                    struct A {
                        #[sql(skip)]
                        a: u8,
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
