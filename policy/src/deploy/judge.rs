//! Applies the checks to the facts.

use super::{
    Clock, CorsFact, Disk, EndpointFact, Facts, Finding, Level, LimitsFact, Server, SharedFile,
    SqliteFact, Tls, is_private_host,
};

const YEAR: u32 = 31_536_000;

/// Levels at which the log contains all data of a request.
const VERBOSE: [&str; 2] = ["debug", "trace"];

/// All findings, in the order of the list. A weakening with its own reason (`dangerous_..`) is
/// silenced by that.
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    // A client that chooses its address is wrong everywhere.
    if let Some(reason) = &facts.wide_proxies {
        findings.add(
            "wide_proxies",
            "the trusted proxies (PALISADE_TRUSTED_PROXIES or `.trusted_proxy(..)`) together hold a \
             /8 of public IPv4 addresses or a /16 of IPv6, or more",
        );
        findings.because(reason);
    }
    for (endpoint, fix) in &facts.unbounded {
        findings.add("unbounded_cost", endpoint);
        findings.fixed_by(fix);
    }
    if facts.panic_abort {
        findings.add("panic_abort", "built with panic = \"abort\"");
    }
    if facts.is_production {
        findings.secrets(facts);
        findings.debugging(facts);
        findings.browsers(facts);
        findings.network(facts);
        findings.limits(facts);
        findings.identity(facts);
        findings.databases(facts);
        findings.machine(facts);
    }
    let place = |finding: &Finding| {
        super::CHECKS.iter().position(|check| check.id == finding.check.id).unwrap_or(usize::MAX)
    };
    findings.0.sort_by_key(place);
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, id: &str, what: impl Into<String>) {
        // A test holds that every id is on the list.
        self.0.extend(Finding::new(id, what));
    }

    fn add_at(&mut self, level: Level, id: &str, what: impl Into<String>) {
        self.0.extend(Finding::new(id, what).map(|finding| finding.at(level)));
    }

    /// Silences the last finding, if there is a reason.
    fn because(&mut self, reason: &str) {
        if let Some(last) = self.0.last_mut()
            && !reason.is_empty()
        {
            last.silenced = Some(reason.to_owned());
        }
    }

    fn fixed_by(&mut self, fix: &str) {
        if let Some(last) = self.0.last_mut() {
            fix.clone_into(&mut last.fix);
        }
    }

    fn secrets(&mut self, facts: &Facts) {
        let of_servers = facts.databases.iter().chain(&facts.stores).filter(|one| !one.is_here());
        let of_servers = of_servers.filter_map(|one| {
            Some((format!("the password in {}", one.setting), one.weakness?, true))
        });
        let own = facts.secrets.iter().map(|one| (one.setting.clone(), one.weakness, one.is_used));
        for (setting, weakness, is_used) in own.chain(of_servers) {
            let is_error = is_used && weakness.is_certain();
            let level = if is_error { Level::Error } else { Level::Warning };
            self.add_at(level, "weak_secret", format!("{setting} can be guessed, {weakness}"));
        }
        for SharedFile { setting, path, mode } in &facts.shared_files {
            self.add("shared_secret_file", format!("{setting} ({path}) has mode {mode:04o}"));
        }
    }

    fn debugging(&mut self, facts: &Facts) {
        if facts.is_development_by_name {
            self.add("development_mode", "PALISADE_ENV is development");
        }
        if facts.detailed_errors {
            let what = "PALISADE_ERRORS=detailed or `.detailed_errors()` in production";
            self.add("detailed_errors", format!("{what}{}", because(facts)));
        }
        if facts.debug_assertions {
            self.add("debug_assertions", "`debug-assertions` are on");
        }
        if let Some(filter) = facts.log_filter.as_deref().filter(|filter| is_verbose(filter)) {
            self.add("debug_log", format!("RUST_LOG is {filter:?}"));
        }
        if let Some(reason) = &facts.public_documentation {
            self.add("public_documentation", "the OpenAPI document or its page is public");
            self.because(reason);
        }
    }

    fn browsers(&mut self, facts: &Facts) {
        for CorsFact { place, any, is_authenticated, credentials, local, reason } in &facts.cors {
            let reason = reason.as_deref().unwrap_or_default();
            if *any && *is_authenticated {
                self.add("cors_any_origin", format!("{place} admits every origin"));
                self.because(reason);
            }
            if *credentials {
                self.add("cors_credentials", format!("{place} admits requests with cookies"));
                self.because(reason);
            }
            if !local.is_empty() {
                self.add("cors_local_origin", format!("{place} admits {}", local.join(", ")));
            }
        }
        match facts.hsts_max_age {
            None => return,
            Some(0) => self.add("hsts_off", "PALISADE_HSTS_MAX_AGE is 0"),
            Some(age) if age < YEAR => {
                self.add("hsts_short", format!("HSTS holds for {age} seconds"));
            }
            Some(_) => {}
        }
        if !facts.hsts_subdomains && !facts.hsts_preload {
            self.add("hsts_subdomains", "HSTS binds this host alone");
        }
        // A host that is preloaded has to bind those below it.
        if facts.hsts_subdomains && !facts.hsts_preload {
            self.add("hsts_preload", "HSTS is not preloaded");
        }
    }

    fn network(&mut self, facts: &Facts) {
        if let Some(reason) = &facts.any_host {
            self.add("any_host", "the service answers for every host");
            self.because(reason);
        } else if facts.hosts_unset && facts.is_production_by_name {
            self.add("hosts_unset", "PALISADE_HOSTS is not set, and the service is in production");
        } else if facts.hosts_unset {
            self.add_at(
                Level::Warning,
                "hosts_unset",
                "others can reach this service, and PALISADE_HOSTS is not set",
            );
        }
        if facts.is_reachable && !facts.is_https {
            self.add("no_https", "PALISADE_PUBLIC_ORIGIN names no https origin");
        }
        if facts.is_https && !facts.speaks_tls && !facts.trusts_proxies {
            self.add("proxies_unset", "PALISADE_TRUSTED_PROXIES is not set");
        }
    }

    fn limits(&mut self, facts: &Facts) {
        if let LimitsFact::Off(setting) = &facts.limits {
            self.add("limits_off", format!("{setting} in production{}", because(facts)));
        }
        let several = facts.replicas.as_ref().filter(|replicas| replicas.count > 1);
        if let Some(several) = several {
            let by = format!("{} instances ({})", several.count, several.told_by);
            // Who has sessions stick to instances may not have to share them.
            let level = if several.is_certain { Level::Error } else { Level::Warning };
            if facts.limits == LimitsFact::InMemory {
                self.add("limits_not_shared", format!("{by}, and limits in memory"));
            }
            if facts.sessions_in_memory {
                self.add_at(level, "sessions_not_shared", format!("{by}, and sessions in memory"));
            }
            if facts.revocations_in_memory {
                self.add_at(
                    level,
                    "revocations_not_shared",
                    format!("{by}, and revocations in memory"),
                );
            }
            if facts.form_key_is_own {
                self.add_at(
                    level,
                    "form_key_not_shared",
                    format!("{by}, and a key of forms for each"),
                );
            }
        }
        for setting in &facts.unset_prefixes {
            self.add("shared_redis_prefix", format!("{setting} is not set"));
        }
    }

    fn identity(&mut self, facts: &Facts) {
        if facts.revocations_unset {
            self.add("revocations_unset", "tokens are taken, and nothing can be revoked");
        }
        let admin =
            facts.admin.iter().map(|EndpointFact { name, because }| format!("{name}: {because}"));
        let admin: Vec<_> = admin.collect();
        if !admin.is_empty() {
            self.add("admin_without_step_up", format!("for administrators: {}", admin.join("; ")));
        }
    }

    fn databases(&mut self, facts: &Facts) {
        for Server { setting, host, tls, .. } in facts.databases.iter().filter(|s| !s.is_here()) {
            let how = match tls {
                Tls::Verified => continue,
                Tls::Unverified => "is reached over TLS without verification of the certificate",
                Tls::Off => "is reached without TLS",
            };
            // A network of containers is often the only one that reaches them.
            let level = if is_private_host(host) || *tls == Tls::Unverified {
                Level::Warning
            } else {
                Level::Error
            };
            self.add_at(level, "database_without_tls", format!("{setting}: {host} {how}"));
        }
        for Server { setting, host, tls, has_password, .. } in
            facts.stores.iter().filter(|store| !store.is_here())
        {
            if *tls != Tls::Verified {
                self.add("redis_without_tls", format!("{setting}: {host} has no verified TLS"));
            }
            if !has_password {
                self.add("redis_without_password", format!("{setting} has no password"));
            }
        }
        for SqliteFact { path, disk } in &facts.sqlite {
            match disk {
                Disk::Network(kind) => {
                    self.add("sqlite_on_network_disk", format!("{path} is on {kind}"));
                }
                Disk::Perhaps(kind) => self.add_at(
                    Level::Warning,
                    "sqlite_on_network_disk",
                    format!("{path} is on {kind}, which may be a disk of the network"),
                ),
            }
        }
    }

    fn machine(&mut self, facts: &Facts) {
        match &facts.clock {
            None => {}
            Some(Clock::BeforeRelease) => {
                self.add("wrong_clock", "the clock is before the release of palisade");
            }
            Some(Clock::BehindBuild(seconds)) => self.add_at(
                Level::Warning,
                "wrong_clock",
                format!(
                    "the clock is {seconds} s behind the time at which the program was written"
                ),
            ),
            Some(Clock::Apart(whose, seconds)) => self.add_at(
                Level::Warning,
                "wrong_clock",
                format!("the clock is {seconds} s apart from that of {whose}"),
            ),
        }
        if facts.is_root {
            self.add("runs_as_root", "the process runs as root");
        }
    }
}

/// The cause of production mode, in parentheses.
fn because(facts: &Facts) -> String {
    facts.production_because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default()
}

/// Whether a filter of the log enables everything: `debug`, `info,sqlx=trace`. A filter that turns
/// one module off does not count.
fn is_verbose(filter: &str) -> bool {
    filter.split(',').any(|directive| {
        let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
        VERBOSE.contains(&level.trim().to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::is_verbose;

    #[test]
    fn a_filter_is_read_by_its_levels() {
        for verbose in ["debug", "TRACE", "info,sqlx=debug", "notes[{id}]=trace"] {
            assert!(is_verbose(verbose), "{verbose}");
        }
        for fine in ["info", "warn,sqlx=error", "off", "debugger=info", ""] {
            assert!(!is_verbose(fine), "{fine}");
        }
    }
}
