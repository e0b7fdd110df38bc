//! The table of what every endpoint declares, as the running service prints it.

use std::fmt;

use crate::{
    headers::HeaderOverrides,
    policy::{
        Access, BodyKind, Compression, Conditions, Cors, CrossSite, Denied, Object, Policy, Shape,
        UploadRule, Validation,
    },
};

/// Displays one line for each endpoint: method, path, access, limits, caps, inputs and reasons;
/// then one for each default of the service that was weakened.
#[derive(Clone, Debug)]
pub struct Inventory<'a> {
    policies: Vec<&'static Policy>,
    body_limit: u64,
    timeout: std::time::Duration,
    weakened: &'a [String],
}

impl<'a> Inventory<'a> {
    pub(crate) fn new(
        policies: Vec<&'static Policy>,
        body_limit: u64,
        timeout: std::time::Duration,
        weakened: &'a [String],
    ) -> Self {
        Self { policies, body_limit, timeout, weakened }
    }

    fn row(&self, policy: &Policy) -> [String; 11] {
        let (method, path) = match policy.route {
            Some(route) => (route.methods.join(","), route.path.to_owned()),
            None => ("?".to_owned(), "? (plain)".to_owned()),
        };
        let limits: Vec<_> = policy.limits.iter().map(ToString::to_string).collect();
        let takes_body = policy.arguments.iter().any(|argument| {
            matches!(argument.shape, Shape::Body { .. } | Shape::Upload { .. } | Shape::Vouched)
        });
        let body = match policy.body_limit {
            // An extractor of one's own may read a body too: what is declared is shown.
            Some(bytes) => format!("{bytes} B"),
            None if !takes_body => "-".to_owned(),
            None => format!("{} B (default)", self.body_limit),
        };
        let body = match policy.body_timeout {
            Some(timeout) => format!("{body} in {timeout:?}"),
            None => body,
        };
        let timeout = match policy.timeout {
            Some(timeout) => format!("{timeout:?}"),
            None => format!("{:?} (default)", self.timeout),
        };
        let mut inputs: Vec<_> = policy
            .arguments
            .iter()
            .filter_map(|argument| {
                let kind = match argument.shape {
                    Shape::Query { .. } => "query",
                    Shape::Path { .. } => "path",
                    Shape::Body { kind: BodyKind::Form, .. } => "form",
                    Shape::Body { .. } => "body",
                    Shape::Upload { .. } => "upload",
                    Shape::Vouched => "vouched",
                    Shape::Object(object) => {
                        let told = match object.denied {
                            Denied::NotFound => "",
                            Denied::Forbidden { .. } => ", 403 where denied",
                        };
                        return Some(format!("{} ({}{told})", argument.written, object.action));
                    }
                    Shape::Free
                    | Shape::State(_)
                    | Shape::Identity
                    | Shape::Conditions
                    | Shape::Unknown => return None,
                };
                Some(format!("{kind} {}", argument.written))
            })
            .collect();
        if let Some(UploadRule { field, files, max, kinds, charset, .. }) = policy.upload {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
            let count = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
            let charset = charset.map_or(String::new(), |name| format!(", texts in {name} too"));
            inputs.push(format!("{field}: {count} of {max} B, {}{charset}", kinds.join(", ")));
        }
        if policy.validation == Validation::AllowUnknownFields {
            inputs.push("unknown fields allowed".to_owned());
        }
        let mut notes: Vec<_> = policy
            .reasons
            .iter()
            .copied()
            .chain(
                policy
                    .arguments
                    .iter()
                    .filter_map(|argument| argument.shape.declared())
                    .flat_map(|form| form.reasons()),
            )
            .map(|reason| format!("{}: {}", reason.word, reason.reason))
            .collect();
        if let Access::Scoped(scope) = policy.access {
            scope.each_grant(&mut |scope, by| {
                notes.push(format!("{scope} is granted by {}", by.join(", ")));
            });
        }
        for argument in policy.arguments {
            if let Shape::Object(Object { denied: Denied::Forbidden { reason }, .. }) =
                argument.shape
            {
                notes.push(format!("403 for {}: {reason}", argument.written));
            }
        }
        match policy.conditions {
            Conditions::Refused => {}
            Conditions::Optional => notes.push("conditional optional".to_owned()),
            Conditions::Required => notes.push("conditional required".to_owned()),
        }
        if let Cors::Own(cors) = policy.cors {
            notes.push(format!("cross_origin {cors}"));
        }
        notes.extend(headers(&policy.headers));
        if policy.compression != Compression::Never {
            notes.push("compressed".to_owned());
        }
        if !policy.body_encodings.is_empty() {
            let names: Vec<_> = policy.body_encodings.iter().map(|coding| coding.name()).collect();
            notes.push(format!("body_encoding {}", names.join(", ")));
        }
        [
            method,
            path,
            policy.access.to_string(),
            credentials(policy),
            or_dash(limits.join("; ")),
            body,
            timeout,
            match policy.cross_site {
                CrossSite::Refuse => "refused".to_owned(),
                CrossSite::Token => "token".to_owned(),
                CrossSite::Allow => "allowed".to_owned(),
            },
            or_dash(inputs.join("; ")),
            or_dash(notes.join("; ")),
            format!("{}:{}", policy.file, policy.line),
        ]
    }
}

/// The headers that differ on an endpoint, and why a policy in a constant weakens.
fn headers(headers: &HeaderOverrides) -> Vec<String> {
    let HeaderOverrides { profile, cache, csp, report_only, permissions, resource } = headers;
    let mut notes = Vec::new();
    let mut policy = |name: &str, text: String, reason: Option<&str>| {
        notes.extend(reason.map(|reason| format!("headers({name}): {reason}")));
        notes.push(format!("{name} {text}"));
    };
    if let Some(csp) = csp {
        policy("csp", csp.written(), csp.reason());
    }
    if let Some(report_only) = report_only {
        policy("report_only", report_only.written(), report_only.reason());
    }
    if let Some(permissions) = permissions {
        policy("permissions", permissions.granted(), permissions.reason());
    }
    notes.extend(profile.map(|profile| format!("profile {}", profile.name())));
    notes.extend(cache.map(|cache| format!("cache {cache}")));
    notes.extend(resource.map(|resource| format!("resource_policy {}", resource.name())));
    notes
}

/// What is taken; `any` of those that are configured where none is named.
fn credentials(policy: &Policy) -> String {
    match (policy.access, policy.credentials) {
        (Access::Public, _) => "-".to_owned(),
        (Access::Authenticated | Access::Scoped(_), []) => "any".to_owned(),
        (Access::Authenticated | Access::Scoped(_), names) => names.join(", "),
    }
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

impl fmt::Display for Inventory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "method",
            "path",
            "access",
            "credentials",
            "limits",
            "body",
            "handler timeout",
            "cross-site",
            "inputs",
            "notes",
            "at",
        ]
        .map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head)
            .chain(self.policies.iter().map(|policy| self.row(policy)))
            .collect();
        for row in &rows {
            writeln!(f)?;
            for (column, cell) in row.iter().enumerate() {
                let width = rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.chars().count())
                    .max();
                let last = column + 1 == row.len();
                let pad = if last { 0 } else { width.unwrap_or(0) };
                write!(f, "{cell:pad$}{}", if last { "" } else { "  " })?;
            }
        }
        for weakened in self.weakened {
            write!(f, "\nweakened: {weakened}")?;
        }
        Ok(())
    }
}
