//! `endpoints![..]`: the list of handlers to mount.

use palisade_lint::{Code, Diagnostics};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Expr, Path, Token,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
};

use crate::expand::{Paths, errors};

/// Expands the list.
pub(crate) fn endpoints(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let list = match List::parse.parse2(tokens) {
        Ok(list) => list,
        Err(error) => {
            d.unreadable(&error).help("write `endpoints![create_item, items::list]`");
            List { krate: None, items: Punctuated::new() }
        }
    };
    let Paths { root, .. } = Paths::new(list.krate.as_ref());
    let mut handlers: Vec<(String, Path)> = Vec::new();
    for item in list.items {
        let Expr::Path(expr) = &item else {
            d.on(Code::NotAHandlerPath, &item, "this is not the path of a handler")
                .help("write its name: `create_item`, `items::list`");
            continue;
        };
        let text = expr.path.to_token_stream().to_string().replace(' ', "");
        if handlers.iter().any(|(known, _)| *known == text) {
            d.on(Code::HandlerTwice, &item, format!("handler `{text}` stands twice"))
                .help("keep one of them");
        }
        handlers.push((text, expr.path.clone()));
    }
    let paths = handlers.iter().map(|(_, path)| path);
    let mounted = quote!(#root::Endpoints::new() #(.with(#paths))*);
    match d.check() {
        Ok(()) => mounted,
        Err(found) => {
            let errors = errors(&found, &TokenStream::new());
            // An expression either way: what the caller does with it is no second mistake.
            quote!({ #errors #mounted })
        }
    }
}

struct List {
    krate: Option<Path>,
    items: Punctuated<Expr, Token![,]>,
}

impl Parse for List {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut krate = None;
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            krate = Some(input.call(Path::parse_mod_style)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Self { krate, items: Punctuated::parse_terminated(input)? })
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
            quote!(::palisade::Endpoints::new().with(a).with(b::c)).to_string()
        );
        assert_eq!(
            endpoints(quote!(crate = my::palisade, a)).to_string(),
            quote!(my::palisade::Endpoints::new().with(a)).to_string()
        );
    }

    #[test]
    fn each_mistake_is_one_error() {
        for (tokens, count) in
            [(quote!(a()), 1), (quote!(a, a), 1), (quote!(a b), 1), (quote!("x", 5), 2)]
        {
            let text = endpoints(tokens).to_string();
            assert_eq!(text.matches("compile_error").count(), count, "{text}");
        }
    }
}
