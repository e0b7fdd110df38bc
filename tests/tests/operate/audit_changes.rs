//! Audit events of secrets and certificates that change while a service runs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use palisade::{Palisade, prelude::*, secrets::Secrets};
use palisade_tests::{audit_schema::Validated, port::free_address, server::Server};
use tempfile::TempDir;

use crate::{
    authority::{Authority, Wanted, replace},
    process::{Process, command, until},
    secret_sources::wait_for,
    tls_client::Client,
};

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

fn write_secret(path: &Path, text: &str) {
    let draft = path.with_extension("draft");
    fs::write(&draft, text).unwrap();
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(draft, path).unwrap();
}

#[test]
fn sinks_see_a_new_secret_and_an_outage_of_its_source() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    write_secret(&path, "the first value of this secret");
    let secrets = Secrets::builder().refresh_every(Duration::from_secs(1)).build().unwrap();
    let handle =
        secrets.fetch_blocking("the form key", &format!("file:{}", path.display())).unwrap();
    let sink = Validated::default();
    let builder = Palisade::builder().audit_sink(sink.clone());
    let server = Server::serve(builder.endpoints(endpoints![ping]));
    assert_eq!(server.get("/ping").send().status, 200, "it has started");
    let seen = |action: &str| {
        let events = sink.events(|event| event["event.action"] == action);
        events.first().cloned()
    };
    write_secret(&path, "the second value of this secret");
    wait_for("change", || seen("secret-changed").is_some());
    let event = seen("secret-changed").unwrap();
    assert_eq!(
        (&event["palisade.secret"], &event["event.outcome"]),
        (&"the form key".into(), &"success".into())
    );
    fs::remove_file(&path).unwrap();
    wait_for("outage", || seen("secret-source-lost").is_some());
    let event = seen("secret-source-lost").unwrap();
    assert_eq!(event["event.outcome"], "failure");
    assert!(event["message"].as_str().is_some(), "{event}");
    write_secret(&path, "the second value of this secret");
    wait_for("end of the outage", || seen("secret-source-found").is_some());
    drop(handle);
}

#[test]
fn sinks_see_certificates_that_are_replaced_and_those_that_cannot_be_used() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let first = authority.issue(Wanted::default());
    let sink = Validated::default();
    let builder =
        Palisade::builder().audit_sink(sink.clone()).tls(first.write(folder.path(), "own"));
    let server = Server::serve(builder.endpoints(endpoints![ping]));
    let client = Client::of(&authority);
    wait_for("start", || client.get(server.address(), "localhost", "/ping").is_ok());
    let seen = |action: &str| sink.events(|event| event["event.action"] == action);
    replace(&folder.path().join("own.pem"), "not a certificate");
    wait_for("refusal", || !seen("certificates-refused").is_empty());
    assert!(seen("certificates-refused")[0]["message"].as_str().unwrap().contains("own.pem"));
    let next = authority.issue(Wanted { serial: 2, ..Wanted::default() });
    replace(&folder.path().join("own.pem"), &next.certificate);
    replace(&folder.path().join("own.key"), &next.key);
    wait_for("change", || !seen("certificates-changed").is_empty());
    let names = seen("certificates-changed")[0]["palisade.certificates"].clone();
    assert!(names[0].as_str().unwrap().contains("localhost"), "{names}");
}

#[test]
fn files_that_are_read_again_and_hold_the_same_are_not_an_event() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    let first = authority.issue(Wanted::default());
    let lists = authority.revoke(&[77], 30);
    let write = || {
        let _files = first.write(folder.path(), "own");
        replace(&path("ca.pem"), &authority.pem());
        replace(&path("list.pem"), &lists);
        fs::write(path("reloads"), "").unwrap();
    };
    write();
    let address = free_address();
    let mut command = command(&path("reloads"));
    command.env("PALISADE_BIND", address.to_string()).envs([
        ("PALISADE_HOSTS", "localhost".to_owned()),
        ("PALISADE_TLS_CERT", text("own.pem")),
        ("PALISADE_TLS_KEY", text("own.key")),
        ("PALISADE_TLS_CLIENT_CA", text("ca.pem")),
        ("PALISADE_TLS_CLIENT_CRL", text("list.pem")),
        ("PALISADE_TLS_CLIENT_CERT", "optional".to_owned()),
        ("PALISADE_AUDIT", format!("file:{}", text("audit.jsonl"))),
    ]);
    let process = Process::of(command, address);
    let client = Client::of(&authority);
    until("it answers", || client.get(address, "localhost", "/livez").is_ok());
    let has_reloaded = || !fs::read_to_string(path("reloads")).unwrap().is_empty();
    let changes = || {
        let audit = fs::read_to_string(path("audit.jsonl")).unwrap();
        audit.matches("\"certificates-changed\"").count()
    };
    // The same files, and other files that hold the same.
    for _ in 0..2 {
        process.signal("HUP");
        until("files are read again", has_reloaded);
        assert_eq!(changes(), 0);
        write();
    }
    // Events come in their order: one for each change.
    replace(&path("list.pem"), &authority.revoke(&[77, 78], 30));
    process.signal("HUP");
    until("a list has changed", || changes() > 0);
    assert_eq!(changes(), 1);
    let next = authority.issue(Wanted { serial: 2, ..Wanted::default() });
    let _files = next.write(folder.path(), "own");
    process.signal("HUP");
    until("a certificate has changed", || changes() > 1);
    assert_eq!(changes(), 2);
}
