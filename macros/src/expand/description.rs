//! What an endpoint leaves behind for the OpenAPI document, with the feature `openapi` alone.

use palisade_lint::{Handler, documentation, endpoint::Endpoint};
use proc_macro2::TokenStream;
use quote::quote;

use super::endpoint::local;
use crate::{
    emit::option,
    paths::{DescriptionPaths, Paths},
};

/// `.described(&Description { .. })`, behind the call that mounts the handler.
///
/// What the handler returns is found by its type, without failing where nothing is known of it.
pub(super) fn described(handler: &Handler, endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let _ = paths;
    let DescriptionPaths { description, answer_of, answer_fallbacks, schemas } =
        DescriptionPaths::new(handler.attributes.krate.as_ref());
    let docs = documentation(&handler.attributes.docs);
    let statuses = &endpoint.responds;
    let (found, all) = (local("answer"), local("schemas"));
    let answer = option(endpoint.answer.as_ref().map(|ty| {
        quote! {
            |#all: &mut #schemas| {
                #[allow(unused_imports)]
                use #answer_fallbacks::*;
                let #found = #answer_of::<#ty>::NEW;
                #all.answer(#found.head(), #found.content().schema())
            }
        }
    }));
    quote! {
        .described(&#description { docs: #docs, statuses: &[#(#statuses),*], answer: #answer })
    }
}
