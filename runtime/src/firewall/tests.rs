//! The firewall over whole requests, and against a model that is written another way.

use actix_web::http::{
    Method, Uri, Version,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use proptest::prelude::*;

use super::{Firewall, Hosts, Refusal, target};

fn check(method: &str, uri: &str, version: Version, fields: &[(&str, &str)]) -> Option<Refusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    // What this parser cannot read, the server has refused before.
    let uri: Uri = uri.parse().unwrap_or_else(|error| panic!("{uri}: {error}"));
    Firewall::default().check_parts(&method, &uri, version, &headers).err()
}

fn target(uri: &str) -> Option<Refusal> {
    check("GET", uri, Version::HTTP_11, &[("host", "localhost")])
}

#[test]
fn paths_with_one_reading_pass() {
    for path in [
        "/",
        "/items",
        "/items/",
        "/items/7",
        "/a.b/...",
        "/.well-known/x",
        "/a..b/..a",
        "/caf%C3%A9",
        "/a%20b",
        "/%E2%82%AC",
        "/a:b@c!$&'()*+,=~-_|[]",
        "/a%3Fb%23c",
        "/A%7e",
    ] {
        assert_eq!(target(path), None, "{path}");
    }
}

#[test]
fn paths_with_two_readings_are_refused() {
    for path in [
        "//",
        "//items",
        "/items//",
        "/a//b",
        "/.",
        "/..",
        "/./a",
        "/a/.",
        "/a/..",
        "/a/../b",
        "/a/./b",
        "/;",
        "/a;b=c",
        "/..;/a",
        "/%3b",
        "/a%3Bb",
        "/%2f",
        "/a%2Fb",
        "/\\",
        "/a\\..\\b",
        "/%5c",
        "/%5C..",
        "/%00",
        "/a%00.png",
        "/%0d%0aX:1",
        "/%0A",
        "/%09",
        "/%7f",
        "/%25",
        "/%252e%252e/",
        "/%2e",
        "/%2E%2e/a",
        "/a%2eb",
        "/%E2%80%A8",
        "/%e2%80%a9",
        "/%C2%85",
        "/%ff",
        "/%c0%af",
        "/%C0%AE%C0%AE/",
        "/%E2%80",
        "/%ed%a0%80",
        "/%",
        "/%2",
        "/%zz",
        "/a%u002f",
        "/\"",
        "/{a}",
    ] {
        let refused = target(path);
        assert!(matches!(refused, Some(Refusal::Malformed(_))), "{path}: {refused:?}");
    }
}

#[test]
fn values_of_the_query_are_data_and_names_are_not() {
    for query in [
        "",
        "search=50%25",
        "a=%2F&b=%5C&c=%3B&d=%2E%2E%2F&e=%00&f=%0D%0A&g=%FF&h=%E2%80%A8",
        "next=/a//b/../c;d\\e",
        "a=b=c",
        "a&b&c=",
        "filter%5Bname%5D=x&tags[]=1&a.b/c=2&caf%C3%A9=1",
        "&&",
        "=",
        "a=\"<x>`{}|^",
    ] {
        let uri = format!("/items?{query}");
        // Not every byte comes past the server's parser.
        if uri.parse::<Uri>().is_ok() {
            assert_eq!(target(&uri), None, "{query}");
        }
    }
    for query in [
        "a%00=1",
        "a%0d%0ab=1",
        "%09",
        "a%7F",
        "a%252e=1",
        "a%25=1",
        "a;b=1",
        "a%3Bb=1",
        "a\\b=1",
        "a%5Cb=1",
        "a%3Db=1",
        "a%26b=1",
        "a%ff=1",
        "%E2%80%A8=1",
        "%C2%80",
        "ok=1&x%00=2",
        "a=%",
        "a=%4",
        "a=%zz",
        "%G1=1",
    ] {
        let refused = target(&format!("/items?{query}"));
        assert!(matches!(refused, Some(Refusal::Malformed(_))), "{query}: {refused:?}");
    }
    assert!(target::query(b"a=\x00").is_err() && target::query(b"a=\xe9").is_err());
}

#[test]
fn forms_of_the_target() {
    let local = [("host", "localhost:8080")];
    for (method, uri, refused) in [
        ("GET", "/items", false),
        ("OPTIONS", "*", false),
        ("GET", "*", true),
        ("GET", "http://localhost:8080/items", false),
        ("GET", "HTTP://LOCALHOST:8080/items", false),
        ("GET", "http://localhost:8080", false),
        ("GET", "http://localhost/items", true),
        ("GET", "http://localhost:8081/items", true),
        ("GET", "http://evil.example/items", true),
        ("GET", "http://user@localhost:8080/items", true),
        ("GET", "http://user:secret@localhost:8080/items", true),
        ("GET", "ftp://localhost:8080/items", true),
        ("GET", "ws://localhost:8080/items", true),
        ("GET", "http://localhost:8080//items", true),
        ("GET", "http://localhost:8080/../items", true),
        ("GET", "localhost:8080", true),
        ("GET", "items", true),
        ("CONNECT", "localhost:8080", true),
        ("CONNECT", "/items", true),
    ] {
        let found = check(method, uri, Version::HTTP_11, &local);
        assert_eq!(found.is_some(), refused, "{method} {uri}: {found:?}");
    }
}

#[test]
fn the_host_is_one_and_well_formed() {
    let malformed = |fields: &[(&str, &str)], version| {
        matches!(check("GET", "/", version, fields), Some(Refusal::Malformed(_)))
    };
    for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
        for bad in ["", " ", "a/b", "a:b", "user@localhost", "[::1", "local host", "a,b", "127.1"] {
            assert!(malformed(&[("host", bad)], version), "{bad:?}");
        }
        assert!(malformed(&[("host", "localhost"), ("host", "localhost")], version));
        assert!(malformed(&[("host", "localhost"), ("host", "evil.example")], version));
        assert_eq!(check("GET", "/", version, &[("host", "localhost")]), None);
        let foreign = check("GET", "/", version, &[("host", "evil.example")]);
        assert_eq!(foreign, Some(Refusal::Misdirected));
    }
    for version in [Version::HTTP_10, Version::HTTP_11] {
        assert_eq!(check("GET", "/", version, &[]), None);
    }
    let mut hosts = Hosts::default();
    hosts.add("localhost").unwrap();
    let listed = Firewall::new(hosts);
    let without = |version| {
        listed.check_parts(&Method::GET, &Uri::from_static("/"), version, &HeaderMap::new())
    };
    assert_eq!(without(Version::HTTP_10), Err(Refusal::Misdirected));
    assert!(matches!(without(Version::HTTP_11), Err(Refusal::Malformed(_))));
    // Over HTTP/2 the authority is part of the target, and `Host` may be absent.
    assert_eq!(check("GET", "http://localhost/", Version::HTTP_2, &[]), None);
    let foreign = check("GET", "http://evil.example/", Version::HTTP_2, &[]);
    assert_eq!(foreign, Some(Refusal::Misdirected));
}

#[test]
fn fields_stand_once_and_hold_text() {
    for name in ["authorization", "content-length", "host"] {
        let mut fields = vec![("host", "localhost")];
        fields.extend([(name, "1"), (name, "1")]);
        assert!(check("GET", "/", Version::HTTP_11, &fields).is_some(), "{name}");
    }
    let twice = [("host", "localhost"), ("accept", "a/b"), ("accept", "c/d")];
    assert_eq!(check("GET", "/", Version::HTTP_11, &twice), None);
}

#[test]
fn a_socket_is_opened_without_a_body() {
    for (method, fields, refused) in [
        ("GET", &[("upgrade", "websocket")][..], false),
        ("GET", &[("upgrade", "websocket"), ("content-length", "0")], false),
        ("GET", &[("upgrade", "WebSocket"), ("content-length", "5")], true),
        ("GET", &[("upgrade", "h2c, websocket"), ("transfer-encoding", "chunked")], true),
        ("POST", &[("upgrade", "websocket")], true),
        ("POST", &[("upgrade", "h2c"), ("content-length", "5")], false),
        ("GET", &[("upgrade", "h2c"), ("upgrade", "websocket"), ("content-length", "5")], true),
    ] {
        let found = check(method, "/", Version::HTTP_11, fields);
        assert_eq!(found.is_some(), refused, "{method} {fields:?}: {found:?}");
    }
}

/// Every byte at every kind of place of a path, as it is and encoded.
#[test]
fn every_byte_of_a_path_is_judged_as_the_model_judges() {
    let (mut passed, mut all) = (0, 0);
    for byte in 0..=u8::MAX {
        let written = [vec![byte], format!("%{byte:02x}").into(), format!("%{byte:02X}").into()];
        for written in written {
            for (before, behind) in
                [("/", ""), ("/", "a"), ("/a", ""), ("/a", "b"), ("/a/", "/b"), ("/.", "")]
            {
                let path = [before.as_bytes(), &written, behind.as_bytes()].concat();
                let found = target::path(&path).is_ok();
                // A path that is not UTF-8 without decoding is refused by the model too.
                let expected = std::str::from_utf8(&path).is_ok_and(model);
                assert_eq!(found, expected, "{}", path.escape_ascii());
                passed += usize::from(found);
                all += 1;
            }
        }
    }
    assert!(passed > all / 8 && passed < all / 2, "{passed} of {all}");
}

/// Every character of two and three bytes, encoded.
#[test]
fn every_character_is_judged_as_the_model_judges() {
    for character in (0x80..=0xffff).filter_map(char::from_u32) {
        let mut bytes = [0; 4];
        let encoded: String =
            character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02x}")).collect();
        let refused = character.is_control() || "\u{2028}\u{2029}".contains(character);
        assert_eq!(target::path(format!("/a{encoded}").as_bytes()).is_err(), refused, "{encoded}");
        assert_eq!(target::query(format!("{encoded}=1").as_bytes()).is_err(), refused, "{encoded}");
        assert!(target::query(format!("a={encoded}").as_bytes()).is_ok(), "{encoded}");
    }
}

#[test]
fn every_byte_of_a_query_is_judged_as_the_model_judges() {
    for byte in 0..=u8::MAX {
        let raw = |before: &str, behind: &str| {
            target::query(&[before.as_bytes(), &[byte], behind.as_bytes()].concat()).is_ok()
        };
        let printable = byte.is_ascii_graphic() && byte != b'%';
        let in_name = printable && byte != b';' && byte != b'\\';
        assert_eq!(raw("a", "b=1"), in_name, "{byte:#x} in a name");
        assert_eq!(raw("", ""), in_name, "{byte:#x} alone");
        // Behind a separator a name begins again.
        let in_value = printable;
        assert_eq!(raw("a=1", "2"), in_value, "{byte:#x} in a value");
        for encoded in [format!("%{byte:02x}"), format!("%{byte:02X}")] {
            let query = |text: String| target::query(text.as_bytes()).is_ok();
            let is_text = byte.is_ascii() && !byte.is_ascii_control();
            let is_plain = is_text && !b";\\%=&".contains(&byte);
            assert_eq!(query(format!("a{encoded}b=1")), is_plain, "{encoded} in a name");
            assert_eq!(query(encoded.clone()), is_plain, "{encoded} alone");
            assert!(query(format!("a={encoded}")), "{encoded} in a value");
            assert!(query(format!("a=b={encoded}&c")), "{encoded} in a value");
        }
        // What is behind a percent sign is two digits.
        let digit = byte.is_ascii_hexdigit();
        let escape = |text: &[u8]| target::query(&[b"a=%", text].concat()).is_ok();
        assert_eq!(escape(&[b'4', byte]), digit, "{byte:#x} as a digit");
        assert_eq!(escape(&[byte, b'1']), digit, "{byte:#x} as a digit");
    }
}

#[test]
fn every_byte_of_a_host_is_judged_as_the_model_judges() {
    for byte in (0..=u8::MAX).filter(|byte| *byte != b'\r' && *byte != b'\n' && *byte != 0) {
        let host = [b"a", &[byte][..], b"c"].concat();
        let Ok(value) = HeaderValue::from_bytes(&host) else {
            continue;
        };
        let mut headers = HeaderMap::new();
        headers.append(HeaderName::from_static("host"), value);
        let found = Firewall::default().check_parts(
            &Method::GET,
            &Uri::from_static("/"),
            Version::HTTP_11,
            &headers,
        );
        match byte {
            b'.' => assert_eq!(found, Err(Refusal::Misdirected)),

            b'-' | b'_' => assert_eq!(found, Ok(()), "{byte:#x}"),
            byte if byte.is_ascii_alphanumeric() => assert_eq!(found, Ok(()), "{byte:#x}"),
            byte => assert!(matches!(found, Err(Refusal::Malformed(_))), "{byte:#x}: {found:?}"),
        }
    }
}

/// What a path must be, said by what it decodes to and what it is split into.
fn model(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let segments: Vec<_> = rest.split('/').collect();
    let (last, inner) = segments.split_last().unwrap();
    inner.iter().all(|segment| !segment.is_empty() && is_segment(segment))
        && (last.is_empty() || is_segment(last))
}

fn is_segment(segment: &str) -> bool {
    if segment == "." || segment == ".." {
        return false;
    }
    let mut decoded = Vec::new();
    let mut rest = segment.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == b'%' {
            let Some(digits) = behind.get(..2) else { return false };
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return false;
            }
            let digits = std::str::from_utf8(digits).unwrap();
            let byte = u8::from_str_radix(digits, 16).unwrap();
            if "/.%;\\".bytes().any(|special| special == byte) {
                return false;
            }
            decoded.push(byte);
            rest = &behind[2..];
        } else {
            if !byte.is_ascii_graphic() || "\"<>^`{}#;\\".bytes().any(|b| b == byte) {
                return false;
            }
            decoded.push(byte);
            rest = behind;
        }
    }
    let Ok(text) = String::from_utf8(decoded) else { return false };
    !text.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn paths_are_judged_as_the_model_judges(
        path in "/?([a./;\\\\~]|%(2[efEF5]|3b|5c|00|0d|7f|41|c3%a9|e2%80%a[789]|[0-9a-fg]{1,2})|[ -\u{ff}]){0,12}"
    ) {
        prop_assert_eq!(target::path(path.as_bytes()).is_ok(), model(&path), "{}", path);
    }

    #[test]
    fn what_is_encoded_as_a_value_passes_and_as_a_name_is_text(text in "\\PC{0,12}|[\\x00-\\xff]{0,12}") {
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let value = format!("q={encoded}");
        prop_assert!(target::query(value.as_bytes()).is_ok());
        let is_plain = !text.chars().any(|c| {
            c.is_control() || ";\\%=&\u{2028}\u{2029}".contains(c)
        });
        let name = format!("{encoded}=1");
        prop_assert_eq!(target::query(name.as_bytes()).is_ok(), is_plain);
    }

    #[test]
    fn no_bytes_are_too_strange_to_be_judged(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _judged = (target::path(&bytes), target::query(&bytes));
    }
}
