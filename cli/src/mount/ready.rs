//! Palisade's own endpoints.
//!
//! They are in no source of a service, so they are listed here. A test compares the list with the
//! crate's declarations.

use syn::{Expr, ExprCall, ExprLit, Lit};

use crate::{
    inventory::{CrossSite, Endpoint, Mode, Reason, Validation},
    place::Place,
};

/// A type of palisade that contains endpoints, or mounts those that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ready {
    /// `Reports::endpoints`.
    Reports,
    /// `TokenIssuer::endpoints`.
    Issuer,
    /// `StaticFiles`.
    Files,
    /// `Builder::health_details_scope`.
    Health,
    /// `Builder::metrics_endpoint`.
    Metrics,
    /// `Builder::openapi`: the document, and the page that shows it.
    Document(Readers),
    /// `Palisade::mount`, which mounts the endpoints of its builder.
    Service,
}

/// Who may read the OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readers {
    /// `openapi()`: a developer's own requests, in development.
    Development,
    /// `openapi_scope(..)`: callers with the scope.
    Scope,
    /// `openapi_public(..)`: public.
    Everybody,
}

/// The place where such endpoints are mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyMount {
    /// The type that they belong to.
    pub ready: Ready,
    /// For files, the path of their folder; for the details of health and for metrics, the scope;
    /// for a document, its scope or its reason. `None` if it is not a literal.
    pub under: Option<String>,
    /// The position of the name.
    pub place: Place,
}

impl Ready {
    /// From the original name of the type.
    pub(super) fn of_type(name: &str) -> Option<Self> {
        match name {
            "Reports" => Some(Self::Reports),
            "TokenIssuer" => Some(Self::Issuer),
            "StaticFiles" | "StaticFilesLoader" => Some(Self::Files),
            "Palisade" => Some(Self::Service),
            _ => None,
        }
    }

    /// Whether it has a list of endpoints: `endpoints()`.
    pub(super) fn has_list(self) -> bool {
        matches!(self, Self::Reports | Self::Issuer)
    }
}

impl ReadyMount {
    /// The entries, in a package that mounts them.
    pub fn entries(&self, package: &str) -> Vec<Endpoint> {
        let entry = |module: &str, name: &str, method: &str, path: Option<String>| Endpoint {
            package: package.to_owned(),
            module: module.to_owned(),
            name: name.to_owned(),
            mode: Mode::Routed,
            methods: vec![method.to_owned()],
            path,
            access: "public".to_owned(),
            grants: Vec::new(),
            credentials: Vec::new(),
            limits: Vec::new(),
            body_limit: None,
            body_timeout_ms: None,
            body_encodings: Vec::new(),
            upload: None,
            timeout_ms: None,
            cross_site: CrossSite::Refuse,
            cross_origin: None,
            conditional: None,
            responds: Vec::new(),
            validation: Validation::NoInput,
            inputs: Vec::new(),
            objects: Vec::new(),
            vouched: Vec::new(),
            raw: Vec::new(),
            profile: None,
            resource_policy: None,
            cache: None,
            csp: None,
            report_only: None,
            permissions: None,
            compressed: false,
            conditions: Vec::new(),
            reasons: Vec::new(),
            file: self.place.file.display().to_string(),
            line: self.place.line,
        };
        match self.ready {
            Ready::Service => Vec::new(),
            Ready::Health => vec![Endpoint {
                access: self.under.clone().unwrap_or_else(|| "?".to_owned()),
                ..entry("palisade::health::endpoint", "health_details", "GET", path("/readyz"))
            }],
            Ready::Metrics => vec![Endpoint {
                access: self.under.clone().unwrap_or_else(|| "?".to_owned()),
                ..entry("palisade::metrics::endpoint", "scrape", "GET", path("/metrics"))
            }],
            Ready::Reports => vec![Endpoint {
                limits: vec!["60/minute by ip, burst 20".to_owned()],
                body_limit: Some(64 * 1024),
                inputs: vec!["Batch".to_owned()],
                cross_site: CrossSite::Allow,
                reasons: reasons(&[
                    ("public", "browsers send reports of what they show to anybody"),
                    (
                        "cross_site",
                        "a report changes nothing, and those of sandboxed pages come from nowhere",
                    ),
                ]),
                ..entry("palisade::report::endpoints", "receive", "POST", path("/reports"))
            }],
            Ready::Issuer => {
                let module = "palisade::issue::endpoints";
                let keys = path("/.well-known/jwks.json");
                vec![
                    Endpoint {
                        cache: Some("public, max-age=300".to_owned()),
                        reasons: reasons(&[(
                            "public",
                            "public keys are for everybody who checks tokens",
                        )]),
                        ..entry(module, "published_keys", "GET", keys)
                    },
                    Endpoint {
                        access: "token:introspect".to_owned(),
                        limits: vec!["6000/minute by subject".to_owned()],
                        validation: Validation::AllowUnknownFields,
                        inputs: vec!["Form<Question>".to_owned()],
                        reasons: reasons(&[
                            (
                                "validated(unknown_fields)",
                                "RFC 6749 asks to ignore unknown parameters",
                            ),
                            (
                                "input(unknown_fields) Question",
                                "RFC 6749 section 3.2: unknown parameters are ignored",
                            ),
                        ]),
                        ..entry(module, "introspect", "POST", path("/oauth/introspect"))
                    },
                ]
            }
            Ready::Document(readers) => {
                let said = self.under.clone();
                let (access, reason) = match readers {
                    Readers::Development => (
                        "public".to_owned(),
                        Some("only a developer's own requests, in development".to_owned()),
                    ),
                    Readers::Scope => (said.unwrap_or_else(|| "?".to_owned()), None),
                    Readers::Everybody => ("public".to_owned(), said),
                };
                let reasons: Vec<_> = reason
                    .into_iter()
                    .map(|reason| Reason { word: "openapi".to_owned(), reason })
                    .collect();
                [
                    ("openapi_document", "/openapi.json"),
                    ("openapi_page", "/docs"),
                    ("openapi_style", "/docs/style.css"),
                    ("openapi_icon", "/docs/icon.svg"),
                ]
                .into_iter()
                .map(|(name, at)| Endpoint {
                    access: access.clone(),
                    reasons: reasons.clone(),
                    ..entry("palisade::openapi", name, "GET", path(at))
                })
                .collect()
            }
            Ready::Files => {
                let under = self.under.as_deref().map(|under| under.trim_end_matches('/'));
                let module = format!("static files under {}/", under.unwrap_or("?"));
                let path = under.map(|under| format!("{under}/{{file}}*"));
                vec![Endpoint {
                    reasons: reasons(&[("static files", "everybody may have them")]),
                    ..entry(&module, "static_files", "GET", path)
                }]
            }
        }
    }
}

fn path(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn reasons(all: &[(&str, &str)]) -> Vec<Reason> {
    let reason = |(word, reason): &(&str, &str)| Reason {
        word: (*word).to_owned(),
        reason: (*reason).to_owned(),
    };
    all.iter().map(reason).collect()
}

/// The text of a literal.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form shows its text")]
pub(super) fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Paren(inner) => literal(&inner.expr),
        _ => None,
    }
}

/// The path in `StaticFiles::load("/assets", ..)`, at the root of an expression.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other form names a folder")]
pub(super) fn under(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Try(inner) => under(&inner.expr),
        Expr::Paren(inner) => under(&inner.expr),
        Expr::Reference(inner) => under(&inner.expr),
        Expr::MethodCall(call) => under(&call.receiver),
        Expr::Call(ExprCall { args, .. }) => literal(args.first()?),
        _ => None,
    }
}
