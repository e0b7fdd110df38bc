//! What `cargo palisade openapi --check` says of two documents: each kind of change, and silence where
//! nothing breaks and nothing widens.

use std::{collections::BTreeSet, fs};

use cargo_palisade::openapi::{ChangeKind, changes};
use serde_json::{Value, json};

/// A document with something of everything.
fn base() -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/items/{id}": { "post": {
                "operationId": "change",
                "x-required-scopes": "all(a, b)",
                "x-palisade-objects": [{ "type": "Item", "action": "write" }],
                "x-palisade-cors": { "origins": ["https://a.example"], "credentials": false },
                "security": [{ "bearer": [] }, { "session": [] }],
                "x-rate-limits": [
                    { "name": "x", "unit": "requests", "quota": 10, "window-seconds": 60,
                      "by": ["ip"], "ban": { "refusals": 3 } },
                ],
                "parameters": [
                    { "name": "id", "in": "path", "required": true,
                      "schema": { "type": "integer", "maximum": 100 } },
                    { "name": "sort", "in": "query", "required": false,
                      "schema": { "type": "string", "enum": ["a", "b"] } },
                ],
                "requestBody": {
                    "required": false,
                    "x-palisade-body-limit": 1_024,
                    "content": {
                        "application/json": { "schema": { "$ref": "#/components/schemas/New" } },
                        "multipart/form-data": { "schema": {
                            "type": "object",
                            "properties": {
                                "file": { "type": "string", "x-palisade-kinds": ["png", "pdf"] },
                            },
                        } },
                    },
                },
                "responses": {
                    "200": { "content": {
                        "application/json": { "schema": { "$ref": "#/components/schemas/Item" } },
                        "text/plain": { "schema": { "type": "string" } },
                    } },
                    "304": {},
                    "409": {},
                },
            } },
            "/other": { "get": { "security": [{ "bearer": [] }], "responses": { "200": {} } } },
        },
        "components": { "schemas": {
            "New": {
                "type": "object",
                "properties": {
                    "name": { "type": "string", "minLength": 1, "maxLength": 10,
                              "pattern": "^a+$" },
                    "kind": { "type": "string", "enum": ["x", "y"] },
                    "next": { "$ref": "#/components/schemas/New" },
                    "note": { "type": "string" },
                    "choice": { "oneOf": [
                        { "$ref": "#/components/schemas/First" },
                        { "$ref": "#/components/schemas/Second" },
                    ] },
                },
                "required": ["name"],
                "additionalProperties": false,
            },
            "First": { "type": "object", "properties": { "a": { "type": "string" } } },
            "Second": {
                "type": "object", "properties": { "b": { "type": "string", "maxLength": 4 } },
            },
            "Item": {
                "type": "object",
                "properties": {
                    "id": { "type": "integer" },
                    "state": { "type": "string", "enum": ["on", "off"], "maxLength": 3 },
                },
                "required": ["id"],
            },
        } },
    })
}

const CHANGE: &str = "/paths/~1items~1{id}/post";

/// What a value becomes: `None` takes it out.
type Edit = (&'static str, Option<Value>);

fn edited(edits: &[Edit]) -> Value {
    let mut document = base();
    for (pointer, value) in edits {
        let pointer = pointer.replace("CHANGE", CHANGE);
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/");
        match (document.pointer_mut(parent).unwrap(), value) {
            (Value::Object(members), Some(value)) => {
                members.insert(name, value.clone());
            }
            (Value::Object(members), None) => {
                members.remove(&name).unwrap();
            }
            (Value::Array(elements), Some(value)) => {
                let at: usize = name.parse().unwrap();
                if at < elements.len() {
                    elements[at] = value.clone();
                } else {
                    elements.push(value.clone());
                }
            }
            (Value::Array(elements), None) => {
                elements.remove(name.parse().unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
    document
}

/// Each kind, what brings it about, and what its line says.
fn cases() -> Vec<(ChangeKind, Vec<Edit>, &'static str)> {
    use ChangeKind as Kind;

    let some = |value: Value| Some(value);
    vec![
        (Kind::PathRemoved, vec![("/paths/~1other", None)], "/other: present -> gone"),
        (Kind::OperationRemoved, vec![("/paths/~1other/get", None)], "GET /other"),
        (Kind::StatusRemoved, vec![("CHANGE/responses/304", None)], "POST /items/{id} 304"),
        (
            Kind::ResponseMediaTypeRemoved,
            vec![("CHANGE/responses/200/content/text~1plain", None)],
            "200: text/plain -> gone",
        ),
        (
            Kind::ResponseFieldRemoved,
            vec![("/components/schemas/Item/properties/state", None)],
            "200/state: present -> gone",
        ),
        (
            Kind::ResponseFieldOptional,
            vec![("/components/schemas/Item/required/0", None)],
            "200/id: required -> optional",
        ),
        (
            Kind::ResponseTypeChanged,
            vec![("/components/schemas/Item/properties/id/type", some(json!("string")))],
            "200/id: integer -> string",
        ),
        (
            Kind::ResponseEnumWidened,
            vec![("/components/schemas/Item/properties/state/enum/2", some(json!("?")))],
            "200/state: \"off\", \"on\" -> \"?\", \"off\", \"on\"",
        ),
        (
            Kind::ResponseConstraintWidened,
            vec![("/components/schemas/Item/properties/state/maxLength", some(json!(9)))],
            "200/state: maxLength 3 -> maxLength 9",
        ),
        (
            Kind::ParameterRemoved,
            vec![("CHANGE/parameters/1", None)],
            "query sort: taken -> refused",
        ),
        (
            Kind::ParameterRequired,
            vec![("CHANGE/parameters/1/required", some(json!(true)))],
            "query sort: optional -> required",
        ),
        (Kind::RequestBodyRemoved, vec![("CHANGE/requestBody", None)], "body: taken -> gone"),
        (
            Kind::RequestBodyRequired,
            vec![("CHANGE/requestBody/required", some(json!(true)))],
            "body: optional -> required",
        ),
        (
            Kind::RequestMediaTypeRemoved,
            vec![("CHANGE/requestBody/content/application~1json", None)],
            "body: application/json -> gone",
        ),
        (
            Kind::RequestFieldRemoved,
            vec![("/components/schemas/New/properties/note", None)],
            "body/note: taken -> refused",
        ),
        (
            Kind::RequestFieldRequired,
            vec![("/components/schemas/New/required/1", some(json!("kind")))],
            "body/kind: optional -> required",
        ),
        (
            Kind::RequestTypeChanged,
            vec![("/components/schemas/New/properties/note/type", some(json!("integer")))],
            "body/note: string -> integer",
        ),
        (
            Kind::RequestEnumNarrowed,
            vec![("/components/schemas/New/properties/kind/enum/1", None)],
            "body/kind: \"x\", \"y\" -> \"x\"",
        ),
        (
            Kind::RequestConstraintNarrowed,
            vec![("/components/schemas/New/properties/name/maxLength", some(json!(9)))],
            "body/name: maxLength 10 -> maxLength 9",
        ),
        (
            Kind::BodyLimitLowered,
            vec![("CHANGE/requestBody/x-palisade-body-limit", some(json!(512)))],
            "body: 1024 -> 512",
        ),
        (
            Kind::UploadKindRemoved,
            vec![(
                "CHANGE/requestBody/content/multipart~1form-data/schema/properties/file/x-palisade-kinds/1",
                None,
            )],
            "body: pdf -> refused",
        ),
        (
            Kind::AccessNarrowed,
            vec![("CHANGE/x-required-scopes", some(json!("all(a, b, c)")))],
            "access: all(a, b) -> all(a, b, c)",
        ),
        (Kind::CredentialsRemoved, vec![("CHANGE/security/1", None)], "security: session -> gone"),
        (
            Kind::LimitLowered,
            vec![("CHANGE/x-rate-limits/0/quota", some(json!(5)))],
            "limits: 10 \"requests\" in 60 s",
        ),
        (
            Kind::CorsNarrowed,
            vec![("CHANGE/x-palisade-cors/origins", some(json!([])))],
            "cors: https://a.example -> none",
        ),
        (Kind::CorsNarrowed, vec![("CHANGE/x-palisade-cors", None)], "-> the service's policy"),
        (Kind::ConditionRequired, vec![("CHANGE/responses/428", some(json!({})))], "-> 428"),
        (
            Kind::AccessPublic,
            vec![("CHANGE/x-required-scopes", None), ("CHANGE/security", some(json!([])))],
            "access: all(a, b) -> public",
        ),
        (
            Kind::AccessWidened,
            vec![("CHANGE/x-required-scopes", some(json!("a")))],
            "access: all(a, b) -> a",
        ),
        (
            Kind::AccessChanged,
            vec![("CHANGE/x-required-scopes", some(json!("c")))],
            "access: all(a, b) -> c",
        ),
        (
            Kind::CredentialsAdded,
            vec![("CHANGE/security/2", some(json!({ "api_key": [] })))],
            "security: absent -> api_key",
        ),
        (Kind::LimitRemoved, vec![("CHANGE/x-rate-limits", None)], "-> gone"),
        (
            Kind::LimitRaised,
            vec![("CHANGE/x-rate-limits/0/window-seconds", some(json!(1)))],
            "in 1 s",
        ),
        (
            Kind::BodyLimitRaised,
            vec![("CHANGE/requestBody/x-palisade-body-limit", some(json!(2_048)))],
            "body: 1024 -> 2048",
        ),
        (
            Kind::UploadKindAdded,
            vec![(
                "CHANGE/requestBody/content/multipart~1form-data/schema/properties/file/x-palisade-kinds/2",
                some(json!("zip")),
            )],
            "body: refused -> zip",
        ),
        (
            Kind::RequestMediaTypeAdded,
            vec![("CHANGE/requestBody/content/text~1plain", some(json!({ "schema": {} })))],
            "body: refused -> text/plain",
        ),
        (
            Kind::RequestOptional,
            vec![("/components/schemas/New/required", None)],
            "body/name: required -> optional",
        ),
        (
            Kind::LimitWeakened,
            vec![("CHANGE/x-rate-limits/0/ban", None)],
            "by [\"ip\"], ban -> 10 \"requests\" in 60 s by [\"ip\"]",
        ),
        (
            Kind::LimitWeakened,
            vec![("CHANGE/x-rate-limits/0/outage", some(json!("open")))],
            ", ban, open on outage",
        ),
        (Kind::LimitRaised, vec![("CHANGE/x-rate-limits/0/burst", some(json!(50)))], ", burst 50"),
        (Kind::LimitLowered, vec![("CHANGE/x-rate-limits/0/burst", some(json!(2)))], ", burst 2"),
        (
            Kind::ObjectCheckRemoved,
            vec![("CHANGE/x-palisade-objects", None)],
            "objects: 1 checked for `write` -> 0 checked for `write`",
        ),
        (
            Kind::AccessNarrowed,
            vec![("CHANGE/x-palisade-objects/1", some(json!({ "type": "B", "action": "read" })))],
            "objects: 0 checked for `read` -> 1 checked for `read`",
        ),
        (
            Kind::CorsWidened,
            vec![("CHANGE/x-palisade-cors/origins", some(json!("any")))],
            "cors: https://a.example -> any origin",
        ),
        (
            Kind::CorsWidened,
            vec![("CHANGE/x-palisade-cors/credentials", some(json!(true)))],
            "-> https://a.example, with credentials",
        ),
        (
            Kind::RequestTypeWidened,
            vec![(
                "/components/schemas/New/properties/note/type",
                some(json!(["string", "integer"])),
            )],
            "body/note: string -> integer, string",
        ),
        (
            Kind::RequestEnumWidened,
            vec![("CHANGE/parameters/1/schema/enum/2", some(json!("c")))],
            "query sort: \"a\", \"b\" -> \"a\", \"b\", \"c\"",
        ),
        (
            Kind::RequestConstraintDropped,
            vec![("/components/schemas/New/properties/name/pattern", None)],
            "body/name: pattern \"^a+$\" -> no pattern",
        ),
        (
            Kind::RequestUnknownFieldsTaken,
            vec![("/components/schemas/New/additionalProperties", None)],
            "body: unknown fields refused -> taken",
        ),
        (
            Kind::CrossSiteAllowed,
            vec![("CHANGE/x-palisade-cross-site", some(json!("allow")))],
            "refuse -> allow",
        ),
    ]
}

#[test]
fn each_kind_of_change_is_told_by_itself() {
    let mut seen = BTreeSet::new();
    for (kind, edits, says) in cases() {
        let found = changes(&base(), &edited(&edits));
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 1, "{kind:?}: {lines:?}");
        assert_eq!(found[0].kind, kind, "{lines:?}");
        assert!(lines[0].contains(says), "{says}: {lines:?}");
        let begins = format!("{} {}: ", kind.level(), kind.name());
        assert!(lines[0].starts_with(&begins), "{lines:?}");
        seen.insert(kind.name());
    }
    // Those that are the other way round of one above.
    for (kind, edit) in [
        (
            ChangeKind::RequestUnknownFieldsRefused,
            ("/components/schemas/New/additionalProperties", None),
        ),
        (ChangeKind::ConditionDropped, ("CHANGE/responses/428", Some(json!({})))),
        (ChangeKind::CrossSiteRefused, ("CHANGE/x-palisade-cross-site", Some(json!("allow")))),
        (ChangeKind::RequestOptional, ("CHANGE/parameters/1/required", Some(json!(true)))),
        (ChangeKind::RequestOptional, ("CHANGE/requestBody/required", Some(json!(true)))),
        (ChangeKind::CorsWidened, ("CHANGE/x-palisade-cors", None)),
    ] {
        let found = changes(&edited(&[edit]), &base());
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [kind]);
        seen.insert(kind.name());
    }
    let all: BTreeSet<_> = ChangeKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(seen, all, "each kind has a case");
}

#[test]
fn what_neither_breaks_nor_widens_is_not_told() {
    let some = |value: Value| Some(value);
    let cases: Vec<Vec<Edit>> = vec![
        vec![],
        // A new path, operation, answer field or refusal.
        vec![("/paths/~1new", some(json!({ "get": { "security": [], "responses": {} } })))],
        vec![("/paths/~1other/post", some(json!({ "security": [], "responses": {} })))],
        vec![("/components/schemas/Item/properties/more", some(json!({ "type": "string" })))],
        vec![("CHANGE/responses/404", some(json!({})))],
        vec![("CHANGE/responses/409", None)],
        // A new field that may be absent, and a new name for the same parameter of a path.
        vec![("/components/schemas/New/properties/more", some(json!({ "type": "string" })))],
        vec![("CHANGE/parameters/0/name", some(json!("item")))],
        vec![("CHANGE/parameters/2", some(json!({ "name": "q", "in": "query", "schema": {} })))],
        // Narrower answers, the same condition in other words, texts.
        vec![("/components/schemas/Item/properties/state/enum/1", None)],
        vec![("/components/schemas/Item/properties/state/maxLength", some(json!(2)))],
        vec![("CHANGE/x-required-scopes", some(json!("all(b, a)")))],
        vec![("CHANGE/summary", some(json!("Other words.")))],
        // Another name of a type in Rust, and a stricter limit on an outage.
        vec![("CHANGE/x-palisade-objects/0/type", some(json!("Note")))],
        vec![("CHANGE/x-rate-limits/0/outage", some(json!("closed")))],
    ];
    for edits in cases {
        let found = changes(&base(), &edited(&edits));
        assert_eq!(found, [], "{edits:?}");
    }
}

#[test]
fn a_choice_is_compared_with_itself_wherever_it_is_listed() {
    let some = |value: Value| Some(value);
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let found = changes(
        &base(),
        &edited(&[
            ("/components/schemas/New/properties/choice/oneOf/0", some(reference("Second"))),
            ("/components/schemas/New/properties/choice/oneOf/1", some(reference("First"))),
            ("/components/schemas/Second/properties/b/maxLength", None),
        ]),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, ChangeKind::RequestConstraintDropped, "{found:?}");
}

#[test]
fn the_page_of_the_documentation_lists_each_kind() {
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.md")).unwrap();
    for kind in ChangeKind::ALL {
        assert!(page.contains(&format!("| `{}` |", kind.name())), "{}", kind.name());
    }
}
