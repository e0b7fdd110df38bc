//! Finds the unsafe parts of a policy.
//!
//! The list is that of Google's `csp_evaluator`, with the directives that have no fallback
//! (`base-uri`, `form-action`, `frame-ancestors`).

use super::{
    Policy,
    directive::Role,
    policy::{Directive, Value},
    source::{Host, Source},
};
use crate::Fault;

/// Hosts on which any user can publish a script, or that have an endpoint with the caller's text in
/// its responses.
const OPEN_HOSTS: &[&str] = &[
    "ajax.googleapis.com",
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "esm.sh",
    "gist.githubusercontent.com",
    "jsdelivr.net",
    "raw.githubusercontent.com",
    "unpkg.com",
    "www.google.com",
    "www.googletagmanager.com",
];

pub(super) fn check(policy: &Policy, faults: &mut Vec<Fault>) {
    missing(policy, faults);
    for Directive { name, value } in &policy.directives {
        match value {
            Value::Sources(role, sources) => {
                for source in sources {
                    faults.extend(weakness(name, *role, source));
                }
            }
            Value::Words(words) => faults.extend(loose_words(name, words)),
        }
    }
}

/// Missing directives that browsers then treat as unrestricted.
fn missing(policy: &Policy, faults: &mut Vec<Fault>) {
    let says = |name: &str| policy.find(name).is_some();
    if !says("default-src") {
        let page = says("script-src") && says("object-src");
        if !page {
            faults.push(
                Fault::weakening("`default-src` is missing: what is not named is allowed")
                    .help("write `default-src 'none'` or `default-src 'self'`"),
            );
        }
    }
    for (name, what) in [
        ("base-uri", "injected markup may move every relative address elsewhere"),
        ("form-action", "injected forms may be sent anywhere"),
        ("frame-ancestors", "any site may frame the page"),
    ] {
        if !says(name) {
            faults.push(
                Fault::weakening(format!(
                    "`{name}` is missing, and does not fall back to `default-src`: {what}"
                ))
                .help(format!("add `{name} 'none'`")),
            );
        }
    }
}

fn weakness(name: &str, role: Option<Role>, source: &Source) -> Option<Fault> {
    let code = role.is_some_and(Role::runs_code);
    let passive = role == Some(Role::Passive);
    let told = |message: String, help: &str| Some(Fault::weakening(message).help(help));
    match source {
        Source::None | Source::Own | Source::Nonce | Source::Hash(_) => None,
        Source::Keyword(keyword @ ("'unsafe-inline'" | "'unsafe-hashes'")) => told(
            format!("`{keyword}` of `{name}` lets injected markup bring its own code or style"),
            "mark what is yours with `{nonce}`, or give its hash",
        ),
        Source::Keyword("'unsafe-eval'") => told(
            format!("`'unsafe-eval'` of `{name}` allows strings to be evaluated as code"),
            "call functions instead of `eval`; WebAssembly needs `'wasm-unsafe-eval'` alone",
        ),
        Source::Keyword(_) => None,
        Source::Any => told(format!("`*` of `{name}` is every host"), "name the hosts"),
        Source::Scheme(scheme) => match scheme.as_str() {
            "http:" | "ws:" => told(
                format!(
                    "`{scheme}` of `{name}` is every host, over a line that anybody may change"
                ),
                "name hosts with `https://` or `wss://`",
            ),
            "data:" | "blob:" | "https:" | "mediastream:" if passive => None,
            "blob:" if name == "worker-src" || role == Some(Role::Active) => None,
            "data:" | "blob:" | "filesystem:" => told(
                format!("`{scheme}` of `{name}` lets injected markup bring its own content"),
                "serve it from an address",
            ),
            _ => told(format!("`{scheme}` of `{name}` is every host"), "name the hosts"),
        },
        Source::Host(host) => loose_host(name, code, host),
    }
}

fn loose_host(name: &str, code: bool, host: &Host) -> Option<Fault> {
    let told = |message: String, help: &str| Some(Fault::weakening(message).help(help));
    let Host { text, scheme, name: host_name, wildcard, path } = host;
    if matches!(scheme.as_deref(), Some("http" | "ws")) {
        return told(
            format!("`{text}` of `{name}` is a line that anybody may change"),
            "write `https://` or `wss://`",
        );
    }
    let narrow = !*wildcard || host_name.contains('.');
    if !narrow {
        return told(format!("`{text}` of `{name}` is every host"), "name the hosts");
    }
    if !code {
        return None;
    }
    if *wildcard {
        return told(
            format!("`{text}` of `{name}` runs the scripts of every host of the domain"),
            "name the host, or trust scripts by `{nonce}`",
        );
    }
    if host_name == "127.0.0.1" || host_name == "localhost" {
        return told(
            format!("`{text}` of `{name}` runs what any program of the visitor's machine serves"),
            "leave it out",
        );
    }
    if OPEN_HOSTS.contains(&host_name.as_str()) && !path {
        return told(
            format!("anybody can publish scripts at `{text}` of `{name}`"),
            "serve the script yourself, or give its hash and `integrity`",
        );
    }
    None
}

fn loose_words(name: &str, words: &[String]) -> Option<Fault> {
    let has = |word: &str| words.iter().any(|one| one == word);
    match name {
        "sandbox" if has("allow-scripts") && has("allow-same-origin") => Some(
            Fault::weakening(
                "`allow-scripts` and `allow-same-origin` of `sandbox` together: a script can take \
                 the sandbox away",
            )
            .help("keep one of them"),
        ),
        "trusted-types" if has("*") => Some(
            Fault::weakening("`*` of `trusted-types` lets any code make a policy of its own")
                .help("name the policies"),
        ),
        _ => None,
    }
}
