//! Rules and names hold whatever an `impl` by hand beside the derive does.

use std::{collections::BTreeMap, sync::LazyLock};

use palisade_macros::Input;
use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors};

use super::refusals;
use crate::input::{Slug, Text, from_form, from_json, from_query};

/// Implemented for every type, with methods that a derive might call: none of them has precedence
/// over a rule.
#[expect(dead_code, reason = "that nothing calls them is what is tested")]
trait OfAll {
    fn own_rules<A, B, C>(&self, _: A, _: B, _: C) {}
    fn conditions<A, B>(&self, _: A, _: B) {}
}

impl<T> OfAll for T {}

/// A context that no rule asks for; with it `Validate` is left to the service.
struct Unasked;

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[validate(context = Unasked, schema(function = "never_the_same"))]
struct Span {
    #[validate(length(min = 1, max = 5))]
    name: String,
    #[validate(range(max = 30), custom(function = "even"))]
    from: u32,
    to: Option<u32>,
    #[validate(email, length(max = 40))]
    mail: Option<String>,
    #[validate(nested, length(max = 2))]
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[validate(context = Unasked)]
struct Part {
    #[validate(length(max = 3))]
    word: String,
}

impl Validate for Span {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.to.is_some_and(|to| to < self.from) {
            errors.add("to", ValidationError::new("before"));
        }
        if self.name.len() > 5 {
            errors.add("name", ValidationError::new("length"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl Validate for Part {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

fn even(number: u32) -> Result<(), ValidationError> {
    if number.is_multiple_of(2) { Ok(()) } else { Err(ValidationError::new("odd")) }
}

fn never_the_same(span: &Span) -> Result<(), ValidationError> {
    if span.to == Some(span.from) { Err(ValidationError::new("empty")) } else { Ok(()) }
}

fn span(body: &str) -> Vec<String> {
    match from_json::<Span>(body.as_bytes()) {
        Ok(_) => Vec::new(),
        refused => refusals(refused),
    }
}

#[test]
fn a_validate_by_hand_adds_to_the_rules_on_the_fields() {
    assert!(span(r#"{"name":"a","from":2,"to":4,"parts":[{"word":"abc"}]}"#).is_empty());
    for (body, expected) in [
        (r#"{"name":"abcdef","from":2}"#, &["/name length"][..]),
        (r#"{"name":"a","from":31}"#, &["/from range", "/from odd"]),
        (r#"{"name":"a","from":4,"to":2}"#, &["/to before"]),
        (r#"{"name":"a","from":4,"to":4}"#, &[" empty"]),
        (r#"{"name":"","from":4,"to":4}"#, &["/name length"]),
        (r#"{"name":"a","from":4,"mail":"a"}"#, &["/mail email"]),
        (
            r#"{"name":"a","from":4,"parts":[{"word":"a"},{"word":"abcd"}]}"#,
            &["/parts/1/word length"],
        ),
        (
            r#"{"name":"a","from":4,"parts":[{"word":"a"},{"word":"a"},{"word":"a"}]}"#,
            &["/parts length"],
        ),
    ] {
        assert_eq!(span(body), expected, "{body}");
    }
}

/// Reads by way of a free-form value, and drops what it does not look for. `Serialize` makes
/// `#[serde(..)]` an attribute.
#[derive(Debug, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Loose {
    #[validate(length(max = 4))]
    #[serde(alias = "label")]
    name: String,
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let name = value.get("name").or(value.get("label")).and_then(Value::as_str);
        let name = name.ok_or_else(|| de::Error::missing_field("name"))?;
        Ok(Self { name: name.to_owned() })
    }
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Holder {
    #[validate(nested)]
    one: Option<Loose>,
    #[validate(nested, length(max = 2))]
    #[serde(default)]
    list: Vec<Loose>,
}

#[test]
fn a_deserialize_by_hand_drops_no_name() {
    for good in [r#"{"name":"a"}"#, r#"{"label":"a"}"#] {
        assert!(from_json::<Loose>(good.as_bytes()).is_ok(), "{good}");
    }
    for (body, expected) in [
        (r#"{"name":"a","unknown":1}"#, "/unknown unknown_field"),
        (r#"{"name":"a","n\u0061me":"b"}"#, "/name duplicate"),
        (r#"{"name":"abcde"}"#, "/name length"),
    ] {
        assert_eq!(refusals(from_json::<Loose>(body.as_bytes())), [expected], "{body}");
    }
    let nested = br#"{"one":{"name":"a"},"list":[{"name":"a"},{"name":"a","x":{"y":1}}]}"#;
    assert_eq!(refusals(from_json::<Holder>(nested)), ["/list/1/x unknown_field"]);
    assert_eq!(refusals(from_form::<Loose>(b"name=a&unknown=1")), ["/unknown unknown_field"]);
    assert_eq!(refusals(from_query::<Loose>("unknown=1&name=a")), ["/unknown unknown_field"]);
    assert!(from_query::<Loose>("label=a").is_ok());
}

/// A crate that offers palisade with checks that do nothing.
mod facade {
    pub(super) mod __private {
        #![allow(dead_code, unreachable_pub, reason = "the derive has no use for what is here")]

        pub use crate::__private::*;

        pub fn check_input<T>(_: &T, _: &mut InputReport) {}
        pub fn check_conditions<T>(_: &T, _: &mut InputReport) {}
        pub const fn check_length(_: u64) {}
    }
}

mod masked {
    use palisade_macros::Input;
    use serde::{Deserialize, Serialize};
    use validator::Validate;

    use super::facade;

    #[derive(Debug, Deserialize, Serialize, Validate, Input)]
    #[serde(deny_unknown_fields)]
    #[input(crate = facade)]
    pub(super) struct Masked {
        #[validate(length(max = 5))]
        name: String,
        #[validate(range(max = 3))]
        number: u8,
    }
}

#[test]
fn another_crate_path_takes_no_rule_away() {
    let refused = from_json::<masked::Masked>(br#"{"name":"abcdef","number":99}"#);
    assert_eq!(refusals(refused), ["/name length", "/number range"]);
}

/// Methods of a service's own trait that have the names of rules.
mod lax {
    use palisade_macros::Input;
    use serde::{Deserialize, Serialize};
    use validator::Validate;

    use crate::input::{Slug, Text};

    trait Lax: Sized {
        fn validate_range(
            self,
            _: Option<u8>,
            _: Option<u8>,
            _: Option<u8>,
            _: Option<u8>,
        ) -> bool {
            true
        }
        fn validate_required(self) -> bool {
            true
        }
        fn validate_ip(self) -> bool {
            true
        }
    }

    impl Lax for u8 {}
    impl Lax for Option<bool> {}

    #[derive(Debug, Deserialize, Serialize, Validate, Input)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Rated {
        #[validate(range(max = 3))]
        stars: u8,
        #[validate(range(min = 1))]
        pages: Option<u8>,
        #[validate(required)]
        kept: Option<bool>,
        #[validate(ip)]
        number: u8,
        #[validate(url)]
        link: Option<Text<30>>,
        #[validate(regex(path = *super::LETTERS), length(max = 3))]
        word: Slug,
        #[validate(contains(pattern = "a"), does_not_contain(pattern = "b"), length(max = 9))]
        text: Option<String>,
        #[validate(non_control_character)]
        plain: Option<Text<9>>,
    }
}

static LETTERS: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());

#[test]
fn a_method_of_the_same_name_takes_no_rule_away() {
    let refused = from_json::<lax::Rated>(br#"{"stars":9,"pages":0,"number":1,"word":"a"}"#);
    let expected = ["/stars range", "/pages range", "/kept required", "/number ip"];
    assert_eq!(refusals(refused), expected);
    let body = br#"{"stars":3,"pages":1,"kept":true,"number":1,"link":"a","word":"a-1c","text":"b",
        "plain":"\n"}"#;
    let expected = [
        "/number ip",
        "/link url",
        "/word regex",
        "/word length",
        "/text contains",
        "/text does_not_contain",
        "/plain non_control_character",
    ];
    assert_eq!(refusals(from_json::<lax::Rated>(body)), expected);
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Plain {
    #[validate(length(max = 9))]
    #[serde(default)]
    list: Vec<Text<4>>,
    #[serde(default)]
    tuple: (u8, Option<Inner>),
    #[serde(default)]
    array: [Inner; 2],
    adjacent: Option<Adjacent>,
    untagged: Option<Untagged>,
    #[validate(nested)]
    point: Option<Point>,
    #[validate(nested, length(max = 2))]
    #[serde(default)]
    named: BTreeMap<Slug, Point>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Point {
    x: u8,
    y: u8,
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize, Input)]
#[serde(tag = "t", deny_unknown_fields)]
enum Inner {
    A {
        id: u8,
    },
    #[serde(alias = "C")]
    B {
        next: Option<Box<Inner>>,
    },
    #[default]
    #[serde(skip)]
    Nothing,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Input)]
#[serde(tag = "t", content = "c", deny_unknown_fields)]
enum Adjacent {
    A { id: u8 },
    B(Inner),
    C(u8, u8),
    D,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Input)]
#[serde(untagged, deny_unknown_fields)]
#[input(allow(untagged), reason = "the partner sends one of several")]
enum Untagged {
    Number(u8),
    Object { id: u8, more: Option<Inner> },
    Pair(u8, u8),
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum External {
    Unit,
    Object { id: u8 },
    Inner(Inner),
    Pair(u8, Inner),
}

#[test]
fn an_object_is_no_array() {
    for good in [
        r#"{"tuple":[1,{"t":"A","id":1}]}"#,
        r#"{"array":[{"id":1,"t":"A"},{"t":"B","next":{"t":"C"}}]}"#,
        r#"{"adjacent":{"t":"A","c":{"id":1}}}"#,
        r#"{"adjacent":{"c":{"t":"A","id":1},"t":"B"}}"#,
        r#"{"adjacent":{"t":"C","c":[1,2]}}"#,
        r#"{"adjacent":{"t":"D"}}"#,
        r#"{"untagged":7}"#,
        r#"{"untagged":{"id":1,"more":{"t":"A","id":1}}}"#,
        r#"{"untagged":[1,2]}"#,
        r#"{"point":{"x":1,"y":2},"named":{"a":{"x":1,"y":2}}}"#,
        r#"{"point":null,"list":["a"]}"#,
    ] {
        let read = from_json::<Plain>(good.as_bytes());
        assert!(read.is_ok(), "{good} {read:?}");
    }
    for (body, place) in [
        (r#"{"tuple":[1,["A",3]]}"#, "/tuple/1"),
        (r#"{"array":[["A",3],{"t":"A","id":1}]}"#, "/array/0"),
        (r#"{"array":[{"t":"B","next":["A",3]},{"t":"A","id":1}]}"#, "/array/0/next"),
        (r#"{"adjacent":["A",{"id":1}]}"#, "/adjacent"),
        (r#"{"adjacent":{"t":"B","c":["A",1]}}"#, "/adjacent/c"),
        (r#"{"untagged":{"id":1,"more":["A",1]}}"#, "/untagged/more"),
        (r#"{"point":[1,2]}"#, "/point"),
        (r#"{"named":{"a":[1,2]}}"#, "/named/a"),
        (r#"{"list":{"a":1}}"#, "/list"),
        (r#"{"tuple":[1,{"t":0,"id":3}]}"#, "/tuple/1/t"),
        (r#"{"adjacent":{"c":{"id":1},"t":0}}"#, "/adjacent/t"),
        (r#"[[],[0,null]]"#, ""),
    ] {
        let refused = refusals(from_json::<Plain>(body.as_bytes()));
        assert_eq!(refused, [format!("{place} type")], "{body}");
    }
    for good in [r#""Unit""#, r#"{"Object":{"id":1}}"#, r#"{"Pair":[1,{"t":"A","id":1}]}"#] {
        assert!(from_json::<External>(good.as_bytes()).is_ok(), "{good}");
    }
    for (body, place) in [
        (r#"{"Object":[1]}"#, "/Object type"),
        (r#"{"Inner":["A",1]}"#, "/Inner type"),
        (r#"{"Pair":[1,["A",1]]}"#, "/Pair/1 type"),
        (r#"["Object",{"id":1}]"#, " type"),
    ] {
        assert_eq!(refusals(from_json::<External>(body.as_bytes())), [place], "{body}");
    }
    assert_eq!(refusals(from_json::<Inner>(br#"["A",3]"#)), [" type"]);
    assert!(from_form::<Plain>(b"point=1").is_err());
    assert!(from_form::<Plain>(b"point=[1,2]").is_err());
}
