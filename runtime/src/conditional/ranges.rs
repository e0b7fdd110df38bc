//! The requested ranges of a file: RFC 9110 section 14.

use std::ops::Range;

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{HeaderMap, IF_RANGE, RANGE},
    },
};

use super::tag::is_tag;

/// The parts of a file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: no range is requested, or the field is ignored.
    Whole,
    /// One part.
    One(Range<u64>),
    /// Several, in the requested order; no two of them overlap.
    Several(Vec<Range<u64>>),
    /// No requested byte exists.
    Nothing,
}

/// The requested parts of a file with this tag and length.
///
/// The whole file is sent if more than `most` ranges are requested or two of them overlap, so that
/// no answer is larger than the file and the heads of so many parts (RFC 9110 section 14.2 lets a
/// server ignore such a field), if the field cannot be parsed, and if `If-Range` names another
/// version. A date in `If-Range` never matches: it is too coarse for parts of a file.
pub(crate) fn wanted(request: &HttpRequest, tag: &str, length: u64, most: usize) -> Wanted {
    if *request.method() != Method::GET || !is_range_of(request.headers(), tag) {
        return Wanted::Whole;
    }
    let mut values = request.headers().get_all(RANGE);
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => select(value, length, most).unwrap_or(Wanted::Whole),
        _ => Wanted::Whole,
    }
}

/// Whether the client combines the parts with parts of this version.
fn is_range_of(headers: &HeaderMap, tag: &str) -> bool {
    let mut values = headers.get_all(IF_RANGE);
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => is_tag(value.as_bytes(), tag),
        (Some(_), Some(_)) => false,
    }
}

/// `None` if the field is to be ignored.
fn select(value: &str, length: u64, most: usize) -> Option<Wanted> {
    let (unit, set) = value.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let specs = set.split(',').map(|spec| spec.trim_matches([' ', '\t']));
    let (mut asked, mut ranges) = (0_usize, Vec::new());
    for spec in specs.filter(|spec| !spec.is_empty()) {
        asked = asked.saturating_add(1);
        if asked > most {
            return None;
        }
        ranges.extend(range(spec, length)?);
    }
    if asked == 0 || overlap(&ranges) {
        return None;
    }
    Some(match <[_; 1]>::try_from(ranges) {
        Ok([range]) => Wanted::One(range),
        Err(ranges) if ranges.is_empty() => Wanted::Nothing,
        Err(ranges) => Wanted::Several(ranges),
    })
}

/// The bytes of one range; `Some(None)` if they do not exist, `None` if the range cannot be parsed.
fn range(spec: &str, length: u64) -> Option<Option<Range<u64>>> {
    let (first, last) = spec.split_once('-')?;
    if first.is_empty() {
        let suffix = number(last)?;
        // Any suffix of an empty body is all of it.
        if length == 0 && suffix > 0 {
            return None;
        }
        let range = length.saturating_sub(suffix)..length;
        return Some((!range.is_empty()).then_some(range));
    }
    let first = number(first)?;
    let end = match last {
        "" => length,
        last => {
            let last = number(last)?;
            // A range that ends before it begins is not a range.
            if last < first {
                return None;
            }
            last.saturating_add(1).min(length)
        }
    };
    Some((first < end).then_some(first..end))
}

/// A number; one that is larger than any file counts as the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn overlap(ranges: &[Range<u64>]) -> bool {
    let mut sorted: Vec<_> = ranges.iter().collect();
    sorted.sort_unstable_by_key(|range| range.start);
    sorted.iter().zip(sorted.iter().skip(1)).any(|(one, next)| next.start < one.end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Wanted, select};

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let one = |range| Some(Wanted::One(range));
        for (value, wanted) in [
            ("bytes=0-0", one(0..1)),
            ("bytes=2-4", one(2..5)),
            ("BYTES=8-", one(8..10)),
            ("bytes=-3", one(7..10)),
            ("bytes=-99", one(0..10)),
            ("bytes= 2-4 , ", one(2..5)),
            ("bytes=5-99999999999999999999999", one(5..10)),
            ("bytes=0-1,20-30", one(0..2)),
            ("bytes=8-9, 0-1", Some(Wanted::Several(vec![8..10, 0..2]))),
            ("bytes=0-1,2-3", Some(Wanted::Several(vec![0..2, 2..4]))),
            ("bytes=10-", Some(Wanted::Nothing)),
            ("bytes=-0", Some(Wanted::Nothing)),
            ("bytes=99999999999999999999999-", Some(Wanted::Nothing)),
            ("bytes=10-,11-12", Some(Wanted::Nothing)),
            // Overlapping ones, too many, and what cannot be read.
            ("bytes=0-4,4-5", None),
            ("bytes=0-,0-", None),
            ("bytes=0-0,1-1,2-2,3-3", None),
            ("bytes=4-2", None),
            ("bytes=0-1,x", None),
            ("bytes=+1-2", None),
            ("bytes=1 -2", None),
            ("bytes=--1", None),
            ("bytes=-", None),
            ("bytes=", None),
            ("bytes", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(select(value, 10, 3), wanted, "{value}");
        }
        assert_eq!(select("bytes=0-", 0, 3), Some(Wanted::Nothing));
        assert_eq!(select("bytes=-5", 0, 3), None);
    }

    proptest! {
        #[test]
        fn nothing_outside_of_the_file_is_selected(
            value in "bytes=([0-9]{0,3}-[0-9]{0,3}[, ]{0,2}){0,6}",
            length in 0_u64..300,
        ) {
            let ranges = match select(&value, length, 4) {
                Some(Wanted::One(range)) => vec![range],
                Some(Wanted::Several(ranges)) => ranges,
                Some(Wanted::Whole | Wanted::Nothing) | None => vec![],
            };
            prop_assert!(ranges.iter().all(|range| range.start < range.end && range.end <= length));
            // Never more than the file in all.
            prop_assert!(ranges.iter().map(|range| range.end - range.start).sum::<u64>() <= length);
        }

        #[test]
        fn any_text_is_read_without_a_panic(value in any::<String>(), length in any::<u64>()) {
            let _ = select(&value, length, 16);
        }
    }
}
