//! The OpenAPI document of the service, and the page that shows it.

use super::Builder;
use crate::policy::is_scope_token;

impl Builder {
    /// Serves the OpenAPI document of the endpoints as `/openapi.json`, and a page for people as
    /// `/docs`: for a developer's own requests in development, and not served in production unless
    /// [`openapi_scope`](Self::openapi_scope) or [`openapi_public`](Self::openapi_public) is
    /// called.
    ///
    /// ```
    /// # use palisade::{Palisade, prelude::*};
    /// # #[get("/ping")]
    /// # #[public]
    /// # async fn ping() -> &'static str { "pong" }
    /// let builder = Palisade::builder().endpoints(endpoints![ping]).openapi();
    /// # let _ = builder;
    /// ```
    pub fn openapi(mut self) -> Self {
        self.openapi.is_wanted = true;
        self
    }

    /// Serves both in each environment, in production too, to callers whose credentials carry this
    /// scope.
    pub fn openapi_scope(mut self, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        if is_scope_token(&scope) {
            self.openapi.is_wanted = true;
            self.openapi.scope = Some(scope);
        } else {
            self.complaints.push(format!(
                "`openapi_scope` has the scope {scope:?}, which no token can carry: write one scope, \
                 `docs:read` (RFC 6749 section 3.3)"
            ));
        }
        self
    }

    /// Serves both publicly, in production too. The log at start-up shows the reason.
    pub fn openapi_public(mut self, reason: &str) -> Self {
        self.openapi.is_wanted = true;
        self.openapi.public = Some(reason.to_owned());
        self.deploy.public_documentation = Some(reason.to_owned());
        self.weaken("openapi_public", reason);
        self
    }

    /// The title and the version of the document. Those of the package unless this is called, if
    /// `main` has `#[palisade::main]`.
    pub fn openapi_info(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.openapi.info = Some((title.into(), version.into()));
        self
    }

    pub(super) fn mount_openapi(
        &mut self,
        authenticators: &[&'static str],
        is_production: bool,
        complaints: &mut Vec<String>,
    ) {
        let opening = std::mem::take(&mut self.openapi);
        if !opening.is_wanted {
            return;
        }
        if opening.scope.is_some() && opening.public.is_some() {
            complaints.push(
                "`openapi_scope` and `openapi_public` say different things about who may read the \
                 document: keep one of them"
                    .to_owned(),
            );
            return;
        }
        if opening.scope.is_some() && authenticators.is_empty() {
            complaints.push(
                "`openapi_scope` asks for a scope, and no credentials are configured: configure keys \
                 (PALISADE_AUTH_KEYS) or an authenticator, or use `openapi_public`"
                    .to_owned(),
            );
        }
        complaints.extend(crate::openapi::compare(&self.endpoints));
        complaints.extend(opening.clashes(&self.endpoints));
        if is_production && !opening.is_open() {
            tracing::info!(
                "the OpenAPI document is not served in production: `.openapi_scope(..)` opens it to \
                 callers with a scope"
            );
            return;
        }
        let server = self
            .public_origin
            .as_ref()
            .map(|origin| format!("{origin}{}", self.public_prefix.as_deref().unwrap_or_default()));
        let own = opening.endpoints(&self.endpoints, authenticators, server);
        self.endpoints = std::mem::take(&mut self.endpoints).and(own);
    }
}
