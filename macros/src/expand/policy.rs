//! The `static` that an endpoint leaves behind.

use std::time::Duration;

use palisade_lint::endpoint::{
    Access, Compress, Conditions, CrossSite, Endpoint, Profile, Resource, Route, Scope, Spanned,
    Upload, Validation,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::LitStr;

use super::{limit, paths::Paths};
use crate::web::{csp_reference, permissions_reference};

/// The initializer of the endpoint's `Policy`.
pub(super) fn policy(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { policy, .. } = paths;
    let name = endpoint.name.to_string();
    // At the handler's own name, or the line would be that of whichever attribute comes first.
    let place = quote_spanned! {endpoint.name.span()=>
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    };
    let route = option(endpoint.route.as_ref().map(|route| self::route(route, paths)));
    let access = access(&endpoint.access, paths);
    let credentials = endpoint.credentials.names.iter().map(|name| &name.value);
    let revocation_outage = revocation_outage(endpoint, paths);
    let limits = endpoint.limits.iter().map(|limit| limit::limit(limit, paths));
    let body_limit = option(endpoint.body_cap().map(|bytes| quote!(#bytes)));
    let upload = option(endpoint.upload.as_ref().map(|upload| self::upload(upload, paths)));
    let body_encodings = body_encodings(endpoint, paths);
    let deadline = |timeout: Option<Spanned<Duration>>| {
        option(timeout.map(|timeout| {
            // At most an hour: the grammar says so.
            let millis = u64::try_from(timeout.value.as_millis()).unwrap_or(u64::MAX);
            let Paths { duration, .. } = paths;
            quote!(#duration::from_millis(#millis))
        }))
    };
    let body_timeout = deadline(endpoint.body_timeout);
    let timeout = deadline(endpoint.timeout);
    let validation = validation(endpoint, paths);
    let answers_page = answers_page(endpoint, paths);
    let cross_site = cross_site(endpoint, paths);
    let cors = super::cors::own(endpoint, paths);
    let conditions = conditions(endpoint, paths);
    let headers = headers(endpoint, paths);
    let compression = compression(endpoint, paths);
    let arguments = arguments(endpoint, paths);
    let returns = &endpoint.returns;
    let reasons = endpoint.reasons.iter().map(|reason| {
        let Paths { reason: ty, .. } = paths;
        let (word, text) = (&reason.word, &reason.text);
        quote!(#ty { word: #word, reason: #text })
    });
    quote! {
        #policy {
            name: #name,
            #place
            route: #route,
            access: #access,
            credentials: &[#(#credentials),*],
            revocation_outage: #revocation_outage,
            limits: &[#(#limits),*],
            body_limit: #body_limit,
            body_timeout: #body_timeout,
            body_encodings: &[#(#body_encodings),*],
            upload: #upload,
            timeout: #timeout,
            validation: #validation,
            answers_page: #answers_page,
            cross_site: #cross_site,
            cors: #cors,
            conditions: #conditions,
            headers: #headers,
            compression: #compression,
            arguments: &[#(#arguments),*],
            returns: #returns,
            reasons: &[#(#reasons),*],
        }
    }
}

/// The markers of what is proved before an argument is read: access, and whether input is checked.
pub(super) fn markers(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { anonymous, authenticated, not_validated, validated, .. } = paths;
    let access = if endpoint.access.is_public() { anonymous } else { authenticated };
    let checked = match endpoint.validation.value {
        Validation::NoInput => not_validated,
        Validation::Strict | Validation::AllowUnknownFields => validated,
    };
    quote!(#access, #checked)
}

pub(crate) fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn route(route: &Route, paths: &Paths) -> TokenStream {
    let Paths { route: ty, .. } = paths;
    let Route { methods, path, parameters, name, .. } = route;
    let methods = methods.iter().map(|method| method.value);
    let name = option(name.as_ref().map(|name| quote!(#name)));
    quote! {
        #ty { methods: &[#(#methods),*], path: #path, parameters: &[#(#parameters),*], name: #name }
    }
}

fn access(access: &Access, paths: &Paths) -> TokenStream {
    let Paths { access: ty, .. } = paths;
    match access {
        Access::Public(_) => quote!(#ty::Public),
        Access::Authenticated(_) => quote!(#ty::Authenticated),
        Access::Scoped(scope) => {
            let scope = self::scope(scope, paths);
            quote!(#ty::Scoped(&#scope))
        }
    }
}

fn scope(scope: &Scope, paths: &Paths) -> TokenStream {
    let Paths { scope: ty, .. } = paths;
    match scope {
        Scope::Name(name) => quote!(#ty::Name(#name)),
        Scope::Typed(value) => {
            let span = syn::spanned::Spanned::span(value);
            let reference = quote_spanned!(span=> &);
            quote!(#ty::Typed(#reference #value))
        }
        Scope::All(scopes) => {
            let scopes = scopes.iter().map(|scope| self::scope(scope, paths));
            quote!(#ty::All(&[#(#scopes),*]))
        }
        Scope::Any(scopes) => {
            let scopes = scopes.iter().map(|scope| self::scope(scope, paths));
            quote!(#ty::Any(&[#(#scopes),*]))
        }
        Scope::Not(scope) => {
            let scope = self::scope(scope, paths);
            quote!(#ty::Not(&#scope))
        }
    }
}

fn upload(upload: &Upload, paths: &Paths) -> TokenStream {
    let Paths { upload_rule, file_kind, .. } = paths;
    let Upload { field, files, max, kinds, unpacked, pixels, frames, charset, markup, .. } = upload;
    let charset = option(charset.as_ref().map(|charset| quote!(#charset)));
    let kinds = kinds.iter().map(|kind| Ident::new(kind.variant(), Span::call_site()));
    let pixels = u64::from(*pixels);
    quote! {
        #upload_rule {
            field: #field,
            files: #files,
            max: #max,
            kinds: &[#(#file_kind::#kinds),*],
            unpacked: #unpacked,
            pixels: #pixels,
            frames: #frames,
            charset: #charset,
            markup: #markup,
        }
    }
}

fn body_encodings(endpoint: &Endpoint, paths: &Paths) -> impl Iterator<Item = TokenStream> {
    let Paths { content_coding, .. } = paths;
    let codings = endpoint.body_encoding.iter().flat_map(|encoding| &encoding.codings);
    codings.map(move |coding| {
        let variant = Ident::new(coding.variant(), Span::call_site());
        quote!(#content_coding::#variant)
    })
}

fn compression(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { compression, .. } = paths;
    match endpoint.compress {
        None => quote!(#compression::Never),
        Some(Compress { has_reason: false, .. }) => quote!(#compression::WithoutSecrets),
        Some(Compress { has_reason: true, .. }) => quote!(#compression::ForAReason),
    }
}

fn validation(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { validation, .. } = paths;
    match endpoint.validation.value {
        Validation::NoInput => quote!(#validation::NoInput),
        Validation::Strict => quote!(#validation::Strict),
        Validation::AllowUnknownFields => quote!(#validation::AllowUnknownFields),
    }
}

/// Whether the type of what the handler returns is a page. Without input nothing depends on it.
fn answers_page(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { answer_probe, no_page, .. } = paths;
    match (&endpoint.answer, endpoint.validation.value) {
        (Some(ty), Validation::Strict | Validation::AllowUnknownFields) => quote! {{
            #[allow(unused_imports)]
            use #no_page as _;
            <#answer_probe<#ty>>::IS_PAGE
        }},
        (Some(_), Validation::NoInput) | (None, _) => quote!(false),
    }
}

fn cross_site(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { cross_site, .. } = paths;
    match endpoint.cross_site {
        CrossSite::Refuse => quote!(#cross_site::Refuse),
        CrossSite::Token => quote!(#cross_site::Token),
        CrossSite::Allow => quote!(#cross_site::Allow),
    }
}

fn conditions(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { conditions, .. } = paths;
    match endpoint.conditional.map(|conditional| conditional.conditions) {
        None => quote!(#conditions::Refused),
        Some(Conditions::Optional) => quote!(#conditions::Optional),
        Some(Conditions::Required) => quote!(#conditions::Required),
    }
}

fn revocation_outage(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { revocation_outage, .. } = paths;
    if endpoint.credentials.revocation_outage_allowed {
        quote!(#revocation_outage::Allow)
    } else {
        quote!(#revocation_outage::Refuse)
    }
}

fn headers(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { header_overrides, profile_kind, resource_policy, .. } = paths;
    let headers = &endpoint.headers;
    let profile = option(headers.profile.as_ref().map(|profile| match profile.value {
        Profile::Json => quote!(#profile_kind::Json),
        Profile::Html => quote!(#profile_kind::Html),
        Profile::Download => quote!(#profile_kind::Download),
    }));
    let resource = option(headers.resource.as_ref().map(|resource| match resource.value {
        Resource::SameSite => quote!(#resource_policy::SameSite),
        Resource::CrossOrigin => quote!(#resource_policy::CrossOrigin),
    }));
    let cache = option(headers.cache.as_ref().map(|cache| {
        let text = LitStr::new(&cache.value, cache.span);
        quote!(#text)
    }));
    let csp = |written: &Option<_>| {
        option(written.as_ref().map(|csp| csp_reference(csp, &paths.csp, &paths.checked_csp)))
    };
    let report_only = csp(&headers.report_only);
    let csp = csp(&headers.csp);
    let permissions = option(headers.permissions.as_ref().map(|permissions| {
        permissions_reference(permissions, &paths.permissions, &paths.checked_permissions)
    }));
    quote! {
        #header_overrides {
            profile: #profile,
            cache: #cache,
            csp: #csp,
            report_only: #report_only,
            permissions: #permissions,
            resource: #resource,
        }
    }
}

fn arguments(endpoint: &Endpoint, paths: &Paths) -> impl Iterator<Item = TokenStream> {
    let Paths { argument, probe, .. } = paths;
    let markers = markers(endpoint, paths);
    endpoint.arguments.iter().map(move |one| {
        let (written, ty) = (&one.written, &one.ty);
        quote!(#argument { written: #written, shape: <#probe<#ty, #markers>>::SHAPE })
    })
}
