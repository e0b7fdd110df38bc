//! Preflight requests, which a browser sends before a request of another origin's page.

use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{
        Method, StatusCode,
        header::{
            self, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue,
        },
    },
};

use super::{Routes, Rules};
use crate::{Problem, problem::Kind};

/// Methods that a preflight may name if no endpoint lists its methods: the answer to the request
/// itself then shows the page that there is none.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// No page sends more names than this; each is compared with a list.
const MOST_FIELDS: usize = 64;

const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// A preflight request (Fetch section 3.3.2), which is not authenticated.
#[derive(Debug)]
pub(crate) struct Preflight {
    origin: HeaderValue,
    method: HeaderValue,
}

impl Preflight {
    /// Whether a request is one: OPTIONS, with an origin and a requested method.
    pub(crate) fn is_one(request: &ServiceRequest) -> bool {
        *request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ORIGIN)
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Answers one, by the policy of the endpoint that the page wants to request.
    pub(crate) fn answer(
        request: &ServiceRequest,
        routes: &Routes,
    ) -> Result<HttpResponse, Problem> {
        let asked = Self::read(request)?;
        let method = asked.method.to_str().map_err(|_| malformed())?;
        let path = request.match_info().unprocessed();
        let (rules, is_taken) = routes.find(path, method);
        let allowed = rules.admit(&asked.origin)
            && (is_taken || METHODS.contains(&method))
            && fields(request)?.iter().all(|name| rules.admit_field(name));
        if !allowed {
            return Err(Problem::new(Kind::CrossSite)
                .because("preflight", "a preflight request that the CORS policy does not allow")
                .with_header(header::VARY, VARY));
        }
        Ok(asked.allow(rules))
    }

    fn read(request: &ServiceRequest) -> Result<Self, Problem> {
        let single = |name| {
            let mut values = request.headers().get_all(name);
            let first: Option<&HeaderValue> = values.next();
            match (first, values.next()) {
                (Some(value), None) => Ok(value.clone()),
                _ => Err(malformed()),
            }
        };
        Ok(Self { origin: single(header::ORIGIN)?, method: single(ACCESS_CONTROL_REQUEST_METHOD)? })
    }

    fn allow(&self, rules: &Rules) -> HttpResponse {
        let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
        let headers = response.headers_mut();
        rules.put_preflight(headers, &self.origin, &self.method);
        headers.insert(header::VARY, VARY);
        response
    }
}

/// The names of the fields that the page wants to send, in small letters.
fn fields(request: &ServiceRequest) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for value in request.headers().get_all(ACCESS_CONTROL_REQUEST_HEADERS) {
        let value = value.to_str().map_err(|_| malformed())?;
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if names.len() == MOST_FIELDS {
                return Err(malformed());
            }
            names.push(name.to_ascii_lowercase());
        }
    }
    Ok(names)
}

fn malformed() -> Problem {
    Problem::new(Kind::BadRequest)
        .because("malformed-preflight", "a preflight request is malformed")
}
