//! Probes for health, and what they check.

use std::{any::Any, fmt, future::Future, path::PathBuf, sync::Arc};

use actix_web::web::Data;

use super::Builder;
use crate::{
    auth::{KeyWatch, Revocations},
    health::{Check, Checking, Disk, Health, LEAST_FREE, Paths, Weight},
    health_details::{DetailsSource, details},
    limit::Limiter,
    policy::Policy,
    session::Sessions,
};

/// The names of the service's own checks.
const LIMIT_STORE: &str = "limit-store";
const REVOCATIONS: &str = "revocations";
const KEYS: &str = "keys";
const SESSIONS: &str = "sessions";
const DATABASE: &str = "database";
const DISK: &str = "disk";
const LAME_DUCK: &str = "lame-duck";

/// The settings of health.
#[derive(Debug)]
pub(super) struct HealthSettings {
    is_off: bool,
    paths: Paths,
    details_scope: Option<String>,
    checks: Vec<Check>,
    /// The checks of app data.
    own: Vec<Check>,
    /// Checks whose failure makes the instance not ready.
    required: Vec<String>,
    folders: Vec<PathBuf>,
    least_free: u64,
    bind: Option<String>,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            is_off: false,
            paths: Paths::default(),
            details_scope: None,
            checks: Vec::new(),
            own: Vec::new(),
            required: Vec::new(),
            folders: Vec::new(),
            least_free: LEAST_FREE,
            bind: None,
        }
    }
}

/// The dependencies that the service's own checks ask.
pub(super) struct Sources<'a> {
    pub(super) limiter: &'a Arc<Limiter>,
    pub(super) revocations: Option<&'a Revocations>,
    pub(super) keys: Option<KeyWatch>,
    pub(super) sessions: Option<&'a Sessions>,
}

impl Builder {
    /// Turns health probes off: `/livez` and `/readyz` are ordinary paths.
    ///
    /// Unless this is called, GET and HEAD of `/livez` (the process is alive) and `/readyz` (send
    /// it requests) are answered for any host, outside of all limits and without an audit event:
    /// 200 with `{"status":"pass"}`, or 503 with `{"status":"fail"}`, as `application/health+json`.
    /// They have precedence over a handler of your own with a pattern like `/{name}`; an endpoint
    /// with exactly such a path is a start-up error.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().without_health();
    /// # let _ = builder;
    /// ```
    pub fn without_health(mut self) -> Self {
        self.contradicts("PALISADE_HEALTH", "without_health", !self.health.is_off);
        self.health.is_off = true;
        self
    }

    /// Answers probes at these paths, instead of `/livez` and `/readyz`.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().health_paths("/health/live", "/health/ready");
    /// # let _ = builder;
    /// ```
    pub fn health_paths(mut self, live: impl Into<String>, ready: impl Into<String>) -> Self {
        let paths = Paths { live: live.into(), ready: ready.into() };
        self.contradicts("PALISADE_HEALTH_PATHS", "health_paths", self.health.paths != paths);
        self.health.paths = paths;
        self
    }

    /// Answers probes on a port of their own too: `address:port`, or `unix:` and the path of a Unix
    /// socket, which gets mode 0660. It speaks plain HTTP, for a prober that cannot present the
    /// client certificate that the service requires. The same address as
    /// [`metrics_bind`](Self::metrics_bind) is one port for both.
    ///
    /// The port has a worker of its own. If a worker of the service has given no sign of life for
    /// 10 seconds, `/livez` fails there, and so does `/readyz`.
    ///
    /// In [`serve`](Self::serve).
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().health_bind("0.0.0.0:8081");
    /// # let _ = builder;
    /// ```
    pub fn health_bind(mut self, address: impl Into<String>) -> Self {
        let address: String = address.into();
        self.contradicts(
            "PALISADE_HEALTH_BIND",
            "health_bind",
            self.health.bind.as_ref() != Some(&address),
        );
        self.health.bind = Some(address);
        self
    }

    /// Where probes are answered beside the service.
    pub(super) fn take_health_bind(&mut self) -> Option<String> {
        self.health.bind.take()
    }

    /// Lets callers with this scope (RFC 6749 section 3.3) see the state of each check:
    /// `/readyz?details`, an endpoint like any other, with limits, an audit event and a row in the
    /// inventory. The answer is 200 whatever the state is; a member `status` is `pass`, `warn` or
    /// `fail`, and `checks` has the status of each, since when, and when it was checked. The reason
    /// is only in the log.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().health_details_scope("ops:health");
    /// # let _ = builder;
    /// ```
    pub fn health_details_scope(mut self, scope: impl Into<String>) -> Self {
        let scope: String = scope.into();
        self.contradicts(
            "PALISADE_HEALTH_DETAILS_SCOPE",
            "health_details_scope",
            self.health.details_scope.as_ref() != Some(&scope),
        );
        self.health.details_scope = Some(scope);
        self
    }

    /// Makes the instance ready only while this check passes: for a resource of this instance, such
    /// as a cache that has to be filled first.
    ///
    /// It runs in a worker when a probe comes, once a second at most, and fails after a second. It
    /// must not block its thread. An error is logged. A dependency that all instances share belongs
    /// to [`readiness_warning`](Self::readiness_warning): if its failure made them not ready, all
    /// of them would be removed together.
    ///
    /// ```
    /// # use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
    /// # use palisade::Palisade;
    /// let is_warm = Arc::new(AtomicBool::new(false));
    /// let builder = Palisade::builder().readiness("cache", move || {
    ///     let is_warm = is_warm.load(Ordering::Relaxed);
    ///     async move { if is_warm { Ok(()) } else { Err("the cache is empty") } }
    /// });
    /// # let _ = builder;
    /// ```
    pub fn readiness<F, Fut, E>(self, name: impl Into<String>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: fmt::Display,
    {
        self.check(name.into(), Weight::Required, check)
    }

    /// The same, without an effect on readiness: the log and the details show a failure.
    pub fn readiness_warning<F, Fut, E>(self, name: impl Into<String>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: fmt::Display,
    {
        self.check(name.into(), Weight::Warning, check)
    }

    fn check<F, Fut, E>(mut self, name: String, weight: Weight, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: fmt::Display,
    {
        let run = move || -> Checking {
            let checking = check();
            Box::pin(async move { checking.await.map_err(|error| error.to_string()) })
        };
        self.health.checks.push(Check::new(name, weight, run));
        self
    }

    /// Makes the instance not ready whenever this check of the service's own fails: `database`,
    /// `limit-store`, `revocations`, `keys` or `sessions`. For a dependency that no other instance
    /// has.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().readiness_requires("limit-store");
    /// # let _ = builder;
    /// ```
    pub fn readiness_requires(mut self, name: impl Into<String>) -> Self {
        self.health.required.push(name.into());
        self
    }

    /// Makes the instance ready only while files can be written in this folder, and its file system
    /// has [space](Self::least_disk_space). The folders of a SQLite database and of uploads that
    /// are app data ([`data`](Self::data)) are checked without this.
    pub fn readiness_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.health.add_folder(folder.into());
        self
    }

    /// The free space of these folders, in bytes, below which the instance is not ready: 64 MiB unless
    /// this is called.
    pub fn least_disk_space(mut self, bytes: u64) -> Self {
        self.health.least_free = bytes;
        self
    }

    /// What is wrong with the settings of health.
    pub(super) fn wrong_health(&self) -> Vec<String> {
        let HealthSettings { is_off, paths, details_scope, checks, bind, .. } = &self.health;
        let mut wrong = Vec::new();
        if *is_off {
            if bind.is_some() {
                wrong.push(
                    "PALISADE_HEALTH_BIND or `.health_bind(..)` has no effect: probes are not answered \
                     (PALISADE_HEALTH=off or `.without_health()`); remove one of them"
                        .to_owned(),
                );
            }
            if details_scope.is_some() {
                wrong.push(
                    "PALISADE_HEALTH_DETAILS_SCOPE or `.health_details_scope(..)` has no effect: probes \
                     are not answered (PALISADE_HEALTH=off or `.without_health()`); remove one of them"
                        .to_owned(),
                );
            }
            return wrong;
        }
        for path in [&paths.live, &paths.ready] {
            if !is_path(path) {
                wrong.push(format!(
                    "PALISADE_HEALTH_PATHS or `.health_paths(..)` has the path {path:?}: write one like \
                     /livez, of letters, digits, `/`, `-`, `_`, `.` and `~`"
                ));
            }
        }
        if paths.live == paths.ready {
            wrong.push(format!(
                "PALISADE_HEALTH_PATHS or `.health_paths(..)` has {:?} for both probes: a service that is \
                 not ready would be restarted; write two paths",
                paths.live
            ));
        }
        if let Some(scope) = details_scope.as_deref().filter(|scope| !is_scope(scope)) {
            wrong.push(format!(
                "PALISADE_HEALTH_DETAILS_SCOPE or `.health_details_scope(..)` is {scope:?}, which is no \
                 scope of a token (RFC 6749 section 3.3): write one like ops:health"
            ));
        }
        wrong.extend(self.endpoints.policies().filter_map(|policy| taken(paths, policy)));
        let mut names = vec![LIMIT_STORE, REVOCATIONS, KEYS, SESSIONS, DATABASE, DISK, LAME_DUCK];
        for check in checks {
            let name = check.name();
            if !is_name(name) || names.contains(&name) {
                wrong.push(format!(
                    "`.readiness({name:?}, ..)`: a check needs a name of its own, of small letters, digits \
                     and hyphens"
                ));
            }
            names.push(name);
        }
        wrong
    }

    /// Adds the endpoint of the details, before the endpoints are judged.
    pub(super) fn add_details(&mut self) -> Option<Arc<DetailsSource>> {
        let scope = self.health.details_scope.as_deref()?;
        if self.health.is_off || !self.wrong_health().is_empty() {
            return None;
        }
        let endpoint = details(&self.health.paths.ready, scope);
        let told = Arc::new(DetailsSource::default());
        let endpoints = std::mem::take(&mut self.endpoints);
        self.endpoints = endpoints.with_own(endpoint).with_shared(Data::from(Arc::clone(&told)));
        Some(told)
    }

    /// The health of the service. `sources` are the dependencies of its own checks.
    pub(super) fn take_health(
        &mut self,
        sources: Sources<'_>,
        complaints: &mut Vec<String>,
    ) -> Health {
        let settings = std::mem::take(&mut self.health);
        let HealthSettings { is_off, paths, details_scope, checks, own, .. } = settings;
        let HealthSettings { required, folders, least_free, .. } = settings;
        let mut all = own_checks(sources);
        all.extend(own);
        for folder in folders {
            let disk = Disk::new(folder, least_free);
            all.push(Check::new(DISK, Weight::Required, move || disk.check()));
        }
        all.extend(checks);
        for name in required {
            let found: Vec<_> = all.iter_mut().filter(|check| check.name() == name).collect();
            if found.is_empty() {
                let names = [DATABASE, LIMIT_STORE, REVOCATIONS, KEYS, SESSIONS].join(", ");
                complaints.push(format!(
                    "`.readiness_requires({name:?})`: this service has no such check; it can be one of \
                     {names}, where the service has what it asks"
                ));
            }
            for check in found {
                check.require();
            }
        }
        number(&mut all);
        Health::new((!is_off).then_some(paths), details_scope.is_some(), all)
    }
}

impl HealthSettings {
    /// Adds the checks of app data.
    pub(super) fn note_data(&mut self, data: &dyn Any) {
        #[cfg(feature = "sql")]
        if let Some(db) = data.downcast_ref::<crate::sql::Db>() {
            if let Some(folder) = db.folder() {
                self.add_folder(folder);
            }
            let db = db.clone();
            self.own.push(Check::new(DATABASE, Weight::Start, move || {
                let db = db.clone();
                Box::pin(async move { db.ping().await.map_err(|error| error.to_string()) })
            }));
        }
        #[cfg(feature = "uploads")]
        if let Some(uploads) = data.downcast_ref::<crate::upload::Uploads>() {
            self.add_folder(uploads.folder());
        }
        #[cfg(not(any(feature = "sql", feature = "uploads")))]
        let _ = data;
    }

    fn add_folder(&mut self, folder: PathBuf) {
        if !self.folders.contains(&folder) {
            self.folders.push(folder);
        }
    }
}

/// Adds the service's own checks.
fn own_checks(sources: Sources<'_>) -> Vec<Check> {
    let Sources { limiter, revocations, keys, sessions } = sources;
    let mut checks = Vec::new();
    if limiter.is_store_out_of_reach().is_some() {
        let limiter = Arc::clone(limiter);
        // Each limit has a policy of its own for that.
        checks.push(Check::new(LIMIT_STORE, Weight::Warning, move || {
            let is_gone = limiter.is_store_out_of_reach() == Some(true);
            at_once(!is_gone, "the shared store of limits is out of reach")
        }));
    }
    if let Some(revocations) = revocations.filter(|own| own.is_shared()) {
        let revocations = revocations.clone();
        checks.push(Check::new(REVOCATIONS, Weight::Start, move || {
            at_once(revocations.is_fresh(), "the list of revocations is not confirmed")
        }));
    }
    if let Some(keys) = keys {
        checks.push(Check::new(KEYS, Weight::Start, move || {
            at_once(keys.are_usable(), "there are no keys to check tokens with")
        }));
    }
    if let Some(sessions) = sessions {
        let sessions = sessions.clone();
        checks.push(Check::new(SESSIONS, Weight::Start, move || {
            let sessions = sessions.clone();
            Box::pin(async move { sessions.try_store().await.map_err(|error| error.to_string()) })
        }));
    }
    checks
}

/// A check that does not wait.
fn at_once(passes: bool, cause: &str) -> Checking {
    let result = if passes { Ok(()) } else { Err(cause.to_owned()) };
    Box::pin(std::future::ready(result))
}

/// Numbers checks of one name: several databases, several folders.
fn number(checks: &mut [Check]) {
    for name in [DATABASE, DISK] {
        let several = checks.iter_mut().filter(|check| check.name() == name).skip(1);
        for (index, check) in several.enumerate() {
            check.rename(format!("{name}-{}", index.saturating_add(2)));
        }
    }
}

/// An endpoint with the path of a probe.
fn taken(paths: &Paths, policy: &Policy) -> Option<String> {
    let path = policy.route.map(|route| route.path)?;
    [("live", &paths.live), ("ready", &paths.ready)].into_iter().find_map(|(what, own)| {
        (path == own).then(|| {
            format!(
                "`{}` ({}:{}) is at {path}, where the service itself answers whether it is {what}: give \
                 one of them another path (`.health_paths(..)` or PALISADE_HEALTH_PATHS), or call \
                 `.without_health()`",
                policy.name, policy.file, policy.line
            )
        })
    })
}

/// Whether it is a path that arrives unchanged, and that a router does not read as a pattern.
fn is_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    path.len() > 1
        && path.starts_with('/')
        && path.bytes().all(is_plain)
        && !path.contains("//")
        && path.split('/').all(|part| part != "." && part != "..")
}

/// RFC 6749 section 3.3.
fn is_scope(scope: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !scope.is_empty() && scope != "*" && scope.bytes().all(is_plain)
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use crate::{Builder, Palisade};

    fn complaints(builder: Builder) -> Vec<String> {
        builder.build().err().map_or_else(Vec::new, |failure| failure.complaints().to_vec())
    }

    #[test]
    fn what_cannot_hold_is_named() {
        let new = Palisade::builder;
        let passes = || async { Ok::<(), String>(()) };
        for (builder, says) in [
            (new(), ""),
            (new().health_paths("/up", "/health/ready"), ""),
            (new().readiness("cache", passes).readiness_warning("mail-1", passes), ""),
            (new().health_paths("livez", "/readyz"), "PALISADE_HEALTH_PATHS"),
            (new().health_paths("/{a}", "/readyz"), "PALISADE_HEALTH_PATHS"),
            (new().health_paths("/", "/readyz"), "PALISADE_HEALTH_PATHS"),
            (new().health_paths("/a/../b", "/readyz"), "PALISADE_HEALTH_PATHS"),
            (new().health_paths("/z", "/z"), "for both probes"),
            (new().health_details_scope("a b"), "PALISADE_HEALTH_DETAILS_SCOPE"),
            (new().health_details_scope("ops").without_health(), "has no effect"),
            (new().health_bind("127.0.0.1:0").without_health(), "has no effect"),
            (new().health_bind("8081"), "PALISADE_HEALTH_BIND"),
            (new().health_bind("127.0.0.1:0"), ""),
            (new().health_bind("unix:/run/notes/health.sock"), ""),
            (new().readiness("Cache", passes), "a name of its own"),
            (new().readiness("disk", passes), "a name of its own"),
            (new().readiness("a", passes).readiness("a", passes), "a name of its own"),
            (new().readiness_requires("database"), "no such check"),
        ] {
            let told = complaints(builder);
            match told.as_slice() {
                [] => assert_eq!(says, ""),
                [one] => assert!(!says.is_empty() && one.contains(says), "{says}: {one}"),
                several => panic!("{several:?}"),
            }
        }
    }
}
