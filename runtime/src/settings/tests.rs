//! Settings from the environment, and the errors for bad ones.

#[cfg(unix)]
mod bad_values;
mod contradictions;
#[cfg(unix)]
mod documented;
#[cfg(unix)]
mod own;
#[cfg(unix)]
mod references;
#[cfg(unix)]
mod sources;

use super::{Surroundings, builder};
use crate::service::Builder;

fn of(variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    // No file of the folder that the tests are run in.
    Surroundings { arguments: None, variables, folder: "/does/not/exist".into() }
}

fn complaints(variables: &[(&str, &str)]) -> Vec<String> {
    match builder(&of(variables)).and_then(Builder::build) {
        Ok(_) => Vec::new(),
        Err(failure) => failure.complaints().to_vec(),
    }
}

#[test]
fn good_values_are_taken_and_others_variables_left_alone() {
    assert_eq!(
        complaints(&[
            ("PALISADE_BIND", "127.0.0.1:0"),
            ("PALISADE_HOSTS", "api.example, *.shop.example,[2001:db8::1]:8443"),
            (
                "PALISADE_CORS_ORIGINS",
                "https://app.example, http://localhost:3000,https://*.eu.example",
            ),
            ("PALISADE_CORS_HEADERS", "X-Api-Key, If-Match"),
            ("PALISADE_CORS_MAX_AGE", "86400"),
            ("PALISADE_CORS_DANGEROUS_CREDENTIALS", "the shop's own pages use its session"),
            ("PALISADE_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1,fd00::/8"),
            ("PALISADE_BLOCKED_NETWORKS", "192.0.2.0/24, 198.51.100.7,2001:db8::/32"),
            ("PALISADE_FORWARDED_FIELD", "forwarded"),
            ("PALISADE_PUBLIC_ORIGIN", "https://api.example"),
            ("PALISADE_HSTS_MAX_AGE", "300"),
            ("PALISADE_HSTS_SUBDOMAINS", "true"),
            ("PALISADE_DOCUMENT_HEADERS", "all"),
            ("PATH", "/bin"),
        ]),
        Vec::<String>::new()
    );
}

#[test]
fn every_bad_value_is_named() {
    for (name, value, says) in [
        ("PALISADE_BIND", "localhost", "PALISADE_BIND"),
        ("PALISADE_BIND", "unix:", "the path of a file"),
        ("PALISADE_SOCKET_MODE", "0666", "PALISADE_SOCKET_MODE (environment) is \"0666\""),
        ("PALISADE_SOCKET_MODE", "0660", "goes with PALISADE_BIND=unix:/path"),
        ("PALISADE_AUTH_KEYS", "/does/not/exist.json", "/does/not/exist.json"),
        ("PALISADE_AUTH_KEYS_JSON", "{}", "PALISADE_AUTH_KEYS_JSON"),
        #[cfg(feature = "remote-keys")]
        ("PALISADE_AUTH_KEYS_URL", "http://id.example.org/keys", "over https"),
        #[cfg(feature = "remote-keys")]
        ("PALISADE_AUTH_DISCOVERY", "yes", "write true or false"),
        #[cfg(not(feature = "remote-keys"))]
        ("PALISADE_AUTH_KEYS_URL", "https://id.example.org/keys", "feature `remote-keys`"),
        #[cfg(not(feature = "remote-keys"))]
        ("PALISADE_AUTH_DISCOVERY", "true", "feature `remote-keys`"),
        ("PALISADE_REVOCATIONS_URL", "http://a", "PALISADE_REVOCATIONS_URL"),
        ("PALISADE_REVOCATIONS_PREFIX", "identity", "PALISADE_REVOCATIONS_"),
        ("PALISADE_TOKEN_CACHE", "0", "PALISADE_TOKEN_CACHE"),
        ("PALISADE_TOKEN_CACHE", "on", "PALISADE_TOKEN_CACHE"),
        ("PALISADE_TOKEN_CACHE", "1000000000", "PALISADE_TOKEN_CACHE"),
        ("PALISADE_TOKEN_CACHE", "18446744073709551615", "set at most"),
        ("PALISADE_HOSTS", "*", "PALISADE_HOSTS"),
        ("PALISADE_HOSTS", "https://api.example", "PALISADE_HOSTS"),
        ("PALISADE_DANGEROUS_ANY_HOST", "true", "PALISADE_DANGEROUS_ANY_HOST"),
        ("PALISADE_ENV", "production", "PALISADE_HOSTS"),
        ("PALISADE_CORS_ORIGINS", "*", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "https://app.example,", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "null", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "https://App.example", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "https://app.example:443", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "https://app.example/", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "http://app.example", "CORS origin"),
        ("PALISADE_CORS_ORIGINS", "https://*.co.uk", "anybody can register"),
        ("PALISADE_CORS_HEADERS", "Cookie", "no header field that a page can send"),
        ("PALISADE_CORS_MAX_AGE", "86401", "a day (86400) at most"),
        ("PALISADE_CORS_MAX_AGE", "1 h", "PALISADE_CORS_MAX_AGE"),
        ("PALISADE_CORS_DANGEROUS_CREDENTIALS", "true", "needs a reason"),
        ("PALISADE_TRUSTED_PROXIES", "proxy", "trusted proxy"),
        ("PALISADE_TRUSTED_PROXIES", "0.0.0.0/0", "every address"),
        ("PALISADE_TRUSTED_PROXIES", "::/1,8000::/1", "/16 of IPv6"),
        ("PALISADE_TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/2,192.0.0.0/2", "/8 of public IPv4"),
        ("PALISADE_DANGEROUS_WIDE_PROXIES", "..........", "dangerous_wide_proxies"),
        ("PALISADE_DANGEROUS_ANY_HOST", "aaaaaaaaaa", "dangerous_any_host"),
        ("PALISADE_HOSTS", "api.example,*.co.uk", "anybody can register"),
        ("PALISADE_BLOCKED_NETWORKS", "botnet", "blocked network"),
        ("PALISADE_BLOCKED_NETWORKS", "192.0.2.0/24,0.0.0.0/0", "every address"),
        ("PALISADE_FORWARDED_FIELD", "x-real-ip", "PALISADE_FORWARDED_FIELD"),
        ("PALISADE_PUBLIC_ORIGIN", "http://api.example", "public origin"),
        ("PALISADE_PUBLIC_PREFIX", "api/", "PALISADE_PUBLIC_PREFIX"),
        ("PALISADE_HSTS_MAX_AGE", "a year", "PALISADE_HSTS_MAX_AGE"),
        ("PALISADE_HSTS_MAX_AGE", "-1", "PALISADE_HSTS_MAX_AGE"),
        ("PALISADE_HSTS_SUBDOMAINS", "yes", "PALISADE_HSTS_SUBDOMAINS"),
        ("PALISADE_DOCUMENT_HEADERS", "none", "PALISADE_DOCUMENT_HEADERS"),
        ("PALISADE_FORM_KEY", "hunter22", "PALISADE_FORM_KEY"),
        ("PALISADE_FORM_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "PALISADE_FORM_KEY"),
        #[cfg(not(feature = "redis"))]
        ("PALISADE_REDIS_URL", "redis://localhost", "feature `redis`"),
        #[cfg(feature = "redis")]
        ("PALISADE_REDIS_URL", "http://u:hunter22@localhost", "PALISADE_REDIS_URL"),
        #[cfg(feature = "redis")]
        ("PALISADE_REDIS_TIMEOUT", "1 s", "goes with PALISADE_REDIS_URL"),
        #[cfg(feature = "redis")]
        ("PALISADE_REDIS_TIMEOUT", "soon", "write a time"),
        ("PALISADE_LIMITS", "shared", "set PALISADE_REDIS_URL"),
        ("PALISADE_LIMITS", "none", "write local, shared or off"),
        ("PALISADE_ENV", "test", "write production or development"),
        ("PALISADE_BIND", "", "is empty"),
        ("PALISADE_TRUSTED_PROXY", "10.0.0.0/8", "did you mean PALISADE_TRUSTED_PROXIES"),
        ("PALISADE_COLOUR", "red", "is unknown"),
    ] {
        let complaints = complaints(&[(name, value)]);
        assert!(
            complaints.iter().any(|complaint| complaint.contains(says)),
            "{name}={value}: {complaints:?}"
        );
        assert!(!complaints.concat().contains("hunter22"), "{complaints:?}");
    }
}

#[test]
fn limits_are_not_off_where_others_depend_on_them() {
    let with = |variables: &[(&str, &str)]| {
        complaints(&[&[("PALISADE_LIMITS", "off")], variables].concat())
    };
    let [local, open] = ["127.0.0.1:0", "0.0.0.0:0"].map(|bind| ("PALISADE_BIND", bind));
    let [development, production] =
        ["development", "production"].map(|value| ("PALISADE_ENV", value));
    let https = ("PALISADE_PUBLIC_ORIGIN", "https://api.example");
    for fine in [&[local][..], &[open, development], &[local, development]] {
        assert_eq!(with(fine), Vec::<String>::new(), "{fine:?}");
    }
    for bad in [&[local, production][..], &[open], &[local, https], &[https, development]] {
        let all = with(bad);
        assert!(all.iter().any(|one| one.contains("in production")), "{bad:?}: {all:?}");
    }
}

#[cfg(feature = "redis")]
#[test]
fn a_store_takes_its_settings_together() {
    let url = ("PALISADE_REDIS_URL", "redis://127.0.0.1:1");
    for fine in [
        &[url][..],
        &[url, ("PALISADE_REDIS_TIMEOUT", "20 ms"), ("PALISADE_REDIS_PREFIX", "shop")],
        &[url, ("PALISADE_LIMITS", "shared"), ("PALISADE_REVOCATIONS_URL", "off")],
        &[("PALISADE_REDIS_URL", "redis-cluster://127.0.0.1:1")],
    ] {
        assert_eq!(complaints(fine), Vec::<String>::new(), "{fine:?}");
    }
    for (name, value) in [("PALISADE_REDIS_TIMEOUT", "1 hour"), ("PALISADE_REDIS_TIMEOUT", "0 ms")]
    {
        assert!(complaints(&[url, (name, value)])[0].contains(name));
    }
    let prefix = ("PALISADE_REDIS_PREFIX", "a{b}");
    assert!(complaints(&[url, prefix])[0].contains("PALISADE_REDIS_PREFIX"));
    let list = ("PALISADE_REVOCATIONS_PREFIX", "a{b}");
    let all = complaints(&[url, list]);
    assert!(all.len() == 1 && all[0].contains("PALISADE_REVOCATIONS_PREFIX"), "{all:?}");
    let (list, off) = (("PALISADE_REVOCATIONS_PREFIX", "a"), ("PALISADE_REVOCATIONS_URL", "off"));
    assert!(complaints(&[url, list, off])[0].contains("no effect"));
    assert_eq!(complaints(&[url, list]), Vec::<String>::new());
    // Named once, though the list would be there as well.
    let bad = ("PALISADE_REDIS_URL", "http://u:hunter22@localhost");
    let all = complaints(&[bad, list]);
    assert!(all.len() == 1 && all[0].contains("PALISADE_REDIS_URL"), "{all:?}");
}

#[cfg(feature = "redis")]
#[test]
fn what_the_environment_shares_is_handed_out() {
    let builder = |variables: &[(&str, &str)]| builder(&of(variables)).unwrap();
    let url = ("PALISADE_REDIS_URL", "redis://127.0.0.1:1");
    let all = [url, ("PALISADE_REDIS_PREFIX", "shop"), ("PALISADE_REDIS_TIMEOUT", "2 s")];
    let with = builder(&all);
    let redis = with.redis().unwrap();
    assert_eq!((redis.prefix(), redis.login_patience().as_secs()), ("shop", 2));
    assert!(with.has_revocations());
    assert_eq!(builder(&[url]).redis().unwrap().prefix(), "palisade");
    let list = builder(&[("PALISADE_REVOCATIONS_URL", "redis://127.0.0.1:1")]);
    assert!(list.redis().is_none() && list.has_revocations());
    assert!(!builder(&[url, ("PALISADE_REVOCATIONS_URL", "off")]).has_revocations());
}

#[test]
fn bounds_of_connections_are_settings() {
    let all = [
        ("PALISADE_KEEP_ALIVE", "610 s"),
        ("PALISADE_HEAD_TIMEOUT", "5s"),
        ("PALISADE_BODY_TIMEOUT", "1 min"),
        ("PALISADE_BODY_RATE", "4096"),
        ("PALISADE_WRITE_TIMEOUT", "30 s"),
        ("PALISADE_BACKLOG", "511"),
        ("PALISADE_CONNECTIONS", "2000"),
        ("PALISADE_CONNECTIONS_PER_ADDRESS", "20"),
    ];
    assert_eq!(complaints(&all), Vec::<String>::new());
    for (name, value) in [
        ("PALISADE_KEEP_ALIVE", "75"),
        ("PALISADE_WRITE_TIMEOUT", "60 sec"),
        ("PALISADE_BODY_RATE", "0"),
        ("PALISADE_BACKLOG", "-1"),
        ("PALISADE_CONNECTIONS", "many"),
    ] {
        let told = complaints(&[(name, value)]);
        assert!(told.len() == 1 && told[0].starts_with(name), "{name}: {told:?}");
    }
    let told = complaints(&[("PALISADE_KEEP_ALIVE", "500 ms")]);
    assert!(told.len() == 1 && told[0].contains("a second to an hour"), "{told:?}");
}

#[test]
fn mistakes_are_reported_together() {
    let all = complaints(&[("PALISADE_CORS_ORIGINS", "*"), ("PALISADE_TRUSTED_PROXIES", "x")]);
    assert_eq!(all.len(), 2, "{all:?}");
}

#[test]
fn keys_come_from_one_place() {
    let all = complaints(&[("PALISADE_AUTH_KEYS_JSON", "{}"), ("PALISADE_AUTH_KEYS", "/x")]);
    let both = "PALISADE_AUTH_KEYS (environment) and PALISADE_AUTH_KEYS_JSON (environment) each";
    assert!(all.iter().any(|complaint| complaint.contains(both)), "{all:?}");
    assert!(complaints(&[("PALISADE_AUTH_DISCOVERY", "false")]).is_empty());
}

#[test]
fn a_plain_jwt_needs_a_reason() {
    let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let with = |reason| {
        complaints(&[
            ("PALISADE_AUTH_KEYS_JSON", keys),
            ("PALISADE_AUTH_ISSUER", "https://id.example.org"),
            ("PALISADE_AUTH_AUDIENCE", "items"),
            ("PALISADE_AUTH_DANGEROUS_PLAIN_JWT", reason),
        ])
    };
    assert_eq!(with("the issuer is older than RFC 9068"), Vec::<String>::new());
    let all = with("legacy");
    assert!(all.iter().any(|complaint| complaint.contains("a reviewer can judge")), "{all:?}");
}

#[cfg(feature = "otel")]
#[test]
fn variables_of_opentelemetry_follow_its_specification() {
    // An empty one is as one that is not set, and what palisade does not know is another program's.
    let others = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        ("OTEL_LOG_LEVEL", ""),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_TRACES_SAMPLR", "always_on"),
    ];
    assert_eq!(complaints(&others), Vec::<String>::new());
    // Without the address of a collector, the others have no effect, which is not an error.
    let alone =
        [("OTEL_SERVICE_NAME", "notes"), ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20secret")];
    assert_eq!(complaints(&alone), Vec::<String>::new());
    let known = super::table::described();
    let mut complaints = Vec::new();
    let resolved = crate::setting_sources::sources::resolve(&known, &of(&alone), &mut complaints);
    assert_eq!(resolved.notes, [""; 0]);
    let resolved_others =
        crate::setting_sources::sources::resolve(&known, &of(&others), &mut complaints);
    let note = "palisade does not read these variables of OpenTelemetry: OTEL_PROPAGATORS, \
                OTEL_TRACES_SAMPLR (did you mean OTEL_TRACES_SAMPLER?)";
    assert_eq!(resolved_others.notes, [note]);
    let text = super::report::settings(&known, &resolved.values);
    assert!(text.contains("otel_service_name = \"notes\"  # environment"), "{text}");
    assert!(
        text.contains("otel_exporter_otlp_headers = ") && !text.contains("a%20secret"),
        "{text}"
    );
}
