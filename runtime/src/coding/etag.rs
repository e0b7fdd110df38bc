//! The entity tags of encoded responses.
//!
//! A strong tag identifies one sequence of bytes (RFC 9110 section 8.8.1), so that a response has
//! another one with a coding than without: `"7"` and `"7~gzip"`. A weak tag means that the content
//! is equivalent, and is kept.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::policy::{CODING_MARK, ContentCoding};

/// The tag of the same response in this coding.
pub(crate) fn coded(tag: &HeaderValue, coding: ContentCoding) -> HeaderValue {
    let opaque = tag.to_str().ok().and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    let coded = opaque.and_then(|opaque| {
        HeaderValue::try_from(format!("\"{opaque}{CODING_MARK}{}\"", coding.name())).ok()
    });
    // A weak tag, or an invalid one.
    coded.unwrap_or_else(|| tag.clone())
}

/// Whether a field of the request lists this tag, as a strong or weak one: proxies make strong ones
/// weak.
pub(super) fn lists(headers: &HeaderMap, field: &HeaderName, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    headers
        .get_all(field)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .any(|one| one == tag || one.strip_prefix("W/") == Some(tag))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};

    use super::{coded, lists};
    use crate::policy::ContentCoding::{Brotli, Gzip, Zstd};

    #[test]
    fn a_strong_tag_names_its_coding_and_a_weak_one_stays() {
        for (tag, coding, expected) in [
            ("\"7\"", Gzip, "\"7~gzip\""),
            ("\"\"", Brotli, "\"~br\""),
            ("\"a-b\"", Zstd, "\"a-b~zstd\""),
            ("W/\"7\"", Gzip, "W/\"7\""),
            ("7", Gzip, "7"),
            ("\"", Gzip, "\""),
        ] {
            let found = coded(&HeaderValue::from_static(tag), coding);
            assert_eq!(found, expected, "{tag}");
        }
    }

    #[test]
    fn tags_are_found_in_lists_of_several_lines() {
        let mut headers = HeaderMap::new();
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("\"a\", \"7~gzip\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("W/\"b\""));
        let has = |tag| lists(&headers, &IF_NONE_MATCH, &HeaderValue::from_static(tag));
        assert!(has("\"a\"") && has("\"7~gzip\"") && has("W/\"b\""));
        assert!(has("\"b\"") && !has("\"7\"") && !has("W/\"a\"") && !has("*"));
    }
}
