//! Tokens that an issuer signs for other ends than access (RFC 9068 sections 4 and 5).

use serde_json::{Value, json};

use super::{
    Hostile,
    forge::{Forge, Kind},
    refuse, refuse_plain,
};

pub(super) fn add(table: &mut Vec<Hostile>, forge: &Forge, now: u64) {
    let honest = Forge::claims(now);
    for kind in Kind::ALL {
        let name = kind.name();
        for plain in [json!("JWT"), json!("jwt"), json!("application/jwt")] {
            let mut header = kind.header();
            header["typ"] = plain.clone();
            let token = forge.token(kind, &header, &honest);
            refuse_plain(table, format!("{name}: typ {plain}"), token);
        }
        let untyped = without(&kind.header(), "typ");
        refuse_plain(table, format!("{name}: no typ"), forge.token(kind, &untyped, &honest));
        for claim in ["iat", "jti", "client_id"] {
            let token = forge.token(kind, &kind.header(), &without(&honest, claim));
            refuse_plain(table, format!("{name}: no {claim}"), token);
        }
    }

    let kind = Kind::Hs256;
    let mut party = without(&honest, "client_id");
    party["azp"] = json!("web");
    let token = forge.token(kind, &kind.header(), &party);
    refuse_plain(table, "azp in the place of client_id", token);
    // What an ID token of OpenID Connect looks like that was issued for this very service.
    let mut identity = without(&without(&honest, "client_id"), "scope");
    identity["nonce"] = json!("n-0S6_WzA2Mj");
    identity["auth_time"] = json!(now - 5);
    let header = without(&kind.header(), "typ");
    refuse_plain(table, "an ID token", forge.token(kind, &header, &identity));

    for other in [
        "id+jwt",
        "logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "refresh+jwt",
        "rt+jwt",
        "at-jwt",
        "at jwt",
        "at+jwt ",
        " at+jwt",
        "at+jwt\t",
        "at+jwt;q=1",
        "at+jwt,JWT",
        "at+jws",
        "atjwt",
        "application/at+jwt+json",
        "application/application/at+jwt",
        "text/at+jwt",
        "/at+jwt",
        "application/",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "kb+jwt",
        "vc+sd-jwt",
        "entity-statement+jwt",
        "\u{ff41}t+jwt",
        "a\u{301}t+jwt",
    ] {
        let mut header = kind.header();
        header["typ"] = json!(other);
        let token = forge.token(kind, &header, &honest);
        refuse(table, format!("typ {other:?} of another kind of token"), token, 401);
    }
    for value in [json!(["at+jwt"]), json!({"at+jwt": true}), json!(true), json!(0)] {
        let mut header = kind.header();
        header["typ"] = value.clone();
        refuse(table, format!("typ {value}"), forge.token(kind, &header, &honest), 401);
    }
    // Bound to a key. If the binding were ignored, the token would be usable without the key.
    for value in [
        json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
        json!({"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
        json!({"jwk": forge.ed_jwk()}),
        json!({}),
        json!(null),
        json!(""),
    ] {
        let mut claims = honest.clone();
        claims["cnf"] = value.clone();
        let name: String = format!("cnf {value}").chars().take(60).collect();
        refuse(table, name, forge.token(kind, &kind.header(), &claims), 401);
    }
}

fn without(object: &Value, member: &str) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove(member);
    object
}
