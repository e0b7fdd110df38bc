//! Files of a folder in content codings, over real sockets.

use std::fs;

use palisade::StaticFiles;
use palisade_tests::{client::Answer, server::Server};
use tempfile::TempDir;

use crate::{
    codings::{decoded, varies},
    service,
};

struct Site {
    server: Server,
    script: String,
    _folder: TempDir,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let script: String = (0..2_000).map(|n| format!("f({n});\n")).collect();
    let page = format!("<!doctype html><title>a</title><script>{script}</script>");
    let noise: Vec<u8> =
        (0..5_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    fs::write(folder.path().join("app.js"), &script).unwrap();
    fs::write(folder.path().join("page.html"), page).unwrap();
    fs::write(folder.path().join("tiny.js"), "a()").unwrap();
    fs::write(folder.path().join("photo.png"), vec![0; 50_000]).unwrap();
    fs::write(folder.path().join("noise.wasm"), noise).unwrap();
    let files = StaticFiles::at("/assets").compressed().load(folder.path()).unwrap();
    let server = Server::serve(service::palisade().static_files(files));
    Site { server, script, _folder: folder }
}

fn get(site: &Site, target: &str, fields: &[(&str, &str)]) -> Answer {
    let request = site.server.get(target);
    fields.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").unwrap().to_owned()
}

#[test]
fn a_file_is_sent_in_the_form_that_the_client_prefers() {
    let site = site();
    let plain = get(&site, "/assets/app.js", &[]);
    assert_eq!((plain.text(), plain.header("content-encoding")), (site.script.clone(), None));
    assert!(varies(&plain));
    for (codings, coding) in
        [("gzip, deflate, br, zstd", "br"), ("gzip, zstd", "zstd"), ("gzip", "gzip"), ("*", "br")]
    {
        let coded = get(&site, "/assets/app.js", &[("Accept-Encoding", codings)]);
        assert_eq!(coded.header("content-encoding"), Some(coding), "{codings}");
        assert_eq!(decoded(&coded), site.script.as_bytes());
        assert!(coded.body.len() * 2 < site.script.len() && varies(&coded));
        let opaque = tag(&plain).trim_matches('"').to_owned();
        assert_eq!(tag(&coded), format!("\"{opaque}~{coding}\""));
        for name in ["content-type", "content-security-policy", "cache-control", "last-modified"] {
            assert_eq!(coded.header(name), plain.header(name), "{name}");
        }
        let length = coded.header("content-length").map(str::to_owned);
        assert_eq!(length, Some(coded.body.len().to_string()));
    }
    for codings in ["", "identity", "gzip;q=0", "deflate", "identity;q=1, *;q=0"] {
        let plain = get(&site, "/assets/app.js", &[("Accept-Encoding", codings)]);
        assert_eq!(plain.header("content-encoding"), None, "{codings}");
        assert!(varies(&plain), "{codings}");
    }
}

#[test]
fn a_page_keeps_the_policy_of_its_own_scripts() {
    let site = site();
    let plain = get(&site, "/assets/page.html", &[]);
    let coded = get(&site, "/assets/page.html", &[("Accept-Encoding", "br")]);
    assert_eq!(coded.header("content-encoding"), Some("br"));
    assert_eq!(decoded(&coded), plain.body);
    let policy = coded.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self' 'sha256-"), "{policy}");
    assert_eq!(Some(policy), plain.header("content-security-policy"));
}

#[test]
fn what_gains_nothing_has_one_form() {
    let site = site();
    for name in ["tiny.js", "photo.png", "noise.wasm"] {
        let answer = get(&site, &format!("/assets/{name}"), &[("Accept-Encoding", "gzip, br")]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, None), "{name}");
        assert!(!varies(&answer), "{name}");
    }
}

#[test]
fn conditions_and_ranges_are_those_of_the_form() {
    let site = site();
    let plain = get(&site, "/assets/app.js", &[]);
    let coded = get(&site, "/assets/app.js", &[("Accept-Encoding", "gzip")]);
    let (plain_tag, coded_tag) = (tag(&plain), tag(&coded));
    for (codings, known, status) in [
        ("gzip", &coded_tag, 304),
        ("identity", &plain_tag, 304),
        // What the client has is not what it would be sent.
        ("gzip", &plain_tag, 200),
        ("identity", &coded_tag, 200),
    ] {
        let fields = [("Accept-Encoding", codings), ("If-None-Match", known)];
        let answer = get(&site, "/assets/app.js", &fields);
        assert_eq!(answer.status, status, "{codings} {known}");
        assert!(varies(&answer), "{codings} {known}");
        if status == 304 {
            assert_eq!((tag(&answer), answer.body.len()), (known.clone(), 0));
        }
    }
    for (codings, whole) in [("gzip", &coded), ("identity", &plain)] {
        let length = whole.body.len();
        let part = |range: &str, known: &str| {
            let fields = [("Accept-Encoding", codings), ("Range", range), ("If-Range", known)];
            get(&site, "/assets/app.js", &fields)
        };
        let answer = part("bytes=10-99", &tag(whole));
        assert_eq!((answer.status, &answer.body[..]), (206, &whole.body[10..100]), "{codings}");
        let place = format!("bytes 10-99/{length}");
        assert_eq!(answer.header("content-range"), Some(place.as_str()));
        assert_eq!(answer.header("content-encoding"), whole.header("content-encoding"));
        assert!(varies(&answer));
        let other = if codings == "gzip" { &plain_tag } else { &coded_tag };
        let answer = part("bytes=10-99", other);
        assert_eq!((answer.status, answer.body.len()), (200, length), "{codings}");
        let behind = [("Accept-Encoding", codings), ("Range", "bytes=99999-")];
        let answer = get(&site, "/assets/app.js", &behind);
        assert_eq!((answer.status, varies(&answer)), (416, true), "{codings}");
        let whole = format!("bytes */{length}");
        assert_eq!(answer.header("content-range"), Some(whole.as_str()), "{codings}");
    }
}
