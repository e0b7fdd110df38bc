//! Audit events of secrets and certificates that change while a service runs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use palisade::{Palisade, prelude::*, secrets::Secrets};
use palisade_tests::{audit_schema::Validated, server::Server};
use tempfile::TempDir;

use crate::{
    authority::{Authority, Wanted, replace},
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
