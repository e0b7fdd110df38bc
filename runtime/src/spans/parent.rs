//! The parent of a span, from a trusted proxy: `traceparent` and `tracestate` of W3C Trace Context
//! level 2.

use actix_web::http::header::{HeaderMap, HeaderName};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use crate::traceparent::Traceparent;

const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The flags that are defined: sampled, and random.
const KNOWN_FLAGS: u8 = 0b11;

/// The longest `tracestate` that is passed on, in bytes. Several fields count as one list, with the commas
/// between them.
const LONGEST_STATE: usize = 512;

/// The most members that it may have.
const MOST_MEMBERS: usize = 32;

/// The longest key, and the longest value.
const LONGEST_PART: usize = 256;

/// The parent in this `traceparent`, with the state in the headers. A malformed state is left out, and a
/// malformed parent is `None`.
pub fn parse(traceparent: &str, headers: &HeaderMap) -> Option<SpanContext> {
    let parsed = Traceparent::parse(traceparent)?;
    let trace = TraceId::from_hex(parsed.trace_id).ok()?;
    let parent = SpanId::from_hex(parsed.parent_id).ok()?;
    let flags = TraceFlags::new(parsed.flags & KNOWN_FLAGS);
    let state = state(headers).unwrap_or_default();
    Some(SpanContext::new(trace, parent, flags, true, state))
}

/// The members of all fields, in their order; `None` if one is malformed.
fn state(headers: &HeaderMap) -> Option<TraceState> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    let mut length = 0_usize;
    for (at, field) in headers.get_all(TRACESTATE).enumerate() {
        let field = field.to_str().ok()?;
        length = length.checked_add(field.len())?.checked_add(usize::from(at > 0))?;
        if length > LONGEST_STATE {
            return None;
        }
        for member in field.split(',').map(|member| member.trim_matches([' ', '\t'])) {
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            let is_repeated = members.iter().any(|(known, _)| *known == key);
            if is_repeated || !is_key(key) || !is_value(value) || members.len() == MOST_MEMBERS {
                return None;
            }
            members.push((key, value));
        }
    }
    TraceState::from_key_value(members).ok()
}

/// A lower-case letter or a digit, and then also underscores, hyphens, asterisks, slashes and at signs.
fn is_key(key: &str) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_further = |byte: &u8| is_alphanumeric(byte) || b"_-*/@".contains(byte);
    let bytes = key.as_bytes();
    bytes.len() <= LONGEST_PART
        && bytes.first().is_some_and(is_alphanumeric)
        && bytes.iter().all(is_further)
}

/// Visible ASCII and spaces, without a comma, an equals sign or a space at the end.
fn is_value(value: &str) -> bool {
    let is_fine = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    (1..=LONGEST_PART).contains(&value.len()) && !value.ends_with(' ') && value.bytes().all(is_fine)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::{TRACESTATE, parse, state};
    use crate::traceparent::tests::malformed;

    fn headers(fields: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(TRACESTATE, HeaderValue::from_str(field).unwrap());
        }
        headers
    }

    fn read(fields: &[&str]) -> Option<String> {
        state(&headers(fields)).map(|state| state.header())
    }

    #[test]
    fn a_parent_is_parsed_with_its_flags_and_state() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff";
        let parent = parse(text, &headers(&["a=1"])).unwrap();
        assert!(parent.is_remote() && parent.is_valid() && parent.is_sampled());
        assert_eq!(parent.trace_flags().to_u8(), 3);
        assert_eq!(parent.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.trace_state().header(), "a=1");
        // A state that breaks the grammar does not take the parent with it.
        let parent = parse(&text.replace("-ff", "-00"), &headers(&["a"])).unwrap();
        assert!(!parent.is_sampled() && parent.trace_state().header().is_empty());
        for bad in malformed() {
            assert_eq!(parse(&bad, &headers(&[])), None, "{bad}");
        }
    }

    #[test]
    fn a_state_follows_the_grammar() {
        assert_eq!(
            read(&["a=1,b@c=2 , ,\td/e*f-g_h=x y"]).as_deref(),
            Some("a=1,b@c=2,d/e*f-g_h=x y")
        );
        assert_eq!(read(&["a=1", "b=2"]).as_deref(), Some("a=1,b=2"));
        assert_eq!(read(&[]).as_deref(), Some(""));
        let many: Vec<String> = (0..33).map(|number| format!("k{number}=v")).collect();
        for bad in [
            "a",
            "=1",
            "a=",
            "A=1",
            "a=1=2",
            "-a=1",
            "a b=1",
            "a=1,a=2",
            "a=\u{7f}",
            &many.join(","),
            &format!("a={}", "x".repeat(257)),
            &format!("{}=1", "x".repeat(257)),
            &format!("a={0},b={0},c={0}", "x".repeat(200)),
        ] {
            // An invalid field value does not come this far.
            if HeaderValue::from_str(bad).is_ok() {
                assert_eq!(read(&[bad]), None, "{bad}");
            }
        }
        assert!(read(&[&many[..32].join(",")]).is_some());
        // Fields count as the one list that they are passed on as, with its commas.
        let fields: Vec<_> = (0..29).map(|n| format!("k{n:02}={}", "v".repeat(13))).collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        assert_eq!(read(&fields[..28]).map(|state| state.len()), Some(28 * 17 + 27));
        assert_eq!(read(&fields), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[ -~]{0,80}") {
            if let Some(state) = read(&[&text]) {
                // What is passed on is read the same by the next one.
                prop_assert_eq!(read(&[&state]), Some(state.clone()));
            }
        }
    }
}
