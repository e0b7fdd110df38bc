//! The deploy checks at the start of a service: what stops it, what is a line of the log, and what a reason
//! silences.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    num::NonZeroU32,
    path::Path,
    process::Command,
    sync::LazyLock,
};

use palisade::{
    Builder, Environment, FormTokens, Palisade, auth::Revocations, prelude::*, session::Sessions,
};
use palisade_policy::deploy::{CHECKS, JudgedBy, Level};
use palisade_tests::audit;
use regex::Regex;

#[get("/open")]
#[public]
async fn open() -> &'static str {
    "open"
}

#[post("/form")]
#[public(reason = "a form that everybody may send")]
#[cross_site(token)]
async fn form() -> Result<NoContent> {
    Ok(NoContent)
}

fn production() -> Builder {
    Palisade::builder()
        .bind("127.0.0.1:0")
        .public_origin("https://api.example")
        .trusted_proxy("10.0.0.1")
        .endpoints(endpoints![open])
}

fn several(builder: Builder) -> Builder {
    builder.replicas(NonZeroU32::new(3).unwrap())
}

/// The ids in what keeps a service from starting.
fn stops(builder: Builder) -> Vec<String> {
    static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[([a-z_]+)\]$").unwrap());

    let complaints = match builder.build() {
        Ok(_) => return Vec::new(),
        Err(failure) => failure.complaints().to_vec(),
    };
    complaints
        .iter()
        .map(|complaint| {
            let id = ID.captures(complaint).map(|found| found[1].to_owned());
            id.unwrap_or_else(|| complaint.clone())
        })
        .collect()
}

type Change = fn(Builder) -> Builder;

/// What stops a start in production, with what does not.
const STOPS: &[(&str, Change, Change)] = &[
    ("detailed_errors", Builder::detailed_errors, |builder| builder),
    (
        "limits_off",
        |builder| builder.dangerous_limits_off("a load test of one evening"),
        |builder| builder,
    ),
    (
        "wide_proxies",
        |builder| builder.trusted_proxy("8.0.0.0/8"),
        |builder| {
            builder.trusted_proxy("8.0.0.0/8").dangerous_wide_proxies("a lab without a way out")
        },
    ),
    (
        "hosts_unset",
        |_| Palisade::builder().bind("127.0.0.1:0").environment(Environment::Production),
        |_| {
            let builder = Palisade::builder().bind("127.0.0.1:0");
            builder.environment(Environment::Production).host("api.example")
        },
    ),
    (
        "sessions_not_shared",
        |builder| several(builder.sessions(Sessions::in_memory())),
        |builder| builder.sessions(Sessions::in_memory()),
    ),
    (
        "revocations_not_shared",
        |builder| several(builder.revocations(Revocations::in_memory())),
        |builder| builder.revocations(Revocations::in_memory()),
    ),
    (
        "form_key_not_shared",
        |builder| several(builder.endpoints(endpoints![form])),
        |builder| {
            let tokens = FormTokens::with_key(&"mB4kT8uZr2xVq7LpW9cYd3Fh6Jk1NsQe".into());
            several(builder.endpoints(endpoints![form]).form_tokens(tokens))
        },
    ),
];

#[test]
fn a_finding_of_the_level_of_an_error_stops_the_start() {
    for (id, wrong, right) in STOPS {
        assert_eq!(stops(wrong(production())), [*id], "{id}");
        assert_eq!(stops(right(production())), [""; 0], "{id}");
    }
}

#[test]
fn all_of_them_are_told_at_once() {
    let wrong = several(production().sessions(Sessions::in_memory()))
        .detailed_errors()
        .dangerous_limits_off("a load test of one evening");
    assert_eq!(stops(wrong), ["detailed_errors", "limits_off", "sessions_not_shared"]);
}

#[test]
fn nothing_of_it_is_told_outside_of_production() {
    let wrong = several(Palisade::builder().bind("127.0.0.1:0").sessions(Sessions::in_memory()))
        .detailed_errors()
        .dangerous_limits_off("a load test of one evening");
    assert_eq!(stops(wrong), [""; 0]);
}

#[test]
fn an_id_and_a_reason_silence_a_check() {
    audit::listen();
    for (id, wrong, _) in STOPS {
        let silenced = wrong(production()).silence_deploy_check(id, "a test of what is silenced");
        if ["detailed_errors", "limits_off"].contains(id) {
            let told = stops(silenced);
            let refused = format!("the deploy check `{id}` cannot be silenced");
            assert!(told[0].contains(&refused) && told[1..] == [*id], "{told:?}");
        } else {
            assert_eq!(stops(silenced), [""; 0], "{id}");
        }
    }
    let needless = production().silence_deploy_check("panic_abort", "a test of what is silenced");
    assert_eq!(stops(needless), [""; 0]);
    let told = audit::message("the deploy check `panic_abort` is silenced, and finds nothing");
    assert!(told.is_some());
}

#[test]
fn what_silences_nothing_stops_the_start() {
    for (id, reason, says) in [
        ("limit_off", "a test of what is silenced", "did you mean `limits_off`?"),
        ("debug_log", "later", "a reason that a reviewer can judge"),
        ("no_such_check_at_all", "a test of what is silenced", "no deploy check is called"),
    ] {
        let failure = production().silence_deploy_check(id, reason).build().unwrap_err();
        assert!(failure.to_string().contains(says), "{failure}");
    }
}

#[test]
fn warnings_are_lines_of_the_log_with_their_ids() {
    audit::listen();
    let builder = Palisade::builder()
        .bind("0.0.0.0:0")
        .environment(Environment::Production)
        .host("api.example")
        .cors_origin("http://localhost:3000");
    assert_eq!(stops(several(builder)), [""; 0]);
    for id in ["no_https", "cors_local_origin", "limits_not_shared"] {
        let line = audit::message(&format!("[{id}]")).unwrap_or_else(|| panic!("{id}"));
        assert!(line.contains("; "), "{line}");
    }
}

#[test]
fn what_is_silenced_shows_in_the_inventory_of_the_running_service() {
    audit::listen();
    let builder = several(production().sessions(Sessions::in_memory()))
        .silence_deploy_check("sessions_not_shared", "the balancer keeps clients where they are");
    let line =
        "deploy check `sessions_not_shared` is silenced: the balancer keeps clients where they are";
    actix_web::rt::System::new().block_on(builder.serve_until(std::future::ready(()))).unwrap();
    assert!(audit::message(&format!("weakened: {line}")).is_some());
    assert!(audit::count(&[line]) >= 2, "in the table, and as a warning");
}

/// Starts a service in a process of its own, by its environment alone: what it says of the start.
fn by_environment(variables: &[(&str, &str)]) -> String {
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new(test);
    command.args(["--exact", "deploy_checks::child_of_by_environment", "--ignored", "--nocapture"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PALISADE_") {
            command.env_remove(name);
        }
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "a process that other tests start"]
fn child_of_by_environment() {
    let built =
        Palisade::from_env().and_then(|builder| builder.endpoints(endpoints![open]).build());
    match built {
        Ok(_) => println!("it starts"),
        Err(failure) => println!("{failure}"),
    }
}

#[test]
fn the_environment_says_the_same() {
    let https = ("PALISADE_PUBLIC_ORIGIN", "https://api.example");
    for (variables, says) in [
        (&[https][..], "it starts"),
        (&[https, ("PALISADE_ERRORS", "detailed")], "[detailed_errors]"),
        (&[("PALISADE_ERRORS", "detailed")], "it starts"),
        (
            &[("PALISADE_ERRORS", "verbose")],
            "PALISADE_ERRORS (environment) is \"verbose\": write plain",
        ),
        (&[("PALISADE_REPLICAS", "many")], "PALISADE_REPLICAS (environment) is \"many\""),
        (&[https, ("PALISADE_LIMITS", "off")], "[limits_off]"),
        (
            &[
                https,
                ("PALISADE_LIMITS", "off"),
                ("PALISADE_ERRORS", "detailed"),
                (
                    "PALISADE_SILENCE",
                    "limits_off: a load test today; detailed_errors: it is looked at",
                ),
            ],
            "PALISADE_SILENCE (environment): the deploy check `detailed_errors` cannot be silenced",
        ),
        (
            &[
                https,
                ("PALISADE_REPLICAS", "2"),
                ("PALISADE_SILENCE", "limits_not_shared: the balancer keeps clients in place"),
            ],
            "it starts",
        ),
        (&[("PALISADE_LIMITS", "off")], "it starts"),
        (&[("PALISADE_LIMITS", "off"), ("PALISADE_TRUSTED_PROXIES", "127.0.0.1")], "[limits_off]"),
        (
            &[("PALISADE_ERRORS", "detailed"), ("PALISADE_BIND", "unix:/run/notes/http.sock")],
            "in production (it listens on a Unix socket)",
        ),
        (
            &[("PALISADE_ERRORS", "detailed"), ("PALISADE_HOSTS", "api.example")],
            "[detailed_errors]",
        ),
        (
            &[
                ("PALISADE_ERRORS", "detailed"),
                ("PALISADE_HOSTS", "api.example"),
                ("PALISADE_ENV", "development"),
            ],
            "it starts",
        ),
        (
            &[https, ("PALISADE_SILENCE", "limitsoff: a load test today")],
            "no deploy check is called `limitsoff`: did you mean `limits_off`?",
        ),
        (&[https, ("PALISADE_SILENCE", "debug_log")], "has no reason"),
    ] {
        let told = by_environment(variables);
        assert!(told.contains(says), "{variables:?}: {told}");
    }
}

/// The blocks of settings that the documentation has for deployments are valid ones.
#[test]
fn documented_deployments_start() {
    let page = include_str!("../../../docs/deploying.md");
    let mut tried = 0;
    for block in page.split("\n```").filter_map(|block| block.strip_prefix("sh\n")) {
        let mut sets: Vec<BTreeMap<&str, &str>> = vec![BTreeMap::new()];
        for line in block.lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            if !name.starts_with("PALISADE_") {
                continue;
            }
            let value = value.split(" #").next().unwrap_or_default().trim().trim_matches('\'');
            if sets.last().is_some_and(|set| set.contains_key(name)) {
                sets.push(BTreeMap::new());
            }
            sets.last_mut().unwrap().insert(name, value);
        }
        for mut set in sets.into_iter().filter(|set| !set.is_empty()) {
            // In a block about one setting, the others are those of any service.
            set.entry("PALISADE_PUBLIC_ORIGIN").or_insert("https://api.example");
            let variables: Vec<_> = set.into_iter().collect();
            let told = by_environment(&variables);
            assert!(told.contains("it starts"), "{variables:?}: {told}");
            tried += 1;
        }
    }
    assert!(tried >= 4, "{tried}");
}

/// Every check is on the page, and the page has no other.
#[test]
fn the_page_has_every_check() {
    let page = include_str!("../../../docs/deploy-check.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let mut listed = BTreeSet::new();
    for check in CHECKS {
        let level = check.level.word();
        let by = match check.judged_by {
            JudgedBy::Both => "both",
            JudgedBy::Start => "start",
            JudgedBy::Command => "command",
        };
        let begin = format!("| `{}` | {level} | {by} |", check.id);
        let row = rows.iter().find(|row| row.starts_with(&begin));
        let row = row.unwrap_or_else(|| panic!("the page has no row `{begin}`"));
        assert!(row.contains(&format!("CWE-{}", check.cwe)), "{row}");
        listed.insert(check.id);
    }
    let first = page.split("## The checks").nth(1).unwrap().split("## Django").next().unwrap();
    for row in first.lines().filter(|line| line.starts_with("| `")) {
        let id = row.split('`').nth(1).unwrap();
        assert!(listed.contains(id), "no check is called {id}");
    }
    assert!(CHECKS.iter().any(|check| check.level == Level::Error));
}

/// The ids of Django's own checks: of the package, where it is installed.
#[test]
fn every_check_of_django_is_answered() {
    let page = include_str!("../../../docs/deploy-check.md");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned();
    let Some(folder) = django(&target) else {
        palisade_tests::skip("Django", "PALISADE_TEST_DJANGO");
        return;
    };
    let id = Regex::new(r#"["'](security\.[EW]\d{3})["']"#).unwrap();
    let mut ids = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "py") {
            let text = fs::read_to_string(path).unwrap();
            ids.extend(id.captures_iter(&text).map(|found| found[1].to_owned()));
        }
    }
    assert!(ids.len() >= 20, "{ids:?}");
    let missing: Vec<_> = ids.iter().filter(|id| !page.contains(&format!("`{id}`"))).collect();
    assert!(missing.is_empty(), "not in docs/deploy-check.md: {missing:?}");
}

/// The folder of Django's security checks: of the tests' own Python, or of Debian's package.
fn django(target: &Path) -> Option<std::path::PathBuf> {
    let inner = "django/core/checks/security";
    let own = fs::read_dir(target.join("clients/python/lib")).into_iter().flatten();
    let own = own.filter_map(|entry| entry.ok().map(|entry| entry.path().join("site-packages")));
    own.chain([Path::new("/usr/lib/python3/dist-packages").to_owned()])
        .map(|folder| folder.join(inner))
        .find(|folder| folder.is_dir())
}
