//! The endpoints of a service, grouped by path.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use actix_web::{
    HttpRequest, HttpResponse, Resource,
    http::header::{self, HeaderValue},
    web::{self, Data, ServiceConfig},
};

use super::{
    builder::Configure,
    endpoint::{ActixRoute, Endpoint, methods},
};
use crate::{
    Problem, form_token,
    input::Form,
    policy::{Access, CrossSite, Policy, Route, Shape, Validation, is_scope_token},
    problem::Kind,
    session::Sessions,
};

/// A list of endpoints, made by [`endpoints!`](crate::endpoints).
///
/// It takes types that implement [`Endpoint`] and nothing else, so a handler without declared
/// access cannot be in it.
#[derive(Clone, Default)]
pub struct Endpoints {
    list: Vec<Mount>,
    /// What the endpoints of a list find in the app: it goes where they go.
    data: Vec<Configure>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoints").field(&self.list).finish()
    }
}

#[derive(Clone)]
struct Mount {
    policy: &'static Policy,
    route: Route,
    attach: Attach,
}

/// Puts the handler on a route, behind the guards of its policy.
type Attach = Arc<dyn Fn(ActixRoute) -> ActixRoute + Send + Sync>;

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Endpoints {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an endpoint.
    #[must_use]
    pub fn with<E: Endpoint>(mut self, endpoint: E) -> Self {
        drop(endpoint);
        if let Some(route) = E::POLICY.route {
            // As a plain function, which says nothing of how long the type lives.
            let attach: fn(ActixRoute) -> ActixRoute = E::route;
            self.list.push(Mount { policy: E::POLICY, route, attach: Arc::new(attach) });
        }
        self
    }

    /// Adds the endpoints of another list.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.list.extend(others.list);
        self.data.extend(others.data);
        self
    }

    /// Adds the files of a folder.
    #[cfg(feature = "static-files")]
    #[must_use]
    pub fn with_files(mut self, files: crate::StaticFiles) -> Self {
        self.list.push(Mount {
            policy: files.policy(),
            route: files.route(),
            attach: Arc::new(move |route| files.attach(route)),
        });
        self
    }

    /// Adds a value that the endpoints take as `Data<T>`, mounted together with them.
    #[must_use]
    pub fn with_data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        let data = Data::new(value);
        self.data.push(Arc::new(move |config| {
            config.app_data(data.clone());
        }));
        self
    }

    /// What the endpoints declare, in the order in which they were added.
    pub fn policies(&self) -> impl Iterator<Item = &'static Policy> {
        self.list.iter().map(|mount| mount.policy)
    }

    /// What cannot work, each with the endpoint's name.
    pub(super) fn complaints(&self, authenticators: &[&str]) -> Vec<String> {
        let mut complaints = Vec::new();
        for mount in &self.list {
            let policy = mount.policy;
            let name = format!("`{}` ({}:{})", policy.name, policy.file, policy.line);
            if !matches!(policy.access, Access::Public) && authenticators.is_empty() {
                complaints.push(format!(
                    "{name} asks for an identity ({}), and no keys are configured to check one: \
                     set PALISADE_AUTH_KEYS, PALISADE_AUTH_ISSUER and PALISADE_AUTH_AUDIENCE, or \
                     call `.auth(..)` or `.authenticator(..)`",
                    policy.access
                ));
            }
            for missing in policy.credentials.iter().filter(|name| !authenticators.contains(name)) {
                complaints.push(format!(
                    "{name} takes the credentials `{missing}`, and the service has {}: correct the \
                     name, or call `.auth(..)` or `.authenticator(..)`",
                    match authenticators {
                        [] => "no authenticator".to_owned(),
                        names => format!("`{}`", names.join("`, `")),
                    }
                ));
            }
            let takes = |name| policy.credentials.is_empty() || policy.credentials.contains(&name);
            if policy.cross_site == CrossSite::Allow
                && !matches!(policy.access, Access::Public)
                && authenticators.contains(&Sessions::NAME)
                && takes(Sessions::NAME)
            {
                complaints.push(format!(
                    "{name} takes sessions and says `#[cross_site(allow)]`: a browser sends the \
                     cookie whoever asks it to, so name other credentials in `#[credentials(..)]`, \
                     or leave the attribute out"
                ));
            }
            if policy.cross_site == CrossSite::Token
                && let Some(form) = policy.arguments.iter().find_map(|one| one.shape.declared())
                && form.declared_name(form_token::FIELD).is_some()
            {
                complaints.push(format!(
                    "{name} says `#[cross_site(token)]` and declares a field `{}`, which is the \
                     token's: call it something else",
                    form_token::FIELD
                ));
            }
            if let Access::Scoped(scope) = policy.access {
                scope.each_name(&mut |scope| {
                    if !is_scope_token(scope) {
                        complaints.push(format!(
                            "{name} asks for the scope {scope:?}, which no token can carry: a \
                             scope is printable ASCII without space, quote and backslash"
                        ));
                    }
                });
                if scope.is_satisfied_by_nothing() {
                    complaints.push(format!(
                        "{name} asks for {scope}, which a token without any scope fulfils: name \
                         a scope that is needed"
                    ));
                }
            }
            if policy.arguments.iter().any(|argument| matches!(argument.shape, Shape::Unknown)) {
                complaints.push(format!("{name} has an argument that palisade does not admit"));
            }
            complaints.extend(unknown_fields(policy).map(|wrong| format!("{name} {wrong}")));
            let forms = policy.arguments.iter().filter_map(|argument| argument.shape.declared());
            for field in forms.flat_map(|form| form.partial_patterns()) {
                complaints.push(format!(
                    "{name} takes the field `{field}`, whose pattern matches a part of a text, so \
                     that anything may stand around it: begin the pattern with `^` and end it with \
                     `$`, or say `#[input(allow(partial_pattern), reason = \"..\")]`"
                ));
            }
        }
        for (pattern, mounts) in self.by_pattern() {
            complaints.extend(clashes(&pattern, &mounts));
        }
        complaints
    }

    /// What the endpoints need of the app's data and do not find, each with the endpoint's name.
    /// `request` is one to this app, at its root.
    pub(super) fn missing_state(&self, request: &HttpRequest) -> Vec<String> {
        let mut complaints = Vec::new();
        for policy in self.policies() {
            for needs in policy.arguments.iter().filter_map(|argument| argument.shape.needs()) {
                if let Some(missing) = needs.missing(request) {
                    complaints.push(format!(
                        "`{}` ({}:{}) needs `{missing}`, and the app holds none: add it with \
                         `.data(..)`",
                        policy.name, policy.file, policy.line
                    ));
                }
            }
        }
        complaints
    }

    /// The endpoints by path, in the order in which the router asks them.
    pub(super) fn groups(&self) -> impl Iterator<Item = Vec<&'static Policy>> {
        self.sorted().into_iter().map(|mounts| mounts.iter().map(|mount| mount.policy).collect())
    }

    /// Mounts every endpoint: one resource for each path.
    pub(super) fn configure(&self, config: &mut ServiceConfig) {
        for data in &self.data {
            data(config);
        }
        for mounts in self.sorted() {
            config.service(resource(&mounts));
        }
    }

    /// The router takes the first match: what is fixed goes before what is a parameter.
    fn sorted(&self) -> Vec<Vec<Mount>> {
        let mut groups: Vec<_> = self.by_pattern().into_values().collect();
        groups.sort_by_key(|mounts| mounts.first().map(|mount| specificity(mount.route.path)));
        groups
    }

    /// The endpoints by what their paths match; parameter names do not tell paths apart.
    fn by_pattern(&self) -> BTreeMap<String, Vec<Mount>> {
        let mut groups = BTreeMap::<String, Vec<Mount>>::new();
        for mount in &self.list {
            groups.entry(pattern(mount.route.path)).or_default().push(mount.clone());
        }
        groups
    }
}

/// What the handler and its input types disagree on, the types of fields included.
fn unknown_fields(policy: &Policy) -> Option<&'static str> {
    let forms: Vec<_> =
        policy.arguments.iter().filter_map(|argument| argument.shape.declared()).collect();
    let drops = forms.iter().any(Form::drops_unknown_fields);
    match policy.validation {
        Validation::Strict if drops => Some(
            "takes an input type in which a nested type drops unknown fields: say \
             `#[validated(unknown_fields = allow, reason = \"..\")]`, or deny them in that type",
        ),
        Validation::AllowUnknownFields if !drops => Some(
            "says `unknown_fields = allow`, and all of its input types refuse unknown fields: \
             remove it",
        ),
        Validation::NoInput | Validation::Strict | Validation::AllowUnknownFields => None,
    }
}

fn resource(mounts: &[Mount]) -> Resource {
    let path = mounts.first().map_or("", |mount| mount.route.path);
    let has_head = mounts.iter().any(|mount| mount.route.methods.contains(&"HEAD"));
    let mut allowed = BTreeSet::new();
    let mut resource = Resource::new(path);
    for mount in mounts {
        allowed.extend(mount.route.methods);
        if mount.route.methods.contains(&"GET") {
            allowed.insert("HEAD");
        }
        if let Some(name) = mount.route.name {
            resource = resource.name(name);
        }
        let route = web::route().guard(methods(&mount.route, !has_head));
        resource = resource.route((mount.attach)(route));
    }
    let allow = allowed.into_iter().collect::<Vec<_>>().join(", ");
    let allow = HeaderValue::from_str(&allow).ok();
    resource.default_service(web::route().to(move || {
        let mut problem = Problem::new(Kind::MethodNotAllowed);
        if let Some(allow) = allow.clone() {
            problem = problem.with_header(header::ALLOW, allow);
        }
        async move { HttpResponse::from_error(problem) }
    }))
}

fn clashes(pattern: &str, mounts: &[Mount]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut taken = BTreeMap::<&str, &'static Policy>::new();
    for mount in mounts {
        for method in mount.route.methods {
            if let Some(first) = taken.insert(method, mount.policy) {
                complaints.push(format!(
                    "{method} {pattern} is declared twice: by `{}` ({}:{}) and by `{}` ({}:{}); \
                     only the first would ever answer",
                    first.name,
                    first.file,
                    first.line,
                    mount.policy.name,
                    mount.policy.file,
                    mount.policy.line,
                ));
            }
        }
    }
    let names: BTreeSet<_> = mounts.iter().map(|mount| mount.route.path).collect();
    if names.len() > 1 {
        let names: Vec<_> = names.into_iter().collect();
        complaints.push(format!(
            "the same path is written with different parameter names: {}; write it the same way \
             on every handler",
            names.join(" and ")
        ));
    }
    complaints
}

/// The pattern with its parameters' names taken out.
fn pattern(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut depth = 0_usize;
    let mut in_name = false;
    for c in path.chars() {
        match c {
            '{' => {
                depth += 1;
                in_name = depth == 1;
                text.push('{');
                continue;
            }
            '}' => {
                depth = depth.saturating_sub(1);
                in_name = false;
            }
            ':' if depth == 1 => in_name = false,
            _ => {}
        }
        if !in_name {
            text.push(c);
        }
    }
    text
}

/// Sorts fixed segments before parameters with an expression, those before plain parameters, and
/// tails last.
fn specificity(path: &str) -> Vec<u8> {
    let rank = |segment: &str| match (
        segment.contains('{'),
        segment.contains(':'),
        segment.ends_with('*'),
    ) {
        (false, ..) => 0,
        (true, true, _) => 1,
        (true, false, false) => 2,
        (true, false, true) => 3,
    };
    path.split('/').map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::{pattern, specificity};

    #[test]
    fn names_do_not_tell_paths_apart() {
        assert_eq!(pattern("/items/{id}"), pattern("/items/{item}"));
        assert_ne!(pattern("/items/{id}"), pattern("/items/{id:[0-9]+}"));
        assert_eq!(pattern("/items/{id:[0-9]{2}}"), pattern("/items/{n:[0-9]{2}}"));
        assert_ne!(pattern("/items"), pattern("/items/"));
    }

    #[test]
    fn what_is_fixed_comes_first() {
        let mut paths = vec!["/{tail}*", "/items/{id}", "/items/{id:[0-9]+}", "/items/new"];
        paths.sort_by_key(|path| specificity(path));
        assert_eq!(paths, ["/items/new", "/items/{id:[0-9]+}", "/items/{id}", "/{tail}*"]);
    }
}
