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

use super::{Endpoint, Inventory, Mounted, mounted::methods};
use crate::{
    Problem,
    policy::{Policy, Route},
    problem::Kind,
    request::{Defaults, complaints},
};

pub(crate) type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// A list of endpoints, made by [`endpoints!`](crate::endpoints).
///
/// It accepts only types that implement [`Endpoint`], so a handler without declared access cannot
/// be in it.
#[derive(Clone, Default)]
pub struct Endpoints {
    list: Vec<Mount>,
    /// The values that the endpoints of a list need in the app: they are mounted together.
    data: Vec<Configure>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoints").field(&self.list).finish()
    }
}

#[derive(Clone, Debug)]
struct Mount {
    route: Route,
    mounted: Mounted,
}

impl Endpoints {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an endpoint.
    #[must_use]
    pub fn with<E: Endpoint>(self, endpoint: E) -> Self {
        drop(endpoint);
        self.with_mounted(E::mounted())
    }

    /// Not generic, as it would be compiled for each endpoint.
    pub(crate) fn with_mounted(mut self, mounted: Mounted) -> Self {
        if let Some(route) = mounted.policy().route {
            self.list.push(Mount { route, mounted });
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

    /// Adds an endpoint of this crate.
    pub(crate) fn with_own(self, mounted: Mounted) -> Self {
        self.with_mounted(mounted)
    }

    /// Adds a value that the endpoints take as `Data<T>`, mounted together with them.
    #[must_use]
    pub fn with_data<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.with_shared(Data::new(value))
    }

    /// Adds data that the app has for itself.
    pub(crate) fn with_shared<T: Send + Sync + 'static>(mut self, data: Data<T>) -> Self {
        self.data.push(Arc::new(move |config| {
            config.app_data(data.clone());
        }));
        self
    }

    /// What the endpoints declare, in the order in which they were added.
    pub fn policies(&self) -> impl Iterator<Item = &'static Policy> {
        self.list.iter().map(|mount| mount.mounted.policy())
    }

    /// The documented endpoints with the descriptions of their handlers, without palisade's own.
    #[cfg(feature = "openapi")]
    pub(crate) fn described(
        &self,
    ) -> impl Iterator<Item = (&'static Policy, &'static crate::json_schema::Description)> {
        let own = self.list.iter().map(|mount| &mount.mounted);
        own.filter(|mounted| !mounted.policy().module.starts_with("palisade::"))
            .filter_map(|mounted| Some((mounted.policy(), mounted.description()?)))
    }

    /// The table of these endpoints, as a service shows it at the start: with the default body
    /// limit and timeout.
    ///
    /// ```
    /// use palisade::prelude::*;
    ///
    /// #[get("/ping")]
    /// #[public]
    /// async fn ping() -> &'static str {
    ///     "pong"
    /// }
    ///
    /// let table = endpoints![ping].inventory().to_string();
    /// assert!(table.contains("/ping  public"));
    /// ```
    pub fn inventory(&self) -> Inventory<'static> {
        let Defaults { body_limit, timeout, .. } = Defaults::default();
        Inventory::new(self.policies().collect(), body_limit, timeout, &[])
    }

    /// What cannot work, each with the endpoint's name.
    pub(crate) fn complaints(&self, authenticators: &[&str]) -> Vec<String> {
        let mut found: Vec<_> =
            self.policies().flat_map(|policy| complaints(policy, authenticators)).collect();
        found.extend(self.list.iter().filter_map(|mount| mount.mounted.complaint()));
        for (pattern, mounts) in self.by_pattern() {
            found.extend(clashes(&pattern, &mounts));
        }
        found
    }

    /// What the endpoints need of the app's data and do not find, each with the endpoint's name.
    /// `request` is one to this app, at its root.
    pub(crate) fn missing_state(&self, request: &HttpRequest) -> Vec<String> {
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
    pub(crate) fn groups(&self) -> impl Iterator<Item = Vec<&'static Policy>> {
        self.sorted()
            .into_iter()
            .map(|mounts| mounts.iter().map(|mount| mount.mounted.policy()).collect())
    }

    /// Mounts every endpoint: one resource for each path.
    pub(crate) fn configure(&self, config: &mut ServiceConfig) {
        self.configure_data(config);
        for mounts in self.sorted() {
            config.service(resource(&mounts));
        }
    }

    /// Adds the values that the endpoints brought.
    pub(crate) fn configure_data(&self, config: &mut ServiceConfig) {
        for data in &self.data {
            data(config);
        }
    }

    /// The router takes the first match: fixed paths precede those with parameters.
    fn sorted(&self) -> Vec<Vec<Mount>> {
        let mut groups: Vec<_> = self.by_pattern().into_values().collect();
        groups.sort_by_key(|mounts| mounts.first().map(|mount| specificity(mount.route.path)));
        groups
    }

    /// The endpoints by the paths that they match; parameter names make no difference.
    fn by_pattern(&self) -> BTreeMap<String, Vec<Mount>> {
        let mut groups = BTreeMap::<String, Vec<Mount>>::new();
        for mount in &self.list {
            groups.entry(pattern(mount.route.path)).or_default().push(mount.clone());
        }
        groups
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
        resource = resource.route(mount.mounted.put_on(route));
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
        let policy = mount.mounted.policy();
        for method in mount.route.methods {
            if let Some(first) = taken.insert(method, policy) {
                complaints.push(format!(
                    "{method} {pattern} is declared twice: by `{}` ({}:{}) and by `{}` ({}:{}); \
                     only the first would ever answer",
                    first.name, first.file, first.line, policy.name, policy.file, policy.line,
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

/// The pattern without its parameters' names.
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
