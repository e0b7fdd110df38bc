//! How the service starts, and when it does not.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::json;

use crate::{
    deployment::{Deployment, command},
    person::Person,
};

const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[test]
fn without_any_setting_it_keeps_its_key_and_notes_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a folder? #1 100%");
    let _service = crate::deployment::Instance::start(&data, &[]);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(data.clone()), 0o700);
    assert_eq!(mode(data.join("signing.pem")), 0o600);
    assert!(data.join("notes.sqlite").is_file(), "the database is where it was told to be");
    for file in ["notes.sqlite", "notes.sqlite-wal", "notes.sqlite-shm"] {
        assert_eq!(mode(data.join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_data_folder_that_others_can_enter_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o755, 0o777, 0o750] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        let output = command(folder.path()).env("PALISADE_BIND", "127.0.0.1:0").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{mode:o}: {said}");
        for part in [&*format!("mode {mode:o}"), "chmod 700", &folder.path().display().to_string()]
        {
            assert!(said.contains(part), "{mode:o}: {said}");
        }
    }
}

#[test]
fn what_cannot_work_keeps_it_from_starting() {
    for (settings, says, not) in [
        (&[("DATABASE_URL", "")][..], "DATABASE_URL (environment) is empty", "\0"),
        (&[("DATABASE_URL", "mongodb://u:hunter22@127.0.0.1")], "postgres", "hunter22"),
        (
            &[("DATABASE_URL", "postgres://u:hunter22@127.0.0.1:1/x")],
            "DATABASE_URL (environment): cannot connect to 127.0.0.1:1: Connection refused",
            "hunter22",
        ),
        (
            &[("PALISADE_REDIS_URL", "http://u:hunter22@127.0.0.1:1")],
            "PALISADE_REDIS_URL (environment): the URL of Redis",
            "hunter22",
        ),
        (&[("PALISADE_AUTH_KEYS_JSON", KEYS)], "signs its own tokens", "\0"),
        (
            &[("NOTES_SIGNING_KEY", "/does/not/exist.pem")],
            "NOTES_SIGNING_KEY (environment): ",
            "\0",
        ),
        (&[("NOTES_SIGNING_KEY", "/dev/null")], "NOTES_SIGNING_KEY (environment): ", "\0"),
        (&[("NOTES_DATA", "/dev/null")], "NOTES_DATA (environment): ", "File exists: File exists"),
        (&[("NOTES_DTA", "/srv/notes")], "did you mean NOTES_DATA?", "\0"),
        (
            &[("PALISADE_AUTH_ISSUER", "https://id.example")],
            "PALISADE_AUTH_ISSUER (environment) has no effect",
            "\0",
        ),
        (
            &[("PALISADE_CORS_MAX_AGE", "60")],
            "PALISADE_CORS_MAX_AGE (environment) has no effect",
            "\0",
        ),
        (&[("RUST_LOG", "sqlx=loud")], "RUST_LOG (environment) cannot be read", "\0"),
        (
            &[
                ("DATABASE_URL", "postgres://notes:hunter2@127.0.0.1:1/notes"),
                ("PALISADE_PUBLIC_ORIGIN", "https://notes.example"),
            ],
            "DATABASE_URL (environment) is a secret that could be guessed",
            "hunter2",
        ),
        (
            &[("PALISADE_LIMITS", "off"), ("PALISADE_ENV", "production")],
            "PALISADE_LIMITS=off",
            "\0",
        ),
        (
            &[("PALISADE_LIMITS", "off"), ("PALISADE_PUBLIC_ORIGIN", "https://notes.example")],
            "PALISADE_LIMITS=off",
            "\0",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = command(&folder.path().join("data"))
            .env("PALISADE_BIND", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{settings:?}: {said}");
        assert!(said.contains(says), "{settings:?}: {said}");
        assert!(!said.contains(not), "{settings:?}: {said}");
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(crate::deployment::Instance::start(&data, &[]));
    let key = data.join("signing.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let output = command(&data).env("PALISADE_BIND", "127.0.0.1:0").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("mode 644"), "{output:?}");
}

#[test]
fn limits_that_are_off_are_told_and_let_a_scanner_through() {
    let service = Deployment::on_sqlite(&[("PALISADE_LIMITS", "off")]);
    assert!(service.log().contains("WARN"), "{}", service.log());
    assert!(service.log().contains("PALISADE_LIMITS=off"), "{}", service.log());
    // Twice what the limits of a log-in allow.
    for _ in 0..120 {
        let answer = service.request("POST", "/login").json("{\"name\":\"x\"}").send();
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
}

/// What the environment says of headers and addresses is in the answers.
#[test]
fn settings_of_answers_take_effect() {
    let transport = |settings: &[(&str, &str)]| {
        let origin =
            [("PALISADE_PUBLIC_ORIGIN", "https://notes.example"), ("PALISADE_HOSTS", "127.0.0.1")];
        let service = Deployment::on_sqlite(&[&origin[..], settings].concat());
        let answer = service.request("GET", "/nowhere").send();
        assert_eq!(answer.status, 404);
        let of_documents = answer.header("cross-origin-opener-policy").is_some();
        (answer.header("strict-transport-security").map(str::to_owned), of_documents)
    };
    let said = |text: &str, of_documents| (Some(text.to_owned()), of_documents);
    assert_eq!(transport(&[]), said("max-age=63072000", false));
    assert_eq!(
        transport(&[
            ("PALISADE_HSTS_MAX_AGE", "300"),
            ("PALISADE_HSTS_SUBDOMAINS", "true"),
            ("PALISADE_DOCUMENT_HEADERS", "all"),
        ]),
        said("max-age=300; includeSubDomains", true)
    );
    assert_eq!(
        transport(&[
            ("PALISADE_HSTS_MAX_AGE", "0"),
            ("PALISADE_HSTS_SUBDOMAINS", "false"),
            ("PALISADE_DOCUMENT_HEADERS", "pages"),
        ]),
        said("max-age=0", false)
    );
}

#[test]
fn a_prefix_that_a_proxy_takes_off_stands_before_addresses() {
    let service = Deployment::on_sqlite(&[("PALISADE_PUBLIC_PREFIX", "/api")]);
    let ada = Person::new(&service, "ada");
    let answer = ada.send("POST", "/notes", &json!({"title": "a", "body": "b"}));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("/api/notes/"), "{location}");
    assert_eq!(ada.get(location.strip_prefix("/api").unwrap()).status, 200);
}

#[test]
fn a_settings_file_holds_the_settings_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("notes.toml"), folder.path().join("data"));
    let text = format!(
        "[palisade]\nbind = '127.0.0.1:0'\npublic_origin = 'https://notes.example'\n\
         hosts = ['127.0.0.1']\nhsts_max_age = 300\n[notes]\ndata = '{}'\n",
        data.display()
    );
    fs::write(&file, text).unwrap();
    let settings = [("PALISADE_CONFIG", file.to_str().unwrap())];
    // The helper names the folder in the environment, which wins.
    let elsewhere = folder.path().join("elsewhere");
    let service = crate::deployment::Instance::start(&elsewhere, &settings);
    let answer = palisade_tests::client::Request::new(service.address, "GET", "/nowhere").send();
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=300"));
    assert!(elsewhere.join("notes.sqlite").is_file() && !data.exists());
    drop(service);
    fs::write(&file, "[palisade]\nbind = '127.0.0.1:0'\n\n[note]\ndata = '/srv'\n").unwrap();
    let output = command(&elsewhere).arg("--config").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let place = format!("{}:4", file.display());
    assert!(!output.status.success() && said.contains(&place), "{said}");
    assert!(said.contains("did you mean `[notes]`?"), "{said}");
}

#[test]
fn settings_are_printed_and_checked_without_serving() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |settings: &[(&str, &str)], arguments: &[&str]| {
        let output =
            command(&data).envs(settings.iter().copied()).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    // A database that cannot be reached: nothing is connected.
    let url = ("DATABASE_URL", "postgres://u:hunter22@127.0.0.1:1/x");
    let redis = ("PALISADE_REDIS_URL", "redis://:hunter22@127.0.0.1:1");
    let (is_fine, printed, _) = run(&[url, redis], &["--print-settings", "--set", "backlog=99"]);
    assert!(is_fine, "{printed}");
    for line in [
        "backlog = \"99\"  # command line; default: \"1024\"",
        "redis_url = \"********\"  # environment; default: unset",
        "database_url = \"********\"  # environment; default: unset",
        "# signing_key is unset",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    assert!(!printed.contains("hunter22"), "{printed}");
    let (is_fine, said, _) = run(&[url, redis], &["--check"]);
    assert!(is_fine && said.starts_with("the settings are valid"), "{said}");
    let (is_fine, said, errors) = run(&[url, ("PALISADE_BACKLOG", "many")], &["--check"]);
    assert!(!is_fine && said.is_empty(), "{said}");
    assert!(errors.contains("PALISADE_BACKLOG (environment) is \"many\""), "{errors}");
    let (is_fine, said, _) = run(&[], &["--help"]);
    assert!(is_fine && said.contains("NOTES_SIGNING_KEY, --signing-key"), "{said}");
    let (is_fine, _, errors) = run(&[], &["--database-url", "postgres://u:hunter22@h/x"]);
    assert!(!is_fine && errors.contains("DATABASE_URL_FILE"), "{errors}");
    assert!(!errors.contains("hunter22"), "{errors}");
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_filter_of_the_log_silences_only_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    // It is seen to listen by its log.
    let data = folder.path().join("data");
    let service = crate::deployment::Instance::start(&data, &[("RUST_LOG", "banana")]);
    assert!(service.log().contains("listening on"), "{}", service.log());
}
