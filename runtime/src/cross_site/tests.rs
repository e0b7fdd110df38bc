//! All decisions, compared with a model that is implemented differently.

use actix_web::http::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use proptest::prelude::*;

use super::{Said, SameSite};
use crate::{
    Origin,
    cors::Rules,
    policy::{CorsOrigins, CorsPolicy},
};

/// The parts of a request that the decision depends on.
#[derive(Clone, Debug)]
struct Asked<'a> {
    method: &'a str,
    site: Option<&'a str>,
    origin: Option<&'a str>,
    host: Option<&'a str>,
    upgrade: bool,
    secure: bool,
    own: Option<&'a str>,
    any: bool,
}

const METHODS: [&str; 11] = [
    "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "QUERY",
];

const SITES: [Option<&str>; 10] = [
    None,
    Some("same-origin"),
    Some("none"),
    Some("same-site"),
    Some("cross-site"),
    Some(""),
    Some("Same-Origin"),
    Some("same-origin, cross-site"),
    Some("same-origin;x"),
    Some("nobody knows"),
];

const ORIGINS: [Option<&str>; 16] = [
    None,
    Some("http://api.example"),
    Some("https://api.example"),
    Some("http://api.example:81"),
    Some("https://api.example:81"),
    Some("https://app.example"),
    Some("http://app.example"),
    Some("https://eu.pages.example"),
    Some("https://a.eu.pages.example"),
    Some("https://evil.example"),
    Some("http://evil@api.example"),
    Some("http://api.example.evil.example"),
    Some("http://api.example/"),
    Some("HTTP://API.EXAMPLE"),
    Some("null"),
    Some(""),
];

const HOSTS: [Option<&str>; 5] =
    [None, Some("api.example"), Some("api.example:81"), Some("API.example"), Some("evil.example")];

const OWN: [Option<&str>; 3] = [None, Some("https://api.example"), Some("http://localhost:81")];

/// These origins are listed.
fn rules(any: bool) -> Rules {
    let listed = CorsOrigins::Listed(&["https://app.example", "https://*.pages.example"]);
    let policy = CorsPolicy {
        origins: if any { CorsOrigins::Any } else { listed },
        credentials: false,
        headers: &[],
        expose: &[],
        max_age: None,
        reason: None,
    };
    Rules::read(&policy).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn passes(asked: &Asked<'_>, rules: &Rules) -> bool {
    let (same_site, method, headers) = request(asked);
    same_site.check(&method, &headers, asked.secure, rules).is_ok()
}

fn request(asked: &Asked<'_>) -> (SameSite, Method, HeaderMap) {
    let mut headers = HeaderMap::new();
    let mut put = |name, value: Option<&str>| {
        if let Some(value) = value {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
    };
    put("sec-fetch-site", asked.site);
    put("origin", asked.origin);
    put("host", asked.host);
    put("upgrade", asked.upgrade.then_some("websocket"));
    let same_site = SameSite { own: asked.own.map(|own| own.parse::<Origin>().unwrap()) };
    let method = Method::from_bytes(asked.method.as_bytes()).unwrap();
    (same_site, method, headers)
}

/// The same, as conditions under which a request passes.
fn model(asked: &Asked<'_>) -> bool {
    let safe = ["GET", "HEAD", "OPTIONS"].contains(&asked.method) && !asked.upgrade;
    let vouched = asked.site.is_some_and(|site| site == "same-origin" || site == "none");
    let no_browser = asked.site.is_none() && asked.origin.is_none();
    let listed = !asked.any
        && asked.origin.is_some_and(|origin| {
            let below = origin.strip_prefix("https://").unwrap_or("");
            below == "app.example"
                || below.strip_suffix(".pages.example").is_some_and(|label| {
                    !label.is_empty()
                        && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                })
        });
    let target = match (asked.own, asked.host) {
        (Some(own), _) => Some(own.to_owned()),
        (None, Some(host)) if asked.secure => Some(format!("https://{host}")),
        (None, Some(host)) => Some(format!("http://{host}")),
        (None, None) => None,
    };
    let same = asked.site.is_none()
        && asked.origin.is_some_and(|origin| {
            Some(origin) == target.as_deref() && origin == origin.to_ascii_lowercase()
        });
    safe || vouched || no_browser || listed || same
}

/// The decision of Go 1.25's `CrossOriginProtection` for the same request, with the same list.
fn go(asked: &Asked<'_>) -> bool {
    if ["GET", "HEAD", "OPTIONS"].contains(&asked.method) {
        return true;
    }
    let trusted = || {
        !asked.any
            && asked.origin.is_some_and(|origin| {
                origin == "https://app.example" || origin == "https://eu.pages.example"
            })
    };
    match asked.site.unwrap_or("") {
        "same-origin" | "none" => return true,
        "" => {}
        _ => return trusted(),
    }
    let Some(origin) = asked.origin.filter(|origin| !origin.is_empty()) else { return true };
    let host = origin.split_once("://").map(|(_, rest)| {
        let rest = rest.split('/').next().unwrap_or(rest);
        rest.rsplit('@').next().unwrap_or(rest)
    });
    (host.is_some() && host == asked.host) || trusted()
}

#[test]
fn every_decision_is_the_models_and_none_is_looser_than_gos() {
    let (listed, any) = (rules(false), rules(true));
    let (mut passed, mut all) = (0, 0);
    for method in METHODS {
        for site in SITES {
            for origin in ORIGINS {
                for host in HOSTS {
                    for own in OWN {
                        for bits in 0..8 {
                            let asked = Asked {
                                method,
                                site,
                                origin,
                                host,
                                upgrade: bits & 1 != 0,
                                secure: bits & 2 != 0,
                                own,
                                any: bits & 4 != 0,
                            };
                            let found = passes(&asked, if asked.any { &any } else { &listed });
                            assert_eq!(found, model(&asked), "{asked:?}");
                            assert_eq!(
                                said(&asked, if asked.any { &any } else { &listed }),
                                unsaid(&asked, found),
                                "{asked:?}"
                            );
                            // With a configured origin, a service compares with that and not with
                            // the request's host, which Go does not support.
                            let is_own = asked.site.is_none() && own.is_some() && origin == own;
                            assert!(!found || go(&asked) || is_own, "looser: {asked:?}");
                            passed += usize::from(found);
                            all += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(all, 11 * 10 * 16 * 5 * 3 * 8);
    assert!(passed > all / 10 && passed < all * 9 / 10, "{passed} of {all}");
}

/// The judgement for an endpoint that requires tokens.
fn said(asked: &Asked<'_>, rules: &Rules) -> Option<Said> {
    let (same_site, method, headers) = request(asked);
    same_site.judge(&method, &headers, asked.secure, rules).ok()
}

/// The same, by whether it passes an endpoint that does not ask.
fn unsaid(asked: &Asked<'_>, passes: bool) -> Option<Said> {
    let safe = ["GET", "HEAD", "OPTIONS"].contains(&asked.method) && !asked.upgrade;
    match (asked.site, asked.origin) {
        _ if safe => Some(Said::Fine),
        (None, None) => Some(Said::Nothing),
        (None, Some("null")) => Some(Said::Hidden),
        _ => passes.then_some(Said::Fine),
    }
}

#[test]
fn a_second_field_is_refused_in_every_row() {
    let rules = rules(false);
    for method in METHODS {
        for site in SITES {
            for origin in ORIGINS {
                for (name, second) in [
                    ("sec-fetch-site", "same-origin"),
                    ("sec-fetch-site", "none"),
                    ("sec-fetch-site", ""),
                    ("origin", "http://api.example"),
                    ("origin", "https://app.example"),
                    ("origin", "null"),
                ] {
                    let host = Some("api.example");
                    let (upgrade, secure, own, any) = (false, false, None, false);
                    let asked = Asked { method, site, origin, host, upgrade, secure, own, any };
                    let (same_site, method, mut headers) = request(&asked);
                    let name = HeaderName::from_static(name);
                    if !headers.contains_key(&name) {
                        continue;
                    }
                    headers.append(name.clone(), HeaderValue::from_static(second));
                    let safe = ["GET", "HEAD", "OPTIONS"].contains(&asked.method);
                    let checked = same_site.check(&method, &headers, false, &rules);
                    assert_eq!(checked.is_ok(), safe, "{name} {second} {asked:?}");
                    let judged = same_site.judge(&method, &headers, false, &rules);
                    assert_eq!(judged.is_ok(), safe, "{name} {second} {asked:?}");
                }
            }
        }
    }
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    for name in ["sec-fetch-site", "origin", "host"] {
        let mut headers = HeaderMap::new();
        let value = match name {
            "sec-fetch-site" => "same-origin",
            "origin" => "http://api.example",
            _ => "api.example",
        };
        headers.insert(
            HeaderName::from_static("origin"),
            HeaderValue::from_static("http://api.example"),
        );
        headers.insert(HeaderName::from_static("host"), HeaderValue::from_static("api.example"));
        let check = |headers: &HeaderMap| {
            SameSite::default().check(&Method::POST, headers, false, &Rules::default()).is_ok()
        };
        assert!(check(&headers), "{name}");
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        assert!(!check(&headers), "{name}");
    }
}

#[test]
fn a_field_that_is_no_text_is_refused() {
    for name in ["sec-fetch-site", "origin"] {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(b"\xff").unwrap());
        let checked = SameSite::default().check(&Method::POST, &headers, false, &Rules::default());
        assert!(checked.is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn any_text_is_decided_as_the_model_decides(
        method in prop::sample::select(METHODS.to_vec()),
        site in prop::option::weighted(0.3, "same-(origin|site)|none|cross-site|[ -~]{0,8}"),
        origin in prop::option::of("(https?://)?[a-z0-9.:@]{1,12}|https://[a-z.]{0,4}(app|pages)\\.example|null"),
        host in prop::option::of("[a-z0-9]{1,8}(\\.example)?"),
        same in any::<bool>(),
        upgrade in any::<bool>(),
        secure in any::<bool>(),
        any in any::<bool>(),
    ) {
        let scheme = if secure { "https" } else { "http" };
        let own_origin = host.as_ref().map(|host| format!("{scheme}://{host}"));
        let origin = if same { own_origin } else { origin };
        let asked = Asked {
            method,
            site: site.as_deref().map(str::trim),
            origin: origin.as_deref(),
            host: host.as_deref(),
            upgrade,
            secure,
            own: None,
            any,
        };
        prop_assert_eq!(passes(&asked, &rules(any)), model(&asked), "{:?}", asked);
    }

    /// Any set of fields at all: each of them none, once or several times, and others beside.
    #[test]
    fn any_set_of_fields_is_decided_as_the_model_decides(
        method in prop::sample::select(METHODS.to_vec()),
        sites in prop::collection::vec(prop::sample::select(SITES.map(Option::unwrap_or_default).to_vec()), 0..3),
        origins in prop::collection::vec(prop::sample::select(ORIGINS.map(Option::unwrap_or_default).to_vec()), 0..3),
        others in prop::collection::vec("x-[a-z]{1,5}|sec-fetch-(mode|dest|user)|referer|cookie|x-forwarded-host", 0..4),
        secure in any::<bool>(),
    ) {
        let one = |values: &[&'static str]| match values {
            [one] => Some(*one),
            _ => None,
        };
        let asked = Asked {
            method,
            site: one(&sites),
            origin: one(&origins),
            host: Some("api.example"),
            upgrade: false,
            secure,
            own: None,
            any: false,
        };
        let (same_site, method, mut headers) = request(&asked);
        for (name, values) in [("sec-fetch-site", &sites), ("origin", &origins)] {
            for value in values.iter().filter(|_| values.len() > 1) {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
        }
        for name in others {
            headers.append(
                HeaderName::try_from(name).unwrap(),
                HeaderValue::from_static("http://api.example"),
            );
        }
        let safe = ["GET", "HEAD", "OPTIONS"].contains(&asked.method);
        let once = sites.len() < 2 && origins.len() < 2;
        let found = same_site.check(&method, &headers, secure, &rules(false)).is_ok();
        prop_assert_eq!(found, safe || once && model(&asked), "{:?}", headers);
    }
}
