//! The replacement of a handler with mistakes, so that one mistake is one error: the name exists,
//! can be mounted and answers nothing, and the body still uses its imports.

use palisade_lint::Handler;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, Safety, Type, Visibility, token::Async, visit::Visit};

use super::endpoint::{unguarded, unit_struct};
use crate::paths::Paths;

/// The inert form of a handler.
pub(super) fn fallback(handler: &Handler, paths: &Paths) -> TokenStream {
    if handler.item.sig.receiver().is_some() {
        return method(handler);
    }
    inert(handler, original(handler).as_ref(), paths)
}

/// The same without the function itself, where the compiler could not read its signature.
pub(super) fn without_body(handler: &Handler, paths: &Paths) -> TokenStream {
    inert(handler, None, paths)
}

fn inert(handler: &Handler, original: Option<&TokenStream>, paths: &Paths) -> TokenStream {
    let Paths {
        app_service,
        endpoint,
        http_request,
        http_response,
        http_service_factory,
        inert,
        mounted,
        payload,
        refused,
        ..
    } = paths;
    let name = handler.name();
    let cfg = &handler.attributes.cfg;
    if !handler.is_routed() {
        let vis = &handler.item.vis;
        return quote! {
            #(#cfg)*
            #[allow(missing_docs, unused, clippy::unused_async)]
            #vis async fn #name(_: #http_request, _: #payload) -> #http_response {
                #original
                #refused()
            }
        };
    }
    let item = unit_struct(handler);
    let unguarded = (is_callable(handler) && original.is_some()).then(|| unguarded(handler));
    quote! {
        #item
        #(#cfg)*
        const _: () = {
            #original
            impl #endpoint for #name {
                fn mounted() -> #mounted {
                    #inert()
                }
            }
            impl #http_service_factory for #name {
                fn register(self, _: &mut #app_service) {}
            }
            #unguarded
        };
    }
}

/// The function as it was, where something else calls it by its own signature: an expansion of
/// ours that has been here before.
pub(super) fn untouched(handler: &Handler, _: &Paths) -> TokenStream {
    let Handler { attributes, item, .. } = handler;
    let kept = &attributes.kept;
    quote!(#(#kept)* #item)
}

/// A method: no type can be declared at this place.
fn method(handler: &Handler) -> TokenStream {
    let mut item = handler.item.clone();
    item.sig.asyncness.get_or_insert_with(Async::default);
    quote! {
        #[allow(dead_code, unused, clippy::all)]
        #item
    }
}

/// The user's function in a form that the compiler takes; `None` where there is none.
fn original(handler: &Handler) -> Option<TokenStream> {
    let mut item = handler.item.clone();
    if item.sig.variadic.is_some() || is_unwritten(&item) {
        return None;
    }
    // Each of these has been reported; the compiler's own words about them would be a second error.
    item.sig.asyncness.get_or_insert_with(Async::default);
    item.sig.constness = None;
    item.sig.abi = None;
    if matches!(item.sig.safety, Safety::Safe(_)) {
        item.sig.safety = Safety::Default;
    }
    item.modifiers = syn::FnModifiers::default();
    item.vis = Visibility::Inherited;
    for input in &mut item.sig.inputs {
        if let FnArg::Typed(typed) = input {
            typed.attrs.clear();
        }
    }
    // Attributes of other crates are left out too: their output for a handler with mistakes is of
    // no use.
    Some(quote! {
        #[allow(dead_code, unused, clippy::all)]
        #item
    })
}

/// Whether `unguarded` can call it as written.
fn is_callable(handler: &Handler) -> bool {
    let sig = &handler.item.sig;
    let plain = |input: &FnArg| match input {
        FnArg::Typed(typed) => !matches!(*typed.ty, Type::ImplTrait(_)),
        FnArg::Receiver(_) => false,
    };
    sig.generics.params.is_empty()
        && sig.generics.where_clause.is_none()
        && matches!(sig.safety, Safety::Default)
        && sig.inputs.iter().all(plain)
}

/// Whether the compiler would have something of its own to say about a type of the signature.
fn is_unwritten(item: &syn::ItemFn) -> bool {
    struct Found(bool);

    impl<'ast> Visit<'ast> for Found {
        fn visit_type(&mut self, ty: &'ast Type) {
            self.0 |= matches!(ty, Type::Verbatim(_) | Type::Infer(_));
            syn::visit::visit_type(self, ty);
        }
    }

    let mut found = Found(false);
    found.visit_signature(&item.sig);
    found.0
}
