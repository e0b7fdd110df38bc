//! A newtype keeps its own rules, and hides no declaration of its field.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use palisade_macros::Input;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors};

use super::refusals;
use crate::input::{
    Form, Input as _, Patch, Slug, Text, admitted, bounded::FieldType, from_json, from_path,
};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Even {
    #[validate(custom(function = "even"))]
    number: u8,
}

fn even(number: u8) -> Result<(), ValidationError> {
    if number.is_multiple_of(2) { Ok(()) } else { Err(ValidationError::new("odd")) }
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Scores {
    #[validate(length(max = 3))]
    #[serde(default)]
    sorted: BTreeMap<Even, u8>,
    #[validate(length(max = 3))]
    #[serde(default)]
    hashed: HashMap<Even, u8>,
    #[validate(length(max = 3))]
    #[serde(default)]
    values: HashMap<Slug, Even>,
}

#[test]
fn a_key_keeps_the_rules_of_its_type() {
    let read = |body: &str| from_json::<Scores>(body.as_bytes());
    assert!(read(r#"{"sorted":{"2":1},"hashed":{"4":1},"values":{"a":6}}"#).is_ok());
    for (body, expected) in [
        (r#"{"sorted":{"2":1,"3":1}}"#, "/sorted odd"),
        (r#"{"hashed":{"3":1}}"#, "/hashed odd"),
        (r#"{"values":{"a":3}}"#, "/values odd"),
        (r#"{"sorted":{"x":1}}"#, "/sorted/x type"),
        (r#"{"sorted":{"300":1}}"#, "/sorted/300 value"),
    ] {
        assert_eq!(refusals(read(body)), [expected], "{body}");
    }
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
#[validate(
    schema(function = "no_root", skip_on_field_errors = false),
    schema(function = "no_admin", code = "kept")
)]
struct Name {
    #[validate(length(max = 5))]
    name: String,
}

fn no_root(name: &Name) -> Result<(), ValidationError> {
    if name.name.starts_with("root") { Err(ValidationError::new("reserved")) } else { Ok(()) }
}

fn no_admin(name: &Name) -> Result<(), ValidationError> {
    if name.name.starts_with("admin") { Err(ValidationError::new("reserved")) } else { Ok(()) }
}

#[derive(Debug, Deserialize, Input)]
struct Port(u16);

impl Validate for Port {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.0 < 1024 {
            errors.add("0", ValidationError::new("privileged"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Account {
    #[validate(length(max = 2))]
    #[serde(default)]
    names: Vec<Text<4>>,
    name: Option<Name>,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Ports {
    port: Option<Port>,
    pair: Option<(Port, Port)>,
}

#[test]
fn the_rules_on_a_newtype_as_a_whole_are_asked() {
    assert!(from_json::<Name>(br#""ada""#).is_ok());
    for (body, expected) in [
        (&br#""root""#[..], &[" reserved"][..]),
        (br#""admin""#, &[" kept"]),
        (br#""rooted""#, &[" length", " reserved"]),
        (br#""admins""#, &[" length"]),
    ] {
        assert_eq!(refusals(from_json::<Name>(body)), expected);
    }
    let refused = from_json::<Account>(br#"{"name":"root"}"#);
    assert_eq!(refusals(refused), ["/name reserved"]);
}

#[test]
fn a_validate_by_hand_of_a_newtype_is_asked() {
    assert!(from_json::<Port>(b"8080").is_ok());
    assert_eq!(refusals(from_json::<Port>(b"80")), [" privileged"]);
    assert!(from_json::<Ports>(br#"{"port":8080,"pair":[8080,8081]}"#).is_ok());
    assert_eq!(refusals(from_json::<Ports>(br#"{"port":80}"#)), ["/port privileged"]);
    assert_eq!(refusals(from_json::<Ports>(br#"{"pair":[8080,80]}"#)), ["/pair/1 privileged"]);
}

static PART: LazyLock<Regex> = LazyLock::new(|| Regex::new("[a-z]").unwrap());
static OPEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("^.*$").unwrap());
static WHOLE: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());

#[derive(Debug, PartialEq, Eq, Hash, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Loose {
    #[validate(regex(path = *PART))]
    part: Text<8>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Open {
    #[validate(length(max = 8), regex(path = *OPEN))]
    open: String,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Word {
    #[validate(length(max = 8), regex(path = *WHOLE))]
    word: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Patterns {
    word: Word,
    open: Open,
    #[validate(length(max = 3))]
    list: Vec<(u8, Loose)>,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[validate(length(max = 3))]
    keys: HashMap<Loose, u8>,
}

#[test]
fn the_pattern_of_a_newtype_is_checked_at_the_start() {
    assert_eq!(Form::of::<Loose>().partial_patterns(), ["part"]);
    assert_eq!(Form::of::<Open>().open_patterns(), ["open"]);
    assert_eq!(Form::of::<(Open, u8)>().open_patterns(), ["open"]);
    assert_eq!(Form::of::<Patterns>().open_patterns(), ["open"]);
    assert_eq!(Form::of::<Patterns>().partial_patterns(), ["part"]);
    assert_eq!(Form::of::<Keys>().partial_patterns(), ["part"]);
    assert!(Form::of::<Word>().partial_patterns().is_empty());
    assert!(Form::of::<Word>().open_patterns().is_empty());
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Unlimited {
    #[validate(regex(path = *WHOLE))]
    #[input(allow(unbounded), reason = "as long as the body has room for")]
    text: String,
}

#[test]
fn a_path_takes_a_newtype_with_a_pattern_and_a_bound() {
    const { assert!(<Word as admitted::Input>::PATH_SAFE && <Word as FieldType>::PATH_SAFE) };
    const { assert!(!<Unlimited as admitted::Input>::PATH_SAFE) };
    const { assert!(!<Unlimited as FieldType>::PATH_SAFE) };
    let word = Word { word: "tea".to_owned() };
    assert_eq!(from_path::<Word>(&[("word", "tea")]).unwrap(), word);
    assert_eq!(refusals(from_path::<Word>(&[("word", "t-a")])), [" regex"]);
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Event {
    id: u8,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Wrapped {
    #[validate(nested)]
    event: Event,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Events {
    #[input(allow(unbounded), reason = "as many as the body has room for")]
    events: Vec<Event>,
}

#[derive(Debug, Deserialize, Input)]
struct Free(#[input(allow(unbounded), reason = "kept as it came")] Value);

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Point {
    x: u8,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Points {
    #[input(allow(unbounded), reason = "as many as the body has room for")]
    points: Vec<Point>,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Holder {
    #[validate(nested)]
    wrapped: Option<Wrapped>,
    events: Option<Events>,
    free: Option<Free>,
    points: Option<Points>,
}

#[test]
fn what_a_newtype_holds_is_told() {
    let words =
        |form: Form| -> Vec<_> { form.reasons().into_iter().map(|reason| reason.word).collect() };
    assert_eq!(words(Form::of::<Wrapped>()), ["input(unknown_fields) Event"]);
    let own = ["input(unbounded) Events.events", "input(unknown_fields) Event"];
    assert_eq!(words(Form::of::<Events>()), own);
    let all = [
        "input(unknown_fields) Event",
        "input(unbounded) Events.events",
        "input(unbounded) Free.0",
        "input(unbounded) Points.points",
    ];
    assert_eq!(words(Form::of::<Holder>()), all);
    for form in [Form::of::<Wrapped>(), Form::of::<Events>(), Form::of::<Holder>()] {
        assert!(form.drops_unknown_fields());
    }
    assert!(!Form::of::<Points>().drops_unknown_fields());
}

#[test]
fn the_form_of_a_newtype_is_that_of_its_field() {
    let good = r#"{"wrapped":{"id":1,"x":1},"events":[{"id":1}],"free":[1],"points":[{"x":1}]}"#;
    let read = from_json::<Holder>(good.as_bytes());
    assert!(read.is_ok(), "{read:?}");
    assert!(from_json::<Holder>(br#"{"wrapped":null,"points":null}"#).is_ok());
    for (body, expected) in [
        (r#"{"points":{"x":1}}"#, "/points type"),
        (r#"{"points":[[1]]}"#, "/points/0 type"),
        (r#"{"points":[{"x":1,"y":1}]}"#, "/points/0/y unknown_field"),
        (r#"{"points":[{"x":300}]}"#, "/points/0/x value"),
        (r#"{"points":[{}]}"#, "/points/0/x missing"),
        (r#"{"free":{"a":1,"a":2}}"#, "/free/a duplicate"),
        (r#"{"wrapped":[1]}"#, "/wrapped type"),
    ] {
        assert_eq!(refusals(from_json::<Holder>(body.as_bytes())), [expected], "{body}");
    }
    assert_eq!(refusals(from_json::<Points>(br#"[[1]]"#)), ["/0 type"]);
    assert_eq!(refusals(from_json::<Wrapped>(b"[1]")), [" type"]);
}

#[derive(Debug, Default, Deserialize, Serialize, Input)]
#[serde(transparent)]
struct Late(Patch<u8>);

#[derive(Debug, Default, Deserialize, Serialize, Input)]
struct Maybe(Option<u8>);

#[derive(Debug, Default, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    late: Late,
}

#[test]
fn a_newtype_says_of_null_what_its_field_says() {
    const { assert!(Late::PATCH && <Option<Late>>::DOUBLE_OPTION && Change::FIELDS[0].patch) };
    const { assert!(<Option<Maybe>>::DOUBLE_OPTION && <Patch<Maybe>>::DOUBLE_OPTION) };
    const { assert!(<Box<Late>>::PATCH && <Option<Box<Maybe>>>::DOUBLE_OPTION) };
    const { assert!(!Maybe::PATCH && !Maybe::OPTIONAL && !<Option<Word>>::DOUBLE_OPTION) };
    let read = from_json::<Change>(br#"{"late":null}"#).unwrap();
    assert!(matches!(read.late, Late(Patch::Null)), "{read:?}");
    assert_eq!(refusals(from_json::<Change>(br#"{"late":"a"}"#)), ["/late type"]);
}
