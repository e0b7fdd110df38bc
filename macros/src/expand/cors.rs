//! Which pages of other origins may read the answers.

use palisade_lint::{
    Diagnostics,
    attribute::refuse_local_crate,
    endpoint::{Cors, Endpoint, Spanned},
};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{LitStr, Path, Token, parse::Parser};

use super::{errors, paths::Paths, policy::option};

/// Expands `cors!(..)`: a `CorsPolicy`.
pub(crate) fn cors(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let (krate, tokens) = split_crate(tokens);
    if let Some(krate) = &krate {
        refuse_local_crate(krate, &mut d);
    }
    let paths = Paths::new(krate.as_ref());
    let cors = Cors::from_tokens(tokens, &mut d);
    match d.check() {
        Ok(()) => policy(&cors.unwrap_or_default(), &paths),
        Err(found) => {
            let errors = errors(&found, &TokenStream::new());
            // It is an expression either way, so that its use causes no second error.
            let closed = policy(&Cors::default(), &paths);
            quote!({ #errors #closed })
        }
    }
}

/// The endpoint's own policy, or that it has none.
pub(super) fn own(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { cors, .. } = paths;
    match &endpoint.cors {
        Some(own) => {
            let own = policy(own, paths);
            quote!(#cors::Own(#own))
        }
        None => quote!(#cors::Service),
    }
}

fn policy(cors: &Cors, paths: &Paths) -> TokenStream {
    let Paths { cors_origins, cors_policy, .. } = paths;
    let Cors { any, origins, credentials, headers, expose, max_age, reason } = cors;
    let origins = match any {
        Some(_) => quote!(#cors_origins::Any),
        None => quote!(#cors_origins::Listed(&[#(#origins),*])),
    };
    let texts = |list: &[Spanned<String>]| {
        let texts = list.iter().map(|name| LitStr::new(&name.value, name.span));
        quote!(&[#(#texts),*])
    };
    let (headers, expose) = (texts(headers), texts(expose));
    let max_age = option(max_age.as_ref().map(ToTokens::to_token_stream));
    let reason = option(reason.as_ref().map(ToTokens::to_token_stream));
    quote! {
        #cors_policy {
            origins: #origins,
            credentials: #credentials,
            headers: #headers,
            expose: #expose,
            max_age: #max_age,
            reason: #reason,
        }
    }
}

/// `crate = path,` before the rest.
fn split_crate(tokens: TokenStream) -> (Option<Path>, TokenStream) {
    let starts = matches!(
        tokens.clone().into_iter().next(),
        Some(TokenTree::Ident(first)) if first == "crate"
    );
    if !starts {
        return (None, tokens);
    }
    let parse = |input: syn::parse::ParseStream<'_>| {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        let krate = input.call(Path::parse_mod_style)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok((krate, input.parse::<TokenStream>()?))
    };
    match parse.parse2(tokens.clone()) {
        Ok((krate, rest)) => (Some(krate), rest),
        // The reader of the arguments reports what is wrong.
        Err(_) => (None, tokens),
    }
}
