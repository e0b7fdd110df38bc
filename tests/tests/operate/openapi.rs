//! What the document says of endpoints: each part comes from what the guards obey and from the types.

use std::sync::LazyLock;

use palisade::{
    Endpoints, StreamedJson, ToSchema,
    conditional::Versioned,
    input::Patch,
    object::{Permits, Policy, Read, Resource, when},
    openapi::OpenApi,
    prelude::*,
};
use regex::Regex;
use serde_json::{Value, json};
use uuid::Uuid;

const MOST: u64 = 40;

static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\A[A-Z]{2}[0-9]?\z").unwrap());

/// What is made.
#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewItem {
    /// What it is called.
    #[validate(length(min = 1, max = MOST))]
    item_name: String,
    #[validate(range(min = 1, max = 1_000))]
    qty: u32,
    #[validate(range(exclusive_min = -1.5, max = 2.5))]
    weight: Option<f64>,
    #[validate(email, length(max = 200))]
    mail: Option<String>,
    #[validate(url, length(max = 300))]
    link: Option<String>,
    #[validate(length(max = 3), regex(path = *CODE))]
    code: String,
    #[validate(length(min = 2, max = 5))]
    tags: Vec<Text<16>>,
    #[validate(nested, length(max = 3))]
    parts: Vec<Part>,
    kind: Kind,
    #[serde(rename = "ref", alias = "reference")]
    id: Uuid,
    size: Size,
}

/// A part.
#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Part {
    no: u8,
}

#[derive(Deserialize, Input)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    LargeOne,
    SmallOne,
}

#[derive(Deserialize, Input)]
#[serde(tag = "unit", content = "value", deny_unknown_fields)]
enum Size {
    Meters(u16),
    None,
}

/// What changes.
#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    title: Patch<Text<80>>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Listing {
    /// Which page.
    #[input(empty = absent)]
    page: Option<u16>,
    #[validate(length(max = 4))]
    #[input(list = comma)]
    ids: Vec<u32>,
}

/// An item.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Item {
    /// Its id.
    id: u32,
    #[serde(rename = "label")]
    name: String,
    #[serde(skip)]
    _secret: String,
}

#[derive(Serialize)]
struct WithoutSchema {
    id: u32,
}

impl Resource for Item {
    type Id = u32;
    type State = ();

    async fn load(id: u32, (): ()) -> Result<Option<Self>> {
        Ok(Some(Self { id, name: String::new(), _secret: String::new() }))
    }
}

impl Versioned for Item {
    fn version(&self) -> Version {
        1_i64.into()
    }
}

fn is_known(_: &Item, who: &Principal) -> Result<bool> {
    Ok(!who.subject().is_empty())
}

impl Permits<Read> for Item {
    fn policy() -> impl Policy<Self> {
        when(is_known)
    }
}

/// Makes an item.
///
/// It is kept
/// for a while.
#[post("/items")]
#[require_scope(all("items:write", any("a", "b")))]
#[rate_limit("10/minute", by = subject, burst = 5)]
#[concurrency_limit(2, by = ip)]
#[body_limit("1 KiB")]
#[timeout("5 s")]
#[validated]
#[responds(409)]
async fn create_item(item: Json<NewItem>) -> Result<Created<Item>> {
    let NewItem { item_name, qty, weight, mail, link, code, tags, parts, kind, id, size } =
        item.into_inner();
    let _ = (qty, weight, mail, link, code, tags, id);
    let _ = parts.iter().map(|part| u32::from(part.no)).sum::<u32>();
    let _ = match (kind, size) {
        (Kind::LargeOne, Size::Meters(meters)) => meters,
        (Kind::SmallOne, _) | (_, Size::None) => 0,
    };
    Ok(Created(Item { id: 1, name: item_name, _secret: String::new() }))
}

#[get("/items/{id}")]
#[require_scope("items:read")]
#[credentials(session)]
async fn read_item(item: Owned<Item, Read>) -> Tagged<Item> {
    Tagged(item.into_inner())
}

#[patch("/items/{id:[0-9]+}")]
#[authenticated]
#[conditional(required)]
#[validated]
async fn change_item(
    id: Path<u32>,
    change: Json<Change>,
    conditions: Preconditions,
) -> Result<NoContent> {
    let _ = (id, change.into_inner().title.is_absent(), conditions);
    Ok(NoContent)
}

#[get("/items")]
#[public]
#[validated]
async fn list_items(listing: Query<Listing>) -> Result<Json<Vec<Item>>> {
    let Listing { page, ids } = listing.into_inner();
    let _ = (page, ids);
    Ok(Json(Vec::new()))
}

#[get("/unknown")]
#[public]
async fn answer_unknown() -> Json<WithoutSchema> {
    Json(WithoutSchema { id: 1 })
}

#[get("/plain")]
#[public]
async fn answer_plain() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/all")]
#[public]
async fn answer_all() -> Result<StreamedJson<Item>> {
    let none = futures_util::stream::iter(Vec::<Result<Item, Problem>>::new());
    StreamedJson::array(none).begin().await
}

#[get("/text")]
#[public]
#[cross_origin("https://app.example")]
async fn answer_text() -> Option<String> {
    None
}

#[post("/files/{folder}")]
#[public(reason = "a test of what is documented")]
#[upload(max = "1 KiB", kinds(png, pdf), field = "doc")]
#[validated]
async fn save_file(folder: Path<Slug>, file: Upload, store: Data<Uploads>) -> Result<NoContent> {
    let _ = (folder, file, store);
    Ok(NoContent)
}

fn endpoints() -> Endpoints {
    endpoints![
        create_item,
        read_item,
        change_item,
        list_items,
        answer_unknown,
        answer_plain,
        answer_all,
        answer_text,
        save_file
    ]
}

fn document() -> OpenApi {
    OpenApi::of(&endpoints(), "items", "1.2.3")
}

fn schema(name: &str) -> Value {
    document().value()["components"]["schemas"][name].clone()
}

fn operation(path: &str, method: &str) -> Value {
    document().value()["paths"][path][method].clone()
}

fn statuses(operation: &Value) -> Vec<String> {
    operation["responses"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn an_input_type_is_documented_with_its_rules() {
    let item = schema("NewItem");
    let property = |name: &str| item["properties"][name].clone();
    assert_eq!(item["description"], "What is made.");
    assert_eq!(item["additionalProperties"], false);
    assert_eq!(
        item["required"],
        json!(["itemName", "qty", "code", "tags", "parts", "kind", "size"]),
        "a field with two names is there under one of them"
    );
    assert_eq!(
        property("itemName"),
        json!({
            "type": "string", "minLength": 1, "maxLength": 40,
            "description": "What it is called."
        })
    );
    assert_eq!(
        property("qty"),
        json!({ "type": "integer", "format": "int64", "minimum": 1, "maximum": 1_000 })
    );
    assert_eq!(
        property("weight"),
        json!({
            "type": ["number", "null"], "format": "double", "exclusiveMinimum": -1.5,
            "maximum": 2.5
        })
    );
    assert_eq!(property("mail")["format"], "email");
    assert_eq!(property("link")["format"], "uri");
    assert_eq!(property("code")["maxLength"], 3);
    assert_eq!(property("code")["pattern"], "^[A-Z]{2}[0-9]?$");
    assert_eq!(
        property("tags"),
        json!({
            "type": "array", "minItems": 2, "maxItems": 5,
            "items": { "type": "string", "maxLength": 16 }
        })
    );
    assert_eq!(property("parts")["items"]["$ref"], "#/components/schemas/Part");
    assert_eq!(property("parts")["maxItems"], 3);
    assert_eq!(schema("Part")["properties"]["no"]["maximum"], 255);
    assert_eq!(schema("Kind"), json!({ "type": "string", "enum": ["large-one", "small-one"] }));
    assert_eq!(property("ref"), property("reference"));
    assert_eq!(property("ref")["format"], "uuid");
    assert_eq!(schema("Size")["oneOf"][0]["required"], json!(["unit", "value"]));
    assert_eq!(schema("Size")["oneOf"][1]["properties"]["unit"]["const"], "None");
}

#[test]
fn a_patch_tells_null_from_absence() {
    let change = schema("Change");
    assert_eq!(change["properties"]["title"]["type"], json!(["string", "null"]));
    assert_eq!(change.get("required"), None);
    let body = &operation("/items/{id}", "patch")["requestBody"];
    assert_eq!(
        body["content"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["application/json", "application/merge-patch+json"]
    );
}

#[test]
fn parameters_have_the_types_of_the_arguments() {
    let list = operation("/items", "get");
    assert_eq!(
        list["parameters"][0],
        json!({
            "name": "page", "in": "query", "required": false, "allowEmptyValue": true,
            "description": "Which page.",
            "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 65_535 }
        })
    );
    assert_eq!(list["parameters"][1]["explode"], false);
    assert_eq!(list["parameters"][1]["schema"]["maxItems"], 4);
    // One path: only the router distinguishes the two.
    let read = &operation("/items/{id}", "get")["parameters"];
    assert_eq!(read[0]["schema"]["maximum"], u32::MAX);
    assert_eq!(read[1]["name"], "If-None-Match");
    let change = &operation("/items/{id}", "patch")["parameters"];
    assert_eq!((&change[0]["in"], &change[1]["name"]), (&json!("path"), &json!("If-Match")));
    let save = &operation("/files/{folder}", "post")["parameters"];
    assert_eq!(save[0]["schema"]["pattern"], "^[a-z0-9]+(?:-[a-z0-9]+)*$");
}

#[test]
fn an_operation_has_the_statuses_of_its_guards_and_of_its_handler() {
    let create = operation("/items", "post");
    assert_eq!(
        statuses(&create),
        [
            "201", "400", "401", "403", "408", "409", "412", "413", "415", "421", "422", "429",
            "500", "503", "504"
        ]
    );
    let list = operation("/items", "get");
    assert_eq!(statuses(&list), ["200", "400", "403", "421", "422", "429", "500", "504"]);
    let read = operation("/items/{id}", "get");
    assert!(
        ["304", "404", "412", "401"].iter().all(|one| statuses(&read).contains(&(*one).into()))
    );
    let change = operation("/items/{id}", "patch");
    assert!(["204", "412", "428"].iter().all(|one| statuses(&change).contains(&(*one).into())));
    assert!(statuses(&operation("/text", "get")).contains(&"404".to_owned()));
    let limited = &create["responses"]["429"];
    assert_eq!(
        limited["headers"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["RateLimit", "RateLimit-Policy", "Retry-After"]
    );
    let refused = &create["responses"]["403"]["content"]["application/problem+json"]["schema"];
    assert_eq!(refused["oneOf"].as_array().unwrap().len(), 3);
    assert_eq!(
        schema("ProblemCrossSite")["properties"]["type"]["const"],
        "urn:problem-type:palisade:cross-site"
    );
    assert!(create["responses"]["401"]["headers"].get("WWW-Authenticate").is_some());
}

#[test]
fn an_operation_says_who_may_call_and_how_often() {
    let create = operation("/items", "post");
    assert_eq!(create["x-required-scopes"], "all(items:write, any(a, b))");
    assert_eq!(create["security"], json!([{ "bearer": [] }]), "no list of scopes says it");
    assert_eq!(create["x-palisade-timeout-ms"], 5_000);
    assert_eq!(create["requestBody"]["x-palisade-body-limit"], 1_024);
    let limits = create["x-rate-limits"].as_array().unwrap();
    let of_subject = limits.iter().find(|limit| limit["by"] == json!(["subject"])).unwrap();
    assert_eq!(
        of_subject,
        &json!({
            "name": "subject", "unit": "requests", "quota": 10, "window-seconds": 60, "burst": 5,
            "by": ["subject"]
        })
    );
    assert!(limits.iter().any(|limit| limit["unit"] == "concurrent-requests"));
    let read = operation("/items/{id}", "get");
    assert_eq!(read["security"], json!([{ "session": ["items:read"] }]));
    assert_eq!(read["x-palisade-objects"][0]["action"], "read");
    assert_eq!(operation("/items", "get")["security"], json!([]));
    assert_eq!(
        operation("/text", "get")["x-palisade-cors"],
        json!({ "origins": ["https://app.example"], "credentials": false })
    );
    assert_eq!(read.get("x-palisade-cors"), None, "the service's policy holds");
    let document = document();
    let schemes = &document.value()["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["bearerFormat"], "JWT");
    assert_eq!(schemes["session"]["name"], "__Host-session");
}

#[test]
fn texts_come_from_the_documentation() {
    let create = operation("/items", "post");
    assert_eq!(create["summary"], "Makes an item.");
    let description = create["description"].as_str().unwrap();
    assert!(description.starts_with("It is kept\nfor a while.\n\nScopes: "), "{description}");
    assert_eq!(create["operationId"], "openapi.create_item");
    assert_eq!(create["tags"], json!(["openapi"]));
    assert_eq!(operation("/unknown", "get")["summary"], "answer unknown");
    assert_eq!(document().value()["info"], json!({ "title": "items", "version": "1.2.3" }));
}

#[test]
fn answers_have_the_schemas_of_their_types() {
    let created = &operation("/items", "post")["responses"]["201"]["content"]["application/json"];
    assert_eq!(created["schema"]["$ref"], "#/components/schemas/Item");
    let item = schema("Item");
    assert_eq!(item["properties"]["id"]["description"], "Its id.");
    assert!(item["properties"].get("label").is_some());
    assert_eq!(item["properties"].as_object().unwrap().len(), 2);
    let all = &operation("/all", "get")["responses"]["200"]["content"]["application/json"];
    assert_eq!(all["schema"]["items"]["$ref"], "#/components/schemas/Item");
    let own_text = operation("/text", "get");
    assert!(own_text["responses"]["200"]["content"].get("text/plain").is_some());
    assert!(own_text["responses"]["200"]["headers"].get("Access-Control-Allow-Origin").is_some());
}

#[test]
fn what_no_type_describes_is_named() {
    let document = document();
    let missing: Vec<_> = document.undocumented().iter().map(ToString::to_string).collect();
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(missing[0].contains("operate/openapi.rs:"), "{missing:?}");
    assert!(
        missing[0].contains("::answer_unknown`") && missing[0].contains("ToSchema"),
        "{missing:?}"
    );
    assert!(missing[1].contains("::answer_plain`"), "{missing:?}");
    let unknown = operation("/unknown", "get");
    assert_eq!(unknown["responses"]["200"]["content"]["application/json"]["schema"], json!({}));
}

#[test]
fn files_are_documented_with_their_kinds() {
    let body = &operation("/files/{folder}", "post")["requestBody"];
    let form = &body["content"]["multipart/form-data"];
    assert_eq!(form["encoding"]["doc"]["contentType"], "image/png, application/pdf");
    let file = &form["schema"]["properties"]["doc"];
    assert_eq!((&file["maxLength"], &file["format"]), (&json!(1_024), &json!("binary")));
    assert_eq!(form["schema"]["required"], json!(["doc"]));
}

#[test]
fn the_same_endpoints_give_the_same_bytes() {
    let text = document().to_json();
    assert_eq!(text, document().to_json());
    let sorted = serde_json::from_str::<Value>(&text).map(|mut value| {
        value.sort_all_objects();
        serde_json::to_string_pretty(&value).unwrap() + "\n"
    });
    assert_eq!(sorted.unwrap(), text);
}
