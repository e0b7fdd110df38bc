//! What reading takes of the stack, measured.

use std::{cell::Cell, collections::BTreeMap};

use palisade_macros::Input;
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use validator::Validate;

use crate::input::{
    Slug,
    bounded::{Bounded, FieldType},
    from_json,
    seal::{InputSeal, input_seal},
    shapes::Shapes,
    wire::Wire,
};

thread_local! {
    static LOWEST: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn here() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(&local).addr()
}

/// A number that notes how deep the stack is where it is read.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Probe(f64);

impl<'de> Deserialize<'de> for Probe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LOWEST.with(|lowest| lowest.set(lowest.get().min(here())));
        f64::deserialize(deserializer).map(Self)
    }
}

impl FieldType for Probe {
    const FIELD_SEAL: InputSeal = input_seal();
}

impl Bounded for Probe {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

/// A type that a body can be.
trait Admitted: crate::input::Input + DeserializeOwned {}

impl<T: crate::input::Input + DeserializeOwned> Admitted for T {}

/// How many bytes of the stack were in use where the deepest probe was read.
fn measure<T: Admitted>(body: &str) -> usize {
    LOWEST.set(usize::MAX);
    let top = here();
    let _ = from_json::<T>(body.as_bytes());
    top.saturating_sub(LOWEST.get())
}

macro_rules! holder {
    ($($name:ident: $ty:ty;)*) => {$(
        #[derive(Deserialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        struct $name {
            v: $ty,
        }
    )*};
}

holder! {
    One: Probe;
    A32: [Probe; 32];
    A8x8: [[Probe; 8]; 8];
    A32x4: [[Probe; 32]; 4];
    A4x32: [[Probe; 4]; 32];
    A32x32: [[Probe; 32]; 32];
    A8x8x8: [[[Probe; 8]; 8]; 8];
    T2: ([Probe; 32], [Probe; 32]);
    T4: ([[Probe; 32]; 4], u8, [[Probe; 32]; 4], [[Probe; 32]; 4]);
    O32: Option<[Probe; 32]>;
    O32x32: Option<[[Probe; 32]; 32]>;
    AO: [Option<[Probe; 16]>; 16];
    S1: [Option<Small>; 16];
}

#[derive(Clone, Copy, Serialize, Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Small {
    A {
        #[serde(default)]
        p: Probe,
        q: [Probe; 16],
    },
}

macro_rules! deep {
    ($($name:ident: $pad:ty;)*) => {$(
        #[derive(Serialize, Deserialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        struct $name {
            p: Probe,
            #[serde(default)]
            pad: $pad,
            #[validate(nested)]
            #[serde(default)]
            next: Option<Box<$name>>,
        }
    )*};
}
deep! {
    D0: u8;
    D128: [Probe; 16];
    D1K: [[Probe; 32]; 4];
}
#[derive(Serialize, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct V0 {
    p: Probe,
    #[validate(nested, length(max = 3))]
    #[serde(default)]
    next: Vec<V0>,
}
#[derive(Serialize, Deserialize, Input)]
#[serde(deny_unknown_fields, tag = "t")]
enum Tagged {
    A { p: Probe, next: Option<Box<Tagged>> },
}
#[derive(Serialize, Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Ext {
    A { p: Probe, next: Option<Box<Ext>> },
}

/// What runs around the readers that the figures are about.
const BASE: usize = 2048;

fn is_within<T: FieldType + Admitted>(body: &str) {
    let (used, model) = (measure::<T>(body), T::STACK);
    assert!(used > 0 && used <= model + BASE, "{body}: {used} of {model}");
}

#[test]
fn arrays_and_tuples_take_what_is_reckoned() {
    is_within::<One>(r#"{"v":1"#);
    is_within::<A32>(r#"{"v":[1"#);
    is_within::<A8x8>(r#"{"v":[[1"#);
    is_within::<A32x4>(r#"{"v":[[1"#);
    is_within::<A4x32>(r#"{"v":[[1"#);
    is_within::<A32x32>(r#"{"v":[[1"#);
    is_within::<A8x8x8>(r#"{"v":[[[1"#);
    is_within::<T2>(r#"{"v":[[1"#);
    is_within::<T4>(r#"{"v":[[[1"#);
    is_within::<O32>(r#"{"v":[1"#);
    is_within::<O32x32>(r#"{"v":[[1"#);
    is_within::<AO>(r#"{"v":[[1"#);
    is_within::<S1>(r#"{"v":[{"A":{"q":[1"#);
}

/// What a level of a type that holds itself takes, measured and reckoned.
fn level<T: Admitted>(open: &str, last: &str, close: &str, model: usize) {
    let body = |levels: usize| format!("{}{last}{}", open.repeat(levels), close.repeat(levels));
    let used = measure::<T>(&body(30)).saturating_sub(measure::<T>(&body(10))) / 20;
    assert!(used > 0 && used <= model, "{open}: {used} of {model}");
}

fn stack_of(wires: &[Wire]) -> usize {
    wires.iter().map(|wire| Shapes::of(&[*wire]).stack).sum()
}

#[test]
fn levels_take_what_is_reckoned() {
    fn next<T: Admitted>() -> Wire {
        T::FIELDS.last().unwrap().read_as()
    }
    let (open, last) = (r#"{"p":1,"next":"#, r#"{"p":1}"#);
    level::<D0>(open, last, "}", stack_of(&[next::<D0>()]));
    level::<D128>(open, last, "}", stack_of(&[next::<D128>()]));
    level::<D1K>(open, last, "}", stack_of(&[next::<D1K>()]));
    let list = stack_of(&[next::<V0>(), V0::wire()]);
    level::<V0>(r#"{"p":1,"next":["#, last, "]}", list);
    let tagged = (r#"{"t":"A","p":1,"next":"#, r#"{"t":"A","p":1}"#);
    level::<Tagged>(tagged.0, tagged.1, "}", stack_of(&[next::<Tagged>()]));
    let external = (r#"{"A":{"p":1,"next":"#, r#"{"A":{"p":1}}"#);
    level::<Ext>(external.0, external.1, "}}", stack_of(&[next::<Ext>(), Ext::wire()]));
}

/// The stack of a worker.
const WORKER: usize = 2 * 1024 * 1024;

/// Reads bodies of more and more levels on the stack of a worker: each is read or refused.
fn deepest<T: Admitted + 'static>(
    open: &'static str,
    last: &'static str,
    close: &'static str,
) -> usize {
    let read = move || {
        (0..140)
            .take_while(|levels| {
                let body = format!("{}{last}{}", open.repeat(*levels), close.repeat(*levels));
                from_json::<T>(body.as_bytes()).is_ok()
            })
            .count()
    };
    std::thread::Builder::new().stack_size(WORKER).spawn(read).unwrap().join().unwrap()
}

#[test]
fn no_body_is_too_deep_for_a_worker() {
    let (open, last) = (r#"{"p":1,"next":"#, r#"{"p":1}"#);
    assert_eq!(deepest::<D0>(open, last, "}"), 127, "serde_json's own end");
    assert_eq!(deepest::<D128>(open, last, "}"), 127);
    let heavy = deepest::<D1K>(open, last, "}");
    assert!((20..100).contains(&heavy), "{heavy}");
    assert_eq!(deepest::<V0>(r#"{"p":1,"next":["#, last, "]}"), 64);
    assert_eq!(deepest::<Ext>(r#"{"A":{"p":1,"next":"#, r#"{"A":{"p":1}}"#, "}}"), 63);
    assert!(deepest::<Tagged>(r#"{"t":"A","p":1,"next":"#, r#"{"t":"A","p":1}"#, "}") > 100);
}

/// A type of another crate that holds itself: palisade knows its size alone.
#[derive(Serialize, Deserialize)]
struct Foreign {
    p: Probe,
    #[serde(default)]
    pad: [[Probe; 32]; 4],
    #[serde(default)]
    next: Option<Box<Foreign>>,
}

type Rows = Vec<Vec<Foreign>>;

macro_rules! vouched {
    ($($name:ident: $ty:ty;)*) => {$(
        #[derive(Deserialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        struct $name {
            #[input(allow(unbounded), reason = "kept as another service sent it")]
            v: $ty,
        }
    )*};
}

vouched! {
    F1: Foreign;
    FList: Vec<Foreign>;
    FBox: Option<Box<Foreign>>;
    FMap: BTreeMap<String, Foreign>;
    FArray: [Vec<Foreign>; 2];
    FAlias: Rows;
    FNew: NewForeign;
}

#[derive(Serialize, Deserialize, Input)]
#[serde(transparent)]
struct NewForeign {
    #[input(allow(unbounded), reason = "kept as another service sent it")]
    list: Vec<Foreign>,
}

#[test]
fn no_type_that_a_reason_vouches_for_is_too_deep_for_a_worker() {
    fn within<T: Admitted + 'static>(before: &str, after: &str) {
        let (open, last) = (r#"{"p":1,"next":"#, r#"{"p":1}"#);
        let most = (0..127).take_while(|levels| {
            let body =
                format!("{before}{}{last}{}{after}", open.repeat(*levels), "}".repeat(*levels));
            let read = move || from_json::<T>(body.as_bytes()).is_ok();
            let worker = std::thread::Builder::new().stack_size(WORKER);
            worker.spawn(read).unwrap().join().unwrap()
        });
        let count = most.count();
        assert!((10..100).contains(&count), "{before}: {count}");
    }
    within::<F1>(r#"{"v":"#, "}");
    within::<FList>(r#"{"v":["#, "]}");
    within::<FBox>(r#"{"v":"#, "}");
    within::<FMap>(r#"{"v":{"a":"#, "}}");
    within::<FArray>(r#"{"v":[["#, "],[]]}");
    within::<FAlias>(r#"{"v":[["#, "]]}");
    within::<FNew>(r#"{"v":["#, "]}");
}

#[test]
fn levels_of_a_foreign_type_take_what_is_reckoned() {
    let (open, last) = (r#"{"p":1,"next":"#, r#"{"p":1}"#);
    let body =
        |levels: usize| format!("{{\"v\":{}{last}{}}}", open.repeat(levels), "}".repeat(levels));
    let field = <F1 as crate::input::Input>::FIELDS.first().unwrap().read_as();
    let own = Shapes::of(&[field]).member(b"next").unwrap();
    let used = measure::<F1>(&body(30)).saturating_sub(measure::<F1>(&body(10))) / 20;
    assert!(used > 0 && used <= stack_of(&own), "{used} of {}", stack_of(&own));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_mix_of_levels_is_too_deep(steps in proptest::collection::vec(0..4_u8, 0..140)) {
        let (mut body, mut end) = (String::new(), String::new());
        for step in steps {
            let (open, close) = match step {
                0 => (r#"{"A":{"p":1,"next":"#, "}}"),
                1 => (r#"{"p":1,"next":["#, "]}"),
                2 => (r#"{"t":"A","p":1,"next":"#, "}"),
                _ => (r#"{"p":1,"pad":[[1],[2]],"next":"#, "}"),
            };
            body.push_str(open);
            end.insert_str(0, close);
        }
        body.push_str("{}");
        body.push_str(&end);
        let read = move || {
            let _ = from_json::<D1K>(body.as_bytes());
            let _ = from_json::<V0>(body.as_bytes());
            let _ = from_json::<Tagged>(body.as_bytes());
            let _ = from_json::<Ext>(body.as_bytes());
        };
        let thread = std::thread::Builder::new().stack_size(WORKER).spawn(read).unwrap();
        prop_assert!(thread.join().is_ok());
    }
}

/// Maps of objects that name each other.
#[derive(Serialize, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct M0 {
    p: Probe,
    #[validate(nested, length(max = 9))]
    #[serde(default)]
    next: BTreeMap<Slug, M0>,
}

/// Whether any value of the body was read.
fn is_read<T: Admitted>(body: &str) -> bool {
    LOWEST.set(usize::MAX);
    let _ = from_json::<T>(body.as_bytes());
    LOWEST.get() != usize::MAX
}

#[test]
fn nothing_is_read_of_a_body_with_a_mistake_of_its_form() {
    assert!(is_read::<D0>(r#"{"p":1,"next":{"p":"x"}}"#) && is_read::<M0>(r#"{"p":1}"#));
    for body in [
        r#"{"p":1,"next":[1,0,{"p":1}]}"#,
        r#"[1,0,{"p":1}]"#,
        r#"{"p":1,"other":1,"next":{"p":1}}"#,
        r#"{"p":1,"p":1}"#,
    ] {
        assert!(!is_read::<D0>(body), "{body}");
    }
    assert!(!is_read::<M0>(r#"{"p":1,"next":{"a":{"p":1},"a":{"p":1}}}"#));
    assert!(!is_read::<Ext>(r#"["A",{"p":1}]"#));
    assert!(!is_read::<Tagged>(r#"{"p":1,"t":0}"#));
    let levels = |count: usize| {
        format!("{}{{\"p\":1}}{}", r#"{"p":1,"next":"#.repeat(count), "}".repeat(count))
    };
    assert!(is_read::<D0>(&levels(126)) && !is_read::<D0>(&levels(127)));
    assert!(is_read::<D1K>(&levels(20)) && !is_read::<D1K>(&levels(126)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Levels of the type itself, with arrays in place of objects, repeated names and unknown ones
    /// among them, and a wrong value at the end: what is behind the first mistake is not read.
    #[test]
    fn no_mistake_hides_the_levels_behind_it(
        steps in proptest::collection::vec(prop_oneof![9 => Just(0_u8), 1 => 1..5_u8], 0..130),
        last in prop::sample::select(vec!["{\"p\":1}", "{\"p\":\"x\"}", "{}", "1"]),
    ) {
        let (mut body, mut end) = (String::new(), String::new());
        for step in &steps {
            let (open, close) = match step {
                0 => (r#"{"p":1,"next":"#, "}"),
                1 => (r#"[1,[[1]],"#, "]"),
                2 => (r#"{"p":1,"p":1,"next":"#, "}"),
                3 => (r#"{"p":1,"next":null,"next":"#, "}"),
                _ => (r#"{"p":1,"else":1,"next":"#, "}"),
            };
            body.push_str(open);
            end.insert_str(0, close);
        }
        body.push_str(last);
        body.push_str(&end);
        let has_mistake = steps.iter().any(|step| *step > 0);
        let read = move || {
            let light = is_read::<D0>(&body);
            (light, is_read::<D1K>(&body))
        };
        let thread = std::thread::Builder::new().stack_size(WORKER).spawn(read).unwrap();
        let (light, heavy) = thread.join().unwrap();
        prop_assert!(!has_mistake || !(light || heavy));
    }
}
