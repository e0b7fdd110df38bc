//! The items that a valid endpoint becomes.

use palisade_lint::{
    Handler,
    endpoint::{Endpoint, Validation},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{FnArg, ReturnType};

use super::{
    paths::Paths,
    place::call_at,
    policy::{self, markers},
};

/// A routed handler: a unit struct that can be mounted, everything else out of reach inside a
/// `const`, so that nobody can call the function past its guards.
pub(super) fn routed(handler: &Handler, endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths {
        actix_route,
        app_service,
        endpoint: endpoint_trait,
        fn_guard,
        http_request,
        http_response,
        http_service_factory,
        payload,
        policy,
        mount,
        register,
        result,
        ..
    } = paths;
    let name = handler.name();
    let cfg = &handler.attributes.cfg;
    let guards = endpoint.route.iter().flat_map(|route| &route.guards);
    let function = function(handler, paths);
    let statics = statics(endpoint, paths);
    let run = run(handler, endpoint, paths);
    let unguarded = unguarded(handler);
    let item = unit_struct(handler);
    quote! {
        #item
        #(#cfg)*
        const _: () = {
            #function
            #statics
            async fn __palisade_handle(
                request: #http_request,
                payload: #payload,
            ) -> #result<#http_response> {
                #run
            }
            impl #endpoint_trait for #name {
                const POLICY: &'static #policy = &__PALISADE_POLICY;
                fn route(route: #actix_route) -> #actix_route {
                    #mount(route #(.guard(#fn_guard(#guards)))*, __palisade_handle)
                }
            }
            impl #http_service_factory for #name {
                fn register(self, app: &mut #app_service) {
                    #register::<Self>(app)
                }
            }
            #unguarded
        };
    }
}

/// A handler that somebody else mounts: a function of the request, with the same pipeline.
pub(super) fn plain(handler: &Handler, endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { http_request, http_response, payload, result, .. } = paths;
    let attributes = &handler.attributes;
    let (cfg, docs) = (&attributes.cfg, &attributes.docs);
    let (vis, name) = (&handler.item.vis, handler.name());
    let function = function(handler, paths);
    let statics = statics(endpoint, paths);
    let run = run(handler, endpoint, paths);
    quote! {
        #(#docs)*
        #(#cfg)*
        #vis async fn #name(
            request: #http_request,
            payload: #payload,
        ) -> #result<#http_response> {
            #function
            #statics
            #run
        }
    }
}

/// What the user's code names: `endpoints![create_item]`.
pub(super) fn unit_struct(handler: &Handler) -> TokenStream {
    let attributes = &handler.attributes;
    let (cfg, docs) = (&attributes.cfg, &attributes.docs);
    let (vis, name) = (&handler.item.vis, handler.name());
    quote! {
        #(#docs)*
        #(#cfg)*
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #name;
    }
}

/// `name::unguarded(..)`, for unit tests of the handler alone.
pub(super) fn unguarded(handler: &Handler) -> TokenStream {
    let sig = &handler.item.sig;
    let (vis, name, output) = (&handler.item.vis, &sig.ident, &sig.output);
    let types: Vec<_> = sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&typed.ty),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let arguments: Vec<_> = (0..types.len()).map(argument).collect();
    quote! {
        #[cfg(test)]
        impl #name {
            #[doc = "Calls the handler without its guards; exists in tests only."]
            #[allow(dead_code, clippy::unused_async, clippy::too_many_arguments)]
            #vis async fn unguarded(#(#arguments: #types),*) #output {
                #name(#(#arguments),*).await
            }
        }
    }
}

/// The user's function, with the attributes that are not ours.
fn function(handler: &Handler, paths: &Paths) -> TokenStream {
    let Paths { absorbed, .. } = paths;
    let kept = &handler.attributes.kept;
    let item = &handler.item;
    // Only an attribute that stayed can be one of ours under another name.
    let marker = (!kept.is_empty()).then(|| quote!(#[#absorbed]));
    let (sig, block) = (&item.sig, &item.block);
    quote! {
        #(#kept)*
        #[allow(clippy::unused_async)]
        #marker
        #sig #block
    }
}

/// The policy, and what is checked about it when compiled.
fn statics(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { policy, no_shape, check_argument, check_parameters, check_validated, .. } = paths;
    let initializer = policy::policy(endpoint, paths);
    let import = (!endpoint.arguments.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #no_shape as _;
        }
    });
    // A constant of its own for each, at the token that it is about: several mistakes, as many errors.
    let (none, policy_ref) = (TokenStream::new(), quote!(&__PALISADE_POLICY));
    let arguments = endpoint.arguments.iter().enumerate().map(|(index, argument)| {
        let call = call_at(&argument.ty, check_argument, &none, quote!(#policy_ref, #index));
        quote!(const _: () = #call;)
    });
    let parameters = endpoint.route.as_ref().filter(|route| !route.parameters.is_empty());
    let parameters = parameters.map(|route| {
        let call = call_at(&route.path, check_parameters, &none, policy_ref.clone());
        quote!(const _: () = #call;)
    });
    let validated = (endpoint.validation.value != Validation::NoInput).then(|| {
        let word = Ident::new("validated", endpoint.validation.span);
        let call = call_at(&word, check_validated, &none, policy_ref.clone());
        quote!(const _: () = #call;)
    });
    quote! {
        #import
        static __PALISADE_POLICY: #policy = #initializer;
        #(#arguments)*
        #parameters
        #validated
    }
}

/// The call into the pipeline.
fn run(handler: &Handler, endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { guard, ready, finish, .. } = paths;
    let name = &endpoint.name;
    let markers = markers(endpoint, paths);
    let arguments: Vec<_> = (0..endpoint.arguments.len()).map(argument).collect();
    let lets = endpoint.arguments.iter().zip(&arguments).map(|(argument, ident)| {
        let ty = &argument.ty;
        // At the type: a type that may not reach this handler is an error there, and only there.
        let call = call_at(ty, ready, &quote!(::<#ty, #markers>), quote!(&mut cleared));
        let call = quote!(#call.await?);
        quote!(let #ident = #call;)
    });
    // Likewise at the return type: what it must be is a bound on both calls.
    let output = match &handler.item.sig.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => name.to_token_stream(),
    };
    let none = TokenStream::new();
    let called = call_at(&output, name, &none, quote!(#(#arguments),*));
    let finished = call_at(&output, finish, &none, quote!(cleared, #called));
    let mutability = (!arguments.is_empty()).then(|| quote!(mut));
    quote! {
        let #mutability cleared = #guard(&__PALISADE_POLICY, request, payload).await?;
        #(#lets)*
        #finished.await
    }
}

fn argument(index: usize) -> Ident {
    format_ident!("a{index}")
}
