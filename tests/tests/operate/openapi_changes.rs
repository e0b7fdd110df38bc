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

/// What the comparison of two edited documents finds.
fn found(before: &[Edit], after: &[Edit]) -> Vec<ChangeKind> {
    changes(&edited(before), &edited(after)).iter().map(|change| change.kind).collect()
}

/// Checks what a change is, and what the change back is.
fn assert_both_ways(edits: &[Edit], forth: &[ChangeKind], back: &[ChangeKind]) {
    assert_eq!(found(&[], edits), forth, "{edits:?}");
    assert_eq!(found(edits, &[]), back, "back from {edits:?}");
}

#[test]
fn each_bound_and_each_condition_of_a_value_is_compared() {
    use ChangeKind as Kind;

    const NAME: &str = "/components/schemas/New/properties/name";
    const STATE: &str = "/components/schemas/Item/properties/state";
    let edit = |place: &str, value: Value| -> Edit {
        (Box::leak(place.to_owned().into_boxed_str()), Some(value))
    };
    let (narrowed, dropped) = (Kind::RequestConstraintNarrowed, Kind::RequestConstraintDropped);
    for (word, stricter, looser) in [
        ("maxLength", 5, 9),
        ("maxItems", 5, 9),
        ("maxProperties", 5, 9),
        ("maximum", 5, 9),
        ("exclusiveMaximum", 5, 9),
        ("minLength", 9, 5),
        ("minItems", 9, 5),
        ("minProperties", 9, 5),
        ("minimum", 9, 5),
        ("exclusiveMinimum", 9, 5),
    ] {
        let of_request = |value: i32| [edit(&format!("{NAME}/{word}"), json!(value))];
        let of_response = |value: i32| [edit(&format!("{STATE}/{word}"), json!(value))];
        assert_eq!(found(&of_request(looser), &of_request(stricter)), [narrowed], "{word}");
        assert_eq!(found(&of_request(stricter), &of_request(looser)), [dropped], "{word}");
        assert_eq!(found(&of_response(looser), &of_response(stricter)), [], "{word}");
        let widened = [Kind::ResponseConstraintWidened];
        assert_eq!(found(&of_response(stricter), &of_response(looser)), widened, "{word}");
    }
    assert_both_ways(&[(MAXIMUM, Some(json!(100)))], &[narrowed], &[dropped]);
    for (word, one, other) in [
        ("pattern", json!("^b+$"), json!("^c+$")),
        ("format", json!("email"), json!("uri")),
        ("allOf", json!([{ "pattern": "a" }]), json!([{ "pattern": "b" }])),
        ("not", json!({ "pattern": "a" }), json!({ "pattern": "b" })),
        ("propertyNames", json!({ "maxLength": 1 }), json!({ "maxLength": 2 })),
        ("x-palisade-rules", json!(["custom"]), json!(["other"])),
    ] {
        let place = format!("/components/schemas/New/properties/note/{word}");
        let (one, other) = ([edit(&place, one)], [edit(&place, other)]);
        assert_both_ways(&one, &[narrowed], &[dropped]);
        // Which of two is stricter is not known: a client may be refused.
        assert_eq!(found(&one, &other), [narrowed], "{word}");
        let place = format!("{STATE}/{word}");
        let of_response = [edit(&place, json!("a"))];
        assert_both_ways(&of_response, &[], &[Kind::ResponseConstraintWidened]);
    }
}

/// A bound that the base does not have.
const MAXIMUM: &str = "/components/schemas/New/properties/note/maximum";

#[test]
fn values_inside_of_others_are_compared() {
    use ChangeKind as Kind;

    const NOTE: &str = "/components/schemas/New/properties/note";
    const CHOICE: &str = "/components/schemas/New/properties/choice";
    const STATE: &str = "/components/schemas/Item/properties/state";
    let (narrowed, dropped) = (Kind::RequestConstraintNarrowed, Kind::RequestConstraintDropped);
    for nested in [
        |max: u64| json!({ "type": "array", "items": { "maxLength": max } }),
        |max: u64| json!({ "type": "object", "additionalProperties": { "maxLength": max } }),
        |max: u64| json!({ "type": "array", "prefixItems": [{}, { "maxLength": max }] }),
        |max: u64| json!({ "oneOf": [{ "maxLength": max }] }),
        |max: u64| json!({ "anyOf": [{ "maxLength": max }] }),
        |max: u64| json!({ "properties": { "a": { "properties": { "b": { "maxLength": max } } } } }),
    ] {
        let (small, large) = ([(NOTE, Some(nested(1)))], [(NOTE, Some(nested(2)))]);
        assert_eq!(found(&large, &small), [narrowed], "{small:?}");
        assert_eq!(found(&small, &large), [dropped], "{small:?}");
    }
    let first = || json!({ "$ref": "#/components/schemas/First" });
    // A choice that goes away, a further one, and a single type instead of a choice.
    let gone = [(CHOICE, Some(json!({ "oneOf": [first()] })))];
    assert_both_ways(&gone, &[Kind::RequestTypeChanged], &[Kind::RequestTypeWidened]);
    let any_of = [(CHOICE, Some(json!({ "anyOf": [first()] })))];
    assert_both_ways(&any_of, &[Kind::RequestTypeChanged], &[Kind::RequestTypeWidened]);
    let one_of = |list: Value| [(STATE, Some(json!({ "oneOf": list })))];
    let (one, two) = (one_of(json!([first()])), one_of(json!([first(), { "type": "null" }])));
    assert_eq!(found(&one, &two), [Kind::ResponseTypeChanged]);
    assert_eq!(found(&two, &one), []);
    // An integer is a number.
    let of_type =
        |name: &str| [("/components/schemas/New/properties/note/type", Some(json!(name)))];
    let (integer, number) = (of_type("integer"), of_type("number"));
    assert_eq!(found(&integer, &number), [Kind::RequestTypeWidened]);
    assert_eq!(found(&number, &integer), [Kind::RequestTypeChanged]);
    let any = [("/components/schemas/New/properties/note/type", None)];
    assert_both_ways(&any, &[Kind::RequestTypeWidened], &[Kind::RequestTypeChanged]);
    // One value alone.
    let constant = |value: &str| [(NOTE, Some(json!({ "type": "string", "const": value })))];
    assert_both_ways(&constant("a"), &[Kind::RequestEnumNarrowed], &[Kind::RequestEnumWidened]);
    let other = [Kind::RequestEnumNarrowed, Kind::RequestEnumWidened];
    assert_eq!(found(&constant("a"), &constant("b")), other);
    // Both words close an object.
    let closed = [
        ("/components/schemas/New/additionalProperties", None),
        ("/components/schemas/New/unevaluatedProperties", Some(json!(false))),
    ];
    assert_both_ways(&closed, &[], &[]);
}

#[test]
fn limits_are_compared_with_what_they_count() {
    use ChangeKind as Kind;

    const LIMITS: &str = "CHANGE/x-rate-limits";
    let limit = |members: Value| {
        let mut limit = json!({ "name": "y", "unit": "requests", "quota": 10,
                                "window-seconds": 60, "by": ["subject"] });
        limit.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        limit
    };
    // A further limit, and one that refuses nothing.
    let further = [("CHANGE/x-rate-limits/1", Some(limit(json!({}))))];
    assert_both_ways(&further, &[Kind::LimitLowered], &[Kind::LimitRemoved]);
    let tracks = [("CHANGE/x-rate-limits/1", Some(limit(json!({ "mode": "track" }))))];
    assert_both_ways(&tracks, &[], &[]);
    // A longer window at the same burst.
    let longer = [("CHANGE/x-rate-limits/0/window-seconds", Some(json!(600)))];
    assert_both_ways(&longer, &[Kind::LimitLowered], &[Kind::LimitRaised]);
    let cost = [("CHANGE/x-rate-limits/0/cost", Some(json!(2)))];
    assert_both_ways(&cost, &[Kind::LimitLowered], &[Kind::LimitRaised]);
    // What is counted otherwise is another limit.
    for (word, value) in
        [("by", json!(["subject"])), ("unit", json!("kibibytes")), ("count", json!("failures"))]
    {
        let place: &'static str = Box::leak(format!("{LIMITS}/0/{word}").into_boxed_str());
        let other = [Kind::LimitRemoved, Kind::LimitLowered];
        assert_both_ways(&[(place, Some(value))], &other, &other);
    }
    // Two that count the same stay two.
    let pair = |quota: u64| {
        let both = [limit(json!({})), limit(json!({ "quota": quota }))];
        [(LIMITS, Some(json!(both)))]
    };
    assert_eq!(found(&pair(100), &pair(50)), [Kind::LimitLowered]);
    assert_eq!(found(&pair(50), &pair(100)), [Kind::LimitRaised]);
    assert_eq!(
        found(&pair(50), &[(LIMITS, Some(json!([limit(json!({}))])))]),
        [Kind::LimitRemoved]
    );
}

#[test]
fn parameters_and_bodies_that_come_and_go_are_compared() {
    use ChangeKind as Kind;

    const CAP: &str = "CHANGE/requestBody/x-palisade-body-limit";
    let parameter = |place: &str, required: bool| {
        let parameter = json!({ "name": "p", "in": place, "required": required, "schema": {} });
        [("CHANGE/parameters/2", Some(parameter))]
    };
    let header = parameter("header", true);
    // A header that is not read is not refused.
    assert_both_ways(&header, &[Kind::ParameterRequired], &[]);
    let query = parameter("query", true);
    assert_both_ways(&query, &[Kind::ParameterRequired], &[Kind::ParameterRemoved]);
    // The text of a path has its parameters.
    assert_both_ways(&parameter("path", true), &[], &[]);
    let none = [("CHANGE/requestBody", None)];
    assert_both_ways(&none, &[Kind::RequestBodyRemoved], &[]);
    let required = [("CHANGE/requestBody/required", Some(json!(true)))];
    assert_eq!(found(&none, &required), [Kind::RequestBodyRequired]);
    // The service's own cap is in no document: one that is stated may be larger, or smaller.
    assert_both_ways(&[(CAP, None)], &[Kind::BodyLimitLowered], &[Kind::BodyLimitRaised]);
    let renamed = {
        let mut document = base();
        let paths = document["paths"].as_object_mut().unwrap();
        let item = paths.remove("/items/{id}").unwrap();
        paths.insert("/items/{item}".to_owned(), item);
        document
    };
    assert_eq!(changes(&base(), &renamed), []);
    // Those of a path are compared by their order.
    let other = [
        ("CHANGE/parameters/0/name", Some(json!("item"))),
        ("CHANGE/parameters/0/schema/maximum", Some(json!(1_000))),
    ];
    assert_both_ways(&other, &[Kind::RequestConstraintDropped], &[Kind::RequestConstraintNarrowed]);
}

#[test]
fn pages_of_other_origins_are_compared() {
    use ChangeKind as Kind;

    const CORS: &str = "CHANGE/x-palisade-cors";
    let policy = |origins: Value, credentials: bool| {
        [(CORS, Some(json!({ "origins": origins, "credentials": credentials })))]
    };
    let (any, closed, own) = (policy(json!("any"), false), policy(json!([]), true), [(CORS, None)]);
    assert_both_ways(&any, &[Kind::CorsWidened], &[Kind::CorsNarrowed]);
    // One that admits no page has no credentials to send.
    assert_both_ways(&closed, &[Kind::CorsNarrowed], &[Kind::CorsWidened]);
    assert_eq!(found(&own, &closed), [Kind::CorsNarrowed]);
    assert_eq!(found(&closed, &own), [Kind::CorsWidened]);
    // What cannot be read counts as the widest.
    assert_eq!(found(&[], &policy(json!({}), false)), [Kind::CorsWidened]);
    let unsaid = [("CHANGE/x-palisade-cors/credentials", None)];
    assert_both_ways(&unsaid, &[Kind::CorsWidened], &[Kind::CorsNarrowed]);
    let other = policy(json!(["https://b.example"]), false);
    assert_eq!(found(&[], &other), [Kind::CorsNarrowed, Kind::CorsWidened]);
}

#[test]
fn the_page_of_the_documentation_lists_each_kind() {
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.md")).unwrap();
    for kind in ChangeKind::ALL {
        assert!(page.contains(&format!("| `{}` |", kind.name())), "{}", kind.name());
    }
}
