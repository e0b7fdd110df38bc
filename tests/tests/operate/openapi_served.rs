//! Who gets the document of a service, and what judges of OpenAPI say of it.

use std::fs;

use palisade::{Environment, Palisade, prelude::*};
use palisade_tests::{
    chromium::Chromium,
    client::Connection,
    server::Server,
    token::{token, verifier},
};
use serde_json::Value;

use crate::{
    example::{self, Example},
    judges,
};

/// Answers.
#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

#[get("/docs")]
#[public]
async fn own_docs() -> &'static str {
    "docs"
}

fn builder() -> palisade::Builder {
    Palisade::builder().endpoints(endpoints![ping])
}

fn production() -> palisade::Builder {
    builder().environment(Environment::Production).host("127.0.0.1")
}

const PATHS: [&str; 4] = ["/openapi.json", "/docs", "/docs/style.css", "/docs/icon.svg"];

#[test]
fn in_development_everybody_reads_it() {
    let server = Server::serve(builder().openapi().openapi_info("pings", "3.1.4"));
    let answer = server.get("/openapi.json").send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.json();
    assert_eq!(document["info"]["title"], "pings");
    assert_eq!(document["paths"]["/ping"]["get"]["summary"], "Answers.");
    assert_eq!(document["paths"].as_object().unwrap().len(), 1, "nothing of palisade's own");
    let page = server.get("/docs").send();
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.text().contains("/ping"));
    assert_eq!(server.get("/docs/style.css").send().status, 200);
    let without = Server::serve(builder());
    for path in PATHS {
        assert_eq!(without.get(path).send().status, 404, "{path}: nobody asked for it");
    }
}

#[test]
fn in_development_requests_of_others_do_not_find_it() {
    let ask = |server: &Server, path: &str, host: &str, lines: &str| {
        let mut connection = Connection::open(server.address());
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
        connection.write(head.as_bytes());
        connection.answer().unwrap()
    };
    let server = Server::serve(builder().openapi());
    let opened = Server::serve(builder().openapi_public("partners read it without an account"));
    let scoped = Server::serve(builder().auth(verifier()).openapi_scope("docs:read"));
    let bearer = format!("Authorization: Bearer {}\r\n", token("ada", "docs:read"));
    for path in PATHS {
        assert_eq!(ask(&server, path, "localhost", "").status, 200, "{path}");
        for (host, lines) in [
            ("localhost", "X-Forwarded-For: 192.0.2.1\r\n"),
            ("localhost", "Forwarded: for=192.0.2.1\r\n"),
            ("items", ""),
        ] {
            let answer = ask(&server, path, host, lines);
            assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"), "{path}");
            assert_eq!(ask(&opened, path, host, lines).status, 200, "{path}");
            let lines = format!("{lines}{bearer}");
            assert_eq!(ask(&scoped, path, host, &lines).status, 200, "{path}");
        }
    }
    assert_eq!(ask(&server, "/ping", "items", "").status, 200);
}

#[test]
fn in_production_it_is_not_there() {
    let server = Server::serve(production().openapi());
    for path in PATHS {
        assert_eq!(server.get(path).send().status, 404, "{path}");
    }
    assert_eq!(server.get("/ping").send().status, 200);
}

#[test]
fn in_production_a_scope_opens_it() {
    let server = Server::serve(production().auth(verifier()).openapi_scope("docs:read"));
    for path in PATHS {
        assert_eq!(server.get(path).send().status, 401, "{path}");
        let other = server.get(path).bearer(&token("ada", "items:read")).send();
        assert_eq!(other.status, 403, "{path}");
        let reader = server.get(path).bearer(&token("ada", "docs:read")).send();
        assert_eq!(reader.status, 200, "{path}");
    }
}

#[test]
fn in_production_a_reason_opens_it() {
    let opened = production().openapi_public("partners read it without an account");
    let server = Server::serve(opened);
    for path in PATHS {
        assert_eq!(server.get(path).send().status, 200, "{path}");
    }
}

#[test]
fn what_cannot_be_served_keeps_the_service_from_starting() {
    let complaint = |builder: palisade::Builder| builder.build().unwrap_err().to_string();
    let said = complaint(builder().openapi_public("docs"));
    assert!(said.contains("`openapi_public` needs a reason"), "{said}");
    let said = complaint(builder().auth(verifier()).openapi_scope("docs read"));
    assert!(said.contains("which no token can carry"), "{said}");
    let said = complaint(builder().openapi_scope("docs:read"));
    assert!(said.contains("no credentials are configured"), "{said}");
    let both = builder().auth(verifier()).openapi_scope("docs:read");
    let said = complaint(both.openapi_public("partners read it without an account"));
    assert!(said.contains("keep one of them"), "{said}");
    let said = complaint(Palisade::builder().endpoints(endpoints![own_docs]).openapi());
    assert!(said.contains("has the path /docs"), "{said}");
    assert!(Palisade::builder().endpoints(endpoints![own_docs]).build().is_ok());
}

#[test]
fn the_address_of_the_service_is_that_of_its_clients() {
    let opened = builder()
        .public_origin("https://api.example")
        .public_prefix("/v1")
        .openapi_public("partners read it without an account");
    let server = Server::serve(opened);
    let mut connection = Connection::open(server.address());
    connection.write(b"GET /openapi.json HTTP/1.1\r\nHost: api.example\r\n\r\n");
    let document = connection.answer().unwrap().json();
    assert_eq!(document["servers"][0]["url"], "https://api.example/v1");
}

/// What settings decide is left out: servers, and which credentials there are.
fn without_settings(mut document: Value) -> Value {
    let members = document.as_object_mut().unwrap();
    members.remove("servers");
    members["components"].as_object_mut().unwrap().remove("securitySchemes");
    for item in members["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            operation.as_object_mut().unwrap().remove("security");
        }
    }
    document
}

#[test]
fn what_is_written_is_what_is_served() {
    for name in example::ALL {
        let Some(program) = example::program(name) else { return };
        let written = example::document(&program);
        let service = Example::start(name).unwrap();
        let served = service.get("/openapi.json").json();
        assert_eq!(without_settings(written), without_settings(served), "{name}");
    }
}

#[test]
fn the_tool_compares_with_a_saved_document() {
    let Some(program) = example::program("uploads") else { return };
    let program = program.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    let saved = file.to_str().unwrap();
    let written = example::tool(&["--program", program, "--output", saved]);
    assert_eq!(written, (0, String::new(), String::new()));
    let same = example::tool(&["--program", program, "--check", saved]);
    assert_eq!(same, (0, String::new(), String::new()));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"maximum\": 100,"), "{text}");
    fs::write(&file, text.replace("\"maximum\": 100,", "\"maximum\": 200,")).unwrap();
    let (code, out, _) = example::tool(&["--program", program, "--check", saved]);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "breaking request_constraint_narrowed: GET /files query limit: maximum 200 -> maximum 100\n"
    );
    fs::write(&file, "{}").unwrap();
    let (code, _, log) = example::tool(&["--program", program, "--check", saved]);
    assert_eq!((code, log.contains("it is not an OpenAPI 3.1 document")), (2, true), "{log}");
    // A program without OpenAPI support is refused by itself.
    let (code, _, log) = example::tool(&["--program", "/bin/false"]);
    assert_eq!((code, log.contains("ended with")), (2, true), "{log}");
}

#[test]
fn a_program_that_does_not_say_what_it_documents_is_not_started() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/quickstart/Cargo.toml");
    let options = ["--manifest-path", manifest, "--package", "quickstart"];
    let (code, out, log) = example::tool(&options);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(log.contains("`#[palisade::main(openapi = endpoints)]`"), "{log}");
    let (code, _, log) =
        example::tool(&["--manifest-path", manifest, "--package", "palisade-lint"]);
    assert_eq!((code, log.contains("has no program")), (2, true), "{log}");
}

#[test]
fn a_validator_takes_the_documents() {
    for name in example::ALL {
        let Some(mut validator) = judges::python("openapi-spec-validator") else { return };
        let Some(program) = example::program(name) else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
        fs::write(&file, example::document(&program).to_string()).unwrap();
        let output = validator.arg(&file).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {told}");
        // A document with a mistake is refused by it.
        fs::write(&file, r#"{ "openapi": "3.1.0", "info": { "title": "x" }, "paths": {} }"#)
            .unwrap();
        let output = judges::python("openapi-spec-validator").unwrap().arg(&file).output().unwrap();
        assert!(!output.status.success());
    }
}

#[test]
fn spectral_finds_nothing_with_the_rules_of_owasp() {
    for name in example::ALL {
        let Some(mut spectral) = judges::spectral() else { return };
        let Some(program) = example::program(name) else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
        let mut document = example::document(&program);
        // A service that is deployed says where it is.
        document["servers"] = serde_json::json!([{
            "url": "https://api.example/v1", "description": "production", "x-internal": false,
        }]);
        fs::write(&file, document.to_string()).unwrap();
        let rules = include_str!("../../openapi/spectral.yaml").replace(
            "@stoplight/spectral-owasp-ruleset",
            judges::node_modules()
                .join("@stoplight/spectral-owasp-ruleset/dist/ruleset.js")
                .to_str()
                .unwrap(),
        );
        fs::write(folder.path().join("spectral.yaml"), rules).unwrap();
        let output = spectral
            .arg("lint")
            .args(["--fail-severity", "hint", "--quiet", "--format", "text", "--ruleset"])
            .arg(folder.path().join("spectral.yaml"))
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {told}{error}");
    }
}

#[test]
fn a_browser_shows_the_page_and_complains_of_nothing() {
    let Some(browser) = Chromium::launch() else { return };
    for name in example::ALL {
        let Some(service) = Example::start(name) else { return };
        let page = browser.page();
        assert_eq!(page.open(&format!("http://{}/docs", service.address)), 200);
        page.wait_for("document.readyState === 'complete'");
        let operations = page.evaluate("document.querySelectorAll('.method').length");
        assert!(operations.as_u64().unwrap() >= 3, "{name}: {operations}");
        // The style sheet was taken.
        let weight = "getComputedStyle(document.querySelector('.method')).fontWeight";
        assert_eq!(page.text(weight), "700");
        assert_eq!(page.violations(), [], "{name}");
        assert_eq!(page.console(), Vec::<String>::new(), "{name}");
    }
}
