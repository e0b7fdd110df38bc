//! `cargo palisade check --deploy` and `cargo palisade audit`, as a program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

/// A package with nothing to find, in a repository of its own.
fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir(root.join("src")).unwrap();
    let own = [
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
        ),
        ("src/main.rs", "fn main() {}\n"),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\n"),
    ];
    for (name, text) in own.iter().chain(files) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn palisade(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-palisade"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("PALISADE_") || ["DATABASE_URL", "RUST_LOG"].contains(&name.as_str()) {
            command.env_remove(name);
        }
    }
    // No database of this machine.
    command.env("CARGO_HOME", dir.join("cargo-home")).env("HOME", dir);
    command.env("RUSTUP_HOME", rustup_home());
    command.current_dir(dir).envs(variables.iter().copied()).args(args).output().unwrap()
}

fn rustup_home() -> std::ffi::OsString {
    std::env::var_os("RUSTUP_HOME").unwrap_or_else(|| {
        let home = std::env::var_os("HOME").unwrap_or_default();
        Path::new(&home).join(".rustup").into_os_string()
    })
}

/// The rules of the findings, with their levels and files.
fn found(output: &Output) -> Vec<(String, String, String)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut all: Vec<_> = lines
        .map(|line| {
            let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap().to_owned();
            (text("rule"), text("level"), text("file"))
        })
        .collect();
    all.sort();
    all
}

fn deploy(dir: &Path, more: &[&str], variables: &[(&str, &str)]) -> Output {
    let args = [&["check", "--deploy", "--format", "json", "--level", "warn"], more].concat();
    palisade(dir, &args, variables)
}

fn has(output: &Output, rule: &str, level: &str, file: &str) -> bool {
    found(output).contains(&(rule.to_owned(), level.to_owned(), file.to_owned()))
}

const SOUND: &str = "# a comment\nPALISADE_ENV=production\nPALISADE_PUBLIC_ORIGIN=https://shop.example\n\
                     PALISADE_TRUSTED_PROXIES=10.0.0.0/8\nRUST_LOG=info\n";

const WITHOUT_TLS: &str = "postgres://u:mB4kT8uZr2xVq7Lp@db.example.com/n?sslmode=disable";

#[test]
fn settings_are_judged_by_the_list_of_the_start() {
    let dir = package(&[("deploy/sound.env", SOUND)]);
    let root = dir.path();
    let sound = deploy(root, &["--settings", "deploy/sound.env"], &[]);
    assert_eq!(found(&sound), []);
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    for (line, rule, level) in [
        ("PALISADE_LIMITS=off", "limits_off", "deny"),
        ("PALISADE_ERRORS=detailed", "detailed_errors", "deny"),
        ("PALISADE_FORM_KEY=changeme", "weak_secret", "deny"),
        ("SHOP_PASSWORD='hunter2'", "weak_secret", "deny"),
        ("PALISADE_ENV=development", "development_mode", "warn"),
        ("RUST_LOG=debug", "debug_log", "warn"),
        ("PALISADE_CORS_ORIGINS=http://localhost:3000", "cors_local_origin", "warn"),
        ("PALISADE_HSTS_MAX_AGE=0", "hsts_off", "warn"),
        ("PALISADE_AUTH_KEYS=keys.json", "revocations_unset", "warn"),
        (
            "PALISADE_REDIS_URL=redis://:mB4kT8uZr2xVq7Lp@cache.example.com",
            "redis_without_tls",
            "warn",
        ),
        ("PALISADE_REDIS_URL=rediss://cache.example.com", "redis_without_password", "warn"),
        (&format!("DATABASE_URL={WITHOUT_TLS}"), "database_without_tls", "deny"),
    ] {
        fs::write(root.join("deploy/own.env"), format!("{SOUND}{line}\n")).unwrap();
        let output = deploy(root, &["--settings", "deploy/own.env"], &[]);
        assert!(has(&output, rule, level, "deploy/own.env"), "{line}: {:?}", found(&output));
        let code = if level == "deny" { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{line}");
    }
}

#[test]
fn settings_come_from_the_environment_and_from_toml_too() {
    let toml = "[palisade]\npublic_origin = \"https://shop.example\"\n\
                trusted_proxies = [\"10.0.0.1\"]\nhsts_max_age = 0\nlimits = \"off\"\n";
    let dir = package(&[("palisade.toml", toml)]);
    let output = deploy(dir.path(), &[], &[]);
    assert!(has(&output, "limits_off", "deny", "palisade.toml"), "{:?}", found(&output));
    assert!(has(&output, "hsts_off", "warn", "palisade.toml"), "{:?}", found(&output));
    let by_environment = deploy(dir.path(), &[], &[("PALISADE_LIMITS", "local")]);
    assert!(!has(&by_environment, "limits_off", "deny", "palisade.toml"));
    let named = deploy(dir.path(), &[], &[("PALISADE_ERRORS", "detailed")]);
    assert!(has(&named, "detailed_errors", "deny", "environment"), "{:?}", found(&named));
    fs::write(dir.path().join("palisade.toml"), "limits = \n").unwrap();
    assert_eq!(deploy(dir.path(), &[], &[]).status.code(), Some(2));
}

#[test]
fn without_settings_none_are_judged() {
    let dir = package(&[]);
    let output = deploy(dir.path(), &[], &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no settings were judged"));
}

#[test]
fn a_silence_is_seen_and_one_of_nothing_is_refused() {
    let dir = package(&[("own.env", &format!("{SOUND}DATABASE_URL={WITHOUT_TLS}\n"))]);
    let root = dir.path();
    let args = ["check", "--deploy", "--format", "json", "--settings", "own.env"];
    let silence = |text: &str| palisade(root, &args, &[("PALISADE_SILENCE", text)]);
    let output = silence("database_without_tls: a lab without a way out");
    assert!(has(&output, "database_without_tls", "note", "own.env"), "{:?}", found(&output));
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("silenced: a lab without a way out"), "{text}");
    let wrong = silence("limit_off: a load test of one evening");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stdout).contains("did you mean `limits_off`?"));
    // In the program, too.
    let call = "fn main() { b().silence_deploy_check(\"database_without_tls\", \"a lab without a way \
                out\"); }";
    fs::write(root.join("src/main.rs"), call).unwrap();
    assert_eq!(palisade(root, &args, &[]).status.code(), Some(0));
    fs::write(root.join("src/main.rs"), call.replace("without_tls", "without")).unwrap();
    let wrong = palisade(root, &args, &[]);
    assert!(has(&wrong, "unused_suppression", "deny", "src/main.rs"), "{:?}", found(&wrong));
    // What cannot be silenced stays an error.
    fs::write(root.join("src/main.rs"), "fn main() {}").unwrap();
    fs::write(root.join("own.env"), format!("{SOUND}PALISADE_LIMITS=off\n")).unwrap();
    let refused = silence("limits_off: a load test of one evening");
    assert!(has(&refused, "limits_off", "deny", "own.env"), "{:?}", found(&refused));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("cannot be silenced"));
}

#[test]
fn a_release_for_debugging_and_secrets_of_the_repository_are_found() {
    let key = ["-----BEGIN", "PRIVATE KEY-----\nAAAA\n"].join(" ");
    let dir =
        package(&[("deploy/tls.pem", &key), ("secret.env", "SHOP_PASSWORD=mB4kT8uZr2xVq7Lp\n")]);
    let root = dir.path();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let profile = "[profile.release]\npanic = \"abort\"\ndebug-assertions = true\n";
    fs::write(root.join("Cargo.toml"), format!("{manifest}{profile}")).unwrap();
    let untracked = deploy(root, &[], &[]);
    assert!(has(&untracked, "debug_assertions", "warn", "Cargo.toml"), "{:?}", found(&untracked));
    assert!(has(&untracked, "panic_abort", "warn", "Cargo.toml"));
    assert_eq!(untracked.status.code(), Some(0), "nothing is tracked");
    let git = |args: &[&str]| Command::new("git").current_dir(root).args(args).output();
    if git(&["init", "-q"]).is_err() {
        eprintln!("skipped: git is not installed");
        return;
    }
    git(&["add", "-A"]).unwrap();
    let tracked = deploy(root, &[], &[]);
    for file in ["deploy/tls.pem", "secret.env"] {
        assert!(has(&tracked, "tracked_secret", "deny", file), "{file}: {:?}", found(&tracked));
    }
    assert_eq!(tracked.status.code(), Some(1));
}

const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2099-0001\"\npackage = \"lamp\"\n\
                        date = \"2026-01-02\"\nurl = \"https://lamp.example/fault\"\n\n[versions]\npatched = [\">= 1.2.3\"]\n```\n\n\
                        # Lamps explode\n\nText.\n";
const OLD: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2099-0002\"\npackage = \"candle\"\ndate = \"2026-01-02\"\n\
                   informational = \"unmaintained\"\n\n[versions]\npatched = []\n```\n\n# Nobody makes candles\n\nText.\n";

fn lock(lamp: &str) -> String {
    let package = |name: &str, version: &str| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n"
        )
    };
    format!("version = 4\n\n{}{}", package("lamp", lamp), package("candle", "0.1.0"))
}

#[test]
fn advisories_are_found_in_the_lock_file() {
    let dir = package(&[
        ("db/crates/lamp/RUSTSEC-2099-0001.md", ADVISORY),
        ("db/crates/candle/RUSTSEC-2099-0002.md", OLD),
        ("Cargo.lock", &lock("1.2.2")),
    ]);
    let root = dir.path();
    let audit = |more: &[&str]| palisade(root, &[&["audit", "--db", "db"], more].concat(), &[]);
    let output = audit(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "error[known_vulnerability]: lamp 1.2.2: Lamps explode (RUSTSEC-2099-0001)",
        "help: update lamp to >=1.2.3",
        "https://lamp.example/fault",
        "warning[unmaintained_dependency]: candle 0.1.0",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json = String::from_utf8(audit(&["--format", "json"]).stdout).unwrap();
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["id"], &first["level"]), (&"RUSTSEC-2099-0001".into(), &"error".into()));
    // A version that is repaired.
    fs::write(root.join("Cargo.lock"), lock("1.2.3")).unwrap();
    assert_eq!(audit(&[]).status.code(), Some(0));
    // The deploy check says the same, by a database that is where tools keep it.
    fs::write(root.join("Cargo.lock"), lock("1.2.2")).unwrap();
    fs::create_dir_all(root.join("cargo-home")).unwrap();
    fs::rename(root.join("db"), root.join("cargo-home/advisory-db")).unwrap();
    let check = deploy(root, &["--rule", "known_vulnerability"], &[]);
    assert_eq!(found(&check), [("known_vulnerability".into(), "deny".into(), "Cargo.lock".into())]);
}

#[test]
fn an_exception_needs_a_reason_and_a_use() {
    let dir = package(&[
        ("db/crates/lamp/RUSTSEC-2099-0001.md", ADVISORY),
        ("Cargo.lock", &lock("1.2.2")),
    ]);
    let root = dir.path();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let with = |text: &str| {
        let table = format!("{manifest}[workspace.metadata.palisade.audit]\n{text}\n");
        fs::write(root.join("Cargo.toml"), table).unwrap();
        palisade(root, &["audit", "--db", "db"], &[])
    };
    let reason = "RUSTSEC-2099-0001 = \"the lamp is never lit\"";
    assert_eq!(with(reason).status.code(), Some(0));
    let unused = with(&format!("{reason}\nRUSTSEC-2098-0001 = \"it is not called\""));
    assert_eq!(unused.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&unused.stderr).contains("RUSTSEC-2098-0001 is not needed"));
    assert_eq!(with("RUSTSEC-2099-0001 = \"later\"").status.code(), Some(2));
}

#[test]
fn without_advisories_the_audit_fails_and_says_where_they_are() {
    let dir = package(&[]);
    let output = palisade(dir.path(), &["audit"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("--db") && text.contains("git clone"), "{text}");
    let wrong = palisade(dir.path(), &["audit", "--db", "src"], &[]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_check_has_its_page() {
    let dir = package(&[]);
    let page = palisade(dir.path(), &["explain", "limits_off"], &[]);
    let text = String::from_utf8(page.stdout).unwrap();
    assert!(text.contains("level error") && text.contains("CWE-770"), "{text}");
    assert!(text.contains("It cannot be silenced."), "{text}");
    let page = palisade(dir.path(), &["explain", "debug_log"], &[]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("PALISADE_SILENCE=\"debug_log: ..\""));
    let list = palisade(dir.path(), &["explain"], &[]);
    assert!(String::from_utf8(list.stdout).unwrap().contains("wide_proxies"));
}
