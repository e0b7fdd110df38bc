//! The `static` that an endpoint leaves behind.

use palisade_lint::endpoint::{
    Compress, Compression, Conditions, Endpoint, RevocationOutage, Validation,
};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::{
    emit::{Emit as _, option},
    paths::Paths,
    web::{csp_reference, permissions_reference},
};

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
    let route = endpoint.route.emit(paths);
    let access = endpoint.access.emit(paths);
    let credentials = endpoint.credentials.names.emit(paths);
    let revocation_outage = if endpoint.credentials.revocation_outage_allowed {
        RevocationOutage::Allow.emit(paths)
    } else {
        RevocationOutage::Refuse.emit(paths)
    };
    let limits = endpoint.limits.emit(paths);
    let body_limit = option(endpoint.body_cap());
    let upload = endpoint.upload.emit(paths);
    let codings = endpoint.body_encoding.as_ref().map_or(&[][..], |encoding| &encoding.codings);
    let body_encodings = codings.emit(paths);
    let (body_timeout, timeout) = (endpoint.body_timeout.emit(paths), endpoint.timeout.emit(paths));
    let validation = endpoint.validation.emit(paths);
    let answers_page = answers_page(endpoint, paths);
    let cross_site = endpoint.cross_site.emit(paths);
    let cors = cors(endpoint, paths);
    let conditional = endpoint.conditional.as_ref();
    let conditions = conditional.map_or(Conditions::Refused, |one| one.conditions).emit(paths);
    let headers = headers(endpoint, paths);
    let compression = match endpoint.compress {
        None => Compression::Never,
        Some(Compress { has_reason: false, .. }) => Compression::WithoutSecrets,
        Some(Compress { has_reason: true, .. }) => Compression::ForAReason,
    };
    let compression = compression.emit(paths);
    let arguments = arguments(endpoint, paths);
    let returns = &endpoint.returns;
    let reasons = endpoint.reasons.emit(paths);
    quote! {
        #policy {
            name: #name,
            #place
            route: #route,
            access: #access,
            credentials: #credentials,
            revocation_outage: #revocation_outage,
            limits: #limits,
            body_limit: #body_limit,
            body_timeout: #body_timeout,
            body_encodings: #body_encodings,
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
            reasons: #reasons,
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

/// The endpoint's own policy of other origins, or that it has none.
fn cors(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { cors, .. } = paths;
    match &endpoint.cors {
        Some(own) => {
            let own = own.emit(paths);
            quote!(#cors::Own(#own))
        }
        None => quote!(#cors::Service),
    }
}

fn headers(endpoint: &Endpoint, paths: &Paths) -> TokenStream {
    let Paths { header_overrides, .. } = paths;
    let headers = &endpoint.headers;
    let (profile, resource) = (headers.profile.emit(paths), headers.resource.emit(paths));
    let cache = headers.cache.emit(paths);
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
