//! Settings that the program sets to another value.

use std::{num::NonZeroU32, time::Duration};

use super::{super::builder, of};
use crate::{Environment, FormTokens, auth::Revocations, service::Builder};

type Call = fn(Builder) -> Builder;

/// What is refused of this setting and this call.
fn refused((name, value): (&str, &str), call: Call) -> Vec<String> {
    match call(builder(&of(&[(name, value)])).unwrap()).build() {
        Ok(_) => Vec::new(),
        Err(failure) => failure.complaints().to_vec(),
    }
}

#[test]
fn a_call_that_contradicts_a_setting_is_refused_with_both_names() {
    let calls: &[(&str, &str, &str, Call)] = &[
        ("PALISADE_BIND", "127.0.0.1:1", "bind", |b| b.bind("127.0.0.1:0")),
        ("PALISADE_KEEP_ALIVE", "70 s", "keep_alive", |b| b.keep_alive(Duration::from_secs(71))),
        ("PALISADE_BACKLOG", "9", "backlog", |b| b.backlog(NonZeroU32::MAX)),
        ("PALISADE_PUBLIC_ORIGIN", "http://localhost:1", "public_origin", |b| {
            b.public_origin("http://localhost:2")
        }),
        ("PALISADE_PUBLIC_PREFIX", "/a", "public_prefix", |b| b.public_prefix("/b")),
        ("PALISADE_HEALTH_PATHS", "/a,/b", "health_paths", |b| b.health_paths("/a", "/c")),
        ("PALISADE_HEALTH", "on", "without_health", Builder::without_health),
        ("PALISADE_HEALTH_BIND", "127.0.0.1:1", "health_bind", |b| b.health_bind("127.0.0.1:2")),
        #[cfg(feature = "tls")]
        ("PALISADE_TLS_CLIENT_CERT", "required", "tls", |b| {
            b.tls(crate::tls::TlsFiles::new("cert.pem", "key.pem"))
        }),
        #[cfg(feature = "otel")]
        ("OTEL_SERVICE_NAME", "notes", "otel", |b| {
            b.otel(crate::otel::Otel::new("http://127.0.0.1:1").unwrap())
        }),
        ("PALISADE_TOKEN_CACHE", "9", "without_token_cache", Builder::without_token_cache),
        ("PALISADE_LIMITS", "local", "share_limits", Builder::share_limits),
        ("PALISADE_ENV", "development", "environment", |b| b.environment(Environment::Production)),
        ("PALISADE_LAME_DUCK", "1 s", "lame_duck", |b| b.lame_duck(Duration::from_secs(2))),
        ("PALISADE_FORM_KEY", "2f1c9a7e4b8d3f605a1be2c47d9081f3", "form_tokens", |b| {
            b.form_tokens(FormTokens::generate())
        }),
        ("PALISADE_REVOCATIONS_URL", "off", "revocations", |b| {
            b.revocations(Revocations::in_memory())
        }),
    ];
    for (name, value, method, call) in calls {
        let all = refused((name, value), *call);
        let says = format!("{name} (environment) and `.{method}(..)` of the program set different");
        assert!(all.iter().any(|one| one.starts_with(&says)), "{says}: {all:?}");
        assert!(!all.concat().contains("2f1c9a7e"), "{all:?}");
    }
}

#[test]
fn a_call_that_agrees_with_a_setting_or_stands_alone_is_accepted() {
    let origin = ("PALISADE_PUBLIC_PREFIX", "/a");
    for (given, call) in [
        (("PALISADE_BIND", "127.0.0.1:0"), (|b| b.bind("127.0.0.1:0")) as Call),
        (("PALISADE_KEEP_ALIVE", "70 s"), |b| b.keep_alive(Duration::from_secs(70))),
        (origin, |b| b.public_prefix("/a")),
        (origin, |b| b.keep_alive(Duration::from_secs(70)).keep_alive(Duration::from_secs(71))),
        // Lists have the entries of both.
        (("PALISADE_HOSTS", "a.example"), |b| b.host("b.example")),
    ] {
        assert_eq!(refused(given, call), Vec::<String>::new(), "{given:?}");
    }
    let named =
        refused(origin, |b| if b.is_set("PALISADE_PUBLIC_PREFIX") { b } else { b.host("x") });
    assert_eq!(named, Vec::<String>::new());
}
