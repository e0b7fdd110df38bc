//! The parts together; the table of hostile tokens is in the workspace's own test package.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use proptest::prelude::*;
use secrecy::SecretSlice;
use serde_json::{Value, json};

use super::{
    Algorithm, Key, KeyError, KeySet, MAX_LEEWAY, Principal, SignError, TokenProfile, TokenRefusal,
    TokenSigner, Verifier, VerifierError, signature::sign,
};

const NOW: u64 = 1_795_000_000;
const ISSUER: &str = "https://id.example.org";

fn secret(seed: u8) -> SecretSlice<u8> {
    (seed..seed + 32).collect::<Vec<u8>>().into()
}

fn verifier() -> Verifier {
    let keys = KeySet::new([Key::hs256("k1", &secret(0)).unwrap()]).unwrap();
    Verifier::new(keys, ISSUER, "items").unwrap()
}

fn signer() -> TokenSigner {
    TokenSigner::hs256("k1", &secret(0), ISSUER, "items").unwrap()
}

const HEADER: &[u8] = br#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#;

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "items", "sub": "ada", "exp": NOW + 60, "iat": NOW, "jti": "t-1",
        "client_id": "web",
    })
}

/// A token of these very bytes with a good signature.
fn token_of(header: &[u8], payload: &[u8]) -> String {
    let mut token =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(&(0..32).collect::<Vec<u8>>());
    let signature = sign(Algorithm::Hs256, &key, token.as_bytes()).unwrap();
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

fn verify(payload: &str) -> Result<Principal, TokenRefusal> {
    verifier().verify(&token_of(HEADER, payload.as_bytes()), NOW)
}

fn fault(set: &Value) -> String {
    KeySet::from_jwk_set(set.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_is_signed_here_is_taken_here() {
    let token = signer()
        .subject("ada")
        .scopes(["items:read", "items:write"])
        .client_id("web")
        .expires_in(Duration::from_secs(60))
        .sign_at(NOW)
        .unwrap();
    let verifier = verifier().leeway(0).unwrap();
    let who = verifier.verify(&token, NOW).unwrap();
    assert_eq!((who.subject(), who.issuer(), who.client_id()), ("ada", ISSUER, Some("web")));
    assert_eq!(who.scopes().collect::<Vec<_>>(), ["items:read", "items:write"]);
    assert_eq!(who.expires_at(), NOW + 60);
    assert_eq!(who.token_id().map(str::len), Some(22));
    assert_eq!(format!("{who:?}"), r#"Principal("ada")"#);
    // The header is remembered by now; the clock is still asked each time.
    assert!(verifier.verify(&token, NOW + 59).is_ok());
    assert_eq!(verifier.verify(&token, NOW + 60).unwrap_err(), TokenRefusal::Expired);
}

#[test]
fn a_signer_refuses_what_a_verifier_would() {
    let signer = signer();
    assert_eq!(signer.subject("").sign_at(NOW), Err(SignError::Subject));
    assert_eq!(signer.subject("ada\n").sign_at(NOW), Err(SignError::Subject));
    assert_eq!(signer.subject("ada").scopes(["a\"b"]).sign_at(NOW), Err(SignError::Scopes));
    for wrong in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(86_401)] {
        assert_eq!(signer.subject("ada").expires_in(wrong).sign_at(NOW), Err(SignError::Lifetime));
    }
    let weak: SecretSlice<u8> = vec![7; 64].into();
    assert!(TokenSigner::hs256(None, &weak, ISSUER, "items").is_err());
}

#[test]
fn values_written_with_escapes_are_read_as_meant() {
    let who = verify(
        r#"{"iss":"https:\/\/id.example.org","\u0061ud":"i\u0074ems","sub":"a\"d\u00e9",
            "exp":1795000060,"scp":["a","b:c"],"jti":"plain","iat":1795000000,
            "client_id":"\u0077eb","azp":"other","x":"\u00e9"}"#,
    )
    .unwrap();
    assert_eq!((who.subject(), who.issuer()), ("a\"d\u{e9}", ISSUER));
    assert_eq!((who.client_id(), who.token_id()), (Some("web"), Some("plain")));
    assert_eq!(who.scopes().collect::<Vec<_>>(), ["a", "b:c"]);
    assert!(who.has_scope("b:c") && !who.has_scope("") && !who.has_scope("a b:c"));
    assert_eq!(who.claims::<Value>().unwrap()["x"], "\u{e9}");
    let error = who.claims::<Vec<u8>>().unwrap_err().to_string();
    assert!(!error.contains("ada") && error.contains("byte"), "{error}");
}

#[test]
fn equal_values_in_two_claims_are_not_taken_for_one_another() {
    let mut claims = claims();
    claims["sub"] = json!("items");
    claims["scope"] = json!("items");
    let who = verify(&claims.to_string()).unwrap();
    assert_eq!(who.subject(), "items");
    assert!(who.has_scope("items"));
}

#[test]
fn without_keys_nobody_is_refused_and_nobody_passes() {
    use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

    use super::{Refusal, authenticate};

    let request = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        headers
    };
    let good = request(&format!("Bearer {}", signer().subject("ada").sign_at(NOW).unwrap()));
    assert!(matches!(authenticate(None, &good, NOW), Err(Refusal::Undecidable)));
    for verifier in [None, Some(&verifier())] {
        let refusal = authenticate(verifier, &HeaderMap::new(), NOW).unwrap_err();
        assert!(matches!(refusal, Refusal::NoCredentials));
        let refusal = authenticate(verifier, &request("Bearer a b"), NOW).unwrap_err();
        assert!(matches!(refusal, Refusal::Malformed(_)));
    }
    assert_eq!(authenticate(Some(&verifier()), &good, NOW).unwrap().subject(), "ada");
}

#[test]
fn a_plain_jwt_is_taken_only_where_that_was_said() {
    let plain = json!({"iss": ISSUER, "aud": "items", "sub": "ada", "exp": NOW + 60}).to_string();
    let loose = || verifier().dangerous_plain_jwt("the issuer is older than RFC 9068").unwrap();
    for header in
        [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"HS256","typ":"jwt"}"#]
    {
        let token = token_of(header.as_bytes(), plain.as_bytes());
        assert_eq!(verifier().verify(&token, NOW).unwrap_err(), TokenRefusal::Type, "{header}");
        assert!(loose().verify(&token, NOW).is_ok(), "{header}");
    }
    let token = token_of(HEADER, plain.as_bytes());
    assert_eq!(verifier().verify(&token, NOW).unwrap_err(), TokenRefusal::Missing("iat"));
    assert!(loose().verify(&token, NOW).is_ok());
    assert_eq!(verifier().profile(), TokenProfile::AccessToken);
    assert_eq!(loose().profile(), TokenProfile::PlainJwt);
    for nothing in ["", "legacy", "          x", "..........", "aaaaa aaaaa"] {
        let error = verifier().dangerous_plain_jwt(nothing).unwrap_err();
        assert_eq!(error, VerifierError::Reason, "{nothing:?}");
    }
}

#[test]
fn a_token_bound_to_a_key_is_no_bearer_token() {
    let mut claims = claims();
    claims["cnf"] = json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"});
    assert_eq!(verify(&claims.to_string()).unwrap_err(), TokenRefusal::Bound);
}

#[test]
fn an_old_and_a_new_key_stand_side_by_side() {
    let keys = [Key::hs256("k1", &secret(0)).unwrap(), Key::hs256("k2", &secret(9)).unwrap()];
    let verifier = Verifier::new(KeySet::new(keys).unwrap(), ISSUER, "items").unwrap();
    let second = TokenSigner::hs256("k2", &secret(9), ISSUER, "items").unwrap();
    let crossed = TokenSigner::hs256("k2", &secret(0), ISSUER, "items").unwrap();
    let nameless = TokenSigner::hs256(None, &secret(0), ISSUER, "items").unwrap();
    for _ in 0..2 {
        for signer in [&signer(), &second] {
            assert!(verifier.verify(&signer.subject("ada").sign_at(NOW).unwrap(), NOW).is_ok());
        }
        let token = crossed.subject("ada").sign_at(NOW).unwrap();
        assert_eq!(verifier.verify(&token, NOW).unwrap_err(), TokenRefusal::Signature);
        let token = nameless.subject("ada").sign_at(NOW).unwrap();
        assert_eq!(verifier.verify(&token, NOW).unwrap_err(), TokenRefusal::AmbiguousKey);
    }
}

#[test]
fn a_verifier_needs_a_name_for_both_sides() {
    let keys = || KeySet::new([Key::hs256(None, &secret(0)).unwrap()]).unwrap();
    assert_eq!(Verifier::new(keys(), "", "items").unwrap_err(), VerifierError::NoIssuer);
    assert_eq!(Verifier::new(keys(), ISSUER, "").unwrap_err(), VerifierError::NoAudience);
    let long = verifier().leeway(MAX_LEEWAY + 1).unwrap_err();
    assert_eq!(long, VerifierError::Leeway(MAX_LEEWAY + 1));
    assert_eq!(verifier().or_audience("").unwrap_err(), VerifierError::NoAudience);
    let other = Verifier::new(keys(), ISSUER, "new-name").unwrap();
    let token = TokenSigner::hs256(None, &secret(0), ISSUER, "items").unwrap();
    let token = token.subject("ada").sign_at(NOW).unwrap();
    assert_eq!(other.verify(&token, NOW).unwrap_err(), TokenRefusal::Audience);
    assert!(other.or_audience("items").unwrap().verify(&token, NOW).is_ok());
}

#[test]
fn a_key_that_cannot_be_used_is_named_with_its_fix() {
    let good = URL_SAFE_NO_PAD.encode((0..32).collect::<Vec<u8>>());
    let ed = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let short_modulus = URL_SAFE_NO_PAD.encode([0xff; 128]);
    let odd_modulus = URL_SAFE_NO_PAD.encode([0xff; 256]);
    let even_modulus = URL_SAFE_NO_PAD.encode([0xfe; 256]);
    for (key, id, fix) in [
        (json!({"kty": "oct", "alg": "HS256", "kid": "a", "k": "c2hvcnQ"}), "\"a\"", "32 random"),
        (json!({"kty": "oct", "alg": "HS256", "k": "c2hvcnQ"}), "number 1", "32 random"),
        (
            json!({"kty": "oct", "alg": "HS256", "kid": "a", "k": "A".repeat(86)}),
            "\"a\"",
            "too few different",
        ),
        (json!({"kty": "oct", "kid": "a", "k": good}), "\"a\"", "must be \"HS256\""),
        (json!({"kty": "oct", "alg": "HS512", "kid": "a", "k": good}), "\"a\"", "\"HS256\""),
        (json!({"kty": "oct", "alg": "HS256", "kid": "a"}), "\"a\"", "`k` is missing"),
        (json!({"kty": "oct", "alg": "HS256", "kid": "a", "k": "?"}), "\"a\"", "not base64url"),
        (json!({"kty": "oct", "alg": "HS256", "kid": "", "k": good}), "\"\"", "1 to 128"),
        (
            json!({"kty": "oct", "alg": "HS256", "kid": "a", "use": "enc", "k": good}),
            "\"a\"",
            "not \"sig\"",
        ),
        (
            json!({"kty": "oct", "alg": "HS256", "kid": "a", "key_ops": ["sign"], "k": good}),
            "\"a\"",
            "without \"verify\"",
        ),
        (json!({"kty": "RSA", "kid": "r", "n": even_modulus, "e": "AQAB"}), "\"r\"", "\"RS256\""),
        (
            json!({"kty": "RSA", "kid": "r", "alg": "RS256", "n": short_modulus, "e": "AQAB"}),
            "\"r\"",
            "1024 bits",
        ),
        (
            json!({"kty": "RSA", "kid": "r", "alg": "RS256", "n": even_modulus, "e": "AQAB"}),
            "\"r\"",
            "no RSA key",
        ),
        (
            json!({"kty": "RSA", "kid": "r", "alg": "RS256", "n": odd_modulus, "e": "AQ"}),
            "\"r\"",
            "no RSA key",
        ),
        (
            json!({"kty": "RSA", "kid": "r", "alg": "RSA-OAEP", "n": even_modulus, "e": "AQAB"}),
            "\"r\"",
            "\"PS256\"",
        ),
        (json!({"kty": "OKP", "crv": "Ed448", "kid": "o", "x": ed}), "\"o\"", "\"Ed25519\""),
        (json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "AAAA"}), "\"o\"", "not a point"),
        (json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": ed, "d": ed}), "\"o\"", "private"),
        (
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "A".repeat(43)}),
            "\"o\"",
            "small order",
        ),
        (
            json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": ed, "y": ed}),
            "\"e\"",
            "not a point",
        ),
        (json!({"kty": "EC", "crv": "P-384", "kid": "e", "x": ed, "y": ed}), "\"e\"", "\"P-256\""),
        (json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": "AA", "y": ed}), "\"e\"", "32 bytes"),
        (json!({"kty": "weird", "kid": "w"}), "\"w\"", "unknown `kty`"),
    ] {
        let fault = fault(&json!({"keys": [key]}));
        assert!(fault.contains(id) && fault.contains(fix), "{key}: {fault}");
        assert!(!fault.contains(&good), "the secret stands in the message");
    }
    let pair = json!([
        {"kty": "oct", "alg": "HS256", "kid": "a", "k": good},
        {"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": ed},
    ]);
    assert!(fault(&json!({"keys": pair})).contains("two keys have the `kid` \"a\""));
    let nameless = json!([
        {"kty": "oct", "alg": "HS256", "k": good},
        {"kty": "oct", "alg": "HS256", "kid": "a", "k": good},
    ]);
    assert!(fault(&json!({"keys": nameless})).contains("one of them without a `kid`"));
    assert!(fault(&json!({"keys": []})).contains("has no key"));
    for text in ["", "{}", "[]", r#"{"keys":[{"kty":"oct","kty":"oct"}]}"#, r#"{"keys":[7]}"#] {
        let error = KeySet::from_jwk_set(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("not a JWK set at line"), "{error}");
    }
}

#[test]
fn keys_come_from_pem_too() {
    // RFC 8037 A.2 in SubjectPublicKeyInfo, and a point of P-256 likewise (RFC 7515 A.3).
    let ed = pem("302a300506032b6570032100", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    let head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    let both: Vec<u8> =
        [x, y].iter().flat_map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let ec = pem(head, &URL_SAFE_NO_PAD.encode(&both));
    assert_eq!(Key::eddsa_pem("k", &ed).unwrap().algorithm(), Algorithm::EdDsa);
    assert_eq!(Key::es256_pem(None, &ec).unwrap().algorithm(), Algorithm::Es256);

    let off_curve = pem(head, &URL_SAFE_NO_PAD.encode([7; 64]));
    let private = ed.replace("PUBLIC", "PRIVATE");
    let certificate = ed.replace("PUBLIC KEY", "CERTIFICATE");
    let fault = |result: Result<Key, KeyError>| result.unwrap_err().to_string();
    assert!(fault(Key::es256_pem("k", &off_curve)).contains("not a point on P-256"));
    assert!(fault(Key::es256_pem("k", &ed)).contains("BEGIN PUBLIC KEY"));
    assert!(fault(Key::eddsa_pem("k", &private)).contains("pkey -pubout"));
    assert!(fault(Key::eddsa_pem("k", &certificate)).contains("BEGIN PUBLIC KEY"));
    assert!(fault(Key::rs256_pem("k", &ed)).contains("BEGIN PUBLIC KEY"));
    assert!(fault(Key::ps256_pem("k", "")).contains("BEGIN PUBLIC KEY"));
}

fn pem(head: &str, tail: &str) -> String {
    let head: Vec<u8> = (0..head.len() / 2)
        .map(|i| u8::from_str_radix(&head[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let der = [head, URL_SAFE_NO_PAD.decode(tail).unwrap()].concat();
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn the_examples_of_the_standards_verify() {
    // RFC 8037 A.4, whose payload is no JSON: the signature is good, the claims are not.
    let set = br#"{"keys":[{"kty":"OKP","crv":"Ed25519",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let verifier = Verifier::new(KeySet::from_jwk_set(set).unwrap(), ISSUER, "items").unwrap();
    let verifier = verifier.dangerous_plain_jwt("the example names no type").unwrap();
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
        hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(verifier.verify(token, NOW).unwrap_err(), TokenRefusal::Payload);
    let other = token.replace("hgyY", "hgyZ");
    assert_eq!(verifier.verify(&other, NOW).unwrap_err(), TokenRefusal::Signature);
}

#[test]
fn a_signer_takes_the_one_secret_of_a_set() {
    let k = URL_SAFE_NO_PAD.encode((0..32).collect::<Vec<u8>>());
    let oct = json!({"kty": "oct", "alg": "HS256", "kid": "k1", "k": k});
    let set = json!({"keys": [oct]}).to_string();
    let signer = TokenSigner::from_jwk_set(set.as_bytes(), ISSUER, "items").unwrap();
    assert!(verifier().verify(&signer.subject("ada").sign_at(NOW).unwrap(), NOW).is_ok());
    assert!(!format!("{signer:?}").contains(&k));
    for keys in [json!([]), json!([oct, oct])] {
        let set = json!({"keys": keys}).to_string();
        assert!(TokenSigner::from_jwk_set(set.as_bytes(), ISSUER, "items").is_err());
    }
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?} {:?}", verifier(), signer());
    assert!(printed.contains("k1") && !printed.contains("0, 1, 2"), "{printed}");
}

proptest! {
    #[test]
    fn no_text_makes_the_verifier_panic(token in "\\PC{0,200}") {
        prop_assert!(verifier().verify(&token, NOW).is_err());
    }

    #[test]
    fn no_signed_bytes_make_it_panic(
        header in proptest::collection::vec(any::<u8>(), 0..100),
        payload in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(verifier().verify(&token_of(&header, &payload), NOW).is_err());
        let honest = token_of(br#"{"alg":"HS256","typ":"at+jwt"}"#, &payload);
        prop_assert!(verifier().verify(&honest, NOW).is_err());
    }

    /// Keys come from files and from identity providers.
    #[test]
    fn no_key_set_and_no_pem_makes_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        member in prop::sample::select(vec!["kty", "alg", "crv", "n", "e", "x", "y", "k", "d", "kid", "use"]),
        value in prop_oneof![
            Just(json!(null)), Just(json!("")), Just(json!("AA")), Just(json!([])), Just(json!("RSA")),
            Just(json!("EC")), Just(json!("P-256")), Just(json!("OKP")), "[A-Za-z0-9_-]{0,90}".prop_map(|text| json!(text)),
        ],
    ) {
        use super::SigningKey;

        let mut key = json!({"kty": "RSA", "alg": "RS256", "n": "sXch", "e": "AQAB", "kid": "a"});
        key[member] = value;
        let set = json!({"keys": [key]}).to_string();
        let body = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        for text in [set.as_bytes(), &bytes] {
            let _read = KeySet::from_jwk_set(text);
            let _read = TokenSigner::from_jwk_set(text, ISSUER, "items");
        }
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
            prop_assert!(SigningKey::pem(algorithm, None, &pem.as_str().into()).is_err());
        }
    }

    #[test]
    fn what_we_take_the_library_takes(
        claim in prop::sample::select(vec!["iss", "aud", "sub", "exp", "nbf", "iat", "scope"]),
        value in prop_oneof![
            Just(json!(null)), Just(json!(ISSUER)), Just(json!("items")), Just(json!(["items"])),
            Just(json!([])), Just(json!("")), (0_u64..4_000_000_000).prop_map(|n| json!(n)),
            any::<i64>().prop_map(|n| json!(n)), any::<f64>().prop_map(|n| json!(n)),
            "[a-z ]{0,12}".prop_map(|text| json!(text)),
        ],
    ) {
        let now = jsonwebtoken::get_current_timestamp();
        let mut claims = claims();
        claims["exp"] = json!(now + 60);
        claims[claim] = value;
        let token = token_of(HEADER, claims.to_string().as_bytes());
        if verifier().verify(&token, now).is_ok() {
            let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
            validation.set_required_spec_claims(&["exp", "iss", "aud"]);
            validation.set_issuer(&[ISSUER]);
            validation.set_audience(&["items"]);
            validation.validate_nbf = true;
            validation.leeway = 31;
            let key = jsonwebtoken::DecodingKey::from_secret(&(0..32).collect::<Vec<u8>>());
            let decoded = jsonwebtoken::decode::<Value>(&token, &key, &validation);
            prop_assert!(decoded.is_ok(), "{claims}: {decoded:?}");
        }
    }

    #[test]
    fn a_subject_comes_out_as_it_went_in(subject in "\\PC{1,256}") {
        let mut claims = claims();
        claims["sub"] = json!(subject);
        match verify(&claims.to_string()) {
            Ok(who) => prop_assert_eq!(who.subject(), subject),
            Err(refusal) => prop_assert_eq!(refusal, TokenRefusal::Mistyped("sub")),
        }
    }
}
