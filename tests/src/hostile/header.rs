//! Mistakes about the header: who picks the key and the algorithm.

use serde_json::{Value, json};

use super::{
    Hostile,
    forge::{Forge, Kind, encode, hs256},
    refuse,
};

pub(super) fn add(table: &mut Vec<Hostile>, forge: &Forge, stranger: &Forge, now: u64) {
    let kind = Kind::Hs256;
    let claims = Forge::claims(now);
    let signed = |header: &Value| forge.token(kind, header, &claims);

    for none in ["none", "None", "NONE", "nOnE"] {
        for header in [
            json!({"alg": none, "typ": "at+jwt"}),
            json!({"alg": none, "typ": "at+jwt", "kid": "hs256"}),
            json!({"alg": none, "typ": "JWT"}),
        ] {
            let unsigned = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
            refuse(table, format!("alg {none}, no signature"), format!("{unsigned}."), 401);
            refuse(table, format!("alg {none}, two parts"), unsigned, 401);
            refuse(table, format!("alg {none}, signed"), signed(&header), 401);
        }
    }
    for algorithm in [
        json!(null),
        json!(1),
        json!(["HS256"]),
        json!({"HS256": 1}),
        json!(""),
        json!("HS384"),
        json!("HS512"),
        json!("hs256"),
        json!("HS256 "),
        json!(" HS256"),
        json!("HS256\u{0}"),
        json!("RS256"),
        json!("PS256"),
        json!("ES256"),
        json!("EdDSA"),
        json!("ES256K"),
        json!("dir"),
        json!("A128KW"),
    ] {
        let header = with(kind, "alg", algorithm.clone());
        refuse(table, format!("alg {algorithm} with the secret's key id"), signed(&header), 401);
    }
    refuse(table, "no alg", signed(&json!({"typ": "at+jwt", "kid": "hs256"})), 401);

    for (what, owner, secret) in forge.public_texts() {
        for header in [
            json!({"alg": "HS256", "typ": "at+jwt", "kid": owner.name().to_lowercase()}),
            json!({"alg": "HS256", "typ": "at+jwt", "kid": "hs256"}),
            json!({"alg": "HS256", "typ": "at+jwt"}),
        ] {
            let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
            let token = format!("{text}.{}", encode(hs256(&secret, text.as_bytes())));
            let name = format!("{} key's {what} as a secret, {header}", owner.name());
            refuse(table, name, token, 401);
        }
    }

    key_ids(table, forge, &claims);
    key_sources(table, forge, stranger, &claims);

    for kind_of_token in [
        json!(null),
        json!(1),
        json!(""),
        json!("JOSE"),
        json!("refresh+jwt"),
        json!("dpop+jwt"),
        json!("logout+jwt"),
        json!(["JWT"]),
        json!("application/"),
        json!("JWT\n"),
    ] {
        let header = with(kind, "typ", kind_of_token.clone());
        refuse(table, format!("typ {kind_of_token}"), signed(&header), 401);
    }
    for (member, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("crit", json!("x")),
        ("crit", json!(["urn:unknown"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
    ] {
        let name = format!("{member} {value}");
        refuse(table, name, signed(&with(kind, member, value)), 401);
    }

    for header in [
        r#"{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"hs256"}"#.to_owned(),
        r#"{"alg":"HS256","alg":"HS256","typ":"at+jwt","kid":"hs256"}"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","\u0061lg":"none","kid":"hs256"}"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"x","kid":"hs256"}"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"hs256","x":1,"x":2}"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"hs256","x":{"y":1,"y":2}}"#.to_owned(),
        r#"[{"alg":"HS256","typ":"at+jwt","kid":"hs256"}]"#.to_owned(),
        r#"{"alg":"HS256","kid":"hs256","typ":"at+jwt","typ":"at+jwt"}"#.to_owned(),
        r#"{"typ":"JWT","alg":"HS256","kid":"hs256","typ":"at+jwt"}"#.to_owned(),
        r#""HS256""#.to_owned(),
        "null".to_owned(),
        "7".to_owned(),
        "{}".to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"hs256"}x"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"hs256"}{}"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"hs256",}"#.to_owned(),
        r#"{'alg':'HS256','typ':'at+jwt','kid':'hs256'}"#.to_owned(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"hs256","x":NaN}"#.to_owned(),
        "\u{feff}{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"hs256\"}".to_owned(),
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"hs256\"}\0".to_owned(),
        format!(
            r#"{{"alg":"HS256","typ":"at+jwt","kid":"hs256","x":{}1{}}}"#,
            "[".repeat(400),
            "]".repeat(400)
        ),
        format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"hs256","x":"{}"}}"#, "x".repeat(2000)),
    ] {
        let token = forge.token_of(kind, &header, claims.to_string());
        refuse(
            table,
            format!("header {}", header.escape_debug().take(60).collect::<String>()),
            token,
            401,
        );
    }
}

fn key_ids(table: &mut Vec<Hostile>, forge: &Forge, claims: &Value) {
    for id in [
        json!("unknown"),
        json!("HS256"),
        json!("hs256 "),
        json!("hs256\u{0}"),
        json!("hs25"),
        json!(null),
        json!(0),
        json!(["hs256"]),
        json!({"kid": "hs256"}),
        json!(true),
        json!(""),
        json!("rs256"),
        json!("es256"),
        json!("eddsa"),
        json!("*"),
        json!("k".repeat(200)),
        json!("../../../../dev/null"),
        json!("/proc/sys/kernel/randomize_va_space"),
        json!("' UNION SELECT 'secret' --"),
        json!("https://evil.example/key"),
        json!("|cat /etc/passwd"),
        json!("hs256\r\nX-Evil: 1"),
    ] {
        let header = with(Kind::Hs256, "kid", id.clone());
        let name: String = format!("kid {id}").chars().take(60).collect();
        refuse(table, name, forge.token(Kind::Hs256, &header, claims), 401);
        // What a verifier that follows such a name ends up with: an empty or a known secret.
        for secret in [&b""[..], b"secret", b"0", b"2\n"] {
            let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
            let token = format!("{text}.{}", encode(hs256(secret, text.as_bytes())));
            let name = format!("kid {id:.40} with secret {:?}", String::from_utf8_lossy(secret));
            refuse(table, name, token, 401);
        }
    }
    for kind in Kind::ALL {
        for other in Kind::ALL {
            if kind != other {
                let header = with(kind, "kid", json!(other.name().to_lowercase()));
                let name = format!("{} with the key id of {}", kind.name(), other.name());
                refuse(table, name, forge.token(kind, &header, claims), 401);
            }
        }
    }
}

/// The attacker brings a key along: signed by it, and, since only the member is wrong, by ours.
fn key_sources(table: &mut Vec<Hostile>, forge: &Forge, stranger: &Forge, claims: &Value) {
    for (member, value) in [
        ("jwk", stranger.ed_jwk()),
        ("jwk", json!(null)),
        ("jku", json!("https://evil.example/keys")),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5u", json!("file:///etc/passwd")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = with(Kind::EdDsa, member, value.clone());
        let name: String = format!("{member} {value}").chars().take(60).collect();
        refuse(
            table,
            format!("{name}, signed by it"),
            stranger.token(Kind::EdDsa, &header, claims),
            401,
        );
        refuse(
            table,
            format!("{name}, signed by us"),
            forge.token(Kind::EdDsa, &header, claims),
            401,
        );
    }
}

fn with(kind: Kind, member: &str, value: Value) -> Value {
    let mut header = kind.header();
    header[member] = value;
    header
}
