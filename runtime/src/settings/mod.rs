//! The settings that come from the environment.
//!
//! A variable that is set to nothing, that cannot be read, or that has the prefix and is unknown is
//! a mistake and stops the start: a misspelt `PALISADE_TRUSTED_PROXY` must not be a service
//! without it. Values are never put into messages where they may be secret.

mod connections;
mod duration;
mod limits;

use std::ffi::OsString;

use limits::LimitVariables;

use crate::{
    FormTokens, ForwardedField,
    service::{Builder, Failure},
};

const PREFIX: &str = "PALISADE_";

/// The variables that are read, without their prefix.
const KNOWN: [&str; 41] = [
    "BIND",
    "SOCKET_MODE",
    "HOSTS",
    "DANGEROUS_ANY_HOST",
    "AUTH_KEYS",
    "AUTH_KEYS_JSON",
    "AUTH_KEYS_URL",
    "AUTH_DISCOVERY",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
    "AUTH_DANGEROUS_PLAIN_JWT",
    "TOKEN_CACHE",
    "REVOCATIONS_URL",
    "REVOCATIONS_PREFIX",
    "CORS_ORIGINS",
    "CORS_HEADERS",
    "CORS_MAX_AGE",
    "CORS_DANGEROUS_CREDENTIALS",
    "TRUSTED_PROXIES",
    "DANGEROUS_WIDE_PROXIES",
    "BLOCKED_NETWORKS",
    "FORWARDED_FIELD",
    "PUBLIC_ORIGIN",
    "PUBLIC_PREFIX",
    "HSTS_MAX_AGE",
    "HSTS_SUBDOMAINS",
    "DOCUMENT_HEADERS",
    "FORM_KEY",
    "LIMITS",
    "REDIS_URL",
    "REDIS_TIMEOUT",
    "REDIS_PREFIX",
    "ENV",
    "KEEP_ALIVE",
    "HEAD_TIMEOUT",
    "BODY_TIMEOUT",
    "BODY_RATE",
    "WRITE_TIMEOUT",
    "BACKLOG",
    "CONNECTIONS",
    "CONNECTIONS_PER_ADDRESS",
];

/// The variables that each say where keys come from.
const KEY_SOURCES: [&str; 4] = ["AUTH_KEYS", "AUTH_KEYS_JSON", "AUTH_KEYS_URL", "AUTH_DISCOVERY"];

pub(crate) fn from_env(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Builder, Failure> {
    let mut builder = Builder::default();
    let mut complaints = Vec::new();
    let mut key_sources = Vec::new();
    let mut limits = LimitVariables::default();
    for (name, value) in variables {
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        if !KNOWN.contains(&name) {
            complaints.push(unknown(name));
            continue;
        }
        match value.to_str().map(str::trim) {
            None => complaints.push(format!("{PREFIX}{name} is not UTF-8")),
            Some("") => complaints.push(format!("{PREFIX}{name} is empty: set it or unset it")),
            // Not another place for keys, but the absence of one.
            Some("false") if name == "AUTH_DISCOVERY" => {}
            Some(value) if LimitVariables::owns(name) => {
                builder = limits.apply(builder, name, value, &mut complaints);
            }
            Some(value) if connections::OWN.contains(&name) => {
                builder = connections::apply(builder, name, value, &mut complaints);
            }
            Some(value) => {
                if KEY_SOURCES.contains(&name) {
                    key_sources.push(format!("{PREFIX}{name}"));
                }
                builder = apply(builder, name, value, &mut complaints);
            }
        }
    }
    builder = limits.finish(builder, &mut complaints);
    if key_sources.len() > 1 {
        key_sources.sort();
        complaints.push(format!(
            "{} each say where the keys come from: keep one of them",
            key_sources.join(" and ")
        ));
    }
    Failure::all(complaints)?;
    Ok(builder)
}

fn apply(builder: Builder, name: &str, value: &str, complaints: &mut Vec<String>) -> Builder {
    let list = || value.split(',').map(str::trim);
    match name {
        "BIND" => builder.bind(value),
        "SOCKET_MODE" => match value {
            "0600" | "600" => builder.socket_mode(0o600),
            "0660" | "660" => builder.socket_mode(0o660),
            _ => {
                complaints.push(format!(
                    "{PREFIX}SOCKET_MODE is {value:?}: write 0600, for the user of the service alone, \
                     or 0660, for the group of the socket too"
                ));
                builder
            }
        },
        "HOSTS" => list().fold(builder, Builder::host),
        "DANGEROUS_ANY_HOST" => builder.dangerous_any_host(value),
        "AUTH_KEYS" => builder.auth_keys_file(value),
        "AUTH_KEYS_JSON" => builder.auth_keys_json(value),
        #[cfg(feature = "remote-keys")]
        "AUTH_KEYS_URL" => builder.auth_keys_url(value),
        #[cfg(feature = "remote-keys")]
        "AUTH_DISCOVERY" if value == "true" => builder.auth_discovery(),
        #[cfg(feature = "remote-keys")]
        "AUTH_DISCOVERY" => {
            complaints.push(format!("{PREFIX}AUTH_DISCOVERY is {value:?}: write true or false"));
            builder
        }
        #[cfg(not(feature = "remote-keys"))]
        "AUTH_KEYS_URL" | "AUTH_DISCOVERY" => {
            complaints.push(format!(
                "{PREFIX}{name} needs the feature `remote-keys` of palisade, and this service was \
                 built without it: palisade = {{ features = [\"remote-keys\"], .. }}"
            ));
            builder
        }
        "AUTH_ISSUER" => builder.auth_issuer(value),
        "AUTH_AUDIENCE" => builder.auth_audience(value),
        "AUTH_DANGEROUS_PLAIN_JWT" => builder.dangerous_plain_jwt(value),
        "TOKEN_CACHE" if value == "off" => builder.without_token_cache(),
        "TOKEN_CACHE" => match value.parse() {
            Ok(tokens) => builder.token_cache(tokens),
            Err(_) => {
                complaints.push(format!(
                    "{PREFIX}TOKEN_CACHE is {value:?}: write how many tokens are kept, or off"
                ));
                builder
            }
        },
        "CORS_ORIGINS" => list().fold(builder, Builder::cors_origin),
        "CORS_HEADERS" => list().fold(builder, Builder::cors_header),
        "CORS_MAX_AGE" => match value.parse() {
            Ok(seconds) => builder.cors_max_age(seconds),
            Err(_) => {
                complaints.push(format!(
                    "{PREFIX}CORS_MAX_AGE is {value:?}: write seconds, 86400 at most"
                ));
                builder
            }
        },
        "CORS_DANGEROUS_CREDENTIALS" => builder.dangerous_cors_credentials(value),
        "TRUSTED_PROXIES" => list().fold(builder, Builder::trusted_proxy),
        "DANGEROUS_WIDE_PROXIES" => builder.dangerous_wide_proxies(value),
        "BLOCKED_NETWORKS" => list().fold(builder, Builder::blocked_network),
        "PUBLIC_ORIGIN" => builder.public_origin(value),
        "PUBLIC_PREFIX" => builder.public_prefix(value),
        "HSTS_MAX_AGE" => match value.parse() {
            Ok(seconds) => builder.hsts_max_age(seconds),
            Err(_) => {
                complaints.push(format!(
                    "{PREFIX}HSTS_MAX_AGE is {value:?}: write seconds, such as 300, or 0 to take HSTS \
                     back"
                ));
                builder
            }
        },
        "HSTS_SUBDOMAINS" => match value {
            "true" => builder.hsts_subdomains(),
            "false" => builder,
            _ => {
                complaints
                    .push(format!("{PREFIX}HSTS_SUBDOMAINS is {value:?}: write true or false"));
                builder
            }
        },
        "DOCUMENT_HEADERS" => match value {
            "all" => builder.document_headers_on_all(),
            "pages" => builder,
            _ => {
                complaints.push(format!(
                    "{PREFIX}DOCUMENT_HEADERS is {value:?}: write pages, or all for every answer"
                ));
                builder
            }
        },
        "FORM_KEY" => builder.form_tokens(FormTokens::with_key(&value.into())),
        "FORWARDED_FIELD" => match value {
            "x-forwarded-for" => builder.forwarded_field(ForwardedField::XForwardedFor),
            "forwarded" => builder.forwarded_field(ForwardedField::Forwarded),
            _ => {
                complaints.push(format!(
                    "{PREFIX}FORWARDED_FIELD is {value:?}: write x-forwarded-for or forwarded"
                ));
                builder
            }
        },
        _ => {
            // Known, and yet of no effect: to go on would be to believe that it had one.
            complaints.push(format!("{PREFIX}{name} is not read by this version: unset it"));
            builder
        }
    }
}

fn unknown(name: &str) -> String {
    let near = KNOWN
        .iter()
        .map(|known| (distance(known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match near {
        Some((_, near)) => format!("{PREFIX}{name} is unknown: did you mean {PREFIX}{near}?"),
        None => format!("{PREFIX}{name} is unknown: unset it, or use another prefix for your own"),
    }
}

/// Single-character edits between two names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let above = *slot;
            let cost = diagonal + usize::from(x != y);
            left = cost.min(above + 1).min(left + 1);
            diagonal = above;
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{distance, from_env};

    fn complaints(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        match from_env(variables).and_then(super::Builder::build) {
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
            ("PALISADE_SOCKET_MODE", "0666", "PALISADE_SOCKET_MODE is \"0666\""),
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
        for (name, value) in
            [("PALISADE_REDIS_TIMEOUT", "1 hour"), ("PALISADE_REDIS_TIMEOUT", "0 ms")]
        {
            assert!(complaints(&[url, (name, value)])[0].contains(name));
        }
        let prefix = ("PALISADE_REDIS_PREFIX", "a{b}");
        assert!(complaints(&[url, prefix])[0].contains("PALISADE_REDIS_PREFIX"));
        let list = ("PALISADE_REVOCATIONS_PREFIX", "a{b}");
        let all = complaints(&[url, list]);
        assert!(all.len() == 1 && all[0].contains("PALISADE_REVOCATIONS_PREFIX"), "{all:?}");
        let (list, off) =
            (("PALISADE_REVOCATIONS_PREFIX", "a"), ("PALISADE_REVOCATIONS_URL", "off"));
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
        let builder = |variables: &[(&str, &str)]| {
            from_env(variables.iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
        };
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
        let both = "PALISADE_AUTH_KEYS and PALISADE_AUTH_KEYS_JSON each";
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

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("BIND", "BIND"), 0);
        assert_eq!(distance("BIND", "BIN"), 1);
        assert_eq!(distance("TRUSTED_PROXY", "TRUSTED_PROXIES"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
