//! The endpoints that serve the document: `/openapi.json`, and `/docs` for people.

use std::future::ready;

use actix_web::{HttpResponse, http::header::ContentType};

use super::{Application, OpenApi, document::Around, page};
use crate::{
    Endpoints,
    policy::{Access, Policy, Reason, Route, Scope},
    service::{EXPANSION, REFUSED},
};

/// The access to the document of a service.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    pub(crate) is_wanted: bool,
    pub(crate) scope: Option<String>,
    /// Why it is public, in production too.
    pub(crate) public: Option<String>,
    /// Title and version.
    pub(crate) info: Option<(String, String)>,
}

const DOCUMENT: &str = "/openapi.json";
const PAGE: &str = "/docs";
const STYLE: &str = "/docs/style.css";
const ICON: &str = "/docs/icon.svg";

impl Opening {
    /// Whether it is served in production too.
    pub(crate) fn is_open(&self) -> bool {
        self.scope.is_some() || self.public.is_some()
    }

    /// An error message for each endpoint of the service with one of these paths.
    pub(crate) fn clashes(&self, endpoints: &Endpoints) -> Vec<String> {
        let own = endpoints.policies().filter_map(|policy| Some((policy, policy.route?)));
        own.filter(|(_, route)| [DOCUMENT, PAGE, STYLE, ICON].contains(&route.path))
            .map(|(policy, route)| {
                format!(
                    "`{}` ({}:{}) has the path {}, where the OpenAPI document is served: give it \
                     another one, or leave `.openapi()` out",
                    policy.name, policy.file, policy.line, route.path
                )
            })
            .collect()
    }

    /// The endpoints, for a service with this address.
    pub(crate) fn endpoints(
        self,
        endpoints: &Endpoints,
        authenticators: &[&'static str],
        server: Option<String>,
    ) -> Endpoints {
        let program = Application::current().map(Application::around).unwrap_or_default();
        let (title, version) = match &self.info {
            Some((title, version)) => (title.as_str(), version.as_str()),
            None if program.title.is_empty() => ("service", "0.0.0"),
            None => (program.title, program.version),
        };
        let around = Around {
            title,
            version,
            server,
            authenticators: authenticators.iter().map(|name| (*name).to_owned()).collect(),
            ..program
        };
        let document = OpenApi::around(endpoints, &around);
        for missing in document.undocumented() {
            tracing::debug!("not in the OpenAPI document: {missing}");
        }
        // Handlers live as long as the process, and so do their responses: leaked once for each
        // service.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let access = match self.scope {
            Some(scope) => Access::Scoped(Box::leak(Box::new(Scope::Name(leak(scope))))),
            None => Access::Public,
        };
        let reason = self.public.map_or("in development alone", leak);
        let json = leak(document.to_json());
        let html = leak(page::render(document.value()));
        let policy = |name: &'static str, path: &'static str| -> &'static Policy {
            Box::leak(Box::new(Policy {
                name,
                module: "palisade::openapi",
                file: "palisade",
                route: Some(Route { methods: &["GET"], path, parameters: &[], name: None }),
                access,
                reasons: match access {
                    Access::Public => Box::leak(Box::new([Reason { word: "openapi", reason }])),
                    Access::Authenticated | Access::Scoped(_) => &[],
                },
                ..REFUSED
            }))
        };
        let give_document =
            move || ready(HttpResponse::Ok().content_type(ContentType::json()).body(json));
        let give_page = move || ready(crate::page::page(html.to_owned()));
        let give_style =
            || ready(HttpResponse::Ok().content_type("text/css; charset=utf-8").body(page::STYLE));
        let give_icon = || ready(HttpResponse::Ok().content_type("image/svg+xml").body(page::ICON));
        Endpoints::new()
            .with_mounted(policy("openapi_document", DOCUMENT).mount(give_document, (), EXPANSION))
            .with_mounted(policy("openapi_page", PAGE).mount(give_page, (), EXPANSION))
            .with_mounted(policy("openapi_style", STYLE).mount(give_style, (), EXPANSION))
            .with_mounted(policy("openapi_icon", ICON).mount(give_icon, (), EXPANSION))
    }
}
