//! A bad value of every setting: wherever it is refused, the error names the setting, the origin
//! and the fix.

use std::fs;

use super::{super::table, Surroundings, of};
use crate::{private_folder::tests::Place, service::Builder, settings::builder};

/// The setting, a bad value, what else is set, and what the message says of the fix.
type Bad = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

const ORIGINS: &[(&str, &str)] = &[("PALISADE_CORS_ORIGINS", "https://app.example")];
const HTTPS: &[(&str, &str)] = &[("PALISADE_PUBLIC_ORIGIN", "https://api.example")];
const PROXIES: &[(&str, &str)] = &[("PALISADE_TRUSTED_PROXIES", "10.0.0.0/8")];
const TOKENS: &[(&str, &str)] = &[
    ("PALISADE_AUTH_KEYS_JSON", KEYS),
    ("PALISADE_AUTH_ISSUER", "https://id.example"),
    ("PALISADE_AUTH_AUDIENCE", "items"),
];

#[cfg(feature = "acme")]
const ACME: &[(&str, &str)] =
    &[("PALISADE_ACME_CACHE", "/tmp/acme"), ("PALISADE_ACME_DOMAINS", "api.example")];
#[cfg(feature = "acme")]
const CACHE: &[(&str, &str)] = &[("PALISADE_ACME_CACHE", "/tmp/acme")];
#[cfg(feature = "acme")]
const DOMAINS: &[(&str, &str)] = &[("PALISADE_ACME_DOMAINS", "api.example")];

const BAD: &[Bad] = &[
    ("PALISADE_ENV", "test", &[], "write production or development"),
    ("PALISADE_BIND", "localhost", &[], "127.0.0.1:8080"),
    ("PALISADE_BIND", "unix:", &[], "the path of a file"),
    ("PALISADE_SOCKET_MODE", "0666", &[], "write 0600"),
    ("PALISADE_SOCKET_MODE", "0660", &[], "goes with PALISADE_BIND=unix:/path"),
    ("PALISADE_HOSTS", "*", &[], "host"),
    ("PALISADE_HOSTS", "https://api.example", &[], "host"),
    ("PALISADE_HOSTS", "api.example,*.co.uk", &[], "anybody can register"),
    ("PALISADE_DANGEROUS_ANY_HOST", "true", &[], "two words or more"),
    ("PALISADE_PUBLIC_ORIGIN", "http://api.example", &[], "https"),
    ("PALISADE_PUBLIC_ORIGIN", "https://api.example/", &[], "origin"),
    ("PALISADE_PUBLIC_ORIGIN", "api.example", &[], "origin"),
    ("PALISADE_PUBLIC_PREFIX", "api/", &[], "`/api`"),
    ("PALISADE_TRUSTED_PROXIES", "proxy", &[], "proxy"),
    ("PALISADE_TRUSTED_PROXIES", "0.0.0.0/0", &[], "every address"),
    ("PALISADE_TRUSTED_PROXIES", "10.0.0.0/8,", &[], "proxy"),
    ("PALISADE_TRUSTED_PROXIES", "2000::/16", &[], "name the networks of the proxies"),
    ("PALISADE_DANGEROUS_WIDE_PROXIES", "true", PROXIES, "two words or more"),
    ("PALISADE_DANGEROUS_WIDE_PROXIES", "the lab has none", &[], "set PALISADE_TRUSTED_PROXIES"),
    ("PALISADE_FORWARDED_FIELD", "x-real-ip", PROXIES, "write x-forwarded-for or forwarded"),
    ("PALISADE_FORWARDED_FIELD", "forwarded", &[], "set PALISADE_TRUSTED_PROXIES"),
    ("PALISADE_BLOCKED_NETWORKS", "botnet", &[], "network"),
    ("PALISADE_AUTH_KEYS", "/does/not/exist.json", &[], "/does/not/exist.json"),
    ("PALISADE_AUTH_KEYS_JSON", "{}", &[], "JWK set"),
    ("PALISADE_AUTH_KEYS_URL", "http://id.example/keys", &[], "keys"),
    ("PALISADE_AUTH_DISCOVERY", "yes", &[], "write true or false"),
    ("PALISADE_AUTH_ISSUER", "https://id.example", &[], "set PALISADE_AUTH_KEYS"),
    ("PALISADE_AUTH_AUDIENCE", "items", &[], "set PALISADE_AUTH_KEYS"),
    ("PALISADE_AUTH_DANGEROUS_PLAIN_JWT", "legacy", TOKENS, "a reviewer can judge"),
    ("PALISADE_AUTH_DANGEROUS_PLAIN_JWT", "the issuer is old", &[], "set PALISADE_AUTH_KEYS"),
    ("PALISADE_TOKEN_CACHE", "0", TOKENS, "write how many tokens are kept, or off"),
    ("PALISADE_TOKEN_CACHE", "1000000000", TOKENS, "at most"),
    ("PALISADE_TOKEN_CACHE", "16", &[], "verifies no tokens"),
    ("PALISADE_CORS_ORIGINS", "*", &[], "CORS origin"),
    ("PALISADE_CORS_ORIGINS", "http://app.example", &[], "CORS origin"),
    ("PALISADE_CORS_HEADERS", "*", ORIGINS, "header field"),
    ("PALISADE_CORS_HEADERS", "Cookie", ORIGINS, "header field"),
    ("PALISADE_CORS_HEADERS", "X-Api-Key", &[], "set PALISADE_CORS_ORIGINS"),
    ("PALISADE_CORS_MAX_AGE", "86401", ORIGINS, "a day (86400) at most"),
    ("PALISADE_CORS_MAX_AGE", "abc", ORIGINS, "write seconds"),
    ("PALISADE_CORS_MAX_AGE", "60", &[], "set PALISADE_CORS_ORIGINS"),
    ("PALISADE_CORS_DANGEROUS_CREDENTIALS", "true", ORIGINS, "two words or more"),
    ("PALISADE_HSTS_MAX_AGE", "a year", HTTPS, "write seconds"),
    ("PALISADE_HSTS_MAX_AGE", "300", &[], "PALISADE_PUBLIC_ORIGIN begins with https"),
    ("PALISADE_HSTS_SUBDOMAINS", "yes", HTTPS, "write true or false"),
    ("PALISADE_HSTS_SUBDOMAINS", "true", &[], "PALISADE_PUBLIC_ORIGIN begins with https"),
    ("PALISADE_DOCUMENT_HEADERS", "none", &[], "write pages, or all"),
    ("PALISADE_FORM_KEY", "hunter22", &[], "openssl rand"),
    ("PALISADE_FORM_KEY", "changeme-changeme-changeme-changeme", &[], "openssl rand"),
    ("PALISADE_LIMITS", "none", &[], "write local, shared or off"),
    ("PALISADE_LIMITS", "shared", &[], "set PALISADE_REDIS_URL"),
    ("PALISADE_REDIS_URL", "http://u:hunter22@localhost", &[], "redis"),
    ("PALISADE_REDIS_TIMEOUT", "1 s", &[], "PALISADE_REDIS_URL"),
    ("PALISADE_REDIS_PREFIX", "shop", &[], "PALISADE_REDIS_URL"),
    ("PALISADE_REVOCATIONS_URL", "http://u:hunter22@a", &[], "redis"),
    ("PALISADE_REVOCATIONS_PREFIX", "identity", &[], "PALISADE_REDIS_URL"),
    ("PALISADE_KEEP_ALIVE", "75", &[], "write a time"),
    ("PALISADE_KEEP_ALIVE", "500 ms", &[], "a second to an hour"),
    ("PALISADE_HEAD_TIMEOUT", "2 h", &[], "a second to an hour"),
    ("PALISADE_BODY_TIMEOUT", "0 s", &[], "at most an hour"),
    ("PALISADE_BODY_RATE", "0", &[], "write a number"),
    ("PALISADE_WRITE_TIMEOUT", "60 sec", &[], "write a time"),
    ("PALISADE_BACKLOG", "-1", &[], "write a number"),
    ("PALISADE_CONNECTIONS", "many", &[], "write a number"),
    ("PALISADE_CONNECTIONS_PER_ADDRESS", "0", &[], "write a number"),
    ("PALISADE_TLS_CERT", "/does/not/exist.pem", &[], "PALISADE_TLS_KEY"),
    ("PALISADE_TLS_KEY", "/does/not/exist.key", &[], "PALISADE_TLS_CERT"),
    ("PALISADE_TLS_MIN", "1.1", &[], "write 1.2 or 1.3"),
    ("PALISADE_TLS_STRICT_NAMES", "yes", &[], "write true or false"),
    ("PALISADE_TLS_CLIENT_CA", "/does/not/exist.pem", &[], "set PALISADE_TLS_CERT"),
    ("PALISADE_TLS_CLIENT_CERT", "maybe", &[], "write required or optional"),
    ("PALISADE_TLS_CLIENT_CRL", "/does/not/exist.pem", &[], "set PALISADE_TLS_CERT"),
    ("PALISADE_HTTP_REDIRECT", "127.0.0.1:0", &[], "set PALISADE_TLS_CERT"),
    #[cfg(feature = "acme")]
    ("PALISADE_ACME_DOMAINS", "*.example", CACHE, "wildcards"),
    #[cfg(feature = "acme")]
    ("PALISADE_ACME_CACHE", "/dev/null/acme", DOMAINS, "/dev/null/acme"),
    #[cfg(feature = "acme")]
    ("PALISADE_ACME_CONTACT", "operator", ACME, "write mailto:"),
    #[cfg(feature = "acme")]
    ("PALISADE_ACME_DIRECTORY", "http://ca.example", ACME, "the https URL"),
    #[cfg(feature = "acme")]
    ("PALISADE_ACME_ROOT", "/does/not/exist.pem", ACME, "/does/not/exist.pem"),
    ("PALISADE_HTTP2", "on", &[], "write tls, plain or off"),
    ("PALISADE_HTTP2_STREAMS", "5000", &[], "1 to 1000"),
    ("PALISADE_HTTP2_HEADER_LIST", "16 KiB", &[], "a number of bytes"),
    ("PALISADE_HTTP2_FRAME", "1024", &[], "16384 to"),
    ("PALISADE_HTTP2_STREAM_WINDOW", "1048576", &[], "raise PALISADE_HTTP2_CONNECTION_WINDOW"),
    ("PALISADE_HTTP2_CONNECTION_WINDOW", "none", &[], "a number of bytes"),
    ("PALISADE_HTTP2_RESETS", "none", &[], "a number of resets"),
    ("PALISADE_HTTP2_CONTROL_FRAMES", "-1", &[], "a number of frames"),
    ("PALISADE_HTTP2_REQUESTS", "0", &[], "a number of requests"),
    ("PALISADE_HTTP2_AGE", "2 d", &[], "a time like"),
    ("PALISADE_PROXY_PROTOCOL", "v2", PROXIES, "write on or off"),
    ("PALISADE_PROXY_PROTOCOL", "on", &[], "PALISADE_TRUSTED_PROXIES"),
    ("PALISADE_HEALTH", "no", &[], "write on or off"),
    ("PALISADE_HEALTH_PATHS", "/health", &[], "two paths"),
    ("PALISADE_HEALTH_DETAILS_SCOPE", "ops health", &[], "scope"),
    ("PALISADE_LAME_DUCK", "soon", &[], "a time like 15 s"),
    ("PALISADE_HEALTH_BIND", "8081", &[], "PALISADE_HEALTH_BIND"),
    ("PALISADE_METRICS_BIND", "9090", &[], "PALISADE_METRICS_BIND"),
    ("PALISADE_AUDIT", "file", &[], "write log, file:/path"),
    ("PALISADE_AUDIT_KEY", "short", &[], "openssl rand -hex 32"),
    ("PALISADE_AUDIT_FILE_SIZE", "1 KiB", &[], "a size like 64 MiB"),
    ("PALISADE_AUDIT_FILE_AGE", "1 s", &[], "a time like 24 h"),
    ("PALISADE_AUDIT_FILE_RETENTION", "1 min", &[], "a time like 2160 h"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", &[], "write http:// or https://"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_HEADERS", "api-key", &[], "write name=value"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "0", &[], "a number of milliseconds"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", &[], "write gzip or none"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/does/not/exist.pem", &[], "/does/not/exist.pem"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "localhost:4318", &[], "write http:// or https://"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key", &[], "write name=value"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10 s", &[], "a number of milliseconds"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "localhost:4318", &[], "write http:// or https://"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "api-key", &[], "write name=value"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "600001", &[], "a number of milliseconds"),
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", &[], "write http/protobuf"),
    #[cfg(feature = "otel")]
    ("OTEL_SERVICE_NAME", "a\tb", &[], "write at most 255 bytes"),
    #[cfg(feature = "otel")]
    ("OTEL_RESOURCE_ATTRIBUTES", "a", &[], "write name=value"),
    #[cfg(feature = "otel")]
    ("OTEL_TRACES_SAMPLER", "sometimes", &[], "write always_on"),
    #[cfg(feature = "otel")]
    ("OTEL_TRACES_SAMPLER_ARG", "2", &[], "a number from 0 to 1"),
    #[cfg(feature = "otel")]
    ("OTEL_TRACES_EXPORTER", "console", &[], "write otlp or none"),
    #[cfg(feature = "otel")]
    ("OTEL_METRICS_EXPORTER", "prometheus", &[], "write otlp or none"),
    #[cfg(feature = "otel")]
    ("OTEL_METRIC_EXPORT_INTERVAL", "10 s", &[], "a number of milliseconds"),
    #[cfg(feature = "otel")]
    ("OTEL_SDK_DISABLED", "1", &[], "write true or false"),
    ("PALISADE_FORM_KEY_FROM", "vault", &[], "vault:"),
    ("PALISADE_AUTH_KEYS_JSON_FROM", "vault", &[], "vault:"),
    ("PALISADE_REDIS_URL_FROM", "vault", &[], "vault:"),
    ("PALISADE_REVOCATIONS_URL_FROM", "vault", &[], "vault:"),
    ("PALISADE_AUDIT_KEY_FROM", "vault", &[], "vault:"),
    ("PALISADE_SILENCE", "limitsoff: a load test today", &[], "did you mean `limits_off`?"),
    ("PALISADE_REPLICAS", "many", &[], "how many instances"),
    ("PALISADE_ERRORS", "verbose", &[], "write plain, or detailed"),
    ("PALISADE_USER", "root", &[], "root"),
    ("PALISADE_UMASK", "rw", &[], "an octal mask"),
    ("PALISADE_DANGEROUS_CORE_DUMPS", "true", &[], "two words or more"),
];

fn told(from: &Surroundings) -> Vec<String> {
    match builder(from).and_then(Builder::build) {
        Ok(_) => Vec::new(),
        Err(failure) => failure.complaints().to_vec(),
    }
}

#[test]
fn every_setting_has_a_bad_value_here() {
    for setting in table::settings() {
        let name = setting.described.name;
        // What the sources of secrets read is judged when the first secret is fetched.
        let is_of_sources =
            ["PALISADE_SECRETS_", "PALISADE_VAULT_"].iter().any(|start| name.starts_with(start));
        // A build without a feature takes none of its settings.
        let is_of_feature = cfg!(not(feature = "acme")) && name.starts_with("PALISADE_ACME_");
        let has_one = BAD.iter().any(|(bad, ..)| *bad == name);
        assert!(has_one || is_of_sources || is_of_feature, "{name} has no bad value in the list");
    }
    for (name, ..) in BAD {
        let is_known = table::settings().any(|setting| setting.described.name == *name);
        assert!(is_known, "{name} is no setting");
    }
}

#[test]
fn a_bad_value_is_named_with_its_origin_and_its_fix() {
    let place = Place::new();
    fs::create_dir_all(place.join("")).unwrap();
    let mut wrong = Vec::new();
    for (name, value, with, fix) in BAD {
        let setting = table::settings().find(|setting| setting.described.name == *name).unwrap();
        let key = setting.described.key();
        // The environment.
        let mut from = of(&[with, &[(*name, *value)][..]].concat());
        judge(&mut wrong, (name, "(environment)", value), fix, &told(&from));
        // A file that a variable names.
        let path = place.join("value");
        fs::write(&path, format!("{value}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let variable = format!("{name}_FILE");
        from = of(with);
        from.variables.insert(variable.clone().into(), path.clone().into());
        let origin = format!("({variable}={})", path.display());
        judge(&mut wrong, (name, &origin, value), fix, &told(&from));
        // `palisade.toml`.
        let file = place.join("palisade.toml");
        fs::write(&file, format!("\n[palisade]\n\n{key} = '{value}'\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        from = of(with);
        from.folder = place.join("");
        let origin = format!("({key} in {}:4)", file.display());
        judge(&mut wrong, (name, &origin, value), fix, &told(&from));
        // The command line, which takes no secrets.
        from = of(with);
        from.arguments = Some(vec!["--set".into(), format!("{key}={value}").into()]);
        let fix = if setting.described.secret { "_FILE" } else { fix };
        judge(&mut wrong, (name, "(command line)", value), fix, &told(&from));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn judge(
    wrong: &mut Vec<String>,
    (name, origin, value): (&str, &str, &str),
    fix: &str,
    told: &[String],
) {
    let label = format!("{name} {origin}");
    let is_late = value == "production" || value == "shared";
    let is_right = told.iter().any(|one| one.contains(&label))
        && told.iter().any(|one| one.contains(fix))
        // Each cause once.
        && (is_late || told.len() == 1)
        && !told.concat().contains("hunter22");
    if !is_right {
        wrong.push(format!("{label}={value}, expected {fix:?}: {told:?}"));
    }
}
