//! Files that are not text, and those that are more than text.

use super::{judge, judge_as, judge_in};
use crate::policy::FileKind;

#[test]
fn control_characters_and_other_encodings_are_no_text() {
    for good in
        ["a", "a\tb\r\nc\n", "\u{feff}a", "Grüße", "a < b and b > c", "x <y", "page\n\x0cpage"]
    {
        assert_eq!(judge(good.as_bytes()), Ok(FileKind::Text), "{good:?}");
    }
    for bad in [&b"a\0b"[..], b"a\x1bb", b"a\x7f", b"a\x0b", "a\u{85}b".as_bytes()] {
        assert_eq!(judge(bad), Err("kind"), "{bad:?}");
    }
    // Possible text in another encoding is reported with the code `encoding`.
    for other in
        [&b"a\xff"[..], b"a\xc3", b"a\xc3(", b"Stra\xdfe;Ort\r\nHauptstra\xdfe;K\xf6ln\r\n"]
    {
        assert_eq!(judge(other), Err("encoding"), "{other:?}");
    }
    assert_eq!(judge(b"\xff\xfea\0"), Err("kind"));
    let late = [&[b'a'; 5_000][..], b"\x01"].concat();
    assert_eq!(judge(&late), Err("kind"));
}

#[test]
fn markup_is_told_from_text() {
    for html in [
        "<!DOCTYPE html><p>a",
        "  \n<p>a",
        "\u{feff}<b>a",
        "</p>",
        "<!-- a -->",
        "some words <script>alert(1)</script>",
        "words <IFRAME src=x>",
        "<?xml version=\"1.0\"?><a/>",
    ] {
        assert_eq!(judge(html.as_bytes()), Ok(FileKind::Html), "{html}");
        let texts: &'static [FileKind] = &[FileKind::Text, FileKind::Csv];
        assert_eq!(judge_in(usize::MAX, html.as_bytes(), texts, ""), Err("markup"), "{html}");
        let images: &'static [FileKind] = &[FileKind::Png];
        assert_eq!(judge_in(usize::MAX, html.as_bytes(), images, ""), Err("kind"), "{html}");
        assert_eq!(judge_as(html.as_bytes(), "text/plain"), Err("declared_type"), "{html}");
    }
    for svg in [
        "<svg/>",
        "<?xml version=\"1.0\"?>\n<!-- made -->\n<svg><title>a</title><script/></svg>",
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\"><svg></svg>",
        "words <svg onload=alert(1)>",
    ] {
        assert_eq!(judge(svg.as_bytes()), Ok(FileKind::Svg), "{svg}");
    }
    let entities = "<!DOCTYPE svg [<!ENTITY a \"aaaa\">]><svg>&a;</svg>";
    assert_eq!(judge(entities.as_bytes()), Err("structure"));
}

#[test]
fn a_table_is_told_by_its_declared_type() {
    assert_eq!(judge_as(b"a,b\n1,2\n", "text/csv"), Ok(FileKind::Csv));
    assert_eq!(judge_as(b"a,b\n1,2\n", "application/vnd.ms-excel"), Ok(FileKind::Csv));
    assert_eq!(judge_as(b"a,b\n1,2\n", "text/plain"), Ok(FileKind::Text));
    let table: &'static [FileKind] = &[FileKind::Csv];
    assert_eq!(judge_in(usize::MAX, b"a,b\n", table, ""), Ok(FileKind::Csv));
}
