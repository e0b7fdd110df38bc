//! Which pages of other origins may read the answers.

use palisade_policy::{OriginPattern, request_field, response_field};

use super::Builder;
use crate::{
    cors::{CorsError, Routes, Rules},
    policy::{CorsOrigins, CorsPolicy},
};

/// The settings of the service's own policy.
#[derive(Debug, Default)]
pub(super) struct CorsSettings {
    origins: Vec<OriginPattern>,
    any: bool,
    credentials: bool,
    sent: Vec<String>,
    read: Vec<String>,
    max_age: Option<u32>,
}

impl CorsSettings {
    /// Whether it names any origin.
    pub(super) fn has_origins(&self) -> bool {
        self.any || !self.origins.is_empty()
    }

    /// The origins, whether any origin is allowed, and whether cookies are.
    pub(super) fn facts(&self) -> (&[OriginPattern], bool, bool) {
        (&self.origins, self.any, self.credentials)
    }
}

impl Builder {
    /// Lets pages of this origin read the answers and send unsafe requests: `https://app.example`,
    /// or `https://*.app.example` for all origins that are one label below.
    pub fn cors_origin(mut self, origin: &str) -> Self {
        match origin.parse() {
            Ok(origin) => self.cors.origins.push(origin),
            Err(error) => self.complain_of_cors(&CorsError::Origin(origin.to_owned(), error)),
        }
        self
    }

    /// Adds the policy that [`cors!`](crate::cors) makes to that of the service, which applies to
    /// endpoints without a policy of their own.
    pub fn cors(mut self, policy: CorsPolicy) -> Self {
        let CorsPolicy { origins, credentials, headers, expose, max_age, reason } = policy;
        let mut dangers = Vec::new();
        if credentials {
            dangers.push("cors credentials");
            self.cors.credentials = true;
        }
        match origins {
            CorsOrigins::Any => {
                dangers.push("cors for every origin");
                self.cors.any = true;
            }
            CorsOrigins::Listed(listed) => {
                self = listed.iter().fold(self, |builder, origin| builder.cors_origin(origin));
            }
        }
        if self.cors.any {
            self.deploy.cors_any = reason.map(str::to_owned);
        }
        if credentials {
            self.deploy.cors_credentials = reason.map(str::to_owned);
        }
        for danger in dangers {
            self.weaken(danger, reason.unwrap_or_default());
        }
        self = headers.iter().fold(self, |builder, name| builder.cors_header(name));
        for name in expose {
            match response_field(name) {
                Some(name) => self.cors.read.push(name),
                None => self.complain_of_cors(&CorsError::Read((*name).to_owned())),
            }
        }
        self.cors.max_age = max_age.or(self.cors.max_age);
        self
    }

    /// Lets pages of the listed origins send this header field, beyond `Accept`, `Authorization`
    /// and `Content-Type`: `X-Api-Key`.
    pub fn cors_header(mut self, name: &str) -> Self {
        match request_field(name) {
            Some(name) => self.cors.sent.push(name),
            None => self.complain_of_cors(&CorsError::Sent(name.to_owned())),
        }
        self
    }

    /// How long browsers cache the answers to preflight requests of the listed origins, in seconds:
    /// a day at most; ten minutes unless this is called.
    pub fn cors_max_age(mut self, seconds: u32) -> Self {
        self.contradicts(
            "PALISADE_CORS_MAX_AGE",
            "cors_max_age",
            self.cors.max_age != Some(seconds),
        );
        self.cors.max_age = Some(seconds);
        self
    }

    /// Lets pages of the listed origins send requests with cookies, and read the answers: a script
    /// that runs there acts as the user. The log at start-up and the inventory of the running
    /// service show the reason.
    pub fn dangerous_cors_credentials(mut self, reason: &str) -> Self {
        self.cors.credentials = true;
        self.deploy.cors_credentials = Some(reason.to_owned());
        self.weaken("dangerous_cors_credentials", reason);
        self
    }

    fn complain_of_cors(&mut self, error: &CorsError) {
        self.complaints.push(error.to_string());
    }

    /// Builds the policies of the service and of its endpoints.
    pub(super) fn take_cors(&mut self, complaints: &mut Vec<String>) -> Routes {
        const DEFAULT_MAX_AGE: u32 = 600;

        let CorsSettings { origins, any, credentials, sent, read, max_age } =
            std::mem::take(&mut self.cors);
        let max_age = max_age.unwrap_or(DEFAULT_MAX_AGE);
        let service = Rules::new(origins, any, credentials, sent, read, max_age);
        let service = service.unwrap_or_else(|error| {
            complaints.push(error.to_string());
            Rules::default()
        });
        Routes::new(service, self.endpoints.groups()).unwrap_or_else(|errors| {
            for (policy, error) in errors {
                let (name, file, line) = (policy.name, policy.file, policy.line);
                complaints.push(format!("`{name}` ({file}:{line}): {error}"));
            }
            Routes::default()
        })
    }
}
