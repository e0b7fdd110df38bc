//! Whose tokens are taken.

use crate::{
    service::{Builder, Need},
    settings::setting::Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_AUTH_KEYS",
        "the path of a JWK set file (RFC 7517)",
        "",
        "the keys that verify tokens; the file is read again when it changes",
        |stage, value| stage.set(|b| b.auth_keys_file(value)),
    )
    .needs(Need::NoVerifier),
    Setting::new(
        "PALISADE_AUTH_KEYS_JSON",
        "a JWK set (RFC 7517)",
        "",
        "the keys that verify tokens, as the value itself",
        |stage, value| stage.set(|b| b.auth_keys_json(value)),
    )
    // It may hold a key that tokens are signed with (`oct`).
    .secret()
    .needs(Need::NoVerifier),
    Setting::new(
        "PALISADE_AUTH_KEYS_URL",
        "the https URL of a JWK set",
        "",
        "the URL of the keys that verify tokens",
        #[cfg(feature = "remote-keys")]
        |stage, value| stage.set(|b| b.auth_keys_url(value)),
        #[cfg(not(feature = "remote-keys"))]
        |stage, _| stage.lacks("remote-keys"),
    )
    .needs(Need::NoVerifier),
    Setting::new(
        "PALISADE_AUTH_DISCOVERY",
        "true or false",
        "false",
        "whether the issuer's metadata (RFC 8414) names the URL of the keys",
        |stage, value| match value {
            #[cfg(feature = "remote-keys")]
            "true" => stage.set(Builder::auth_discovery),
            #[cfg(not(feature = "remote-keys"))]
            "true" => stage.lacks("remote-keys"),
            "false" => {}
            _ => stage.refuse(format!("is {value:?}: write true or false")),
        },
    )
    .needs(Need::NoVerifier),
    Setting::new(
        "PALISADE_AUTH_ISSUER",
        "the `iss` of tokens",
        "",
        "the issuer of the tokens; required with keys",
        |stage, value| stage.set(|b| b.auth_issuer(value)),
    )
    .needs(Need::Keys),
    Setting::new(
        "PALISADE_AUTH_AUDIENCE",
        "the `aud` of tokens",
        "",
        "the audience of the tokens; required with keys",
        |stage, value| stage.set(|b| b.auth_audience(value)),
    )
    .needs(Need::Keys),
    Setting::new(
        "PALISADE_AUTH_DANGEROUS_PLAIN_JWT",
        "a reason",
        "",
        "why plain JWTs from before RFC 9068 are accepted",
        |stage, value| stage.set(|b| b.dangerous_plain_jwt(value)),
    )
    .needs(Need::Keys),
    Setting::new(
        "PALISADE_TOKEN_CACHE",
        "a number of tokens, or off",
        "8192",
        "the number of verified tokens that are cached",
        |stage, value| match value {
            "off" => stage.set(Builder::without_token_cache),
            _ => {
                let write = "how many tokens are kept, or off";
                stage.parse(value, value.parse(), write, Builder::token_cache);
            }
        },
    )
    .needs(Need::Tokens),
];
