//! Two OpenAPI documents of any form are compared without a failure, in bounded time, and a document has no
//! difference from itself.
//!
//! The input is a list of edits of a document: the half of it is the old one, the other half the new one. An
//! edit is the number of a value in the document, and the number of what it becomes.

#![no_main]

use std::sync::LazyLock;

use cargo_palisade::openapi::changes;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static BASE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "openapi": "3.1.0",
        "paths": { "/items/{id}": { "post": {
            "x-required-scopes": "all(a, any(b, not(c)))",
            "x-palisade-objects": [{ "type": "Item", "action": "write" }],
            "x-palisade-cors": { "origins": ["https://a.example"], "credentials": false },
            "security": [{ "bearer": [] }],
            "x-rate-limits": [{ "name": "x", "unit": "requests", "quota": 10, "window-seconds": 60,
                                "by": ["ip"], "burst": 3 }],
            "parameters": [{ "name": "id", "in": "path", "required": true,
                             "schema": { "type": "integer", "maximum": 100 } }],
            "requestBody": { "required": true, "x-palisade-body-limit": 1_024, "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/New" } } } },
            "responses": { "200": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/New" } } } }, "304": {} },
        } } },
        "components": { "schemas": { "New": {
            "type": "object", "additionalProperties": false, "required": ["name"],
            "properties": {
                "name": { "type": ["string", "null"], "maxLength": 10, "pattern": "^a+$" },
                "next": { "$ref": "#/components/schemas/New" },
                "kind": { "oneOf": [{ "const": "x" }, { "$ref": "#/components/schemas/New" }] },
                "list": { "type": "array", "prefixItems": [{}], "items": { "enum": ["x", 1] } },
            },
        } } },
    })
});

/// What a value becomes.
static VALUES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("all(all(all("),
        json!("any(a, b)"),
        json!("string"),
        json!("#"),
        json!("#/components/schemas/New"),
        json!({ "$ref": "#/components/schemas/New" }),
        json!({ "$ref": "#/components/schemas/New/properties/kind" }),
        json!({ "oneOf": [{ "$ref": "#" }] }),
        json!([]),
        json!({}),
        json!([[], {}, 1, "a"]),
        json!({ "ban": {}, "outage": "open", "mode": "track", "cost": 0, "window-seconds": 0 }),
    ];
    let names: Vec<_> = (0..20).map(|n| format!("s{n}")).collect();
    values.push(json!(format!("any({})", names.join(", "))));
    values
});

/// The value with this number, counted through the document; `at` is what is left of it.
fn place<'a>(value: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Object(members) => members.values_mut().find_map(|one| place(one, at)),
        Value::Array(elements) => elements.iter_mut().find_map(|one| place(one, at)),
        _ => None,
    }
}

fn edited(edits: &[u8]) -> Value {
    let mut document = BASE.clone();
    for edit in edits.chunks_exact(2) {
        let value = &VALUES[usize::from(edit[1]) % VALUES.len()];
        if let Some(found) = place(&mut document, &mut usize::from(edit[0])) {
            *found = value.clone();
        }
    }
    document
}

fuzz_target!(|data: &[u8]| {
    if data.len() > 64 {
        return;
    }
    let (old, new) = data.split_at(data.len() / 2);
    let (old, new) = (edited(old), edited(new));
    let found = changes(&old, &new);
    assert!(found.iter().all(|change| !change.to_string().is_empty()));
    assert_eq!(changes(&old, &old), [], "{old}");
    // Any JSON instead of a document.
    if let Ok(other) = serde_json::from_slice::<Value>(data) {
        changes(&other, &new);
        changes(&old, &other);
    }
});
