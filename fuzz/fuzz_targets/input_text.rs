//! No string makes a rule panic, and strings that the rules accept are safe in the positions that
//! the rules name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::{input::from_json, prelude::*};

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    #[validate(length(max = 1_000), custom(function = "palisade::input::line"))]
    text: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Lines {
    #[validate(length(max = 1_000), custom(function = "palisade::input::lines"))]
    text: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Address {
    #[validate(length(max = 1_000), email)]
    text: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Link {
    #[validate(length(max = 1_000), url)]
    text: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Name {
    text: Slug,
}

fuzz_target!(|text: &str| {
    let body = serde_json::json!({ "text": text }).to_string();
    let body = body.as_bytes();
    let has_control = text.chars().any(char::is_control);
    if from_json::<Line>(body).is_ok() {
        assert!(!has_control);
        assert!(from_json::<Lines>(body).is_ok(), "one line is lines");
    }
    if from_json::<Lines>(body).is_ok() {
        assert!(!text.contains('\0'));
    }
    if from_json::<Address>(body).is_ok() {
        assert!(!has_control && text.contains('@'));
    }
    if from_json::<Link>(body).is_ok() {
        assert!(!has_control && !text.contains(char::is_whitespace));
        let lower = text.to_ascii_lowercase();
        assert!(lower.starts_with("http://") || lower.starts_with("https://"));
    }
    if from_json::<Name>(body).is_ok() {
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
});
