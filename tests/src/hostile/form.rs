//! Mistakes about the outer form: parts, alphabet, spelling, length.

use serde_json::json;

use super::{
    Hostile,
    forge::{Forge, Kind, encode},
    refuse,
};

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn add(table: &mut Vec<Hostile>, forge: &Forge, now: u64) {
    let kind = Kind::Hs256;
    let valid = forge.valid(kind, now);
    let [header, payload, signature] = parts(&valid);

    for (name, token) in [
        ("no dot", "x".to_owned()),
        ("only dots", "..".to_owned()),
        ("two parts", format!("{header}.{payload}")),
        ("empty signature", format!("{header}.{payload}.")),
        ("empty payload", format!("{header}..{signature}")),
        ("empty header", format!(".{payload}.{signature}")),
        ("leading dot", format!(".{valid}")),
        ("trailing dot", format!("{valid}.")),
        ("double dot", format!("{header}..{payload}.{signature}")),
        ("a fourth part", format!("{valid}.{signature}")),
        ("five parts, as an encrypted token", format!("{valid}.{payload}.{signature}")),
        ("upper case", valid.to_uppercase()),
        ("lower case", valid.to_lowercase()),
        ("padding at the end", format!("{valid}=")),
        ("much padding at the end", format!("{valid}====")),
        ("standard alphabet", forge_in_standard_alphabet(forge, now)),
        ("payload and header exchanged", format!("{payload}.{header}.{signature}")),
        ("one letter more", format!("{valid}A")),
        ("four letters more", format!("{valid}AAAA")),
        ("longer than any token", long(forge, now)),
    ] {
        refuse(table, name, token, 401);
    }
    for (name, token) in [
        ("padding inside", format!("{header}=.{payload}.{signature}")),
        ("space at the end", format!("{valid} x")),
        ("space inside", format!("{header} .{payload}.{signature}")),
        ("tab inside", format!("{header}.\t{payload}.{signature}")),
        ("two tokens", format!("{valid} {valid}")),
        ("two tokens with a comma", format!("{valid},{valid}")),
        ("the scheme twice", format!("Bearer {valid}")),
        ("quoted", format!("\"{valid}\"")),
        ("percent-encoded dots", valid.replace('.', "%2e")),
        ("a letter outside ASCII", format!("{valid}\u{e9}")),
        ("a look-alike letter", valid.replacen('e', "\u{435}", 1)),
        ("byte order mark", format!("\u{feff}{valid}")),
        ("JSON serialization", json!({"payload": payload, "signature": signature}).to_string()),
    ] {
        refuse(table, name, token, 400);
    }
    for cut in [1, 2, 3, 10, 42, 43, 60, 100, 200] {
        let end = valid.len().saturating_sub(cut);
        refuse(table, format!("truncated by {cut}"), valid[..end].to_owned(), 401);
    }
    for stray in 1..4 {
        refuse(
            table,
            format!("stray bits {stray} in the signature"),
            respelled(&valid, stray),
            401,
        );
    }
    // Signed over this very spelling: only the spelling is wrong.
    for (name, signed) in [
        ("header", format!("{}.{payload}", respelled(&encode_with_rest(header), 1))),
        ("payload", format!("{header}.{}", respelled(&encode_with_rest(payload), 1))),
    ] {
        let token = forge.sealed(kind, &signed);
        refuse(table, format!("stray bits in the signed {name}"), token, 401);
    }
    for (name, header, payload) in [
        ("header", b"\xff{}".to_vec(), Forge::claims(now).to_string().into_bytes()),
        ("payload", kind.header().to_string().into_bytes(), b"{\"sub\":\"\xff\"}".to_vec()),
    ] {
        let token = forge.token_of(kind, header, payload);
        refuse(table, format!("{name} is not UTF-8"), token, 401);
    }
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}

/// The same bytes in another spelling: unused bits are set.
fn respelled(text: &str, stray: usize) -> String {
    let (rest, last) = text.split_at(text.len() - 1);
    let value = ALPHABET.find(last).unwrap();
    format!("{rest}{}", &ALPHABET[value ^ stray..=value ^ stray])
}

/// The same JSON with spaces after it, so many that the last letter has unused bits.
fn encode_with_rest(part: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut json = URL_SAFE_NO_PAD.decode(part).unwrap();
    while json.len() % 3 != 2 {
        json.push(b' ');
    }
    encode(json)
}

/// A valid token whose signature differs in the two alphabets, in the wrong one.
fn forge_in_standard_alphabet(forge: &Forge, now: u64) -> String {
    let kind = Kind::Hs256;
    (0..)
        .map(|i| {
            let mut claims = Forge::claims(now);
            claims["jti"] = json!(format!("t-{i}"));
            forge.token(kind, &kind.header(), &claims)
        })
        .find(|token| parts(token)[2].contains(['-', '_']))
        .map(|token| token.replace('-', "+").replace('_', "/"))
        .unwrap()
}

fn long(forge: &Forge, now: u64) -> String {
    let mut claims = Forge::claims(now);
    claims["filler"] = json!("x".repeat(7000));
    forge.token(Kind::Hs256, &Kind::Hs256.header(), &claims)
}
