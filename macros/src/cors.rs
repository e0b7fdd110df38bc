//! Which pages of other origins may read the answers.

use palisade_lint::{Diagnostics, attribute::take_crate, endpoint::Cors};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Path,
    parse::{ParseStream, Parser},
};

use crate::{emit::Emit as _, finish::finish, paths::Paths};

/// Expands `cors!(..)`: a `CorsPolicy`.
pub(crate) fn cors(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let (krate, tokens) = split_crate(tokens, &mut d);
    let paths = Paths::new(krate.as_ref());
    let cors = Cors::from_tokens(tokens, &mut d);
    finish(
        d,
        cors,
        |cors| cors.emit(&paths),
        |errors| {
            let closed = Cors::default().emit(&paths);
            quote!({ #errors #closed })
        },
    )
}

/// `crate = path,` before the rest.
fn split_crate(tokens: TokenStream, d: &mut Diagnostics) -> (Option<Path>, TokenStream) {
    let parse = |input: ParseStream<'_>| Ok((take_crate(input, d)?, input.parse()?));
    // Where the path cannot be read, the reader of the arguments reports it.
    parse.parse2(tokens.clone()).unwrap_or((None, tokens))
}
