//! Rules of `validator`, each with values that are right and values that are hostile.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use palisade_macros::Input;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use super::refusals;
use crate::input::{Form, Slug, Text, from_form, from_json};

static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());
static DIGIT: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9]").unwrap());

#[derive(Debug, Default, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Rules {
    #[validate(email, length(max = 300))]
    mail: Option<String>,
    #[validate(email(code = "mailbox"), length(max = 300))]
    other_mail: Option<String>,
    #[validate(url, length(max = 300))]
    link: Option<String>,
    #[validate(url(code = "feed"), length(max = 300))]
    #[input(schemes("https", "ftp"))]
    feed: Option<String>,
    #[validate(ip, length(max = 64))]
    address: Option<String>,
    #[validate(ip(v4 = true), length(max = 64))]
    four: Option<String>,
    #[validate(ip(v6 = true), length(max = 64))]
    six: Option<String>,
    #[validate(contains(pattern = "ok"), length(max = 64))]
    with: Option<String>,
    #[validate(does_not_contain(pattern = "<"), length(max = 64))]
    without: Option<String>,
    #[validate(non_control_character, length(max = 64))]
    printable: Option<String>,
    #[validate(regex(path = *NAME), length(max = 64))]
    name: Option<String>,
    #[validate(regex(path = *DIGIT), length(max = 64))]
    #[input(allow(partial_pattern), reason = "a digit anywhere is what is asked for")]
    code: Option<String>,
    #[validate(range(min = 1, max = 10))]
    count: Option<u8>,
    #[validate(range(exclusive_min = 0.0, max = 10.0))]
    price: Option<f64>,
    ratio: Option<f32>,
    #[validate(length(max = 3))]
    ratios: Vec<f32>,
    #[validate(length(min = 1, max = 4))]
    short: Option<String>,
    #[validate(custom(function = "crate::input::line"), length(max = 64))]
    line: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Twice {
    #[validate(length(max = 4))]
    short: String,
    #[validate(must_match(other = "short"), length(max = 4))]
    again: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Needed {
    #[validate(required)]
    must: Option<u8>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Contact {
    #[validate(email, length(max = 300))]
    mail: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Book {
    #[validate(nested)]
    one: Option<Box<Contact>>,
    #[validate(nested, length(max = 4))]
    #[serde(default)]
    list: Vec<Contact>,
    #[validate(nested, length(max = 4))]
    #[serde(default)]
    named: BTreeMap<Slug, Contact>,
    #[validate(nested, length(max = 4))]
    #[serde(default)]
    hashed: HashMap<Text<8>, Contact>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "part of a foreign message")]
struct Envelope {
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "the sender mixes the two levels")]
    contact: LooseContact,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "part of a foreign message")]
struct LooseContact {
    #[validate(email, length(max = 300))]
    mail: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Partial {
    #[validate(regex(path = *DIGIT), length(max = 64))]
    code: String,
}

/// What is wrong with this field alone.
fn wrong(field: &str, value: &Value) -> Vec<String> {
    let body = json!({field: value}).to_string();
    match from_json::<Rules>(body.as_bytes()) {
        Ok(_) => Vec::new(),
        refused => refusals(refused),
    }
}

#[test]
fn each_rule_takes_what_its_name_says_and_no_more() {
    let hostile = [
        "\0",
        "a\n",
        "\r\nX-Other: 1",
        " ",
        "\u{3000}",
        "\u{ff41}",
        "\u{202e}a",
        "\u{85}",
        "",
        "\u{2028}",
    ];
    for (field, code, good, bad) in [
        (
            "mail",
            "email",
            &["a@b.org"][..],
            &["a", "a@x\r\nX-Other: 1 [127.0.0.1]", "a@b.org\n"][..],
        ),
        ("otherMail", "mailbox", &["a@b.org"], &["a@x\r\nX-Other: 1 [127.0.0.1]"]),
        (
            "link",
            "url",
            &["https://a.org/b"],
            &["javascript:x", "data:,x", "ftp://a.org/", "https://a\n.org"],
        ),
        ("feed", "feed", &["https://a.org/b", "ftp://a.org"], &["http://a.org", "javascript:x"]),
        (
            "address",
            "ip",
            &["127.0.0.1", "::1"],
            &["127.0.0.1 ", "127.1", "0177.0.0.1", "::1%eth0", "1.1.1.1/8"],
        ),
        ("four", "ip", &["127.0.0.1"], &["::1", "::ffff:127.0.0.1"]),
        ("six", "ip", &["::1"], &["127.0.0.1"]),
        ("with", "contains", &["it is ok"], &["OK", "o k"]),
        (
            "printable",
            "non_control_character",
            &["Ünï", "a b", " "],
            &["\0", "a\n", "\u{85}", "\u{7f}"],
        ),
        ("name", "regex", &["abc"], &["abc\n", "abc\nd", "ABC", "ａｂｃ", "a b"]),
        ("code", "regex", &["a1"], &["a", "\u{661}"]),
        ("short", "length", &["a", "äöüß", "🦀🦀🦀🦀"], &["", "abcde", "e\u{301}e\u{301}e\u{301}"]),
        ("line", "line", &["a b", ""], &["a\nb", "\u{2029}"]),
    ] {
        for good in good {
            let read = from_json::<Rules>(json!({field: good}).to_string().as_bytes());
            assert!(read.is_ok(), "{field} {good:?} {read:?}");
        }
        for bad in bad {
            let found = wrong(field, &json!(bad));
            assert!(found.contains(&format!("/{field} {code}")), "{field} {bad:?} {found:?}");
            let own: Vec<_> = found.iter().filter(|one| one.ends_with(code)).collect();
            assert_eq!(own.len(), 1, "told once: {found:?}");
        }
    }
    for field in ["mail", "link", "address", "six", "name"] {
        for bad in hostile {
            assert!(!wrong(field, &json!(bad)).is_empty(), "{field} {bad:?}");
        }
        assert!(!wrong(field, &json!("a".repeat(10_000))).is_empty(), "{field}");
    }
    assert_eq!(wrong("without", &json!("a<b")), ["/without does_not_contain"]);
    assert!(wrong("without", &json!("a\u{ff1c}b")).is_empty(), "only what is written");
    assert_eq!(wrong("count", &json!(0)), ["/count range"]);
    assert_eq!(wrong("count", &json!(11)), ["/count range"]);
    assert_eq!(wrong("price", &json!(0.0)), ["/price range"]);
    assert_eq!(wrong("price", &json!(10.1)), ["/price range"]);
    assert!(wrong("price", &json!(1e-300)).is_empty());
    assert!(from_json::<Twice>(br#"{"short":"a","again":"a"}"#).is_ok());
    let differ = from_json::<Twice>(br#"{"short":"a","again":"A"}"#);
    assert_eq!(refusals(differ), ["/again must_match"]);
    assert_eq!(refusals(from_json::<Needed>(b"{}")), ["/must required"]);
    assert_eq!(refusals(from_json::<Needed>(br#"{"must":null}"#)), ["/must required"]);
    assert!(from_json::<Needed>(br#"{"must":0}"#).is_ok());
}

#[test]
fn numbers_stay_finite() {
    assert_eq!(wrong("ratio", &json!(1e39)), ["/ratio value"]);
    assert_eq!(wrong("ratios", &json!([1.0, -1e300])), ["/ratios/1 value"]);
    assert!(wrong("ratio", &json!(3.4e38)).is_empty());
    assert_eq!(refusals(from_json::<f32>(b"1e39")), [" value"]);
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum Measure {
    Nothing,
    Ratio(f32),
    Pair(u8, f32),
    Named {
        label: Text<8>,
        r#type: Option<f32>,
        #[serde(skip)]
        internal: u8,
        last: f32,
    },
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Measured {
    value: Measure,
    #[validate(length(max = 3))]
    list: Vec<Measure>,
}

#[test]
fn conditions_hold_in_the_variants_of_an_enum() {
    for good in [
        r#""Nothing""#,
        r#"{"Ratio":3.4e38}"#,
        r#"{"Pair":[1,-1.5]}"#,
        r#"{"Named":{"label":"a","type":1.5,"last":0}}"#,
        r#"{"Named":{"label":"a","last":0}}"#,
    ] {
        assert!(from_json::<Measure>(good.as_bytes()).is_ok(), "{good}");
    }
    for bad in [
        r#"{"Ratio":1e39}"#,
        r#"{"Pair":[1,-1e39]}"#,
        r#"{"Named":{"label":"a","type":1e39,"last":0}}"#,
        r#"{"Named":{"label":"a","last":-1e300}}"#,
    ] {
        assert_is_one_value(&refusals(from_json::<Measure>(bad.as_bytes())), "");
    }
    for (body, place) in [
        (r#"{"value":{"Ratio":1e39},"list":[]}"#, "/value"),
        (r#"{"value":"Nothing","list":["Nothing",{"Pair":[1,1e39]}]}"#, "/list/1"),
    ] {
        assert_is_one_value(&refusals(from_json::<Measured>(body.as_bytes())), place);
    }
}

/// Where another crate of the build turns the feature `float_roundtrip` of `serde_json` on, serde
/// refuses the number itself and names its place inside of the variant.
fn assert_is_one_value(refused: &[String], place: &str) {
    let [refused] = refused else { panic!("one refusal: {refused:?}") };
    assert!(refused.starts_with(place) && refused.ends_with(" value"), "{refused}");
}

#[test]
fn conditions_hold_for_nested_types_at_their_places() {
    let bad = r#"{"mail":"a@x\r\nX-Other: 1 [127.0.0.1]"}"#;
    let body = format!(
        r#"{{"one":{bad},"list":[{{"mail":"a@b.org"}},{bad}],"named":{{"k":{bad}}},"hashed":{{"k":{bad}}}}}"#
    );
    assert_eq!(
        refusals(from_json::<Book>(body.as_bytes())),
        ["/one/mail email", "/list/1/mail email", "/named/mail email", "/hashed/mail email"]
    );
    assert_eq!(refusals(from_json::<Envelope>(bad.as_bytes())), ["/mail email"]);
    assert_eq!(refusals(from_form::<Contact>(b"mail=a@b.org%0a")), ["/mail email"]);
    assert!(from_form::<Contact>(b"mail=a%2Bb@b.org").is_ok());
}

#[test]
fn a_pattern_that_matches_a_part_is_known() {
    assert_eq!(Form::of::<Partial>().partial_patterns(), ["code"]);
    assert!(Form::of::<Rules>().partial_patterns().is_empty(), "anchored, or with a reason");
    let reasons = Form::of::<Rules>().reasons();
    assert!(
        reasons.iter().any(|one| one.word == "input(partial_pattern) Rules.code"),
        "{reasons:?}"
    );
}

/// A type of the service with the name of a trait by which the rules ask.
struct OfType;

impl OfType {
    const MOST: u64 = 3;
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Named {
    #[validate(length(max = "OfType::MOST"))]
    name: String,
}

#[test]
fn a_rule_finds_the_names_of_the_service() {
    assert!(from_json::<Named>(br#"{"name":"abc"}"#).is_ok());
    assert_eq!(refusals(from_json::<Named>(br#"{"name":"abcd"}"#)), ["/name length"]);
}
