//! Which pages of other origins may read the answers.

use palisade_lint::{
    Diagnostics,
    attribute::take_crate,
    endpoint::{Cors, Endpoint, Spanned},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    LitStr, Path,
    parse::{ParseStream, Parser},
};

use super::{paths::Paths, policy::option};
use crate::finish::finish;

/// Expands `cors!(..)`: a `CorsPolicy`.
pub(crate) fn cors(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let (krate, tokens) = split_crate(tokens, &mut d);
    let paths = Paths::new(krate.as_ref());
    let cors = Cors::from_tokens(tokens, &mut d);
    finish(
        d,
        cors,
        |cors| policy(&cors, &paths),
        |errors| {
            let closed = policy(&Cors::default(), &paths);
            quote!({ #errors #closed })
        },
    )
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
fn split_crate(tokens: TokenStream, d: &mut Diagnostics) -> (Option<Path>, TokenStream) {
    let parse = |input: ParseStream<'_>| Ok((take_crate(input, d)?, input.parse()?));
    // Where the path cannot be read, the reader of the arguments reports it.
    parse.parse2(tokens.clone()).unwrap_or((None, tokens))
}
