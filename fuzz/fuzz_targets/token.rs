//! From the bytes of a header to an identity: nothing panics, and nothing unsigned passes.
//!
//! The input is tried three ways: as the whole `Authorization` value, as a payload under an honest
//! header, and (split at the first zero byte) as header and payload. The last two get a good
//! signature, so that what lies behind the signature is reached too.

#![no_main]

use std::sync::LazyLock;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use palisade::auth::{Key, KeySet, Verifier, authenticate};
use secrecy::SecretSlice;

const NOW: u64 = 1_795_000_000;

static SECRET: LazyLock<Vec<u8>> = LazyLock::new(|| (0..32).collect());

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let key = Key::hs256("k", &SecretSlice::from(SECRET.clone())).unwrap();
    Verifier::new(KeySet::new([key]).unwrap(), "https://id.example.org", "items").unwrap()
});

fn signed(header: &[u8], payload: &[u8]) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let signature = hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn check(token: &str) {
    if let Ok(who) = VERIFIER.verify(token, NOW) {
        assert!(!who.subject().is_empty());
        assert!(who.expires_at() > NOW - 30);
        assert_eq!(who.issuer(), "https://id.example.org");
        assert!(who.scopes().all(|scope| who.has_scope(scope)));
        assert!(who.claims::<serde_json::Value>().is_ok());
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value);
        assert!(authenticate(Some(&VERIFIER), &headers, NOW).is_err());
    }
    check(&signed(br#"{"alg":"HS256","typ":"at+jwt","kid":"k"}"#, data));
    let mut parts = data.splitn(2, |byte| *byte == 0);
    if let (Some(header), Some(payload)) = (parts.next(), parts.next()) {
        check(&signed(header, payload));
    }
});
