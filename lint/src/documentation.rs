//! The documentation of an item, as text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The lines of `///` and of `#[doc = ".."]` on an item, without the blank that each begins with; empty
/// where there are none. What a macro makes (`#[doc = include_str!(..)]`) is not known here.
///
/// ```
/// let item: syn::ItemFn = syn::parse_quote! {
///     /// Reads a note.
///     ///
///     /// 404 where there is none.
///     fn read() {}
/// };
/// let text = palisade_lint::documentation(&item.attrs);
/// assert_eq!(text, "Reads a note.\n\n404 where there is none.");
/// ```
pub fn documentation(attributes: &[Attribute]) -> String {
    let texts = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => {
            let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
            Some(text.value())
        }
        Meta::NameValue(_) | Meta::List(_) | Meta::Path(_) => None,
    });
    let lines = texts.flat_map(|text| {
        let lines: Vec<_> = text
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned())
            .collect();
        // An empty string has no lines, but it is one empty line of the page.
        if lines.is_empty() { vec![String::new()] } else { lines }
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
