//! The responses of an operation: the statuses of its guards, of its arguments, and of its handler.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Answer, Description,
    problems::{self, Name},
};
use crate::{
    Kind,
    object::Denied,
    policy::{
        Access, BodyKind, Conditions, Cors, CorsOrigins, LimitOutage, LimitStore, Policy, Shape,
    },
};

/// The responses of an operation, while they are collected.
#[derive(Debug, Default)]
pub(super) struct Responses {
    problems: BTreeMap<u16, BTreeSet<Name>>,
    others: BTreeMap<u16, Value>,
}

impl Responses {
    /// The responses of an endpoint.
    pub(super) fn of(
        policy: &Policy,
        description: &Description,
        answer: Option<&Answer>,
        has_path: bool,
    ) -> Self {
        let mut all = Self::default();
        all.add_guards(policy);
        all.add_arguments(policy, has_path);
        all.add_answer(policy, answer, description.statuses);
        all
    }

    /// The kinds of problems among them.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Name> {
        self.problems.values().flatten().copied()
    }

    /// `responses` of the operation.
    pub(super) fn into_json(self, policy: &Policy) -> Value {
        let mut all = Map::new();
        for (status, kinds) in &self.problems {
            all.insert(status.to_string(), problem(*status, kinds, policy));
        }
        for (status, other) in self.others {
            all.insert(status.to_string(), other);
        }
        Value::Object(all)
    }

    fn add(&mut self, kinds: impl IntoIterator<Item = Kind>) {
        for kind in kinds {
            self.problems.entry(kind.status().as_u16()).or_default().insert(Name(kind));
        }
    }

    /// The refusals of the app's and the endpoint's guards.
    fn add_guards(&mut self, policy: &Policy) {
        // The firewall, blocked networks and CORS, the service's own limit; a bug, a deadline.
        self.add([
            Kind::BadRequest,
            Kind::Forbidden,
            Kind::Misdirected,
            Kind::QuotaExceeded,
            Kind::Internal,
            Kind::Timeout,
        ]);
        let methods = policy.route.map(|route| route.methods).unwrap_or_default();
        let is_safe = methods.iter().all(|method| matches!(*method, "GET" | "HEAD" | "OPTIONS"));
        self.add([Kind::CrossSite]);
        match policy.access {
            Access::Public => {}
            Access::Authenticated | Access::Scoped(_) => {
                self.add([Kind::MalformedCredentials, Kind::Unauthenticated, Kind::Unavailable]);
            }
        }
        if matches!(policy.access, Access::Scoped(_)) {
            self.add([Kind::InsufficientScope]);
        }
        if !is_safe {
            match policy.conditions {
                Conditions::Refused => self.add([Kind::ConditionsNotEvaluated]),
                Conditions::Optional => self.add([Kind::PreconditionFailed]),
                Conditions::Required => {
                    self.add([Kind::PreconditionFailed, Kind::PreconditionRequired]);
                }
            }
        }
        let can_be_unknown = |limit: &crate::policy::RateLimit| {
            limit.outage == LimitOutage::Closed || limit.store == LimitStore::Shared
        };
        if policy.limits.iter().any(can_be_unknown) {
            self.add([Kind::Unavailable]);
        }
    }

    /// The refusals of the arguments.
    fn add_arguments(&mut self, policy: &Policy, has_path: bool) {
        // A path that the router does not match.
        if has_path {
            self.add([Kind::NotFound]);
        }
        for argument in policy.arguments {
            match argument.shape {
                Shape::Query { .. } | Shape::Path { .. } => self.add([Kind::InvalidInput]),
                Shape::Object(object) => {
                    self.add([Kind::InvalidInput, Kind::NotFound, Kind::Unavailable]);
                    if matches!(object.denied, Denied::Forbidden { .. }) {
                        self.add([Kind::Forbidden]);
                    }
                }
                Shape::Body { kind, .. } => {
                    self.add_body();
                    self.add([Kind::InvalidInput]);
                    if kind == BodyKind::Multipart {
                        self.add([Kind::StorageFull]);
                    }
                }
                Shape::Upload { .. } => {
                    self.add_body();
                    self.add([Kind::InvalidInput, Kind::Unavailable, Kind::StorageFull]);
                }
                Shape::Vouched => self.add_body(),
                // A database or another service may be unavailable.
                Shape::State(_) => self.add([Kind::Unavailable]),
                Shape::Free | Shape::Identity | Shape::Conditions | Shape::Unknown => {}
            }
        }
    }

    fn add_body(&mut self) {
        self.add([
            Kind::MalformedBody,
            Kind::RequestTimeout,
            Kind::BodyTooLarge,
            Kind::UnsupportedMediaType,
            Kind::UnsupportedEncoding,
        ]);
    }

    /// The responses of the handler itself.
    fn add_answer(&mut self, policy: &Policy, answer: Option<&Answer>, statuses: &[u16]) {
        for status in statuses {
            if *status >= 400 {
                self.add_status(*status);
            } else {
                self.others.insert(*status, plain(*status, policy));
            }
        }
        let Some(Answer { head, schema }) = answer else {
            // The type is unknown: a status below 400 from the attribute, or 200.
            if !statuses.iter().any(|status| *status < 400) {
                self.others.insert(200, plain(200, policy));
            }
            return;
        };
        let mut response = plain(head.status, policy);
        if let Some(media_type) = head.media_type {
            let schema = schema.clone().unwrap_or_else(|| json!({}));
            let value = match (head.is_typed, head.is_list) {
                // Plain text or a file: the media type is sufficient.
                (false, _) => json!({}),
                (true, false) => json!({ "schema": schema }),
                (true, true) => json!({ "schema": { "type": "array", "items": schema } }),
            };
            let content = match policy.upload_kinds(head.media_type) {
                Some(kinds) => kinds,
                None => vec![media_type],
            };
            let content: Map<String, Value> = content
                .into_iter()
                .map(|media_type| (media_type.to_owned(), value.clone()))
                .collect();
            super::parameters::insert(&mut response, "content", Value::Object(content));
        }
        add_fields(&mut response, head.fields);
        self.others.insert(head.status, response);
        for also in head.also {
            if *also >= 400 {
                self.add_status(*also);
            } else {
                let mut response = plain(*also, policy);
                if *also == 206 {
                    let content = json!({ "*/*": {} });
                    super::parameters::insert(&mut response, "content", content);
                }
                add_fields(&mut response, head.fields);
                self.others.insert(*also, response);
            }
        }
        // Browsers without a session are redirected to the login page.
        if head.media_type == Some("text/html") && !matches!(policy.access, Access::Public) {
            let mut response = plain(303, policy);
            add_fields(&mut response, &["Location"]);
            self.others.insert(303, response);
        }
    }

    /// Every kind of problem with this status: no type tells which of them a handler responds with.
    fn add_status(&mut self, status: u16) {
        let all = Kind::ALL.iter().copied();
        self.add(all.filter(|kind| kind.status().as_u16() == status));
        self.problems.entry(status).or_default();
    }
}

/// A response without content.
fn plain(status: u16, policy: &Policy) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut response = json!({ "description": reason.unwrap_or("The answer") });
    add_fields(&mut response, &["RateLimit", "RateLimit-Policy"]);
    if let Cors::Own(cors) = policy.cors
        && cors.origins != CorsOrigins::Listed(&[])
    {
        add_fields(&mut response, &["Access-Control-Allow-Origin"]);
    }
    response
}

fn problem(status: u16, kinds: &BTreeSet<Name>, policy: &Policy) -> Value {
    let titles: Vec<_> = kinds.iter().map(|Name(kind)| kind.title()).collect();
    let mut response = plain(status, policy);
    if !titles.is_empty() {
        super::parameters::insert(&mut response, "description", json!(titles.join("; ")));
    }
    let content = json!({ "application/problem+json": { "schema": problems::schema(kinds) } });
    super::parameters::insert(&mut response, "content", content);
    match status {
        401 => add_fields(&mut response, &["WWW-Authenticate"]),
        // A spent limit has a time for the retry; an unavailable service can be tried again soon.
        429 | 503 => add_fields(&mut response, &["Retry-After"]),
        415 => add_fields(&mut response, &["Accept"]),
        _ => {}
    }
    response
}

/// Header fields of the response, which `components.headers` describes.
fn add_fields(response: &mut Value, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    if let Some(members) = response.as_object_mut() {
        let headers = members.entry("headers").or_insert_with(|| json!({}));
        if let Some(headers) = headers.as_object_mut() {
            for name in names {
                let reference = json!({ "$ref": format!("#/components/headers/{name}") });
                headers.insert((*name).to_owned(), reference);
            }
        }
    }
}

/// `components.headers`.
pub(super) fn headers() -> Value {
    let text = |description: &str| {
        json!({
            "description": description, "required": false,
            "schema": { "type": "string", "maxLength": 8_192 },
        })
    };
    json!({
        "Accept": text("The media types that are taken (RFC 9110 section 12.5.1)."),
        "Accept-Ranges": text("The unit of ranges (RFC 9110 section 14.3)."),
        "Access-Control-Allow-Origin": text("The origin whose pages may read the answer (Fetch)."),
        "Content-Disposition": text("The name under which a browser saves it (RFC 6266)."),
        "ETag": text("The version of the resource (RFC 9110 section 8.8.3)."),
        "Last-Modified": text("When it was last changed (RFC 9110 section 8.8.2)."),
        "Location": text("Where the resource is (RFC 9110 section 10.2.2)."),
        "RateLimit": text(
            "What is left of each limit (draft-ietf-httpapi-ratelimit-headers-10).",
        ),
        "RateLimit-Policy": text(
            "The limits that hold (draft-ietf-httpapi-ratelimit-headers-10).",
        ),
        "Retry-After": json!({
            "description": "Seconds to wait (RFC 9110 section 10.2.3).", "required": false,
            "schema": { "type": "integer", "format": "int64", "minimum": 0, "maximum": u32::MAX },
        }),
        "WWW-Authenticate": text("Which credentials are taken (RFC 9110 section 11.6.1)."),
    })
}

impl Policy {
    /// The media types of a download, which its type does not contain: those that the service
    /// accepts as uploads, and further ones that it may store.
    fn upload_kinds(&self, media_type: Option<&str>) -> Option<Vec<&'static str>> {
        (media_type == Some("application/octet-stream")
            && self.returns.replace(' ', "").contains("Download"))
        .then(|| vec!["*/*"])
    }
}
