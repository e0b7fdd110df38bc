//! Types that are read again in their own place, and those that only look like it.

use palisade_macros::Input;
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::input::{
    Form, Rejection, Text, bounded::FieldType as _, from_form, from_json, from_query,
};

#[derive(Debug, Default, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Flat {
    id: Option<u8>,
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "the sender mixes the two levels")]
    next: Option<Box<Flat>>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Turn {
    #[serde(flatten)]
    #[input(allow(flatten), reason = "the sender mixes the two levels")]
    way: Option<Box<Way>>,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), reason = "two versions of one message")]
enum Way {
    Number(u8),
    Back(Back),
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), unknown_fields = allow, reason = "two versions of one message")]
enum Back {
    Short(Text<4>),
    Again {
        #[serde(flatten)]
        #[input(allow(flatten), reason = "the sender mixes the two levels")]
        way: Box<Way>,
    },
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Holder {
    #[validate(nested, length(max = 3))]
    list: Vec<Flat>,
}

#[test]
fn a_type_in_its_own_place_is_refused_before_it_is_read() {
    // First: reading it would not come back.
    assert!(Flat::wire().is_endless() && Turn::wire().is_endless());
    assert!(Form::of::<Holder>().is_endless() && Form::of::<Flat>().is_endless());
    for body in ["{}", r#"{"id":1}"#, r#"{"id":1,"x":{}}"#] {
        assert_eq!(from_json::<Flat>(body.as_bytes()).unwrap_err(), Rejection::Malformed);
        assert_eq!(from_json::<Turn>(body.as_bytes()).unwrap_err(), Rejection::Malformed);
    }
    assert_eq!(from_json::<Holder>(br#"{"list":[{}]}"#).unwrap_err(), Rejection::Malformed);
    assert_eq!(from_query::<Flat>("").unwrap_err(), Rejection::Malformed);
    assert_eq!(from_query::<Turn>("id=1").unwrap_err(), Rejection::Malformed);
    assert_eq!(from_form::<Flat>(b"id=1").unwrap_err(), Rejection::Malformed);
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Input)]
#[serde(tag = "t", deny_unknown_fields)]
enum Rule {
    Is { id: u8 },
    Not(Box<Rule>),
    Both { one: Box<Rule>, other: Box<Rule> },
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Level {
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "the sender mixes the two levels")]
    page: Page,
    #[validate(nested)]
    next: Option<Box<Level>>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Page {
    page: Option<u8>,
    #[validate(nested)]
    below: Option<Box<Level>>,
}

#[test]
fn a_type_behind_a_name_or_a_tag_ends() {
    assert!(!Rule::wire().is_endless() && !Form::of::<Rule>().is_endless());
    assert!(!Level::wire().is_endless() && !Form::of::<Level>().is_endless());
    let both = br#"{"t":"Both","one":{"t":"Is","id":1},"other":{"t":"Is","id":2}}"#;
    assert!(from_json::<Rule>(both).is_ok());
    // The tag is taken out, so that what is inside has none.
    assert!(from_json::<Rule>(br#"{"t":"Not","id":1}"#).is_err());
    let level = br#"{"page":1,"next":{"below":{"next":{}}},"x":1}"#;
    assert!(from_json::<Level>(level).is_ok());
}
