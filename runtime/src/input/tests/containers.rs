//! Every container, with everything that a type may weaken: none of them hides it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use palisade_macros::Input;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::refusals;
use crate::input::{Form, Input as _, Slug, from_json, shapes::Shapes};

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
}

/// A struct with one field for each container of `$leaf`; the value of the leaf stands for `%` in the
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
