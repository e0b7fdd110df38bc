//! What it costs to identify a caller: `jsonwebtoken` called directly, palisade for a token that is
//! not in its cache, and for one that is; and what a key for the cache costs.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{
    hash::{BuildHasher as _, RandomState},
    hint::black_box,
    io,
    num::NonZeroUsize,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    digest, hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use palisade::auth::{Bearer, KeySet, Verifier};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";
const ROUNDS: usize = 7;

type Sign = Box<dyn Fn(&[u8]) -> Option<Vec<u8>>>;

struct Case {
    algorithm: Algorithm,
    sign: Sign,
    checking: DecodingKey,
    jwk: Value,
}

fn main() -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
    println!("ns for one token, medians of {ROUNDS} interleaved rounds");
    println!("| algorithm | token | jsonwebtoken | palisade, first | palisade, kept |");
    println!("|---|---|---|---|---|");
    for case in cases()? {
        let token = case.token(now)?;
        let set = json!({"keys": [case.jwk]}).to_string();
        let keys = KeySet::from_jwk_set(set.as_bytes()).map_err(io::Error::other)?;
        let verifier = || Verifier::new(keys.clone(), ISSUER, AUDIENCE).map_err(io::Error::other);
        let cold = Bearer::with_cache(verifier()?, None);
        let warm = Bearer::with_cache(verifier()?, NonZeroUsize::new(8_192));
        let validation = case.validation();
        let figures = medians(&mut [
            (2_000, &mut || decode::<Value>(&token, &case.checking, &validation).map(drop).is_ok()),
            (2_000, &mut || cold.verify(black_box(&token), now).is_ok()),
            (200_000, &mut || warm.verify(black_box(&token), now).is_ok()),
        ])?;
        let [direct, first, kept] = figures.as_slice() else { continue };
        let (name, length) = (case.algorithm, token.len());
        println!("| {name:?} | {length} B | {direct:.0} | {first:.0} | {kept:.0} |");
    }
    println!("\nns for a key of the cache, over the whole token or its last 48 bytes");
    println!("| token | SHA-256 | SipHash | SipHash, end | foldhash, end |");
    println!("|---|---|---|---|---|");
    for length in [320_usize, 700, 1_500] {
        let text = "x".repeat(length);
        let bytes = text.as_bytes();
        let end = bytes.get(length - 48..).unwrap_or(bytes);
        let (sip, fold) = (RandomState::new(), foldhash::quality::RandomState::default());
        let figures = medians(&mut [
            (100_000, &mut || digest::digest(&digest::SHA256, black_box(bytes)).as_ref() != [1]),
            (100_000, &mut || sip.hash_one(black_box(bytes)) != 1),
            (100_000, &mut || sip.hash_one(black_box(end)) != 1),
            (100_000, &mut || fold.hash_one(black_box(end)) != 1),
        ])?;
        let figures: Vec<_> = figures.iter().map(|ns| format!("{ns:.0}")).collect();
        println!("| {length} B | {} |", figures.join(" | "));
    }
    Ok(())
}

/// Nanoseconds of one call of each, the median of its rounds.
fn medians(contenders: &mut [(usize, &mut dyn FnMut() -> bool)]) -> io::Result<Vec<f64>> {
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((count, call), rounds) in contenders.iter_mut().zip(&mut rounds) {
            let started = Instant::now();
            for _ in 0..*count {
                if !black_box(call()) {
                    return Err(io::Error::other("a good token was refused"));
                }
            }
            rounds.push(started.elapsed().as_nanos() as f64 / *count as f64);
        }
    }
    Ok(rounds
        .into_iter()
        .map(|mut rounds| {
            rounds.sort_by(f64::total_cmp);
            rounds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
        })
        .collect())
}

impl Case {
    fn token(&self, now: u64) -> io::Result<String> {
        let header =
            json!({"alg": format!("{:?}", self.algorithm), "typ": "at+jwt", "kid": "bench"});
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "client_id": "web", "iat": now,
            "exp": now + 3_600, "jti": "2f6c1a54c0de4b7f", "scope": "items:read items:write",
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature =
            (self.sign)(signed.as_bytes()).ok_or_else(|| io::Error::other("no signature"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(self.algorithm);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation
    }
}

fn cases() -> io::Result<Vec<Case>> {
    let wrong = |_| io::Error::other("a key cannot be made");
    let unspecified = |_| io::Error::other("a key cannot be written");
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let random = SystemRandom::new();
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret).map_err(unspecified)?;

    let hs = hmac::Key::new(hmac::HMAC_SHA256, &secret);

    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unspecified)?;
    let modulus = rsa.public_key().modulus().big_endian_without_leading_zero().to_vec();
    let exponent = rsa.public_key().exponent().big_endian_without_leading_zero().to_vec();

    let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(signing, &random).map_err(unspecified)?;
    let ec = EcdsaKeyPair::from_pkcs8(signing, document.as_ref()).map_err(wrong)?;
    let point = ec.public_key().as_ref().to_vec();
    let (x, y) = (point.get(1..33).unwrap_or_default(), point.get(33..).unwrap_or_default());

    let ed_document = Ed25519KeyPair::generate_pkcs8(&random).map_err(unspecified)?;
    let ed = Ed25519KeyPair::from_pkcs8(ed_document.as_ref()).map_err(wrong)?;
    let ed_point = ed.public_key().as_ref().to_vec();

    Ok(vec![
        Case {
            algorithm: Algorithm::HS256,
            sign: Box::new(move |message| Some(hmac::sign(&hs, message).as_ref().to_vec())),
            checking: DecodingKey::from_secret(&secret),
            jwk: json!({"kty": "oct", "alg": "HS256", "kid": "bench", "k": text(&secret)}),
        },
        Case {
            algorithm: Algorithm::RS256,
            checking: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
            jwk: json!({"kty": "RSA", "alg": "RS256", "kid": "bench", "n": text(&modulus),
                "e": text(&exponent)}),
            sign: Box::new(move |message| {
                let mut signature = vec![0; rsa.public_modulus_len()];
                let random = SystemRandom::new();
                rsa.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }),
        },
        Case {
            algorithm: Algorithm::ES256,
            checking: DecodingKey::from_ec_components(&text(x), &text(y))
                .map_err(io::Error::other)?,
            jwk: json!({"kty": "EC", "crv": "P-256", "kid": "bench", "x": text(x), "y": text(y)}),
            sign: Box::new(move |message| {
                Some(ec.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec())
            }),
        },
        Case {
            algorithm: Algorithm::EdDSA,
            checking: DecodingKey::from_ed_components(&text(&ed_point))
                .map_err(io::Error::other)?,
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "kid": "bench", "x": text(&ed_point)}),
            sign: Box::new(move |message| Some(ed.sign(message).as_ref().to_vec())),
        },
    ])
}
