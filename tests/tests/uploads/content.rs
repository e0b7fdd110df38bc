//! A file is what its content says, from its first byte to its last.

use crate::{
    file::{
        chunk, deflated, docx, gif, gzip, jpeg, jpeg_with, pdf, png, png_that_claims, png_with,
        webp, zip, zip_named,
    },
    service::{Part, Service},
};

#[test]
fn every_kind_is_told_by_its_content() {
    let service = Service::start();
    let archive = zip(&[("a/b.txt", b"hello"), ("c.txt", b"")]);
    for (kind, media_type, content) in [
        ("png", "image/png", png()),
        ("png", "application/octet-stream", png()),
        ("jpeg", "image/jpeg", jpeg()),
        ("jpeg", "image/jpg", jpeg()),
        ("gif", "image/gif", gif(1, 1, 2)),
        ("webp", "image/webp", webp()),
        ("pdf", "application/pdf", pdf()),
        ("zip", "application/zip", archive),
        ("gzip", "application/gzip", gzip(b"hello")),
        ("docx", "application/octet-stream", docx(&[])),
        ("text", "text/plain", "gr\u{fc}\u{df}e\n\ttab\r\n".as_bytes().to_vec()),
        ("csv", "text/csv; charset=utf-8", b"a,b\n1,2\n".to_vec()),
    ] {
        let answer = service.send("/any", &[Part::file(media_type, &content)]);
        assert_eq!(answer.status, 201, "{kind} as {media_type}: {}", answer.text());
        let info = answer.json();
        assert_eq!(info["kind"], kind);
        assert_eq!(info["size"], content.len());
        assert_eq!(info["name"], "a.bin");
        let id = info["id"].as_str().unwrap();
        let loaded = service.server.get(&format!("/files/{id}")).send();
        assert_eq!((loaded.status, &loaded.body), (200, &content), "{kind}");
        assert_eq!(loaded.header("x-content-type-options"), Some("nosniff"));
    }
    service.assert_nothing_is_left("stored files");
}

/// The status and the code of the one error.
fn refusal(service: &Service, target: &str, media_type: &str, content: &[u8]) -> (u16, String) {
    let answer = service.send(target, &[Part::file(media_type, content)]);
    let problem = answer.json();
    let error = &problem["errors"][0];
    assert_eq!(error["in"], "body", "{}", answer.text());
    assert_eq!(error["pointer"], "/file");
    (answer.status, error["code"].as_str().unwrap_or_default().to_owned())
}

fn assert_refused(cases: Vec<(&str, &str, Vec<u8>, u16, &str)>) {
    let service = Service::start();
    for (what, media_type, content, status, code) in cases {
        let answer = refusal(&service, "/any", media_type, &content);
        assert_eq!(answer, (status, code.to_owned()), "{what}");
        service.assert_nothing_is_left(what);
    }
    assert!(service.stored().is_empty());
    // It goes on to work.
    let taken = service.send("/any", &[Part::file("image/png", &png())]);
    assert_eq!(taken.status, 201);
}

#[test]
fn what_is_not_what_it_says_is_refused() {
    assert_refused(vec![
        (
            "an executable",
            "application/octet-stream",
            b"\x7fELF\x02\x01\x01\0\0\0".to_vec(),
            415,
            "kind",
        ),
        (
            "one called an image",
            "image/png",
            b"MZ\x90\0\x03\0\0\0\x04".to_vec(),
            415,
            "declared_type",
        ),
        ("a script", "text/plain", b"<script>alert(1)</script>".to_vec(), 415, "markup"),
        ("a page called a text", "text/plain", b"\n <!DOCTYPE html><p>hi".to_vec(), 415, "markup"),
        ("a page called an image", "image/png", b"<html><body>".to_vec(), 415, "kind"),
        (
            "a drawing",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            415,
            "kind",
        ),
        (
            "a drawing called a text",
            "text/plain",
            b"<?xml version='1.0'?><svg/>".to_vec(),
            415,
            "markup",
        ),
        ("a text with a zero", "text/plain", b"hello\0world".to_vec(), 415, "kind"),
        ("another encoding", "text/plain", b"caf\xe9 au lait".to_vec(), 415, "encoding"),
        ("a png called a jpeg", "image/jpeg", png(), 415, "declared_type"),
        ("a pdf called a png", "image/png", pdf(), 415, "declared_type"),
        ("an archive called a document", "image/gif", zip(&[("a", b"b")]), 415, "declared_type"),
        ("a declared type that is none", "image", png(), 415, "declared_type"),
        ("nothing", "image/png", Vec::new(), 422, "empty"),
    ]);
}

#[test]
fn a_file_that_is_two_things_is_refused() {
    let archive = zip(&[("evil.jar", b"Manifest-Version: 1.0")]);
    let script = b"<script>alert(1)</script>";
    let behind = |mut file: Vec<u8>, more: &[u8]| {
        file.extend_from_slice(more);
        file
    };
    assert_refused(vec![
        ("a script behind a png", "image/png", behind(png(), script), 422, "polyglot"),
        ("an archive behind a png", "image/png", behind(png(), &archive), 422, "polyglot"),
        ("an archive behind a jpeg", "image/jpeg", behind(jpeg(), &archive), 422, "polyglot"),
        ("an archive behind a gif", "image/gif", behind(gif(1, 1, 1), &archive), 422, "polyglot"),
        ("a script behind a webp", "image/webp", behind(webp(), script), 422, "polyglot"),
        ("an archive behind a pdf", "application/pdf", behind(pdf(), &archive), 422, "polyglot"),
        ("an archive in a comment", "image/jpeg", jpeg_with(&archive), 422, "polyglot"),
        (
            "an archive in a chunk",
            "image/png",
            png_with(1, 1, &[chunk(b"juNk", &archive)]),
            422,
            "polyglot",
        ),
        (
            "a pdf in the head of an image",
            "image/png",
            png_with(1, 1, &[chunk(b"juNk", b"%PDF-1.7")]),
            422,
            "polyglot",
        ),
        (
            "something before an archive",
            "application/zip",
            behind(b"PK\x03\x04 junk".to_vec(), &archive),
            422,
            "structure",
        ),
        (
            "two gzips, the second one cut",
            "application/gzip",
            behind(gzip(b"a"), b"\x1f\x8b"),
            422,
            "polyglot",
        ),
        ("a png cut off", "image/png", png()[..40].to_vec(), 422, "structure"),
        ("a jpeg cut off", "image/jpeg", jpeg()[..60].to_vec(), 422, "structure"),
        (
            "a chunk with a wrong sum",
            "image/png",
            {
                let mut png = png();
                let at = png.len() - 1;
                png[at] ^= 1;
                png
            },
            422,
            "structure",
        ),
        (
            "a pdf without an end",
            "application/pdf",
            b"%PDF-1.4\nstartxref\n0\n".to_vec(),
            422,
            "polyglot",
        ),
    ]);
}

#[test]
fn what_grows_when_it_is_opened_is_refused() {
    let zeros = vec![0; 8 << 20];
    let names: Vec<String> = (0..10_001).map(|n| format!("{n}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let text = [&b"Comment\0\0"[..], &deflated(&zeros)].concat();
    assert_refused(vec![
        ("an image of many pixels", "image/png", png_that_claims(40_000, 40_000), 422, "pixels"),
        ("a gif of many pixels", "image/gif", gif(60_000, 60_000, 1), 422, "pixels"),
        ("a gif of large frames", "image/gif", gif(1_000, 1_000, 2), 422, "pixels"),
        ("a gif of very many frames", "image/gif", gif(1, 1, 1_001), 422, "frames"),
        (
            "more pixels than it claims",
            "image/png",
            {
                let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
                png.extend(chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]));
                png.extend(chunk(b"IDAT", &deflated(&zeros)));
                png.extend(chunk(b"IEND", b""));
                png
            },
            422,
            "unpacked",
        ),
        (
            "a packed text in an image",
            "image/png",
            png_with(1, 1, &[chunk(b"zTXt", &text)]),
            422,
            "unpacked",
        ),
        ("a gzip bomb", "application/gzip", gzip(&zeros), 422, "unpacked"),
        ("a zip bomb", "application/zip", zip(&[("a", &zeros)]), 422, "unpacked"),
        (
            "one in many entries",
            "application/zip",
            zip(&[("a", &zeros[..3 << 20]), ("b", &zeros[..3 << 20])]),
            422,
            "unpacked",
        ),
        (
            "one in a document",
            "application/octet-stream",
            docx(&[("word/media/a", &zeros)]),
            422,
            "unpacked",
        ),
        (
            "an archive in an archive",
            "application/zip",
            zip(&[("a.zip", &zip(&[("b", b"c")]))]),
            422,
            "nested_archive",
        ),
        (
            "a gzip in an archive",
            "application/zip",
            zip(&[("a", &gzip(b"c"))]),
            422,
            "nested_archive",
        ),
        ("very many entries", "application/zip", zip(&entries), 422, "entries"),
    ]);
}

#[test]
fn entries_stay_in_their_folder() {
    assert_refused(vec![
        ("up and out", "application/zip", zip_named("../../etc/cron.d/x"), 422, "entry_name"),
        ("from the root", "application/zip", zip_named("/etc/passwd"), 422, "entry_name"),
        ("by a backslash", "application/zip", zip_named("..\\..\\x"), 422, "entry_name"),
        ("on another drive", "application/zip", zip_named("C:x"), 422, "entry_name"),
        ("by the way", "application/zip", zip_named("a/../../x"), 422, "entry_name"),
        ("a name of nothing", "application/zip", zip_named("a//b"), 422, "entry_name"),
        (
            "macros",
            "application/octet-stream",
            docx(&[("word/vbaProject.bin", b"x")]),
            422,
            "macros",
        ),
    ]);
}

#[test]
fn an_encrypted_entry_is_refused() {
    let mut bytes = zip(&[("secret.txt", b"content")]);
    // The flag, in the local header and in the directory.
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    let service = Service::start();
    let answer = refusal(&service, "/any", "application/zip", &bytes);
    assert_eq!(answer, (422, "encrypted".to_owned()));
    service.assert_nothing_is_left("an encrypted archive");
}

#[test]
fn an_endpoint_takes_its_own_kinds() {
    let service = Service::start();
    assert_eq!(service.send("/pictures", &[Part::file("image/png", &png())]).status, 201);
    assert_eq!(
        refusal(&service, "/pictures", "image/gif", &gif(1, 1, 1)),
        (415, "kind".to_owned())
    );
    let documents = |content: &[u8]| {
        service.send("/documents", &[Part::file("application/octet-stream", content)])
    };
    assert_eq!(documents(&docx(&[])).json()["kind"], "docx");
    assert_eq!(documents(&zip(&[("a", b"b")])).status, 415);
}

#[test]
fn active_content_is_taken_where_it_was_asked_for_and_leaves_as_a_download() {
    let service = Service::start();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let kept = service.send("/drawings", &[Part::file("image/svg+xml", svg)]);
    assert_eq!(kept.status, 201, "{}", kept.text());
    let entity = b"<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>&a;</svg>";
    assert_eq!(
        refusal(&service, "/drawings", "image/svg+xml", entity),
        (422, "structure".to_owned())
    );
    let id = kept.json()["id"].as_str().unwrap().to_owned();
    let loaded = service.server.get(&format!("/files/{id}")).send();
    let disposition = loaded.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"a.svg\""), "{disposition}");
    assert!(loaded.header("content-security-policy").unwrap().contains("sandbox"));
}

/// What is stored is what was judged: a trailer of the kind is taken, and is not in the stored file.
#[test]
fn what_is_stored_ends_where_the_file_ends() {
    use aws_lc_rs::digest::{SHA256, digest};

    let service = Service::start();
    let film = b"\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\x0cmdatfilm";
    // More than is written at a time.
    let long = vec![0; 600 << 10];
    for (what, content, behind) in [
        ("zeros behind a png", png(), &b"\0\0\0"[..]),
        ("many of them", png(), long.as_slice()),
        ("a second trailer of a gif", gif(1, 1, 2), b";"),
        ("a line feed behind a webp", webp(), b"\n"),
        ("a line feed behind a jpeg", jpeg(), b"\n"),
        ("a film behind a jpeg", jpeg(), film),
        ("a comment behind a pdf", pdf(), b"  <!-- sent in 3 ms -->\n"),
    ] {
        let sent = [content.as_slice(), behind].concat();
        let answer = service.send("/any", &[Part::file("application/octet-stream", &sent)]);
        assert_eq!(answer.status, 201, "{what}: {}", answer.text());
        let info = answer.json();
        let loaded = service.server.get(&format!("/files/{}", info["id"].as_str().unwrap())).send();
        assert_eq!(loaded.status, 200, "{what}");
        assert!(
            content.starts_with(&loaded.body) && content.len() < loaded.body.len() + 3,
            "{what}"
        );
        assert_eq!(info["size"], loaded.body.len(), "{what}");
        let digest = digest(&SHA256, &loaded.body);
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(info["sha256"], digest, "{what}");
    }
    let before = [b"\r\n", pdf().as_slice()].concat();
    let answer = service.send("/any", &[Part::file("application/pdf", &before)]);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["size"], pdf().len());
    service.assert_nothing_is_left("files with trailers");
}

/// What programs send where they do not know the kind, or say more of it than its name.
#[test]
fn a_declared_type_may_leave_the_kind_open() {
    let service = Service::start();
    for (media_type, content) in [
        ("image/*", png()),
        ("*/*", png()),
        ("*/*", pdf()),
        ("binary/octet-stream", png()),
        ("application/octet-stream; charset=binary", png()),
        ("image/png; charset=binary", png()),
        ("image/png; charset=iso-8859-1", png()),
        ("application/zip-compressed", zip(&[("a", b"b")])),
        ("text/*", b"some text".to_vec()),
    ] {
        let answer = service.send("/any", &[Part::file(media_type, &content)]);
        assert_eq!(answer.status, 201, "{media_type}: {}", answer.text());
    }
    for (media_type, content) in [
        ("image/*", pdf()),
        ("text/*", png()),
        ("image/gif; charset=binary", png()),
        ("text/plain; charset=utf-16", b"some text".to_vec()),
        ("*/*; charset=utf-16", b"some text".to_vec()),
    ] {
        let answer = refusal(&service, "/any", media_type, &content);
        assert_eq!(answer, (415, "declared_type".to_owned()), "{media_type}");
    }
}
