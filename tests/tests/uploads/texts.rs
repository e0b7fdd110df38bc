//! Texts of other programs: in other charsets, with form feeds, and with words of markup.

use encoding_rs::Encoding;
use palisade_lint::endpoint::CHARSETS;
use palisade_tests::client::Answer;

use crate::service::{Part, Service};

fn refusal(answer: &Answer) -> (u16, String) {
    let problem = answer.json();
    (answer.status, problem["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

/// What is stored of a file that is taken.
fn kept(service: &Service, target: &str, media_type: &str, content: &[u8]) -> String {
    let answer = service.send(target, &[Part::file(media_type, content)]);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let info = answer.json();
    let loaded = service.server.get(&format!("/files/{}", info["id"].as_str().unwrap())).send();
    assert_eq!(info["size"], loaded.body.len(), "the size is that of what is kept");
    loaded.text()
}

#[test]
fn a_text_in_the_declared_charset_is_kept_in_utf_8() {
    let service = Service::start();
    let german = b"Stra\xdfe;Ort;Preis\r\nHauptstra\xdfe;K\xf6ln;\x80 5\r\n";
    let utf_8 = "Straße;Ort;Preis\r\nHauptstraße;Köln;€ 5\r\n";
    for media_type in [
        "text/csv",
        "application/vnd.ms-excel",
        "text/csv; charset=windows-1252",
        "text/csv; charset=latin1",
    ] {
        assert_eq!(kept(&service, "/tables", media_type, german), utf_8, "{media_type}");
    }
    // UTF-8 stays what it is, unless the part says otherwise.
    assert_eq!(kept(&service, "/tables", "text/csv", utf_8.as_bytes()), utf_8);
    let said = kept(&service, "/tables", "text/csv; charset=windows-1252", "é".as_bytes());
    assert_eq!(said, "Ã©");
    // The last byte alone shows it, and a byte far behind the first piece.
    assert_eq!(kept(&service, "/tables", "text/csv", b"caf\xe9"), "café");
    let long = [vec![b'x'; 400_000], b"\xfc".to_vec(), vec![b'y'; 300_000]].concat();
    let text = kept(&service, "/tables", "text/csv", &long);
    assert!(text.starts_with('x') && text.contains("xüy") && text.chars().count() == long.len());
    service.assert_nothing_is_left("texts in another charset");
}

#[test]
fn what_is_no_text_in_the_declared_charset_is_refused() {
    let service = Service::start();
    for (what, media_type, content, code) in [
        ("a control character", "text/csv", &b"a\x01\xe9"[..], "kind"),
        ("a byte that stands for one", "text/csv", b"caf\xe9 \x81", "kind"),
        ("UTF-16", "text/csv", b"\xff\xfea\0;\0", "kind"),
        ("a charset that is not declared", "text/csv; charset=koi8-r", b"caf\xe9", "declared_type"),
        ("an executable", "text/csv", b"\x7fELF\x02\x01\x01\0\xe9", "kind"),
        ("a page", "text/csv", b"caf\xe9 <script>", "markup"),
    ] {
        let answer = service.send("/tables", &[Part::file(media_type, content)]);
        assert_eq!(refusal(&answer), (415, code.to_owned()), "{what}: {}", answer.text());
    }
    // In UTF-8 it is longer than a file may be.
    let answer = service.send("/tables", &[Part::file("text/csv", &vec![0xe9; 600_000])]);
    assert_eq!(refusal(&answer), (413, "size".to_owned()));
    let elsewhere = service.send("/any", &[Part::file("text/csv", b"caf\xe9")]);
    assert_eq!(refusal(&elsewhere), (415, "encoding".to_owned()));
    service.assert_nothing_is_left("texts that are none");
    assert!(service.stored().is_empty());
}

#[test]
fn form_feeds_and_declared_words_of_markup_are_taken() {
    let service = Service::start();
    let rfc = "Standards Track   [Page 1]\n\x0c\nRFC 9110   HTTP Semantics\n";
    assert_eq!(kept(&service, "/any", "text/plain", rfc.as_bytes()), rfc);
    let table = "tag;meaning\n<title>;the name of a page\n";
    let refused = service.send("/any", &[Part::file("text/csv", table.as_bytes())]);
    assert_eq!(refusal(&refused), (415, "markup".to_owned()));
    assert_eq!(kept(&service, "/titles", "text/csv", table.as_bytes()), table);
    let info = service.send("/titles", &[Part::file("text/csv", table.as_bytes())]).json();
    assert_eq!(info["kind"], "csv");
    // What is loaded is saved, and shown by no browser as a page.
    let loaded = service.server.get(&format!("/files/{}", info["id"].as_str().unwrap())).send();
    assert_eq!(loaded.header("x-content-type-options"), Some("nosniff"));
    assert!(loaded.header("content-disposition").unwrap().starts_with("attachment"));
    service.assert_nothing_is_left("texts of other tools");
}

#[test]
fn every_charset_that_the_attribute_takes_is_known_and_holds_ascii() {
    for name in CHARSETS {
        let charset = Encoding::for_label(name.as_bytes()).unwrap();
        assert_eq!(charset.name().to_ascii_lowercase(), *name);
        assert!(charset.is_ascii_compatible() && *name != "utf-8", "{name}");
    }
}
