//! Forms, query strings, paths.

use palisade_macros::Input;
use proptest::prelude::*;
use serde::Deserialize;
use uuid::Uuid;
use validator::Validate;

use super::{Kind, Search, Webhook, refusals};
use crate::input::{Rejection, Slug, from_form, from_path, from_query};

fn search(query: &str) -> Result<Search, Rejection> {
    from_query(query)
}

#[test]
fn values_are_read_as_their_fields_ask() {
    let read = search("q=a%20b+c%2B&page=12&exact=true&kind=small&price=1.5e1&offset=-5").unwrap();
    assert_eq!(read.q.as_str(), "a b c+");
    assert_eq!((read.page, read.exact, read.kind), (Some(12), Some(true), Some(Kind::Small)));
    assert_eq!((read.price, read.offset), (Some(15.0), Some(-5)));
    assert_eq!(from_form::<Search>(b"q=7").unwrap().q.as_str(), "7");
    assert_eq!(search("&&q=&").unwrap().q.as_str(), "");
}

#[test]
fn each_mistake_names_its_field() {
    for (query, expected) in [
        ("", "/q missing"),
        ("q=a&page=1&page=1", "/page duplicate"),
        ("q=a&%71=b", "/q duplicate"),
        ("q=a&x%2Fy=1", "/x~1y unknown_field"),
        ("q=a&page=+1", "/page type"),
        ("q=a&page=%2B1", "/page type"),
        ("q=a&page=01", "/page type"),
        ("q=a&page=1.0", "/page type"),
        ("q=a&page=65536", "/page type"),
        ("q=a&page=-1", "/page type"),
        ("q=a&page=", "/page type"),
        ("q=a&page=%D9%A1", "/page type"),
        ("q=a&offset=-0", "/offset type"),
        ("q=a&offset=-6", "/offset range"),
        ("q=a&exact=1", "/exact type"),
        ("q=a&exact=TRUE", "/exact type"),
        ("q=a&kind=Small", "/kind variant"),
        ("q=a&price=NaN", "/price type"),
        ("q=a&price=inf", "/price type"),
        ("q=a&price=1e39", "/price type"),
        ("q=a&price=.5", "/price type"),
        ("q=a&price=1%0A", "/price type"),
        ("q=12345678901234567", "/q length"),
    ] {
        assert_eq!(refusals(search(query)), [expected], "{query}");
    }
}

#[derive(Debug, PartialEq, Default, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Listing {
    #[validate(length(max = 8))]
    text: Option<String>,
    #[validate(length(max = 8))]
    #[input(empty = absent)]
    only_text: Option<String>,
    #[serde(default)]
    #[serde(alias = "limit")]
    #[input(empty = absent)]
    page_size: u16,
    #[input(empty = absent)]
    kind: Option<Kind>,
    owner: Option<u64>,
}

#[test]
fn what_is_empty_is_absent_where_its_field_says_so() {
    let read = from_query::<Listing>;
    let none = Listing::default();
    assert_eq!(read("onlyText=&pageSize=&kind="), Ok(Listing::default()));
    assert_eq!(read("pageSize"), Ok(Listing::default()));
    assert_eq!(read("limit="), Ok(Listing::default()));
    assert_eq!(from_form::<Listing>(b"onlyText=&pageSize=&kind=").unwrap(), none);
    let text = Some(String::new());
    assert_eq!(read("text=&kind="), Ok(Listing { text, ..Listing::default() }));
    let given = read("kind=small&pageSize=7&onlyText=+").unwrap();
    assert_eq!((given.kind, given.page_size), (Some(Kind::Small), 7));
    assert_eq!(given.only_text.as_deref(), Some(" "));
    for (query, expected) in [
        // A field without the option is parsed as before: an empty `owner=` does not mean every
        // owner.
        ("owner=", "/owner type"),
        ("kind=&kind=small", "/kind duplicate"),
        ("kind=&kind=", "/kind duplicate"),
        ("pageSize=%20", "/pageSize type"),
        ("page_size=", "/page_size unknown_field"),
        ("other=", "/other unknown_field"),
    ] {
        assert_eq!(refusals(read(query)), [expected], "{query}");
    }
    // JSON has `null` for an absent value.
    let json = crate::input::from_json::<Listing>(br#"{"kind": ""}"#);
    assert_eq!(refusals(json), ["/kind variant"]);
}

#[test]
fn a_name_that_comes_twice_is_refused_even_where_it_would_be_dropped() {
    assert!(from_query::<Webhook>("id=1&code=abc&x=1").is_ok());
    let twice = from_query::<Webhook>("id=1&code=abc&x=1&x=2");
    assert_eq!(refusals(twice), ["/x duplicate"]);
}

#[test]
fn broken_encoding_is_malformed() {
    for query in ["q=%", "q=%4", "q=%zz", "q=%ff", "%ff=a", "q=%+4"] {
        assert_eq!(search(query), Err(Rejection::Malformed), "{query}");
    }
    assert_eq!(from_form::<Search>(b"q=\xff"), Err(Rejection::Malformed));
    assert_eq!(search(&"a&".repeat(2000)), Err(Rejection::Malformed));
}

#[test]
fn a_path_gives_one_value_or_several_in_order() {
    assert_eq!(from_path::<u64>(&[("id", "7")]), Ok(7));
    assert_eq!(refusals(from_path::<u64>(&[("id", "x")])), ["/id type"]);
    assert_eq!(refusals(from_path::<u64>(&[("id", "18446744073709551616")])), ["/id type"]);
    let both = from_path::<(Slug, u32)>(&[("shop", "blue"), ("id", "7")]).unwrap();
    assert_eq!((both.0.as_str(), both.1), ("blue", 7));
    assert_eq!(refusals(from_path::<(Slug, u32)>(&[("shop", "B"), ("id", "7")])), ["/shop value"]);
    assert_eq!(refusals(from_path::<(Slug, u32)>(&[("shop", "b")])), [" length"]);
    assert!(from_path::<u64>(&[]).is_err() && from_path::<u64>(&[("a", "1"), ("b", "1")]).is_err());
    assert_eq!(from_path::<Kind>(&[("kind", "large")]), Ok(Kind::Large));
    let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    assert_eq!(from_path::<Uuid>(&[("id", id)]), Ok(id.parse().unwrap()));
    assert_eq!(refusals(from_path::<Uuid>(&[("id", "7")])), ["/id invalid"]);
}

#[test]
fn a_path_is_decoded_once_and_must_be_utf_8() {
    assert_eq!(refusals(from_path::<Slug>(&[("shop", "a%252F")])), ["/shop value"]);
    assert_eq!(refusals(from_path::<Slug>(&[("shop", "a%2Fb")])), ["/shop value"]);
    assert_eq!(refusals(from_path::<Slug>(&[("shop", "a+b")])), ["/shop value"]);
    for value in ["%ff", "a\u{fffd}", "%"] {
        assert_eq!(from_path::<Slug>(&[("shop", value)]), Err(Rejection::Malformed), "{value}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let _ = search(&text);
        let _ = from_form::<Search>(&bytes);
        let _ = from_path::<(Slug, u32)>(&[("a", &text), ("b", &text)]);
    }

    #[test]
    fn every_number_has_exactly_one_spelling(number in any::<u16>(), zeros in "0{1,3}") {
        prop_assert_eq!(search(&format!("q=a&page={number}")).unwrap().page, Some(number));
        let respelled = search(&format!("q=a&page={zeros}{number}"));
        prop_assert!(respelled.is_err());
    }
}
