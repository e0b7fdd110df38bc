//! The endpoints that serve the document: `/openapi.json`, and `/docs` for people.

use std::future::ready;

use actix_web::HttpResponse;

use super::{Application, OpenApi, document::Around, page};
use crate::{
    Endpoints, Problem,
    call::take,
    extract::{Extract, Extraction, NotValidated, Public, sealed::Sealed},
    input::Reason,
    mount::{EXPANSION, REFUSED},
    pipeline::Cleared,
    policy::{Access, Argument, Policy, Route, Scope, Shape},
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

/// Whether the request is a developer's own.
#[derive(Clone, Copy, Debug)]
struct Reader {
    is_developer: bool,
}

impl Sealed for Reader {}

impl<A, C> Extract<A, C> for Reader {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        let is_developer = cleared.passage().is_developers();
        Extraction::Now(Some(Ok(Self { is_developer })))
    }
}

impl Reader {
    /// Admits developers, and where the document is open in production too, everyone whom the guards let
    /// through.
    fn admit(self, is_open: bool) -> Result<(), Problem> {
        if is_open || self.is_developer { Ok(()) } else { Err(Problem::not_found()) }
    }
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
        let is_open = self.is_open();
        // Handlers are of the process, and so is what they answer: once for each service.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let access = match self.scope {
            Some(scope) => Access::Scoped(Box::leak(Box::new(Scope::Name(leak(scope))))),
            None => Access::Public,
        };
        let reason = self.public.map_or("only a developer's own requests, in development", leak);
        let json = leak(document.to_json());
        let html = leak(page::render(document.value()));
        let policy = |name: &'static str, path: &'static str| -> &'static Policy {
            Box::leak(Box::new(Policy {
                name,
                module: "palisade::openapi",
                file: "palisade",
                route: Some(Route { methods: &["GET"], path, parameters: &[], name: None }),
                access,
                arguments: &[Argument { written: "Reader", shape: Shape::Free }],
                reasons: match access {
                    Access::Public => Box::leak(Box::new([Reason { word: "openapi", reason }])),
                    Access::Authenticated | Access::Scoped(_) => &[],
                },
                ..REFUSED
            }))
        };
        let takes = (take::<Reader, Public, NotValidated>(),);
        let text = |media_type: &'static str, text: &'static str| {
            move |reader: Reader| {
                let answer = || HttpResponse::Ok().content_type(media_type).body(text);
                ready(reader.admit(is_open).map(|()| answer()))
            }
        };
        let give_page = move |reader: Reader| {
            ready(reader.admit(is_open).map(|()| crate::page::page(html.to_owned())))
        };
        let give_document = text("application/json", json);
        let give_style = text("text/css; charset=utf-8", page::STYLE);
        let give_icon = text("image/svg+xml", page::ICON);
        Endpoints::new()
            .with_mounted(policy("openapi_document", DOCUMENT).mount(
                give_document,
                takes,
                EXPANSION,
            ))
            .with_mounted(policy("openapi_page", PAGE).mount(give_page, takes, EXPANSION))
            .with_mounted(policy("openapi_style", STYLE).mount(give_style, takes, EXPANSION))
            .with_mounted(policy("openapi_icon", ICON).mount(give_icon, takes, EXPANSION))
    }
}
