//! The refusals of a running service against its own document: each status is declared, each problem fits
//! the schema of its status, and each field that the document names is sent.

use std::collections::BTreeSet;

use jsonschema::Validator;
use palisade::{Endpoints, Palisade, openapi::OpenApi, prelude::*};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
    token::{token, verifier},
};
use serde_json::{Value, json};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Note {
    #[validate(length(min = 1, max = 8))]
    text: String,
}

#[post("/notes")]
#[require_scope("notes:write")]
#[rate_limit("6/hour", by = subject)]
#[body_limit("1 KiB")]
#[validated]
async fn create_note(note: Json<Note>) -> Result<Created<Value>> {
    match note.text.as_str() {
        "break" => Err(std::io::Error::other("the disk is on fire").into()),
        text => Ok(Created(json!({ "text": text }))),
    }
}

#[get("/notes/{id}")]
#[authenticated]
#[validated]
async fn read_note(id: Path<u32>) -> Result<Json<Value>> {
    Ok(Json(json!({ "id": *id })))
}

fn endpoints() -> Endpoints {
    endpoints![create_note, read_note]
}

fn builder() -> palisade::Builder {
    Palisade::builder().endpoints(endpoints()).auth(verifier())
}

/// The schema of what the document says of a status.
fn schema(document: &Value, response: &Value) -> Validator {
    let content = &response["content"]["application/problem+json"]["schema"];
    let mut schema = content.clone();
    schema["components"] = document["components"].clone();
    jsonschema::validator_for(&schema).unwrap()
}

/// Compares a refusal with the operation that it comes from.
fn compare(document: &Value, operation: &Value, answer: &Answer, fields: &[&str]) {
    let (status, text) = (answer.status, answer.text());
    let response = &operation["responses"][status.to_string()];
    assert!(response.is_object(), "{status} is not documented: {text}");
    let schema = schema(document, response);
    assert!(schema.is_valid(&answer.json()), "{status}: {text} does not fit {response}");
    // A kind that the status does not have is refused.
    let mut other = answer.json();
    other["title"] = json!("Something else");
    assert!(!schema.is_valid(&other), "{status}");
    for field in fields {
        assert!(response["headers"].get(field).is_some(), "{status} has no {field}: {response}");
        assert!(answer.header(&field.to_ascii_lowercase()).is_some(), "{status} without {field}");
    }
}

#[test]
fn refusals_are_those_of_the_document() {
    let document = OpenApi::of(&endpoints(), "notes", "1.0.0").value().clone();
    let create = &document["paths"]["/notes"]["post"];
    let server = Server::serve(builder());
    let post = |subject: &str, scope: &str| server.post("/notes").bearer(&token(subject, scope));
    let ada = || post("ada", "notes:write");
    let limits = ["RateLimit", "RateLimit-Policy"];
    let refusals: Vec<(Request, u16, &[&str])> = vec![
        (server.post("/notes").json("{}"), 401, &["WWW-Authenticate"]),
        (server.post("/notes").bearer("x").json("{}"), 401, &["WWW-Authenticate"]),
        (post("ada", "notes:read").json("{}"), 403, &[]),
        (ada().header("Origin", "https://evil.example").json("{}"), 403, &[]),
        (ada().json(&format!("{{\"text\":\"{}\"}}", "x".repeat(2_000))), 413, &limits),
        (ada().header("Content-Type", "text/plain").body("{}"), 415, &["Accept"]),
        (ada().json("{"), 400, &limits),
        (ada().json("{\"text\":\"\"}"), 422, &limits),
        (ada().json("{\"text\":\"break\"}"), 500, &limits),
    ];
    let mut seen = BTreeSet::new();
    for (request, status, fields) in refusals {
        let head = request.head().to_owned();
        let answer = request.send();
        assert_eq!(answer.status, status, "{head}{}", answer.text());
        compare(&document, create, &answer, fields);
        seen.insert(status);
    }
    assert_eq!(ada().json("{\"text\":\"tea\"}").send().status, 201);
    let answer = ada().json("{\"text\":\"tea\"}").send();
    assert_eq!(answer.status, 429, "{}", answer.text());
    compare(&document, create, &answer, &["RateLimit", "RateLimit-Policy", "Retry-After"]);
    let read = &document["paths"]["/notes/{id}"]["get"];
    let answer = server.get("/notes/x").bearer(&token("ada", "notes:read")).send();
    compare(&document, read, &answer, &[]);
    // What a status cannot have is not documented.
    for absent in ["413", "415", "408"] {
        assert_eq!(read["responses"].get(absent), None, "{absent} without a body");
    }
}

#[test]
fn causes_of_development_fit_the_document() {
    let document = OpenApi::of(&endpoints(), "notes", "1.0.0").value().clone();
    let server = Server::serve(builder().detailed_errors());
    let request = server.post("/notes").bearer(&token("ada", "notes:write"));
    let answer = request.json("{\"text\":\"break\"}").send();
    assert!(answer.json()["cause"].is_array(), "{}", answer.text());
    compare(&document, &document["paths"]["/notes"]["post"], &answer, &[]);
}
