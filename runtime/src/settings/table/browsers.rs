//! What browsers may do, and which headers they get.

use secrecy::SecretString;

use crate::{
    FormTokens,
    service::{Builder, Need},
    settings::setting::Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_CORS_ORIGINS",
        "origins, separated by commas: https://app.example, https://*.app.example",
        "",
        "the origins whose pages may read responses and send unsafe requests",
        |stage, value| stage.each(value, Builder::cors_origin),
    ),
    Setting::new(
        "PALISADE_CORS_HEADERS",
        "names of header fields, separated by commas",
        "",
        "the header fields that these pages may send besides Accept, Authorization and Content-Type",
        |stage, value| stage.each(value, Builder::cors_header),
    )
    .needs(Need::CorsOrigins),
    Setting::new(
        "PALISADE_CORS_MAX_AGE",
        "seconds, 86400 at most",
        "600",
        "how long browsers cache preflight responses",
        |stage, value| match value.parse() {
            Ok(seconds @ 0..=86_400) => stage.set(|b| b.cors_max_age(seconds)),
            _ => stage.refuse(format!("is {value:?}: write seconds, a day (86400) at most")),
        },
    )
    .needs(Need::CorsOrigins),
    Setting::new(
        "PALISADE_CORS_DANGEROUS_CREDENTIALS",
        "a reason",
        "",
        "why requests of these pages may carry cookies",
        |stage, value| stage.set(|b| b.dangerous_cors_credentials(value)),
    )
    .needs(Need::CorsOrigins),
    Setting::new(
        "PALISADE_HSTS_MAX_AGE",
        "seconds",
        "63072000",
        "how long browsers use only TLS for the host; 0 revokes it",
        |stage, value| {
            let write = "seconds, such as 300, or 0 to take HSTS back";
            stage.parse(value, value.parse(), write, Builder::hsts_max_age);
        },
    )
    .needs(Need::HttpsOrigin),
    Setting::new(
        "PALISADE_HSTS_SUBDOMAINS",
        "true or false",
        "false",
        "whether HSTS includes all subdomains of the host",
        |stage, value| match value {
            "true" => stage.set(Builder::hsts_subdomains),
            "false" => {}
            _ => stage.refuse(format!("is {value:?}: write true or false")),
        },
    )
    .needs(Need::HttpsOrigin),
    Setting::new(
        "PALISADE_DOCUMENT_HEADERS",
        "pages or all",
        "pages",
        "which responses have the headers that only affect documents",
        |stage, value| match value {
            "all" => stage.set(Builder::document_headers_on_all),
            "pages" => {}
            _ => stage.refuse(format!("is {value:?}: write pages, or all for every answer")),
        },
    ),
    Setting::new(
        "PALISADE_FORM_KEY",
        "32 random characters or more",
        "",
        "the secret of form tokens, shared by the instances of a service",
        |stage, value| {
            let key = SecretString::from(value);
            stage.set(|b| b.form_tokens(FormTokens::with_key(&key)));
        },
    )
    .secret(),
];
