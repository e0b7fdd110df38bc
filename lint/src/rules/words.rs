//! Words in names: what is kept secret.

/// Whether something with this name holds a secret itself, not a thing about one.
pub(crate) fn is_secret(name: &str) -> bool {
    if !holds_any(name, SECRET_LEADS) {
        return false;
    }
    let parts = parts(name);
    let has = |word: &str| parts.iter().any(|part| part == word);
    let pair = |a: &str, b: &str| parts.windows(2).any(|w| matches!(w, [x, y] if x == a && y == b));
    let secret = has("password")
        || has("passwd")
        || has("pwd")
        || has("passphrase")
        || has("secret")
        || has("secrets")
        || has("apikey")
        || has("token")
        || has("jwt")
        || has("credential")
        || has("credentials")
        || has("otp")
        || has("cvv")
        || has("ssn")
        || pair("api", "key")
        || pair("private", "key")
        || pair("secret", "key")
        || pair("access", "key")
        || pair("signing", "key")
        || pair("encryption", "key")
        || pair("master", "key")
        || pair("auth", "key")
        || pair("session", "key")
        || pair("hmac", "key")
        || pair("card", "number")
        || pair("credit", "card");
    secret && !is_about(&parts)
}

/// The first three letters of every word that [`is_secret`] looks for, and of `key`.
const SECRET_LEADS: &[[u8; 3]] = &[
    *b"pas", *b"pwd", *b"sec", *b"api", *b"tok", *b"jwt", *b"cre", *b"otp", *b"cvv", *b"ssn",
    *b"key", *b"car",
];

/// Whether three letters in a row, in any case, are among `leads`: asked of every name in a
/// program, so it goes without allocations and is quick in a build without optimization too.
pub(crate) fn holds_any(name: &str, leads: &[[u8; 3]]) -> bool {
    let mut rest = name.as_bytes();
    while let [a, more @ ..] = rest {
        if let [b, c, ..] = more {
            let (a, b, c) = (*a | 0x20, *b | 0x20, *c | 0x20);
            let mut left = leads;
            while let [lead, others @ ..] = left {
                if lead[0] == a && lead[1] == b && lead[2] == c {
                    return true;
                }
                left = others;
            }
        }
        rest = more;
    }
    false
}

/// Whether a name is that of a password.
pub(crate) fn is_password(name: &str) -> bool {
    let parts = parts(name);
    parts
        .iter()
        .any(|p| matches!(p.as_str(), "password" | "passwd" | "pwd" | "passphrase" | "pass"))
        && !is_about(&parts)
}

/// Whether a name is that of something compared to let someone in.
pub(crate) fn is_compared_secret(name: &str) -> bool {
    let parts = parts(name);
    is_secret(name)
        || (parts
            .iter()
            .any(|p| matches!(p.as_str(), "hmac" | "mac" | "signature" | "digest" | "sig"))
            && !is_about(&parts))
}

/// The name speaks of a property of the secret, or of something public.
fn is_about(parts: &[String]) -> bool {
    parts.iter().any(|part| {
        matches!(
            part.as_str(),
            "len"
                | "length"
                | "count"
                | "id"
                | "ids"
                | "url"
                | "uri"
                | "path"
                | "file"
                | "name"
                | "ttl"
                | "expiry"
                | "expires"
                | "expired"
                | "exp"
                | "expiration"
                | "type"
                | "kind"
                | "header"
                | "field"
                | "env"
                | "var"
                | "hash"
                | "hashed"
                | "hasher"
                | "digest"
                | "policy"
                | "rule"
                | "rules"
                | "min"
                | "max"
                | "limit"
                | "valid"
                | "invalid"
                | "is"
                | "has"
                | "error"
                | "err"
                | "prefix"
                | "label"
                | "placeholder"
                | "pattern"
                | "regex"
                | "endpoint"
                | "manager"
                | "provider"
                | "option"
                | "options"
                | "required"
                | "missing"
                | "status"
                | "public"
                | "strength"
                | "score"
                | "reset"
                | "index"
                | "position"
                | "span"
                | "kid"
                | "arn"
                | "version"
                | "trees"
                | "tree"
                | "tokens"
                | "lifetime"
                | "duration"
                | "age"
                | "usage"
                | "cancellation"
                | "cancel"
                | "size"
                | "bytes"
                | "redacted"
                | "masked"
                | "fingerprint"
                | "encrypted"
                | "claims"
                | "match"
                | "matches"
                | "verified"
                | "next"
                | "cursor"
                | "continuation"
                | "changed"
                | "updated"
                | "created"
                | "issued"
                | "shutdown"
                | "prompt"
                | "budget"
                | "key_id"
                | "number_of"
                | "validator"
                | "parser"
                | "kinds"
                | "found"
                | "revoked"
                | "access_count"
                | "column"
                | "table"
                | "syn"
                | "ty"
                | "str_len"
                | "quota"
                | "column_name"
                | "change"
                | "visible"
                | "resp"
                | "mode"
                | "pair_count"
                | "mask"
                | "desc"
                | "description"
                | "help"
                | "input_type"
                | "scheme"
                | "family"
                | "issuer"
                | "audience"
                | "algorithm"
                | "manager_ref"
                | "refresh_interval"
                | "arg"
                | "args"
                | "flag"
                | "loc"
                | "location"
        )
    })
}

/// The words of a name in lower case: `apiKey`, `API_KEY` and `api_key` are `api`, `key`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            if !word.is_empty() {
                parts.push(std::mem::take(&mut word));
            }
            lower_before = false;
            continue;
        }
        if c.is_uppercase() && lower_before && !word.is_empty() {
            parts.push(std::mem::take(&mut word));
        }
        lower_before = c.is_lowercase() || c.is_numeric();
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        parts.push(word);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_lead() {
        for word in [
            "password",
            "passwd",
            "pwd",
            "passphrase",
            "secret",
            "secrets",
            "apikey",
            "token",
            "jwt",
            "credential",
            "credentials",
            "otp",
            "cvv",
            "ssn",
            "API_KEY",
            "privateKey",
            "hmac_key",
            "cardNumber",
            "CREDIT_CARD",
        ] {
            assert!(is_secret(word), "{word}");
        }
    }

    #[test]
    fn tells_secrets_from_their_properties() {
        for name in [
            "password",
            "api_key",
            "API_KEY",
            "apiKey",
            "jwt_secret",
            "access_token",
            "DB_PASSWORD",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "password_len",
            "token_count",
            "secret_name",
            "password_hash",
            "tokens",
            "key",
            "passage",
            "token_url",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
