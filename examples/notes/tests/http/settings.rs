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
        (&[("DATABASE_URL", "")][..], "DATABASE_URL is empty", "\0"),
        (&[("DATABASE_URL", "mongodb://u:hunter22@127.0.0.1")], "postgres", "hunter22"),
        (
            &[("DATABASE_URL", "postgres://u:hunter22@127.0.0.1:1/x")],
            "DATABASE_URL: cannot connect to 127.0.0.1:1: Connection refused",
            "hunter22",
        ),
        (&[("PALISADE_REDIS_URL", "redis://u:hunter22@127.0.0.1:1")], "Redis", "hunter22"),
        (&[("PALISADE_AUTH_KEYS_JSON", KEYS)], "signs its own tokens", "\0"),
        (&[("NOTES_SIGNING_KEY", "/does/not/exist.pem")], "/does/not/exist.pem", "\0"),
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
