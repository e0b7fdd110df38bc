//! Values beside the columns that they are compared with.

use palisade_sql::{Comparand, Compared};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::paths::SqlPaths;

/// What the values of a query are compared with.
pub(super) struct Besides<'q> {
    compared: &'q [Compared],
    /// The span of the query's literal, where the compiler reports what does not fit.
    at: Span,
}

impl<'q> Besides<'q> {
    pub(super) fn new(compared: &'q [Compared], at: Span) -> Self {
        Self { compared, at }
    }

    /// What the calls below need in scope.
    pub(super) fn imports(&self, paths: &SqlPaths) -> TokenStream {
        if self.compared.is_empty() {
            return TokenStream::new();
        }
        let SqlPaths { any_beside, .. } = paths;
        quote!(#[allow(unused_imports)] use #any_beside as _;)
    }

    /// Binds a value.
    pub(super) fn value(
        &self,
        hole: usize,
        binds: &Ident,
        expr: &TokenStream,
        paths: &SqlPaths,
    ) -> TokenStream {
        let SqlPaths { beside, .. } = paths;
        match self.checked(hole, expr, beside, paths) {
            Some((value, holds)) => quote!(#binds.add_beside(#value, &[#holds])?;),
            None => quote!(#binds.add(&(#expr))?;),
        }
    }

    /// Binds a list.
    pub(super) fn list(
        &self,
        hole: usize,
        binds: &Ident,
        expr: &TokenStream,
        paths: &SqlPaths,
    ) -> TokenStream {
        let SqlPaths { list_beside, .. } = paths;
        match self.checked(hole, expr, list_beside, paths) {
            Some((value, holds)) => quote!(#binds.add_list_beside(#value, &[#holds])?;),
            None => quote!(#binds.add_list(&(#expr))?;),
        }
    }

    /// The value, handed through a check for each column, and what the columns hold.
    fn checked(
        &self,
        hole: usize,
        expr: &TokenStream,
        beside: &impl quote::ToTokens,
        paths: &SqlPaths,
    ) -> Option<(TokenStream, TokenStream)> {
        let SqlPaths { holds, column_name, .. } = paths;
        let own = self.compared.iter().filter(|compared| compared.hole == hole);
        let (mut value, mut all) = (quote!(&(#expr)), TokenStream::new());
        for Compared { with, column, .. } in own {
            let (method, kind) = match with {
                Comparand::Text => ("text", "Text"),
                Comparand::Number => ("numbers", "Numbers"),
            };
            let method = Ident::new(method, self.at);
            let kind = Ident::new(kind, Span::call_site());
            // A type named as the column is, so that the compiler's message names it; the expression
            // in the braces does not see it.
            let ty = type_name(column);
            let name = quote!({
                #[allow(non_camel_case_types)]
                enum #ty {}
                #column_name::<#ty>::NEW
            });
            value = quote_spanned!(self.at=> #beside::new(#value, #name).#method());
            all.extend(quote!(#holds::#kind,));
        }
        (!all.is_empty()).then_some((value, all))
    }
}

/// A name for the type of a column: its own, as far as Rust has it.
fn type_name(column: &str) -> Ident {
    let plain: String =
        column.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    let starts = plain.starts_with(|c: char| c.is_ascii_alphabetic());
    let name = if starts { plain } else { "column" };
    syn::parse_str(name).unwrap_or_else(|_| match name {
        "self" | "Self" | "super" | "crate" => Ident::new("column", Span::mixed_site()),
        keyword => Ident::new_raw(keyword, Span::mixed_site()),
    })
}

#[cfg(test)]
mod tests {
    use super::type_name;

    #[test]
    fn every_column_has_a_type() {
        for (column, name) in [
            ("token", "token"),
            ("type", "r#type"),
            ("self", "column"),
            ("max(token)", "max_token"),
            ("1st", "column"),
            ("", "column"),
            ("größe", "gr__e"),
        ] {
            assert_eq!(type_name(column).to_string(), name, "{column}");
        }
    }
}
