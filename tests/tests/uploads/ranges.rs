//! Parts of stored files, and files that the client has.

use std::{fs, process::Command};

use palisade_tests::client::{Answer, Connection};

use crate::service::{Part, Service};

/// What no two parts of have in common.
fn content() -> Vec<u8> {
    (0..40_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

/// A service with a stored file, and its path.
fn stored(content: &[u8]) -> (Service, String) {
    let service = Service::start();
    let answer = service.send("/any", &[Part::file("text/plain", content)]);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    (service, format!("/files/{id}"))
}

fn get(service: &Service, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = service.server.get(path);
    fields.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
}

/// The parts of `multipart/byteranges`: the range of each, and its bytes.
fn parts(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    let media_type = answer.header("content-type").unwrap();
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=\"").unwrap();
    let boundary = boundary.strip_suffix('"').unwrap();
    let body = String::from_utf8(answer.body.clone()).unwrap();
    let body = body.strip_suffix(&format!("\r\n--{boundary}--\r\n")).unwrap();
    let body = body.strip_prefix(&format!("--{boundary}\r\n")).unwrap();
    body.split(&format!("\r\n--{boundary}\r\n"))
        .map(|part| {
            let (head, content) = part.split_once("\r\n\r\n").unwrap();
            let (media_type, range) = head.split_once("\r\n").unwrap();
            assert_eq!(media_type, "Content-Type: text/plain; charset=utf-8");
            let range = range.strip_prefix("Content-Range: ").unwrap();
            (range.to_owned(), content.as_bytes().to_vec())
        })
        .collect()
}

#[test]
fn one_range_is_sent_alone() {
    let content = content();
    let (service, path) = stored(&content);
    let length = content.len();
    let whole = get(&service, &path, &[]);
    assert_eq!((whole.status, &whole.body), (200, &content));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let etag = whole.header("etag").unwrap();
    assert!(etag.starts_with('"') && etag.len() == 66, "{etag}");
    let other = "\"x\"";
    for (range, start, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=7-131099".to_owned(), 7, 131_100),
        (format!("bytes={}-", length - 3), length - 3, length),
        ("bytes=-10".to_owned(), length - 10, length),
        ("bytes=5-18446744073709551615".to_owned(), 5, length),
        ("bytes=-18446744073709551615".to_owned(), 0, length),
    ] {
        let place = format!("bytes {start}-{}/{length}", end - 1);
        for fields in [
            &[("Range", range.as_str())][..],
            &[("Range", &range), ("If-Range", etag)],
            &[("Range", &range), ("If-Match", etag)],
            &[("Range", &range), ("If-None-Match", other)],
        ] {
            let answer = get(&service, &path, fields);
            assert_eq!(answer.status, 206, "{fields:?}");
            assert_eq!(answer.header("content-range"), Some(place.as_str()));
            assert!(answer.body == content[start..end], "{fields:?}");
            for name in
                ["etag", "last-modified", "content-type", "content-disposition", "accept-ranges"]
            {
                assert_eq!(answer.header(name), whole.header(name), "{name}");
            }
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert!(answer.header("content-security-policy").unwrap().contains("sandbox"));
        }
        let weak = format!("W/{etag}");
        let modified = whole.header("last-modified").unwrap();
        for stale in [other, &weak, modified, "nonsense"] {
            let answer = get(&service, &path, &[("Range", &range), ("If-Range", stale)]);
            assert_eq!((answer.status, answer.body.len()), (200, length), "{stale}");
        }
    }
    for range in ["bytes=4-2", "bytes=x-", "bytes=", "lines=0-1", "bytes"] {
        let answer = get(&service, &path, &[("Range", range)]);
        assert_eq!((answer.status, answer.body.len()), (200, length), "{range}");
    }
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
        let answer = get(&service, &path, &[("Range", &range)]);
        assert_eq!((answer.status, answer.problem().as_str()), (416, "range-not-satisfiable"));
        assert_eq!(answer.header("content-range"), Some(format!("bytes */{length}").as_str()));
        assert!(answer.header("content-disposition").is_none());
    }
}

#[test]
fn several_ranges_are_parts_of_one_answer() {
    let content = content();
    let (service, path) = stored(&content);
    let length = content.len();
    let answer = get(&service, &path, &[("Range", "bytes=200000-200009, 0-4,-2,999999-")]);
    assert_eq!(answer.status, 206);
    assert!(answer.header("content-range").is_none());
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(
        parts(&answer),
        [
            (format!("bytes 200000-200009/{length}"), content[200_000..200_010].to_vec()),
            (format!("bytes 0-4/{length}"), content[..5].to_vec()),
            (
                format!("bytes {}-{}/{length}", length - 2, length - 1),
                content[length - 2..].to_vec()
            ),
        ]
    );
    // The boundary differs each time, so that no file can contain it.
    let again = get(&service, &path, &[("Range", "bytes=0-4,6-7")]);
    assert_ne!(again.header("content-type"), answer.header("content-type"));
    // One that is left of several is sent alone.
    let one = get(&service, &path, &[("Range", "bytes=0-4,999999-")]);
    assert_eq!((one.status, &one.body), (206, &content[..5].to_vec()));
    assert!(one.header("content-range").is_some());
}

#[test]
fn no_answer_is_larger_than_the_file_and_some_heads() {
    let content = content();
    let (service, path) = stored(&content);
    let join = |ranges: Vec<String>| format!("bytes={}", ranges.join(","));
    let tiny = |count: usize| join((0..count).map(|n| format!("{}-{}", n * 3, n * 3)).collect());
    let most = get(&service, &path, &[("Range", &tiny(16))]);
    assert_eq!((most.status, parts(&most).len()), (206, 16));
    let halves = format!("bytes=0-{},{}-", content.len() / 2, content.len() / 2 + 1);
    let answer = get(&service, &path, &[("Range", &halves)]);
    assert_eq!((answer.status, parts(&answer).len()), (206, 2));
    assert!(answer.body.len() < content.len() + 500);
    for many in [
        tiny(17),
        tiny(1000),
        join(vec!["0-".to_owned(); 16]),
        "bytes=0-9,9-10".to_owned(),
        "bytes=-5,-6".to_owned(),
    ] {
        let answer = get(&service, &path, &[("Range", &many)]);
        assert_eq!((answer.status, answer.body.len()), (200, content.len()), "{many:.40}");
    }
}

#[test]
fn a_file_that_the_client_has_is_not_sent_again() {
    let (service, path) = stored(b"text");
    let whole = get(&service, &path, &[]);
    let etag = whole.header("etag").unwrap().to_owned();
    let modified = whole.header("last-modified").unwrap().to_owned();
    let (early, late) = ("Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 01 Jan 2097 00:00:00 GMT");
    for (fields, status) in [
        (&[("If-None-Match", etag.as_str())][..], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"x\"")], 200),
        (&[("If-Modified-Since", &modified)], 304),
        (&[("If-Modified-Since", late)], 304),
        (&[("If-Modified-Since", early)], 200),
        (&[("If-None-Match", &etag), ("Range", "bytes=0-1")], 304),
        (&[("If-Match", "\"x\"")], 412),
        (&[("If-Match", "x")], 400),
        (&[("If-Unmodified-Since", early)], 412),
        (&[("If-Unmodified-Since", early), ("Range", "bytes=0-1")], 412),
        (&[("If-Unmodified-Since", &modified), ("Range", "bytes=0-1")], 206),
    ] {
        let answer = get(&service, &path, fields);
        assert_eq!(answer.status, status, "{fields:?}");
        if status == 304 {
            assert!(answer.body.is_empty());
            for name in ["etag", "last-modified", "content-disposition", "cache-control"] {
                assert_eq!(answer.header(name), whole.header(name), "{name}");
            }
        }
    }
    let head = |fields: &str| {
        let mut connection = Connection::open(service.server.address());
        connection.write(
            format!("HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}Connection: close\r\n\r\n")
                .as_bytes(),
        );
        String::from_utf8(connection.rest()).unwrap().to_ascii_lowercase()
    };
    // A range is asked for by GET alone.
    let whole = head("Range: bytes=0-1\r\n");
    assert!(
        whole.starts_with("http/1.1 200") && whole.contains("content-length: 4\r\n"),
        "{whole}"
    );
    assert!(whole.contains("accept-ranges: bytes\r\n") && whole.ends_with("\r\n\r\n"), "{whole}");
    let known = head(&format!("If-None-Match: {etag}\r\n"));
    assert!(known.starts_with("http/1.1 304") && known.ends_with("\r\n\r\n"), "{known}");
}

#[test]
fn curl_resumes_a_download() {
    let content = content();
    let (service, path) = stored(&content);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("part");
    fs::write(&file, &content[..100_000]).unwrap();
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "-C", "-", "-w", "%{http_code} %{size_download}", "-o"])
        .arg(&file)
        .arg(format!("http://{}{path}", service.server.address()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = format!("206 {}", content.len() - 100_000);
    assert_eq!(String::from_utf8_lossy(&output.stdout), told);
    assert!(fs::read(&file).unwrap() == content);
}
