//! `endpoints![..]`: the list of handlers to mount.

use palisade_lint::{Code, Diagnostics, attribute::take_crate};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, ExprPath, Meta, Path, Token,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
};

use crate::{finish::finish, paths::Paths};

/// Expands the list.
pub(crate) fn endpoints(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let (krate, items) = read(tokens, &mut d);
    let paths = Paths::new(krate.as_ref());
    let mut handlers: Vec<Member> = Vec::new();
    for item in &items {
        let Some(member) = Member::read(item, &mut d) else { continue };
        if let Some(known) = handlers.iter().find(|known| known.is_mounted_with(&member)) {
            d.on(Code::HandlerTwice, item, format!("duplicate handler `{}`", known.name))
                .help("keep one of them");
        }
        handlers.push(member);
    }
    let mounted = mounted(&handlers, &paths);
    finish(d, Some(&mounted), ToTokens::to_token_stream, |errors| quote!({ #errors #mounted }))
}

/// Reads `crate = path, a, b::c`.
fn read(tokens: TokenStream, d: &mut Diagnostics) -> (Option<Path>, Punctuated<Expr, Token![,]>) {
    let parse =
        |input: ParseStream<'_>| Ok((take_crate(input, d)?, Punctuated::parse_terminated(input)?));
    match parse.parse2(tokens) {
        Ok(list) => list,
        Err(error) => {
            d.unreadable(&error).help("write `endpoints![create_item, items::list]`");
            (None, Punctuated::new())
        }
    }
}

/// The value of type `Endpoints`.
fn mounted(handlers: &[Member], paths: &Paths) -> TokenStream {
    let Paths { endpoints, .. } = paths;
    if handlers.iter().all(|member| member.cfg.is_empty()) {
        let paths = handlers.iter().map(|member| &member.path);
        return quote!(#endpoints::new() #(.with(#paths))*);
    }
    // A statement can be left out by `cfg`, and a call in a chain cannot.
    let list = Ident::new("__palisade_list", Span::mixed_site());
    let additions = handlers.iter().map(|Member { path, cfg, .. }| {
        quote! {
            #(#cfg)*
            let #list = #list.with(#path);
        }
    });
    quote!({
        let #list = #endpoints::new();
        #(#additions)*
        #list
    })
}

/// One handler of the list.
struct Member {
    /// As it is written, without spaces.
    name: String,
    path: ExprPath,
    /// `#[cfg(..)]`: whether it is in the list.
    cfg: Vec<Attribute>,
}

impl Member {
    fn read(item: &Expr, d: &mut Diagnostics) -> Option<Self> {
        // A `$handler:expr` that a macro by example passes on is in a group without delimiters.
        let mut named = item;
        while let Expr::Group(inner) = named
            && inner.attrs.is_empty()
        {
            named = &inner.expr;
        }
        let Expr::Path(path) = named else {
            d.on(Code::NotAHandlerPath, item, "this is not the path of a handler")
                .help("write its name: `create_item`, `items::list`");
            return None;
        };
        let mut path = path.clone();
        let mut cfg = Vec::new();
        for attribute in std::mem::take(&mut path.attrs) {
            let name = attribute.path();
            // An empty or malformed `cfg` is the compiler's to refuse.
            if name.is_ident("cfg") && matches!(attribute.meta, Meta::List(_)) {
                cfg.push(attribute);
            } else if name.is_ident("cfg_attr") {
                d.on(Code::ListAttribute, name, "`cfg_attr` is not allowed in a list of endpoints")
                    .help("write `#[cfg(..)]` itself here, and other attributes on the handler");
            } else {
                let text = name.to_token_stream().to_string().replace(' ', "");
                d.on(
                    Code::ListAttribute,
                    name,
                    format!("`{text}` is not allowed in a list of endpoints"),
                )
                .help("write it on the handler; the list takes `#[cfg(..)]` only");
            }
        }
        let name = path.to_token_stream().to_string().replace(' ', "");
        Some(Self { name, path, cfg })
    }

    /// Whether some build has both, and they are the same handler. Two conditions may exclude each
    /// other, unless they are the same.
    fn is_mounted_with(&self, other: &Self) -> bool {
        let text = |cfg: &[Attribute]| -> Vec<String> {
            cfg.iter().map(|attribute| attribute.to_token_stream().to_string()).collect()
        };
        self.name == other.name
            && (self.cfg.is_empty() || other.cfg.is_empty() || text(&self.cfg) == text(&other.cfg))
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::endpoints;

    #[test]
    fn handlers_are_chained() {
        assert_eq!(
            endpoints(quote!(a, b::c,)).to_string(),
            quote!(::palisade::__private::Endpoints::new().with(a).with(b::c)).to_string()
        );
        assert_eq!(
            endpoints(quote!(crate = my::palisade, a)).to_string(),
            quote!(my::palisade::__private::Endpoints::new().with(a)).to_string()
        );
    }

    #[test]
    fn a_condition_leaves_its_handler_out() {
        let text = endpoints(quote!(
            a,
            #[cfg(debug_assertions)]
            b
        ))
        .to_string();
        let kept = quote!(let __palisade_list = __palisade_list.with(a);).to_string();
        let dropped = quote!(
            #[cfg(debug_assertions)]
            let __palisade_list = __palisade_list.with(b);
        );
        assert!(text.contains(&kept) && text.contains(&dropped.to_string()), "{text}");
        let either = endpoints(quote!(
            #[cfg(test)]
            a,
            #[cfg(not(test))]
            a
        ))
        .to_string();
        assert!(!either.contains("compile_error"), "{either}");
    }

    #[test]
    fn a_qualified_path_is_kept_whole() {
        let text = endpoints(quote!(<T as U>::x, <V>::x)).to_string();
        let expected =
            quote!(::palisade::__private::Endpoints::new().with(<T as U>::x).with(<V>::x));
        assert_eq!(text, expected.to_string());
    }

    #[test]
    fn each_mistake_is_one_error() {
        for (tokens, count) in [
            (quote!(a()), 1),
            (quote!(a, a), 1),
            (quote!(a b), 1),
            (quote!("x", 5), 2),
            (
                quote!(
                    #[public]
                    a,
                    #[inline]
                    b
                ),
                2,
            ),
            (
                quote!(
                    #[cfg_attr(test, cfg(any()))]
                    a
                ),
                1,
            ),
            (
                quote!(
                    #[cfg]
                    a
                ),
                1,
            ),
            (
                quote!(
                    #[cfg(test)]
                    a,
                    a
                ),
                1,
            ),
            (
                quote!(
                    #[cfg(test)]
                    a,
                    #[cfg(test)]
                    a
                ),
                1,
            ),
            (quote!(crate = self::guards, a), 1),
        ] {
            let text = endpoints(tokens).to_string();
            assert_eq!(text.matches("compile_error").count(), count, "{text}");
        }
    }
}
