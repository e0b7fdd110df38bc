//! The form around the files.

use palisade_tests::{
    client::{Answer, Connection},
    token,
};

use crate::{
    file::{chunk, png, png_with},
    service::{BOUNDARY, Part, Service, content_type, form},
};

fn error(answer: &Answer) -> (u16, String, String) {
    let problem = answer.json();
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("pointer"), text("code"))
}

#[test]
fn fields_beside_a_file_are_input_like_any_other() {
    let service = Service::start();
    let png = png();
    let picture = Part { field: "picture", ..Part::file("image/png", &png) };
    let send = |more: &[Part<'_>]| service.send("/captioned", &[&[picture][..], more].concat());
    let title = Part::text("title", "Lamps");
    assert_eq!(
        send(&[title, Part::text("stars", "5")]).text(),
        "Lamps Some(5) png Some(\"a.bin\")"
    );
    assert_eq!(send(&[title]).status, 200);
    let missing = error(&send(&[]));
    assert_eq!(missing, (422, "/title".to_owned(), "missing".to_owned()));
    assert_eq!(error(&send(&[Part::text("title", "")])).2, "length");
    assert_eq!(error(&send(&[title, Part::text("stars", "300")])).1, "/stars");
    assert_eq!(error(&send(&[title, title])), (422, "/title".to_owned(), "duplicate".to_owned()));
    let unknown = error(&send(&[title, Part::text("admin", "1")]));
    assert_eq!(unknown, (422, "/admin".to_owned(), "unknown_field".to_owned()));
    // A field that comes as a file, and one of another encoding.
    let as_file = Part { name: Some("x"), ..title };
    assert_eq!(error(&send(&[as_file])).2, "type");
    let encoded = Part { media_type: Some("text/plain; charset=utf-7"), ..title };
    assert_eq!(error(&send(&[encoded])).2, "media_type");
    let long = "x".repeat(20_000);
    assert_eq!(error(&send(&[Part::text("title", &long)])).2, "length");
    service.assert_nothing_is_left("forms with fields");
}

#[test]
fn there_are_as_many_files_as_the_endpoint_takes() {
    let service = Service::start();
    let png = png();
    let file = Part::file("image/png", &png);
    assert_eq!(error(&service.send("/any", &[])), (422, "/file".to_owned(), "missing".to_owned()));
    assert_eq!(
        error(&service.send("/any", &[file, file])),
        (422, "/file".to_owned(), "files".to_owned())
    );
    let other = Part { field: "other", ..file };
    assert_eq!(error(&service.send("/any", &[other])).2, "unknown_field");
    // A browser whose user chose nothing.
    let unchosen =
        Part { name: Some(""), content: b"", ..Part::file("application/octet-stream", b"") };
    assert_eq!(error(&service.send("/any", &[unchosen])).2, "missing");
    for count in 1..=3 {
        let answer = service.send("/several", &vec![file; count]);
        assert_eq!(answer.json().as_array().unwrap().len(), count);
    }
    assert_eq!(error(&service.send("/several", &[file; 4])).2, "files");
    // The third file is refused: the first two are removed too.
    let before = service.stored().len();
    let bad = Part::file("image/png", b"<html>");
    assert_eq!(service.send("/several", &[file, file, bad]).status, 415);
    assert_eq!(service.stored().len(), before);
    service.assert_nothing_is_left("several files");
}

#[test]
fn ten_thousand_parts_end_where_the_form_is_wrong() {
    let service = Service::start();
    let png = png();
    let mut parts = vec![Part::file("image/png", &png)];
    let names: Vec<_> = (0..10_000).map(|number| format!("n{number}")).collect();
    parts.extend(names.iter().map(|name| Part::text(name, "")));
    // More than the whole form may have: 413 by its length.
    assert_eq!(service.send("/several", &parts).status, 413);
    // Short enough, and refused at the first undeclared field.
    parts.truncate(500);
    assert_eq!(error(&service.send("/any", &parts)).2, "unknown_field");
    // Ten thousand files.
    let tiny = Part::file("image/png", b"");
    let answer = service.send("/any", &vec![tiny; 10_000]);
    assert!(matches!(answer.status, 413 | 422), "{}", answer.status);
    service.assert_nothing_is_left("ten thousand parts");
}

#[test]
fn a_form_that_has_two_readings_is_refused() {
    let service = Service::start();
    let png = png();
    let part = |head: &str| {
        let mut body = format!("--{BOUNDARY}\r\n{head}\r\n\r\n").into_bytes();
        body.extend(&png);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        body
    };
    let send = |body: Vec<u8>| {
        let request = service.server.post("/any").header("Content-Type", &content_type());
        request.body(body).send()
    };
    let file = "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"";
    assert_eq!(send(part(file)).status, 201);
    let long = format!("{file}\r\nX-Long: {}", "x".repeat(5_000));
    let many = format!("{file}{}", "\r\nX-Field: 1".repeat(9));
    for head in [
        "Content-Type: image/png",
        "Content-Disposition: attachment; name=\"file\"; filename=\"a.png\"",
        "Content-Disposition: form-data; filename=\"a.png\"",
        "Content-Disposition: form-data; name=\"\"; filename=\"a.png\"",
        "Content-Disposition: form-data; name=\"file\"; name=\"other\"; filename=\"a.png\"",
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"; filename=\"b.exe\"",
        &format!("{file}\r\n{file}"),
        &format!("{file}\r\nContent-Type: image/png\r\nContent-Type: image/jpeg"),
        &format!("{file}\r\nContent-Transfer-Encoding: base64"),
        &long,
        &many,
    ] {
        let answer = send(part(head));
        assert_eq!(answer.status, 400, "{head}: {}", answer.text());
        service.assert_nothing_is_left(head);
    }
    // A nested form: its type is not used as that of a file.
    let nested = part(&format!("{file}\r\nContent-Type: multipart/mixed; boundary=inner"));
    assert!(matches!(send(nested).status, 400 | 415));
    // It stops before its end mark.
    let whole = form(&[Part::file("image/png", &png)]);
    let cut = whole[..whole.len() - 6].to_vec();
    assert_eq!(send(cut).status, 400);
    assert_eq!(send(Vec::new()).status, 400);
    service.assert_nothing_is_left("forms that are none");
}

#[test]
fn the_head_is_judged_before_a_byte_is_read() {
    let service = Service::start();
    let ask = |target: &str, fields: &str| {
        let mut connection = Connection::open(service.server.address());
        // No byte of the body is ever sent.
        let head = format!("POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n");
        connection.write(head.as_bytes());
        connection.answer().unwrap().status
    };
    let multipart = format!("Content-Type: {}\r\n", content_type());
    let length = "Content-Length: 500\r\n";
    let small = "Content-Type: multipart/form-data\r\n";
    assert_eq!(ask("/any", &format!("Content-Type: application/json\r\n{length}")), 415);
    assert_eq!(ask("/any", &format!("Content-Type: multipart/mixed; boundary=a\r\n{length}")), 415);
    assert!(matches!(ask("/any", &format!("{small}{length}")), 400 | 415));
    let long = format!("Content-Type: multipart/form-data; boundary={}\r\n", "b".repeat(71));
    assert!(matches!(ask("/any", &format!("{long}{length}")), 400 | 415));
    assert_eq!(ask("/any", &format!("{multipart}Content-Length: 99999999\r\n")), 413);
    assert_eq!(ask("/any", &format!("{multipart}{length}Content-Encoding: gzip\r\n")), 415);
    assert_eq!(ask("/any", &format!("{multipart}{length}Sec-Fetch-Site: cross-site\r\n")), 403);
    assert_eq!(ask("/guarded", &format!("{multipart}{length}")), 401);
    let read_only = token::token("ada", "files:read");
    assert_eq!(
        ask("/guarded", &format!("{multipart}{length}Authorization: Bearer {read_only}\r\n")),
        403
    );
    service.assert_nothing_is_left("refused heads");
}

#[test]
fn no_name_of_a_client_becomes_a_path() {
    let service = Service::start();
    let png = png();
    for (sent, shown) in [
        ("../../etc/passwd", Some("passwd")),
        ("..\\..\\boot.ini", Some("boot.ini")),
        ("/etc/shadow", Some("shadow")),
        ("a.png\u{202e}gnp.exe", Some("a.pnggnp.exe")),
        ("....", None),
    ] {
        let file = Part { name: Some(sent), ..Part::file("image/png", &png) };
        let kept = service.send("/any", &[file]);
        assert_eq!(kept.status, 201, "{sent}");
        assert_eq!(kept.json().get("name").and_then(|name| name.as_str()), shown, "{sent}");
        let id = kept.json()["id"].as_str().unwrap().to_owned();
        let loaded = service.server.get(&format!("/files/{id}")).send();
        let disposition = loaded.header("content-disposition").unwrap();
        assert!(!disposition.contains(['/', '\\']), "{disposition}");
        assert!(disposition.contains(".png\""), "{disposition}");
    }
    for path in service.stored() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(["content", "info.json"].contains(&name), "{}", path.display());
    }
}

/// A part's own `Content-Length`, and a carriage return alone, do not end it: a reader that uses
/// the boundary, as RFC 7578 defines it, sees other files.
#[test]
fn a_part_ends_at_its_boundary() {
    let service = Service::start();
    let png = png();
    let send_behind = |before: &str, head: &str, content: &[u8], end: &str| {
        let mut body = format!(
            "{before}--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
             {head}\r\n"
        )
        .into_bytes();
        body.extend(content);
        body.extend(end.as_bytes());
        service.server.post("/any").header("Content-Type", &content_type()).body(body).send().status
    };
    let send = |head: &str, content: &[u8], end: &str| send_behind("", head, content, end);
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    let length = |bytes: usize| format!("Content-Length: {bytes}\r\n");
    // As OkHttp writes it.
    assert_eq!(send(&length(png.len()), &png, &end), 201);
    let stored = service.stored();
    // Bytes that no check saw, between the end by length and the boundary.
    assert_eq!(send(&length(png.len()), &[&png[..], b"<script>"].concat(), &end), 400);
    // A boundary within the file.
    let inner =
        format!("c\0\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n");
    let holder = png_with(1, 1, &[chunk(b"tEXt", inner.as_bytes())]);
    assert_eq!(send(&length(holder.len()), &holder, &end), 400);
    // Not the last boundary, and none at all.
    assert_eq!(send(&length(png.len()), &png, "\r\n"), 400);
    assert_eq!(send(&length(png.len()), &png, &format!("\r\n--{BOUNDARY}\r\n")), 400);
    // Not the length of the part.
    assert_eq!(send("", &png, &format!("\r--{BOUNDARY}\r\n--{BOUNDARY}--\r\n")), 400);
    // Of the same length, whether it begins behind a line feed or behind a line break.
    let begins = holder.windows(inner.len()).position(|own| own == inner.as_bytes()).unwrap();
    let both = [&holder[..], &vec![b'x'; begins + inner.len()]].concat();
    assert_eq!(send_behind("x\n", &length(holder.len()), &both, &end), 400);
    assert_eq!(send_behind("\n", "", &png, &end), 400);
    assert_eq!(send_behind("text\r\n", "", &png, &end), 400);
    assert_eq!(service.stored(), stored);
    service.assert_nothing_is_left("parts with two ends");
    assert_eq!(send_behind("\r\n", "", &png, &end), 201, "an empty line");
}

/// The body of a form with one part, whose head is these bytes.
fn one_part(head: &[u8], content: &[u8]) -> Vec<u8> {
    let start = format!("--{BOUNDARY}\r\n");
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    [start.as_bytes(), head, b"\r\n\r\n", content, end.as_bytes()].concat()
}

/// A file name is only shown: whatever bytes it has, the file is taken.
#[test]
fn a_file_name_of_any_bytes_is_shown_as_it_was_meant() {
    let service = Service::start();
    let send = |file_name: &[u8]| {
        let head =
            [b"Content-Disposition: form-data; name=\"file\"; filename=", file_name].concat();
        let request = service.server.post("/any").header("Content-Type", &content_type());
        let answer = request.body(one_part(&head, &png())).send();
        assert_eq!(answer.status, 201, "{}: {}", file_name.escape_ascii(), answer.text());
        answer.json()["name"].as_str().map(str::to_owned)
    };
    for (sent, shown) in [
        // Chromium on a page in windows-1252, curl, Perl.
        (&b"\"na\xefve.png\""[..], Some("na\u{fffd}ve.png")),
        (b"\"na\xc3\xafve.png\"", Some("na\u{ef}ve.png")),
        // A quote is removed from a stored name.
        (b"\"a%22b 100%.png\"", Some("ab 100%.png")),
        (b"\"a\\\"b.png\"", Some("ab.png")),
        (b"\"a%0D%0Ab.png\"", Some("ab.png")),
        (b"\"100%25.png\"", Some("100%25.png")),
        (b"\"C:\\pictures\\a.png\"", Some("a.png")),
        (b"\"\xff\"", Some("\u{fffd}")),
        (b"a.png", Some("a.png")),
    ] {
        assert_eq!(send(sent).as_deref(), shown, "{}", sent.escape_ascii());
    }
    // The name of the field decides: its bytes are UTF-8, and it is sent once.
    for head in [
        &b"Content-Disposition: form-data; name=\"file\xff\"; filename=\"a\""[..],
        b"Content-Disposition: form-data; name=\"file\"; filename=\"a\\\"",
        b"Content-Disposition: form-data; name=\"file\"; filename=\"a\"b\"",
    ] {
        let request = service.server.post("/any").header("Content-Type", &content_type());
        let answer = request.body(one_part(head, &png())).send();
        assert_eq!(answer.status, 400, "{}", head.escape_ascii());
    }
    service.assert_nothing_is_left("names of files");
}

/// Blanks behind a boundary are transport padding (RFC 2046 section 5.1.1).
#[test]
fn boundary_lines_may_end_in_blanks() {
    let service = Service::start();
    let send = |body: &[u8]| {
        let request = service.server.post("/captioned").header("Content-Type", &content_type());
        request.body(body.to_vec()).send()
    };
    let png = png_with(3, 2, &[chunk(b"tEXt", b"c\0\r\n-- \r\n")]);
    let (line, last) = (format!("--{BOUNDARY}"), format!("\r\n--{BOUNDARY}--"));
    let picture = b"Content-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n";
    let title = b"Content-Disposition: form-data; name=\"title\"\r\n\r\nLamps ";
    let form = |first: &str, second: &str, end: &str| {
        let second = format!("\r\n{line}{second}");
        let (first, end) = (format!("{line}{first}"), format!("{last}{end}"));
        let parts = [first.as_bytes(), picture, &png, second.as_bytes(), title, end.as_bytes()];
        parts.concat()
    };
    for (first, second, end) in [
        ("\r\n", "\r\n", "\r\n"),
        (" \r\n", "\r\n", "\r\n"),
        ("\r\n", "\t \t\r\n", ""),
        (" \r\n", " \r\n", " \r\n"),
        ("\r\n", "\r\n", "  "),
        ("\r\n", "\r\n", " \r\nan epilogue"),
    ] {
        let answer = send(&form(first, second, end));
        assert_eq!(answer.status, 200, "{first:?} {second:?} {end:?}: {}", answer.text());
        assert!(answer.text().starts_with("Lamps  None png"), "{}", answer.text());
    }
    for (first, second, end) in [
        ("\n", "\r\n", "\r\n"),
        (" \n", "\r\n", "\r\n"),
        ("\r\n", " \n", "\r\n"),
        ("\r\n", " x\r\n", "\r\n"),
        ("\r\n", "\x0b\r\n", "\r\n"),
        ("\r\n", &format!("{}\r\n", " ".repeat(2_000)), "\r\n"),
    ] {
        // A line that is not a boundary may belong to the preamble that readers skip.
        let answer = send(&form(first, second, end));
        assert!(
            matches!(answer.status, 400 | 422),
            "{first:?} {second:?} {end:?}: {}",
            answer.text()
        );
    }
    service.assert_nothing_is_left("forms with padding");
}

#[test]
fn a_file_may_be_absent_where_the_argument_says_so() {
    let service = Service::start();
    let png = png();
    let file = Part::file("image/png", &png);
    // A browser whose user chose nothing.
    let unchosen =
        Part { name: Some(""), content: b"", ..Part::file("application/octet-stream", b"") };
    assert_eq!(service.send("/optional", &[file]).text(), "Some(Png)");
    assert_eq!(service.send("/optional", &[unchosen]).text(), "None");
    // A form needs a part to be one.
    let end = format!("--{BOUNDARY}--\r\n");
    let request = service.server.post("/optional").header("Content-Type", &content_type());
    assert_eq!(request.body(end.into_bytes()).send().text(), "None");
    let title = Part::text("title", "Lamps");
    for (files, shown) in
        [(&[file][..], "Lamps Some(Png)"), (&[unchosen], "Lamps None"), (&[], "Lamps None")]
    {
        let answer = service.send("/optional-captioned", &[&[title][..], files].concat());
        assert_eq!((answer.status, answer.text().as_str()), (200, shown));
    }
    // What came is judged, a file without a byte too, and the fields are.
    let bad = Part::file("image/png", b"<html>");
    assert_eq!(error(&service.send("/optional", &[bad])).0, 415);
    let empty = Part::file("image/png", b"");
    assert_eq!(error(&service.send("/optional", &[empty])).2, "empty");
    assert_eq!(error(&service.send("/optional", &[file, file])).2, "files");
    let missing = error(&service.send("/optional-captioned", &[file]));
    assert_eq!(missing, (422, "/title".to_owned(), "missing".to_owned()));
    assert_eq!(error(&service.send("/any", &[unchosen])).2, "missing");
    service.assert_nothing_is_left("files that may be absent");
}

#[test]
fn a_refusal_of_another_body_says_that_a_form_is_taken() {
    let service = Service::start();
    let answer = service.server.post("/any").json("{}").send();
    assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported-media-type"));
    assert_eq!(answer.header("accept"), Some("multipart/form-data"));
}
