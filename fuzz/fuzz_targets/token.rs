//! From the bytes of a header to an identity: nothing panics, and nothing unsigned passes.
//!
//! The input is tried as the whole `Authorization` value, as a change of a good token, as a payload
//! under an honest header, and (split at the first zero byte) as header and payload. The last two
//! get a good signature, so that what lies behind the signature is reached too.

#![no_main]

use std::sync::LazyLock;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use palisade::auth::{Key, KeySet, Verifier, bearer};
use secrecy::SecretSlice;

const NOW: u64 = 1_795_000_000;
const ISSUER: &str = "https://id.example.org";
const HEADER: &[u8] = br#"{"alg":"HS256","typ":"at+jwt","kid":"k"}"#;
const PAYLOAD: &[u8] = br#"{"iss":"https://id.example.org","aud":"items","sub":"ada","exp":1795000600,"iat":1795000000,"jti":"t-1","client_id":"web","scope":"items:read"}"#;

static SECRET: LazyLock<Vec<u8>> = LazyLock::new(|| (0..32).collect());

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);

static LOOSE: LazyLock<Verifier> =
    LazyLock::new(|| verifier().dangerous_plain_jwt("both profiles are fuzzed").unwrap());

static VALID: LazyLock<String> = LazyLock::new(|| signed(HEADER, PAYLOAD));

fn verifier() -> Verifier {
    let key = Key::hs256("k", &SecretSlice::from(SECRET.clone())).unwrap();
    Verifier::new(KeySet::new([key]).unwrap(), ISSUER, "items").unwrap()
}

fn signed(header: &[u8], payload: &[u8]) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let signature = hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn check(token: &str) {
    let Ok(who) = LOOSE.verify(token, NOW) else {
        assert!(VERIFIER.verify(token, NOW).is_err(), "the stricter profile takes more");
        return;
    };
    assert!(!who.subject().is_empty());
    assert!(who.expires_at() > NOW - 30);
    assert_eq!(who.issuer(), ISSUER);
    assert!(who.scopes().all(|scope| who.has_scope(scope)));
    let claims = who.claims::<serde_json::Value>().unwrap();
    assert!(claims.get("cnf").is_none());
    if let Ok(who) = VERIFIER.verify(token, NOW) {
        assert_eq!(who.client_id(), claims["client_id"].as_str());
        assert_eq!(who.token_id(), claims["jti"].as_str());
        assert!(claims["iat"].is_u64());
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        assert!(header["typ"].as_str().unwrap().to_ascii_lowercase().ends_with("at+jwt"));
        assert!(header.get("crit").is_none() && header.get("jwk").is_none());
    }
}

/// The good token with some bytes of it replaced: pairs of a position and a byte.
fn changed(data: &[u8]) -> Option<String> {
    let mut token = VALID.clone().into_bytes();
    for change in data.chunks_exact(2).take(8) {
        let at = usize::from(change[0]) * token.len() / 256;
        token[at] = change[1];
    }
    String::from_utf8(token).ok()
}

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value);
        if let Ok(Some(token)) = bearer(&headers) {
            assert!(LOOSE.verify(token, NOW).is_err() || token == *VALID);
        }
    }
    if let Some(token) = changed(data) {
        assert!(LOOSE.verify(&token, NOW).is_err() || token == *VALID, "{token}");
    }
    check(&signed(HEADER, data));
    let mut parts = data.splitn(2, |byte| *byte == 0);
    if let (Some(header), Some(payload)) = (parts.next(), parts.next()) {
        check(&signed(header, payload));
    }
});
