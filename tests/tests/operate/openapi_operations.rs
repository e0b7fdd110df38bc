//! What the document says of paths, forms, files and how bodies are sent, and of the answers that follow from what an
//! endpoint takes and returns.

use palisade::{Endpoints, MarkupPage, openapi::OpenApi, prelude::*};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[validate(length(min = 1, max = 40))]
    text: String,
}

#[get("/codes/{code:[0-9a-f-]{36}}")]
#[public]
#[compress]
#[validated]
async fn show_code(code: Path<Uuid>) -> String {
    code.to_string()
}

#[post("/entries")]
#[public(reason = "a test of what is documented")]
#[cross_site(token)]
#[body_timeout("3 s")]
#[body_encoding(gzip, zstd)]
#[validated]
async fn write_entry(entry: Form<Entry>) -> String {
    entry.text.clone()
}

#[post("/files")]
#[public(reason = "a test of what is documented")]
#[upload(max = "1 KiB", kinds(png, pdf), files = 3)]
async fn save_files(files: UploadedFiles, store: Data<Uploads>) -> Result<NoContent> {
    let _ = (files, store);
    Ok(NoContent)
}

#[post("/partner")]
#[public(reason = "a test of what is documented")]
#[cross_site(allow, reason = "called by the partner's page")]
async fn call_partner() -> NoContent {
    NoContent
}

#[get("/files/{id}")]
#[authenticated]
#[validated]
async fn load_file(id: Path<UploadId>, store: Data<Uploads>) -> Result<Download> {
    let _ = (id, store);
    Err(Problem::not_found())
}

#[get("/state")]
#[public]
async fn read_state(store: Data<Uploads>) -> NoContent {
    let _ = store;
    NoContent
}

#[get("/limited")]
#[public]
#[rate_limit("10/minute", by = ip, store = shared)]
async fn read_limited() -> NoContent {
    NoContent
}

#[get("/page")]
#[authenticated]
async fn show_page() -> MarkupPage {
    MarkupPage(maud::html! { p { "a page" } })
}

fn endpoints() -> Endpoints {
    endpoints![
        show_code,
        write_entry,
        save_files,
        call_partner,
        load_file,
        read_state,
        read_limited,
        show_page
    ]
}

fn operation(path: &str, method: &str) -> Value {
    let document = OpenApi::of(&endpoints(), "requests", "1.0.0");
    document.value()["paths"][path][method].clone()
}

#[test]
fn the_pattern_of_a_path_is_that_of_its_parameter() {
    let code = &operation("/codes/{code}", "get")["parameters"][0];
    assert_eq!(code["schema"]["pattern"], "^[\\-0-9a-f]{36}$");
    assert_eq!(code["schema"]["format"], "uuid");
}

#[test]
fn a_body_says_how_it_is_sent() {
    let body = &operation("/entries", "post")["requestBody"];
    assert_eq!(body["required"], true);
    assert_eq!(body["x-palisade-body-timeout-ms"], 3_000);
    assert_eq!(body["x-palisade-body-encodings"], json!(["gzip", "zstd"]));
    let form = &body["content"]["application/x-www-form-urlencoded"]["schema"];
    assert_eq!(form["required"], json!(["text"]));
    // A browser that says where it comes from needs no token.
    assert_eq!(form["properties"]["csrf_token"]["maxLength"], 1_024);
    assert_eq!(form["additionalProperties"], false);
}

#[test]
fn files_are_documented_with_their_kinds_and_their_number() {
    let body = &operation("/files", "post")["requestBody"];
    assert_eq!(body["required"], true);
    let content = &body["content"]["multipart/form-data"];
    let files = &content["schema"]["properties"]["file"];
    assert_eq!((&files["minItems"], &files["maxItems"]), (&json!(1), &json!(3)));
    assert_eq!(files["items"]["x-palisade-kinds"], json!(["png", "pdf"]));
    assert_eq!(files["items"]["maxLength"], 1_024);
    assert_eq!(content["schema"]["required"], json!(["file"]));
    assert_eq!(content["encoding"]["file"]["contentType"], "image/png, application/pdf");
}

#[test]
fn what_arguments_and_limits_depend_on_may_be_out_of_reach() {
    let is_answered =
        |path: &str, status: &str| operation(path, "get")["responses"].get(status).is_some();
    for (path, may_be_unavailable) in
        [("/state", true), ("/limited", true), ("/codes/{code}", false)]
    {
        assert_eq!(is_answered(path, "503"), may_be_unavailable, "{path}");
    }
    // The router matches no other code.
    assert!(is_answered("/codes/{code}", "404") && !is_answered("/state", "404"));
}

#[test]
fn a_download_may_be_a_part_and_has_its_fields() {
    let responses = &operation("/files/{id}", "get")["responses"];
    for status in ["200", "206"] {
        assert!(responses[status]["content"].get("*/*").is_some(), "{status}: {responses}");
        let fields = responses[status]["headers"].as_object().unwrap();
        assert!(fields.contains_key("Content-Disposition"), "{status}: {fields:?}");
    }
}

#[test]
fn a_page_behind_a_log_in_sends_browsers_there() {
    let responses = &operation("/page", "get")["responses"];
    assert!(responses["303"]["headers"].get("Location").is_some(), "{responses}");
    assert!(operation("/files/{id}", "get")["responses"].get("303").is_none());
}

#[test]
fn an_operation_says_who_may_call_and_from_where() {
    for (path, method, access, cross_site) in [
        ("/entries", "post", "public", json!("token")),
        ("/partner", "post", "public", json!("allow")),
        ("/state", "get", "public", Value::Null),
        ("/page", "get", "authenticated", Value::Null),
    ] {
        let operation = operation(path, method);
        assert_eq!(operation["x-palisade-access"], access, "{path}");
        assert_eq!(operation["x-palisade-cross-site"], cross_site, "{path}");
    }
    assert_eq!(operation("/codes/{code}", "get")["x-palisade-compressed"], true);
    assert_eq!(operation("/state", "get").get("x-palisade-compressed"), None);
    let problem = OpenApi::of(&endpoints(), "requests", "1.0.0").value()["components"]["schemas"]
        ["ProblemCrossSite"]
        .clone();
    assert_eq!(problem["unevaluatedProperties"], false, "{problem}");
}
