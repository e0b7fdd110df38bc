//! Every container, with everything that a type may weaken: none of them hides it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use palisade_macros::Input;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::refusals;
use crate::input::{Form, Input as _, Slug, Text, from_json, shapes::Shapes};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, Input)]
#[serde(tag = "t")]
#[input(unknown_fields = allow, reason = "the partner adds fields at will")]
enum Lax {
    A { id: u8 },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, Input)]
#[serde(tag = "t", deny_unknown_fields)]
enum Strict {
    A { id: u8 },
}

#[derive(Clone, Debug, Deserialize, Serialize, Input)]
#[serde(untagged, deny_unknown_fields)]
#[input(allow(untagged), reason = "the partner sends one of several")]
enum Untagged {
    Number(u8),
    Named { id: u8 },
}

/// A nested type for each leaf, held by the struct and the enum of the list.
macro_rules! nests {
    ($($nest:ident, $choice:ident: $leaf:ty;)*) => {$(
        #[derive(Deserialize, Serialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        struct $nest {
            leaf: $leaf,
        }

        #[derive(Deserialize, Serialize, Input)]
        #[serde(deny_unknown_fields)]
        enum $choice {
            Leaf(Option<$leaf>),
        }
    )*};
}

nests! {
    LaxNest, LaxChoice: Lax;
    StrictNest, StrictChoice: Strict;
    FloatNest, FloatChoice: f32;
    UntaggedNest, UntaggedChoice: Untagged;
}

/// A struct with one field for each container of `$leaf`; the value of the leaf replaces `%` in the
/// JSON. `$check` is called with the struct's name, its type and the JSON.
macro_rules! in_containers {
    ($module:ident, $check:ident, $leaf:ty, $nest:ty, $choice:ty) => {
        mod $module {
            use super::*;

            in_containers! {
                @each $check
                Bare: #[doc = "Bounded by its type."] {$leaf}, "%";
                Optional: #[doc = "Bounded by its type."] {Option<$leaf>}, "%";
                Boxed: #[doc = "Bounded by its type."] {Box<$leaf>}, "%";
                OptionalBox: #[doc = "Bounded by its type."] {Option<Box<$leaf>>}, "%";
                BoxedOption: #[doc = "Bounded by its type."] {Box<Option<$leaf>>}, "%";
                Array: #[doc = "Bounded by its type."] {[$leaf; 1]}, "[%]";
                ArrayOfArrays: #[doc = "Bounded by its type."] {[[$leaf; 1]; 1]}, "[[%]]";
                Single: #[doc = "Bounded by its type."] {($leaf,)}, "[%]";
                Pair: #[doc = "Bounded by its type."] {(u8, $leaf)}, "[1,%]";
                OptionalPair: #[doc = "Bounded by its type."] {Option<(u8, Option<$leaf>)>}, "[1,%]";
                BoxedPair: #[doc = "Bounded by its type."] {Box<($leaf, u8)>}, "[%,1]";
                Triple: #[doc = "Bounded by its type."] {(u8, $leaf, u8)}, "[1,%,1]";
                Fourth: #[doc = "Bounded by its type."] {(u8, u8, u8, $leaf)}, "[1,1,1,%]";
                Fifth: #[doc = "Bounded by its type."] {(u8, u8, u8, u8, $leaf)}, "[1,1,1,1,%]";
                Sixth: #[doc = "Bounded by its type."] {(u8, u8, u8, u8, u8, $leaf)}, "[1,1,1,1,1,%]";
                ArrayOfPairs: #[doc = "Bounded by its type."] {[(u8, $leaf); 1]}, "[[1,%]]";
                List: #[validate(length(max = 3))] {Vec<$leaf>}, "[%]";
                Queue: #[validate(length(max = 3))] {VecDeque<$leaf>}, "[%]";
                OptionalList: #[validate(length(max = 3))] {Option<Vec<$leaf>>}, "[%]";
                ListOfPairs: #[validate(length(max = 3))] {Vec<(u8, $leaf)>}, "[[1,%]]";
                Map: #[validate(length(max = 3))] {BTreeMap<Slug, $leaf>}, r#"{"a":%}"#;
                HashedMap: #[validate(length(max = 3))] {HashMap<Slug, $leaf>}, r#"{"a":%}"#;
                MapOfPairs: #[validate(length(max = 3))] {HashMap<Slug, (u8, $leaf)>}, r#"{"a":[1,%]}"#;
                Struct: #[validate(nested)] {$nest}, r#"{"leaf":%}"#;
                OptionalStruct: #[validate(nested)] {Option<$nest>}, r#"{"leaf":%}"#;
                StructList: #[validate(nested, length(max = 3))] {Vec<$nest>}, r#"[{"leaf":%}]"#;
                StructMap: #[validate(nested, length(max = 3))] {HashMap<Slug, $nest>}, r#"{"a":{"leaf":%}}"#;
                StructBox: #[validate(nested)] {Box<$nest>}, r#"{"leaf":%}"#;
                StructArray: #[validate(nested)] {[$nest; 1]}, r#"[{"leaf":%}]"#;
                StructQueue: #[validate(nested, length(max = 3))] {VecDeque<$nest>}, r#"[{"leaf":%}]"#;
                SortedStructMap: #[validate(nested, length(max = 3))] {BTreeMap<Slug, $nest>}, r#"{"a":{"leaf":%}}"#;
                OptionalStructList: #[validate(nested, length(max = 3))] {Option<Vec<$nest>>}, r#"[{"leaf":%}]"#;
                TextKeys: #[validate(length(max = 3))] {BTreeMap<Text<4>, $leaf>}, r#"{"a":%}"#;
                NumberKeys: #[validate(length(max = 3))] {HashMap<u8, $leaf>}, r#"{"1":%}"#;
                Enum: #[doc = "Bounded by its type."] {$choice}, r#"{"Leaf":%}"#;
                EnumPair: #[doc = "Bounded by its type."] {(u8, $choice)}, r#"[1,{"Leaf":%}]"#;
            }
        }
    };
    (@each $check:ident $($name:ident: #[$rule:meta] {$($ty:tt)*}, $json:literal;)*) => {
        $(
            #[derive(Deserialize, Validate, Input)]
            #[serde(deny_unknown_fields)]
            struct $name {
                #[$rule]
                field: $($ty)*,
            }
        )*

        #[test]
        fn nothing_is_hidden() {
            $($check::<$name>(stringify!($name), &format!("{{\"field\":{}}}", $json));)*
        }
    };
}

in_containers!(lax, drops_and_says_why, Lax, LaxNest, LaxChoice);
in_containers!(strict, refuses_arrays, Strict, StrictNest, StrictChoice);
in_containers!(float, stays_finite, f32, FloatNest, FloatChoice);
in_containers!(untagged, says_why_it_has_no_tag, Untagged, UntaggedNest, UntaggedChoice);

fn drops_and_says_why<T: crate::input::Input + serde::de::DeserializeOwned>(
    name: &str,
    json: &str,
) {
    assert!(Form::of::<T>().drops_unknown_fields(), "{name}");
    let reasons = Form::of::<T>().reasons();
    assert!(reasons.iter().any(|one| one.word == "input(unknown_fields) Lax"), "{name}");
    let body = json.replace('%', r#"{"t":"A","id":1,"more":2}"#);
    assert!(from_json::<T>(body.as_bytes()).is_ok(), "{name} {body}");
}

fn refuses_arrays<T: crate::input::Input + serde::de::DeserializeOwned>(name: &str, json: &str) {
    assert!(!Form::of::<T>().drops_unknown_fields(), "{name}");
    let with = |leaf: &str| from_json::<T>(json.replace('%', leaf).as_bytes()).map(|_| ());
    assert!(with(r#"{"t":"A","id":1}"#).is_ok(), "{name}");
    let refused = refusals(with(r#"["A",1]"#));
    assert!(matches!(refused.as_slice(), [one] if one.ends_with(" type")), "{name} {refused:?}");
    let refused = refusals(with(r#"{"t":"A","id":1,"id":1}"#));
    assert!(refused.iter().all(|one| one.ends_with("/id duplicate")), "{name} {refused:?}");
}

fn stays_finite<T: crate::input::Input + serde::de::DeserializeOwned>(name: &str, json: &str) {
    let with = |leaf: &str| from_json::<T>(json.replace('%', leaf).as_bytes()).map(|_| ());
    assert!(with("1.5").is_ok(), "{name}");
    let refused = refusals(with("1e39"));
    assert!(matches!(refused.as_slice(), [one] if one.ends_with(" value")), "{name} {refused:?}");
}

fn says_why_it_has_no_tag<T: crate::input::Input + serde::de::DeserializeOwned>(
    name: &str,
    json: &str,
) {
    let reasons = Form::of::<T>().reasons();
    assert!(reasons.iter().any(|one| one.word == "input(untagged) Untagged"), "{name}");
    let with = |leaf: &str| from_json::<T>(json.replace('%', leaf).as_bytes()).map(|_| ());
    assert!(with("1").is_ok() && with(r#"{"id":1}"#).is_ok(), "{name}");
    assert!(with(r#"{"id":1,"more":1}"#).is_err(), "{name}");
    assert!(with(r#"{"id":1,"id":1}"#).is_err(), "{name}");
}

/// A number as a string.
fn number<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<u8, D::Error> {
    Text::<3>::deserialize(reader)?.parse().map_err(serde::de::Error::custom)
}

static SOME: std::sync::LazyLock<regex::Regex> =
    std::sync::LazyLock::new(|| regex::Regex::new("[a-z]").unwrap());

/// One field for each kind of reason that a field can have.
#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Vouched {
    #[input(allow(unbounded), reason = "kept as it came")]
    document: serde_json::Value,
    #[serde(deserialize_with = "number")]
    #[input(allow(deserialize_with), reason = "old clients send a text")]
    number: u8,
    #[validate(regex(path = *SOME), length(max = 8))]
    #[input(allow(partial_pattern), reason = "a letter is all that is needed")]
    name: String,
    #[validate(url, length(max = 99))]
    #[input(schemes("ftp"))]
    archive: String,
}

/// The words of [`Vouched`]'s reasons.
const KINDS: [&str; 3] = [
    "input(unbounded) Vouched.document",
    "input(deserialize_with) Vouched.number",
    "input(partial_pattern) Vouched.name",
];

const VOUCHED: &str = r#"{"document":[1],"number":"7","name":"1a","archive":"ftp://a.example/b"}"#;

/// A struct for each container of [`Vouched`], which says why in each of them.
macro_rules! says_why {
    ($($name:ident: #[$rule:meta] {$($ty:tt)*}, $json:literal;)*) => {
        $(
            #[derive(Deserialize, Validate, Input)]
            #[serde(deny_unknown_fields)]
            struct $name {
                #[$rule]
                field: $($ty)*,
            }
        )*

        #[test]
        fn every_kind_of_reason_is_told_of_every_container() {
            $(
                let reasons = Form::of::<$name>().reasons();
                let words: Vec<_> = reasons.iter().map(|one| one.word).collect();
                assert_eq!(words, KINDS, "{}", stringify!($name));
                assert!(Form::of::<$name>().partial_patterns().is_empty(), "{}", stringify!($name));
                let body = format!("{{\"field\":{}}}", $json.replace('%', VOUCHED));
                let read = from_json::<$name>(body.as_bytes()).map(|_| ());
                assert!(read.is_ok(), "{} {read:?}", stringify!($name));
            )*
        }
    };
}

says_why! {
    VouchedStruct: #[validate(nested)] {Vouched}, "%";
    VouchedOption: #[validate(nested)] {Option<Vouched>}, "%";
    VouchedBox: #[validate(nested)] {Box<Vouched>}, "%";
    VouchedArray: #[validate(nested)] {[Vouched; 1]}, "[%]";
    VouchedList: #[validate(nested, length(max = 3))] {Vec<Vouched>}, "[%]";
    VouchedQueue: #[validate(nested, length(max = 3))] {VecDeque<Vouched>}, "[%]";
    VouchedMap: #[validate(nested, length(max = 3))] {HashMap<Slug, Vouched>}, r#"{"a":%}"#;
    VouchedSortedMap: #[validate(nested, length(max = 3))] {BTreeMap<Slug, Vouched>}, r#"{"a":%}"#;
}

#[test]
fn a_flattened_type_hides_nothing() {
    #[derive(Deserialize, Serialize, Validate, Input)]
    #[input(unknown_fields = allow, reason = "the sender adds fields at will")]
    struct Inner {
        leaf: Lax,
        strict: Strict,
        small: f32,
    }

    #[derive(Deserialize, Serialize, Validate, Input)]
    #[input(unknown_fields = allow, reason = "the sender adds fields at will")]
    struct Flat {
        #[serde(flatten)]
        #[validate(nested)]
        #[input(allow(flatten), reason = "the sender mixes the two levels")]
        inner: Inner,
    }
    let words: Vec<_> = Form::of::<Flat>().reasons().iter().map(|one| one.word).collect();
    assert_eq!(
        words,
        [
            "input(unknown_fields) Flat",
            "input(flatten) Flat.inner",
            "input(unknown_fields) Inner",
            "input(unknown_fields) Lax",
        ]
    );
    let read = |strict: &str, small: &str| {
        let body = format!(
            r#"{{"leaf":{{"t":"A","id":1,"more":1}},"strict":{strict},"small":{small},"more":1}}"#
        );
        from_json::<Flat>(body.as_bytes()).map(|_| ())
    };
    let strict = r#"{"t":"A","id":1}"#;
    assert!(read(strict, "1.5").is_ok());
    assert_eq!(refusals(read(r#"["A",1]"#, "1.5")), ["/strict type"]);
    assert_eq!(refusals(read(r#"{"t":"A","id":1,"id":1}"#, "1.5")), ["/strict/id duplicate"]);
    assert_eq!(refusals(read(strict, "1e39")), ["/small value"]);
}

#[test]
fn keys_of_maps_have_their_own_bounds() {
    #[derive(Deserialize, Validate, Input)]
    #[serde(deny_unknown_fields)]
    struct Keys {
        #[validate(length(max = 2))]
        #[serde(default)]
        texts: HashMap<Text<2>, (u8, u8)>,
        #[validate(length(max = 2))]
        #[serde(default)]
        slugs: BTreeMap<Slug, [u8; 1]>,
        #[validate(length(max = 2))]
        #[serde(default)]
        numbers: BTreeMap<u8, [Option<u8>; 1]>,
    }
    let read = |body: &str| from_json::<Keys>(body.as_bytes()).map(|_| ());
    assert!(read(r#"{"texts":{"ab":[1,2]},"slugs":{"a":[1]},"numbers":{"1":[null]}}"#).is_ok());
    for bad in [
        r#"{"texts":{"abc":[1,2]}}"#,
        r#"{"slugs":{"a b":[1]}}"#,
        r#"{"numbers":{"256":[1]}}"#,
        r#"{"numbers":{"1":[1],"1":[1]}}"#,
        r#"{"texts":{"a":[1,2],"b":[1,2],"c":[1,2]}}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn sets_hide_nothing_either() {
    #[derive(Deserialize, Validate, Input)]
    #[serde(deny_unknown_fields)]
    struct Sets {
        #[validate(length(max = 2))]
        #[serde(default)]
        hashed: HashSet<Lax>,
        #[validate(length(max = 2))]
        #[serde(default)]
        sorted: BTreeSet<Strict>,
    }
    assert!(Form::of::<Sets>().drops_unknown_fields());
    let read = |body: &str| from_json::<Sets>(body.as_bytes()).map(|_| ());
    assert!(read(r#"{"hashed":[{"t":"A","id":1,"more":1}],"sorted":[{"t":"A","id":1}]}"#).is_ok());
    assert_eq!(refusals(read(r#"{"hashed":[["A",1]]}"#)), ["/hashed/0 type"]);
    assert_eq!(refusals(read(r#"{"sorted":[["A",1]]}"#)), ["/sorted/0 type"]);
}

/// The last variant is tried where none of the others fits, and tries this type again.
#[derive(Deserialize, Serialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), reason = "a type that no service should have")]
enum Endless {
    Number(u8),
    Again(Box<Option<Endless>>),
}

#[derive(Deserialize, Serialize, Input)]
#[serde(untagged, deny_unknown_fields)]
#[input(allow(untagged), reason = "the partner sends one of several")]
enum Tree {
    Leaf(u8),
    Named { left: Box<Tree>, right: Box<Tree> },
    Pair(Box<Tree>, Box<Tree>),
}

#[test]
fn a_type_that_tries_itself_without_end_is_known() {
    assert!(Shapes::of(&[<Endless as crate::input::bounded::FieldType>::wire()]).is_endless);
    assert!(!Shapes::of(&[<Tree as crate::input::bounded::FieldType>::wire()]).is_endless);
    assert!(!Form::of::<Tree>().is_endless() && Endless::FIELDS.len() == 2);
    assert!(from_json::<Tree>(br#"{"left":1,"right":[2,[3,4]]}"#).is_ok());
    assert!(from_json::<Tree>(br#"{"left":1,"right":2,"x":3}"#).is_err());
}
