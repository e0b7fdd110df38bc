//! Each deploy check has facts that it reports, and facts that it does not.

#![allow(clippy::panic, reason = "a test that cannot go on should stop where it stands")]

use palisade_policy::deploy::{
    CHECKS, Clock, CorsFact, Disk, EndpointFact, Facts, JudgedBy, Level, LimitsFact, Replicas,
    SecretFact, Server, SharedFile, SqliteFact, judge,
};
use palisade_policy::secret::{Purpose, Weakness};

/// A service in production for which no check reports anything.
fn sound() -> Facts {
    Facts {
        is_production: true,
        is_production_by_name: true,
        is_https: true,
        is_reachable: true,
        trusts_proxies: true,
        hsts_max_age: Some(63_072_000),
        hsts_subdomains: true,
        hsts_preload: true,
        limits: LimitsFact::Shared,
        log_filter: Some("info".to_owned()),
        replicas: Some(Replicas {
            count: 3,
            told_by: "PALISADE_REPLICAS".to_owned(),
            is_certain: true,
        }),
        databases: server("DATABASE_URL", "postgres://u:mB4kT8uZr2xVq7Lp@db.example.com/n"),
        stores: server("PALISADE_REDIS_URL", "rediss://:mB4kT8uZr2xVq7Lp@cache.example.com"),
        cors: vec![CorsFact { place: "the service".to_owned(), any: true, ..CorsFact::default() }],
        ..Facts::default()
    }
}

fn server(setting: &str, url: &str) -> Vec<Server> {
    Server::of(setting, url).into_iter().collect()
}

fn cors(change: fn(&mut CorsFact)) -> Vec<CorsFact> {
    let mut fact = CorsFact { place: "`items` (a.rs:1)".to_owned(), ..CorsFact::default() };
    change(&mut fact);
    vec![fact]
}

/// The findings for the sound service after this change: ids, levels, and whether they are
/// silenced.
fn told(change: impl FnOnce(&mut Facts)) -> Vec<(&'static str, Level, bool)> {
    let mut facts = sound();
    change(&mut facts);
    let findings = judge(&facts);
    findings.iter().map(|one| (one.check.id, one.level, one.silenced.is_some())).collect()
}

type Change = fn(&mut Facts);

/// Every check that is judged by facts, with the change that makes it report a finding.
const REFUSED: &[(&str, Level, Change)] = &[
    ("weak_secret", Level::Error, |facts| {
        let setting = "SHOP_API_KEY".to_owned();
        facts.secrets = vec![SecretFact { setting, weakness: Weakness::Words, is_used: true }];
    }),
    ("weak_secret", Level::Error, |facts| {
        let (setting, weakness) = ("PALISADE_AUDIT_KEY".to_owned(), Weakness::Short(Purpose::Key));
        facts.secrets = vec![SecretFact { setting, weakness, is_used: true }];
    }),
    ("weak_secret", Level::Warning, |facts| {
        facts.databases = server("DATABASE_URL", "postgres://u:k9xQ@db.example.com/n");
    }),
    ("shared_secret_file", Level::Warning, |facts| {
        let (setting, path) = ("PALISADE_FORM_KEY_FILE".to_owned(), "/etc/k".to_owned());
        facts.shared_files = vec![SharedFile { setting, path, mode: 0o644 }];
    }),
    ("development_mode", Level::Warning, |facts| facts.is_development_by_name = true),
    ("detailed_errors", Level::Error, |facts| facts.detailed_errors = true),
    ("debug_assertions", Level::Warning, |facts| facts.debug_assertions = true),
    ("panic_abort", Level::Warning, |facts| facts.panic_abort = true),
    ("debug_log", Level::Warning, |facts| facts.log_filter = Some("info,sqlx=debug".to_owned())),
    ("public_documentation", Level::Error, |facts| {
        facts.public_documentation = Some(String::new());
    }),
    ("cors_any_origin", Level::Warning, |facts| {
        facts.cors = cors(|fact| (fact.any, fact.is_authenticated) = (true, true));
    }),
    ("cors_credentials", Level::Error, |facts| facts.cors = cors(|fact| fact.credentials = true)),
    ("cors_local_origin", Level::Warning, |facts| {
        facts.cors = cors(|fact| fact.local = vec!["http://localhost:3000".to_owned()]);
    }),
    ("hsts_off", Level::Warning, |facts| facts.hsts_max_age = Some(0)),
    ("hsts_short", Level::Note, |facts| facts.hsts_max_age = Some(300)),
    ("hsts_subdomains", Level::Note, |facts| {
        (facts.hsts_subdomains, facts.hsts_preload) = (false, false);
    }),
    ("hsts_preload", Level::Note, |facts| facts.hsts_preload = false),
    ("any_host", Level::Error, |facts| facts.any_host = Some(String::new())),
    ("hosts_unset", Level::Error, |facts| facts.hosts_unset = true),
    ("hosts_unset", Level::Warning, |facts| {
        (facts.hosts_unset, facts.is_production_by_name) = (true, false);
    }),
    ("no_https", Level::Warning, |facts| {
        (facts.is_https, facts.hsts_max_age) = (false, None);
    }),
    ("proxies_unset", Level::Warning, |facts| facts.trusts_proxies = false),
    ("wide_proxies", Level::Error, |facts| facts.wide_proxies = Some(String::new())),
    ("limits_off", Level::Error, |facts| {
        facts.limits = LimitsFact::Off("PALISADE_LIMITS=off".into());
    }),
    ("unbounded_cost", Level::Warning, |facts| {
        facts.unbounded = vec![("`find` searches".into(), "bound it".into())];
    }),
    ("limits_not_shared", Level::Warning, |facts| facts.limits = LimitsFact::InMemory),
    ("sessions_not_shared", Level::Error, |facts| facts.sessions_in_memory = true),
    ("revocations_not_shared", Level::Error, |facts| facts.revocations_in_memory = true),
    ("form_key_not_shared", Level::Error, |facts| facts.form_key_is_own = true),
    ("shared_redis_prefix", Level::Warning, |facts| {
        facts.unset_prefixes = vec!["PALISADE_REDIS_PREFIX"];
    }),
    ("revocations_unset", Level::Warning, |facts| facts.revocations_unset = true),
    ("admin_without_step_up", Level::Warning, |facts| {
        let (name, because) = ("`users` (a.rs:1)".to_owned(), "the scope `admin`".to_owned());
        facts.admin = vec![EndpointFact { name, because }];
    }),
    ("database_without_tls", Level::Error, |facts| {
        let url = "postgres://u:mB4kT8uZr2xVq7Lp@db.example.com/n?sslmode=disable";
        facts.databases = server("DATABASE_URL", url);
    }),
    ("database_without_tls", Level::Warning, |facts| {
        let url = "postgres://u:mB4kT8uZr2xVq7Lp@db/n?sslmode=disable";
        facts.databases = server("DATABASE_URL", url);
    }),
    ("redis_without_tls", Level::Warning, |facts| {
        facts.stores = server("PALISADE_REDIS_URL", "redis://:mB4kT8uZr2xVq7Lp@cache");
    }),
    ("redis_without_password", Level::Warning, |facts| {
        facts.stores = server("PALISADE_REDIS_URL", "rediss://cache.example.com");
    }),
    ("sqlite_on_network_disk", Level::Error, |facts| {
        let path = "/data/notes.sqlite".to_owned();
        facts.sqlite = vec![SqliteFact { path, disk: Disk::Network("NFS") }];
    }),
    ("sqlite_on_network_disk", Level::Warning, |facts| {
        let path = "/data/notes.sqlite".to_owned();
        facts.sqlite = vec![SqliteFact { path, disk: Disk::Perhaps("FUSE") }];
    }),
    ("wrong_clock", Level::Error, |facts| facts.clock = Some(Clock::BeforeRelease)),
    ("wrong_clock", Level::Warning, |facts| facts.clock = Some(Clock::BehindBuild(90_000))),
    ("wrong_clock", Level::Warning, |facts| facts.clock = Some(Clock::Apart("Redis", 60))),
    ("runs_as_root", Level::Warning, |facts| facts.is_root = true),
];

#[test]
fn nothing_is_told_of_a_sound_service() {
    assert_eq!(told(|_| {}), []);
}

#[test]
fn each_check_tells_what_it_is_there_for_and_nothing_else() {
    for (id, level, change) in REFUSED {
        assert_eq!(told(change), [(*id, *level, false)], "{id}");
    }
}

#[test]
fn every_check_of_facts_is_tried() {
    for check in CHECKS.iter().filter(|check| check.judged_by != JudgedBy::Command) {
        let worst = REFUSED.iter().filter(|(id, ..)| *id == check.id).map(|(_, level, _)| *level);
        assert_eq!(worst.max(), Some(check.level), "{}", check.id);
    }
}

#[test]
fn what_is_only_likely_stops_no_start() {
    let likely = told(|facts| {
        let told_by = "the host name shop-2".to_owned();
        facts.replicas = Some(Replicas { count: 3, told_by, is_certain: false });
        facts.sessions_in_memory = true;
    });
    assert_eq!(likely, [("sessions_not_shared", Level::Warning, false)]);
    let other = told(|facts| {
        let setting = "POSTGRES_PASSWORD".to_owned();
        facts.secrets = vec![SecretFact { setting, weakness: Weakness::Words, is_used: false }];
    });
    assert_eq!(other, [("weak_secret", Level::Warning, false)]);
}

#[test]
fn outside_of_production_only_what_is_wrong_everywhere_is_told() {
    for (id, _, change) in REFUSED {
        let found = told(|facts| {
            change(facts);
            facts.is_production = false;
        });
        let ids: Vec<_> = found.iter().map(|(id, ..)| *id).collect();
        let anywhere = ["wide_proxies", "unbounded_cost", "panic_abort"].contains(id);
        assert_eq!(ids.is_empty(), !anywhere, "{id}: {ids:?}");
    }
}

#[test]
fn a_reason_of_its_own_silences_what_it_was_given_for() {
    let why = || "the proxy in front checks it".to_owned();
    for (id, found) in [
        ("any_host", told(|facts| facts.any_host = Some(why()))),
        ("wide_proxies", told(|facts| facts.wide_proxies = Some(why()))),
        (
            "cors_credentials",
            told(|facts| {
                facts.cors = cors(|fact| fact.credentials = true);
                for fact in &mut facts.cors {
                    fact.reason = Some(why());
                }
            }),
        ),
    ] {
        assert_eq!(found, [(id, Level::Error, true)], "{id}");
    }
}

#[test]
fn what_is_on_this_machine_and_alone_is_right() {
    let one = |facts: &mut Facts| {
        facts.replicas =
            Some(Replicas { count: 1, told_by: "PALISADE_REPLICAS".to_owned(), is_certain: true });
        facts.limits = LimitsFact::InMemory;
        (facts.sessions_in_memory, facts.revocations_in_memory) = (true, true);
        facts.form_key_is_own = true;
        facts.databases = server("DATABASE_URL", "postgres://u:p@localhost/n?sslmode=disable");
        facts.stores = server("PALISADE_REDIS_URL", "redis://127.0.0.1:6379");
        (facts.speaks_tls, facts.trusts_proxies) = (true, false);
    };
    assert_eq!(told(one), []);
    assert_eq!(
        told(
            |facts| (facts.is_reachable, facts.is_https, facts.hsts_max_age) = (false, false, None)
        ),
        []
    );
}
