//! Mistakes about the claims. Every token here carries a good signature of ours.

use serde_json::{Value, json};

use super::{
    AUDIENCE, Hostile, ISSUER,
    forge::{Forge, Kind},
    refuse,
};

pub(super) fn add(table: &mut Vec<Hostile>, forge: &Forge, now: u64) {
    let kind = Kind::Hs256;
    let honest = Forge::claims(now);
    let sign = |claims: &Value| forge.token(kind, &kind.header(), claims);

    for claim in ["exp", "iss", "aud", "sub"] {
        let mut claims = honest.clone();
        claims.as_object_mut().unwrap().remove(claim);
        refuse(table, format!("no {claim}"), sign(&claims), 401);
    }
    let mut wrong = |claim: &str, value: Value| {
        let mut claims = honest.clone();
        claims[claim] = value;
        let name: String = format!("{claim} {}", claims[claim]).chars().take(60).collect();
        refuse(table, name, sign(&claims), 401);
    };
    for claim in ["exp", "nbf", "iat"] {
        for value in [
            json!(null),
            json!(true),
            json!("9999999999"),
            json!(""),
            json!([now + 900]),
            json!({"at": now}),
            json!(-1),
            json!(-9_999_999_999_i64),
            json!(now as f64 + 0.5),
            json!(1e10),
            json!(1e300),
            json!(u64::MAX),
            json!((now + 900) * 1000),
        ] {
            wrong(claim, value);
        }
    }
    for past in [0, 1, now - 3600, now - 121] {
        wrong("exp", json!(past));
    }
    for future in [now + 150, now + 86_400] {
        wrong("nbf", json!(future));
        wrong("iat", json!(future));
    }
    for value in [
        json!(null),
        json!(1),
        json!(""),
        json!([ISSUER]),
        json!([ISSUER, "https://evil.example"]),
        json!({"iss": ISSUER}),
        json!("https://evil.example"),
        json!(format!("{ISSUER}/")),
        json!(format!("{ISSUER}.evil.example")),
        json!(ISSUER.to_uppercase()),
        json!(format!(" {ISSUER}")),
        json!(format!("{ISSUER}\u{0}")),
        json!("http://id.example.org"),
    ] {
        wrong("iss", value);
    }
    for value in [
        json!(null),
        json!(1),
        json!(""),
        json!([]),
        json!("other"),
        json!(["other"]),
        json!([AUDIENCE, 1]),
        json!([AUDIENCE, null]),
        json!([[AUDIENCE]]),
        json!({AUDIENCE: true}),
        json!(format!("{AUDIENCE} other")),
        json!(format!("{AUDIENCE}/")),
        json!("item"),
        json!(AUDIENCE.to_uppercase()),
        json!("*"),
        json!(true),
    ] {
        wrong("aud", value);
    }
    for value in [
        json!(null),
        json!(""),
        json!(7),
        json!(["ada"]),
        json!({"sub": "ada"}),
        json!(true),
        json!("a".repeat(257)),
        json!("ada\n"),
        json!("ada\u{0}"),
        json!("\u{7f}"),
        json!("ada\u{85}"),
        json!("ada\u{2028}admin"),
    ] {
        wrong("sub", value);
    }
    for claim in ["jti", "client_id", "azp"] {
        for value in [json!(null), json!(7), json!(""), json!(["web"]), json!("web\r\n")] {
            wrong(claim, value);
        }
    }
    for value in [
        json!(null),
        json!(7),
        json!(["items:write"]),
        json!({"items:write": true}),
        json!(" "),
        json!("items:read  items:write"),
        json!(" items:write"),
        json!("items:write "),
        json!("items:read\titems:write"),
        json!("items:read\nitems:write"),
        json!("items:\"write"),
        json!("items:\\write"),
        json!("items:wr\u{ef}te"),
        json!("items:write\u{0}"),
        json!(vec!["s"; 257].join(" ")),
    ] {
        wrong("scope", value);
    }
    // Beside `scope`, whatever they say.
    for claim in ["scopes", "scp"] {
        for value in [json!(["items:write"]), json!("items:write"), json!(["admin"]), json!(null)] {
            wrong(claim, value);
        }
    }
    for (claim, value) in [
        ("scopes", json!("items:write")),
        ("scopes", json!(["items:read items:write"])),
        ("scopes", json!([""])),
        ("scopes", json!([["items:write"]])),
        ("scp", json!(["items:write", 1])),
        ("scp", json!({"0": "items:write"})),
        ("scp", json!(vec!["s"; 257])),
    ] {
        let mut claims = honest.clone();
        claims.as_object_mut().unwrap().remove("scope");
        claims[claim] = value.clone();
        let name: String = format!("only {claim} {value}").chars().take(60).collect();
        refuse(table, name, sign(&claims), 401);
    }
    raw(table, forge, &honest.to_string());
}

/// Payloads that no JSON writer makes.
fn raw(table: &mut Vec<Hostile>, forge: &Forge, honest: &str) {
    let kind = Kind::Hs256;
    // The first member is read, too: put the repeated ones on both sides.
    let before = |members: &str| format!("{{{members},{}", &honest[1..]);
    let after = |members: &str| format!("{},{members}}}", &honest[..honest.len() - 1]);
    for payload in [
        before(r#""sub":"admin""#),
        after(r#""sub":"admin""#),
        after(r#""s\u0075b":"admin""#),
        after(r#""exp":9999999999"#),
        before(r#""scope":"admin""#),
        after(&format!(r#""aud":"{AUDIENCE}""#)),
        after(r#""x":1,"x":1"#),
        after(r#""x":{"role":"user","role":"admin"}"#),
        after(r#""x":[{"a":{"b":1,"b":2}}]"#),
        after(r#""x":NaN"#),
        after(r#""x":Infinity"#),
        after(r#""x":1e999"#),
        after(r#""x":01"#),
        after(r#""x":0x10"#),
        after(r#""x":"\ud800""#),
        after(&format!(r#""x":{}{}"#, "[".repeat(1000), "]".repeat(1000))),
        after(&format!(r#""x":{}1{}"#, r#"{"a":"#.repeat(300), "}".repeat(300))),
        honest.replacen("\"exp\":", "\"exp\":NaN,\"e\":", 1),
        honest.replacen("\"exp\":", "\"exp\":-", 1),
        honest.replacen("\"exp\":", "\"exp\":+", 1),
        honest.replacen("\"exp\":", "\"exp\":99999999999999999999999999", 1),
        format!("[{honest}]"),
        format!("{honest}x"),
        format!("{honest}{honest}"),
        format!("\u{feff}{honest}"),
        format!("{honest}\0"),
        format!("/* */{honest}"),
        format!("{},}}", &honest[..honest.len() - 1]),
        honest.replace('"', "'"),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "\"ada\"".to_owned(),
        "1".to_owned(),
        " ".to_owned(),
    ] {
        let token = forge.token_of(kind, kind.header().to_string(), &payload);
        let name: String = payload.replace(honest, "..").escape_debug().collect();
        let tail = name.chars().rev().take(60).collect::<Vec<_>>();
        refuse(table, format!("payload {}", tail.iter().rev().collect::<String>()), token, 401);
    }
}
