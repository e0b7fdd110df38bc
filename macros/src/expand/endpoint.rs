//! The items that a valid endpoint becomes.

use palisade_lint::{
    Handler,
    endpoint::{Endpoint, Unit, Validation},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, ReturnType};

use super::{
    body_key, description,
    policy::{self, markers},
};
use crate::{
    paths::{Paths, PrivatePath},
    place::call_at,
};

/// A routed handler: a unit struct that can be mounted. Everything else is inside of a `const`, so
/// that no other code can call the function without its guards.
pub(super) fn routed(handler: &Handler, endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { app_service, endpoint: endpoint_trait, http_service_factory, mounted, .. } = paths;
    let name = handler.name();
    let cfg = &handler.attributes.cfg;
    let guards = endpoint.route.iter().flat_map(|route| &route.guards);
    let function = function(handler, paths);
    let statics = statics(endpoint, paths);
    let service = local("app");
    let mount = call(handler, endpoint, "mount", &TokenStream::new(), paths);
    let described =
        cfg!(feature = "openapi").then(|| description::described(handler, endpoint, paths));
    let unguarded = unguarded(handler);
    let item = unit_struct(handler);
    quote! {
        #item
        #(#cfg)*
        const _: () = {
            #function
            #statics
            impl #endpoint_trait for #name {
                fn mounted() -> #mounted {
                    #mount #(.guard(#guards))* #described
                }
            }
            impl #http_service_factory for #name {
                fn register(self, #service: &mut #app_service) {
                    <Self as #endpoint_trait>::mounted().register(#service)
                }
            }
            #unguarded
        };
    }
}

/// A handler that the application mounts itself: a function of the request, with the same pipeline.
pub(super) fn plain(handler: &Handler, endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { http_request, http_response, payload, result, .. } = paths;
    let attributes = &handler.attributes;
    let (cfg, docs) = (&attributes.cfg, &attributes.docs);
    let (vis, name) = (&handler.item.vis, handler.name());
    let function = function(handler, paths);
    let statics = statics(endpoint, paths);
    let (request, body) = (local("request"), local("payload"));
    let run = call(handler, endpoint, "answer", &quote!(, #request, #body), paths);
    quote! {
        #(#docs)*
        #(#cfg)*
        #vis fn #name(
            #request: #http_request,
            #body: #payload,
        ) -> impl ::core::future::Future<Output = #result<#http_response>> {
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
    let Paths { policy, no_shape, probe, .. } = paths;
    let check = |name| method(policy, name);
    let initializer = policy::policy(endpoint, paths);
    let import = (!endpoint.arguments.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #no_shape as _;
        }
    });
    // Each check has the span of the token that it is about. A constant costs as much as a handler,
    // so most checks run where the policy is made, and only further arguments have one of their
    // own.
    let none = TokenStream::new();
    let made = local("policy");
    let mut arguments = endpoint.arguments.iter().enumerate().map(|(index, argument)| {
        let policy = if index == 0 { quote!(&#made) } else { quote!(&__PALISADE_POLICY) };
        call_at(&argument.ty, &check("check_argument"), &none, quote!(#policy, #index))
    });
    let first = arguments.next();
    let further: Vec<_> = arguments.collect();
    let further = (!further.is_empty()).then(|| quote!(const _: () = { #(#further;)* };));
    let parameters = endpoint.route.as_ref().filter(|route| !route.parameters.is_empty());
    let parameters = parameters
        .map(|route| call_at(&route.path, &check("check_parameters"), &none, quote!(&#made)));
    let validated = (endpoint.validation.value != Validation::NoInput).then(|| {
        let word = Ident::new("validated", endpoint.validation.span);
        call_at(&word, &check("check_validated"), &none, quote!(&#made))
    });
    let bytes = endpoint.limits.iter().find(|limit| limit.unit == Unit::Kibibytes).map(|limit| {
        let rate = Ident::new("rate", limit.span);
        call_at(&rate, &check("check_bytes"), &none, quote!(&#made))
    });
    let upload = endpoint.upload.as_ref().map(|upload| {
        let word = Ident::new("upload", upload.span);
        call_at(&word, &check("check_upload"), &none, quote!(&#made))
    });
    let conditional = endpoint.conditional.map(|conditional| {
        let word = Ident::new("conditional", conditional.span);
        call_at(&word, &check("check_conditional"), &none, quote!(&#made))
    });
    let encoding = endpoint.body_encoding.as_ref().map(|encoding| {
        let word = Ident::new("body_encoding", encoding.span);
        call_at(&word, &check("check_body_encoding"), &none, quote!(&#made))
    });
    // Where a reason is given, arguments that put secrets into answers are what it is about.
    let without_reason = endpoint.compress.is_some_and(|compress| !compress.has_reason);
    let markers = markers(endpoint, paths);
    let secrets = endpoint.arguments.iter().filter(|_| without_reason).map(|argument| {
        let ty = &argument.ty;
        let is_secret = quote!(&#made, <#probe<#ty, #markers>>::IS_SECRET);
        call_at(ty, &check("check_compressed"), &none, is_secret)
    });
    let further_checks = validated.into_iter().chain(bytes).chain(upload).chain(conditional);
    let checks: Vec<_> = first
        .into_iter()
        .chain(parameters)
        .chain(further_checks)
        .chain(encoding)
        .chain(secrets)
        .collect();
    let initializer = if checks.is_empty() {
        initializer
    } else {
        quote!({ let #made = #initializer; #(#checks;)* #made })
    };
    quote! {
        #import
        static __PALISADE_POLICY: #policy = #initializer;
        #further
    }
}

/// The call into the runtime: `Policy::function(&policy, handler, (take::<..>(), ..), after)`.
///
/// It is a method of the policy's own type, so that no other function of the name is found where
/// `crate = path` leads to another module than palisade's.
fn call(
    handler: &Handler,
    endpoint: &Endpoint,
    function: &'static str,
    after: &TokenStream,
    paths: &Paths,
) -> TokenStream {
    let Paths { policy, expansion, take, take_keyed, .. } = paths;
    let name = &endpoint.name;
    let markers = markers(endpoint, paths);
    let none = TokenStream::new();
    let takes = endpoint.arguments.iter().enumerate().map(|(index, argument)| {
        let ty = &argument.ty;
        let generics = quote!(::<#ty, #markers>);
        // At the type: a type that may not reach this handler is an error there, and only there.
        match endpoint.body_key.as_ref().filter(|body| body.argument == index) {
            Some(body) => call_at(ty, take_keyed, &generics, body_key::fields(body, paths)),
            None => call_at(ty, take, &generics, none.clone()),
        }
    });
    // Likewise at the return type: what it must be is a bound on this call.
    let output = match &handler.item.sig.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => name.to_token_stream(),
    };
    let arguments = quote!(&__PALISADE_POLICY, #name, (#(#takes,)*), #expansion #after);
    call_at(&output, &method(policy, function), &none, arguments)
}

/// `Policy::name`.
fn method(policy: &PrivatePath, name: &'static str) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    quote!(#policy::#name)
}

fn argument(index: usize) -> Ident {
    local(&format!("a{index}"))
}

/// A variable of ours, under a name that no handler has: the handler `request` would hide a variable
/// of that name, and where the unit struct `policy` is in scope, `let policy` is a pattern of it.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(&format!("__palisade_{name}"), Span::mixed_site())
}
