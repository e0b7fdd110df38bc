//! The parent of a span is taken exactly where `traceparent` follows the grammar of W3C Trace Context, with
//! the ids and flags that were sent; `tracestate` is passed on unchanged, or not at all.
//!
//! The first line of the input is `traceparent`; each further line is a field `tracestate`.

#![no_main]

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use palisade::allow_unsafe;

/// The longest `traceparent` that is read.
const LONGEST: usize = 128;

/// Section 3.2.2, by positions: the trace, the parent and the flags.
fn expected_parent(text: &str) -> Option<(&str, &str, u8)> {
    let bytes = text.as_bytes();
    if bytes.len() < 55 || bytes.len() > LONGEST {
        return None;
    }
    let is_well_formed = bytes.iter().take(55).enumerate().all(|(at, byte)| match at {
        2 | 35 | 52 => *byte == b'-',
        _ => b"0123456789abcdef".contains(byte),
    });
    let version = bytes.get(..2)?;
    let ends = match version {
        b"00" => bytes.len() == 55,
        b"ff" => false,
        _ => bytes.get(55).is_none_or(|byte| *byte == b'-'),
    };
    if !is_well_formed || !ends {
        return None;
    }
    let (trace, parent) = (&text[3..35], &text[36..52]);
    let has_ids = [trace, parent].iter().all(|id| id.bytes().any(|digit| digit != b'0'));
    has_ids.then(|| (trace, parent, u8::from_str_radix(&text[53..55], 16).unwrap()))
}

/// Section 3.3.1: the members of all fields; `None` where one of them breaks the grammar or a limit.
fn expected_state(fields: &[&str]) -> Option<String> {
    let is_key = |key: &str| {
        let mut characters = key.chars();
        let is_first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        key.len() <= 256
            && characters.next().is_some_and(is_first)
            && characters.all(|c| is_first(c) || "_-*/@".contains(c))
    };
    let is_value = |value: &str| {
        !value.is_empty()
            && value.len() <= 256
            && !value.ends_with(' ')
            && value.chars().all(|c| (' '..='~').contains(&c) && c != ',' && c != '=')
    };
    let mut members: Vec<(&str, &str)> = Vec::new();
    for field in fields {
        for member in field.split(',') {
            let member = member.trim_matches(|c| c == ' ' || c == '\t');
            if !member.is_empty() {
                members.push(member.split_once('=')?);
            }
        }
    }
    let length = fields.join(",").len();
    let mut keys: Vec<_> = members.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    let is_right = length <= 512
        && members.len() <= 32
        && keys.len() == members.len()
        && members.iter().all(|(key, value)| is_key(key) && is_value(value));
    let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}={value}")).collect();
    is_right.then(|| members.join(","))
}

#[allow_unsafe(macro_internals, reason = "the parser is fuzzed by itself, outside of a service")]
fn parse(data: &[u8]) {
    use palisade::__private::trace_parent as parse;

    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let traceparent = lines.next().unwrap_or_default();
    let states: Vec<_> = lines.collect();
    let headers = |fields: &[&str]| {
        let mut headers = HeaderMap::new();
        for field in fields {
            let value = HeaderValue::from_str(field).ok()?;
            headers.append(HeaderName::from_static("tracestate"), value);
        }
        Some(headers)
    };
    let Some(fields) = headers(&states) else { return };
    let found = parse(traceparent, &fields);
    let expected = expected_parent(traceparent);
    assert_eq!(found.is_some(), expected.is_some(), "{traceparent:?}");
    let (Some(found), Some((trace, parent, flags))) = (found, expected) else { return };
    assert!(found.is_valid() && found.is_remote());
    assert_eq!(
        (found.trace_id().to_string(), found.span_id().to_string()),
        (trace.into(), parent.into())
    );
    // Flags that are not defined are not passed on.
    assert_eq!(found.trace_flags().to_u8(), flags & 0b11);
    let state = found.trace_state().header();
    match expected_state(&states) {
        // The old form of a key, `tenant@system`, has narrower limits, which the crate that holds it keeps.
        Some(expected) if expected.contains('@') => assert!(state.is_empty() || state == expected),
        Some(expected) => assert_eq!(state, expected),
        None => assert_eq!(state, ""),
    }
    // The next service reads the same.
    let sent = format!("00-{trace}-{parent}-{:02x}", flags & 0b11);
    let again = parse(&sent, &headers(&[&state]).expect("what is passed on is a field")).unwrap();
    assert_eq!((again.trace_id(), again.span_id()), (found.trace_id(), found.span_id()));
    assert_eq!(again.trace_flags(), found.trace_flags());
    assert_eq!(again.trace_state().header(), state);
}

fuzz_target!(|data: &[u8]| parse(data));
