//! Schemathesis against the examples: requests that fit the document and requests that do not, made from
//! a fixed seed. No status that is not declared, no failure of the service, no invalid input taken, and
//! each answer of the form that the document says.

use std::{fs, process::Command};

use serde_json::json;

use crate::{
    example::{self, Example, PASSWORD},
    judges,
};

/// What is asked of each answer. That each request of the right form is taken is not among them: rules
/// without a word in JSON Schema (`x-palisade-rules`) refuse some.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,\
                      negative_data_rejection,unsupported_method,missing_required_header,\
                      ignored_auth";

fn schemathesis(service: &Example, auth: &str) -> Option<Command> {
    let mut command = judges::python("schemathesis")?;
    let folder = tempfile::tempdir().unwrap().keep();
    let config = folder.join("schemathesis.toml");
    fs::write(&config, auth).unwrap();
    command
        .current_dir(&folder)
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(format!("http://{}/openapi.json", service.address))
        .args(["--checks", CHECKS, "--seed", "1", "--max-examples", "40", "--mode", "all"])
        .args(["--generation-database", "none", "--no-color", "--workers", "1"])
        .args(["--request-timeout", "20", "--phases", "coverage,fuzzing"]);
    Some(command)
}

fn run(name: &str, mut command: Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {told}{error}");
    assert!(told.contains("tests passed") || told.contains("generated"), "{told}");
}

#[test]
fn notes_keeps_to_its_document() {
    let Some(service) = Example::start("notes") else { return };
    let account = json!({ "name": "ada", "password": PASSWORD }).to_string();
    assert_eq!(service.request("POST", "/signup").json(&account).send().status, 201);
    let tokens = service.request("POST", "/login").json(&account).send().json();
    let token = tokens["access_token"].as_str().unwrap();
    let auth = format!("[auth.openapi.bearer]\nbearer = \"{token}\"\n");
    let Some(mut command) = schemathesis(&service, &auth) else { return };
    // A log-out ends the token that all other requests carry.
    command.args(["--exclude-path", "/logout"]);
    run("notes", command);
}

#[test]
fn browser_keeps_to_its_document() {
    let Some(service) = Example::start("browser") else { return };
    let form = format!("name=admin&password={}", PASSWORD.replace(' ', "+"));
    let login = service
        .request("POST", "/login")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form)
        .send();
    assert_eq!(login.status, 303, "{}", login.text());
    let cookie = login.header("set-cookie").unwrap().split(';').next().unwrap();
    let (_, session) = cookie.split_once('=').unwrap();
    let auth = format!("[auth.openapi.session]\napi_key = \"{session}\"\n");
    let Some(mut command) = schemathesis(&service, &auth) else { return };
    command.args(["--exclude-path", "/logout"]);
    run("browser", command);
}

#[test]
fn uploads_keeps_to_its_document() {
    let Some(service) = Example::start("uploads") else { return };
    let Some(command) = schemathesis(&service, "") else { return };
    run("uploads", command);
}

#[test]
fn every_example_is_judged() {
    assert_eq!(example::ALL, ["browser", "notes", "uploads"]);
}
