//! Fields as clients write them, without a socket.

use actix_web::http::header::{HeaderMap, HeaderValue, IF_MATCH};
use proptest::prelude::*;

use super::{Version, conditions::Validators, tag::Tags};

fn validators(tag: &str) -> Validators<'_> {
    Validators { in_any_coding: true, tag, modified: None }
}

fn read(lines: &[&[u8]]) -> Option<(bool, bool)> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(IF_MATCH, HeaderValue::from_bytes(line).unwrap());
    }
    let tags = Tags::read(&headers, &IF_MATCH).ok()??;
    let current = Some(validators("a,b"));
    Some((tags.match_strongly(current), tags.match_weakly(current, |_| true)))
}

#[test]
fn tags_are_read_as_the_standard_has_them() {
    let (none, weakly, strongly) = (Some((false, false)), Some((false, true)), Some((true, true)));
    for (lines, matched) in [
        (&[&b"\"a,b\""[..]][..], strongly),
        (&[b"W/\"a,b\""], weakly),
        (&[b"\"x\",\"a,b\""], strongly),
        (&[b" ,\t, \"x\" ,, \"a,b\" ,"], strongly),
        (&[b"\"x\"", b"\"a,b\""], strongly),
        (&[b"*"], strongly),
        (&[b" * ,"], strongly),
        (&[b"", b"*"], strongly),
        (&[b""], none),
        (&[b","], none),
        (&[b"\"A,B\""], none),
        (&[b"\"\xc3\xa4!#~\""], none),
        (&[b"a,b"], None),
        (&[b"\"a,b"], None),
        (&[b"\"a\"b\""], None),
        (&[b"\"a\" \"b\""], None),
        (&[b"\"a b\""], None),
        (&[b"\"a\tb\""], None),
        (&[b"w/\"a\""], None),
        (&[b"W/"], None),
        (&[b"W / \"a\""], None),
        (&[b"**"], None),
        (&[b"*\"a\""], None),
        (&[b"*,*"], None),
        (&[b"*", b"\"a\""], None),
        (&[b"\"a\"", b"*"], None),
    ] {
        assert_eq!(read(lines), matched, "{lines:?}");
    }
    // Nothing is there that could match.
    let mut headers = HeaderMap::new();
    assert_eq!(Tags::read(&headers, &IF_MATCH), Ok(None));
    headers.append(IF_MATCH, HeaderValue::from_static("*"));
    assert!(!Tags::read(&headers, &IF_MATCH).unwrap().unwrap().match_weakly(None, |_| true));
}

#[test]
fn a_change_may_name_the_version_in_any_coding() {
    for (field, is_named) in [
        ("\"7\"", true),
        ("\"7~gzip\"", true),
        ("\"6\", \"7~br\"", true),
        ("\"7~zstd\"", true),
        ("W/\"7~gzip\"", false),
        ("\"7~lz4\"", false),
        ("\"7-gzip\"", false),
        ("\"7gzip\"", false),
        ("\"6~gzip\"", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.append(IF_MATCH, HeaderValue::from_static(field));
        let tags = Tags::read(&headers, &IF_MATCH).unwrap().unwrap();
        assert_eq!(tags.match_strongly(Some(validators("7"))), is_named, "{field}");
        let one_form = Validators { in_any_coding: false, ..validators("7") };
        assert_eq!(tags.match_strongly(Some(one_form)), field == "\"7\"", "{field}");
    }
}

proptest! {
    #[test]
    fn any_field_is_read_without_a_panic(line in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(value) = HeaderValue::from_bytes(&line) {
            let mut headers = HeaderMap::new();
            headers.append(IF_MATCH, value);
            let _ = Tags::read(&headers, &IF_MATCH);
        }
    }

    #[test]
    fn a_tag_that_is_sent_is_read_again(text in any::<String>(), number in any::<i64>()) {
        for version in [Version::text(&text), Version::from(number)] {
            let tag = version.header().unwrap();
            let sent = [&b"W/\"x\", "[..], tag.as_bytes()].concat();
            let mut headers = HeaderMap::new();
            headers.append(IF_MATCH, HeaderValue::from_bytes(&sent).unwrap());
            let tags = Tags::read(&headers, &IF_MATCH).unwrap().unwrap();
            prop_assert!(tags.match_strongly(Some(validators(version.opaque()))));
        }
    }
}
