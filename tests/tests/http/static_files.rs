//! Files of a folder, over real sockets.

use std::fs;

use actix_web::App;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use palisade::{HeaderSet, ResourcePolicy, StaticFiles, StaticFilesError, prelude::*};
use palisade_tests::{
    client::{Answer, Connection},
    server::Server,
};
use tempfile::TempDir;

use crate::service;

const PAGE: &str = "<!doctype html><title>a</title><script>start()</script>\
                    <style>p { color: red }</style><script src=\"/assets/app.js\"></script>";

#[get("/assets/special.js")]
#[public]
async fn special() -> &'static str {
    "an endpoint"
}

struct Site {
    files: StaticFiles,
    server: Server,
    _folder: TempDir,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| {
        let path = folder.path().join("served").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    put("index.html", PAGE.as_bytes());
    put("app.js", b"0123456789");
    put("app.3f2a9c1b.js", b"a()");
    put("empty.txt", b"");
    put("a b/caf\u{e9}.css", b"p{}");
    put("deep/x.json", b"{}");
    put("logo.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x()</script></svg>");
    put("paper.pdf", b"%PDF-1.7");
    put("special.js", b"a file");
    put(".env", b"SECRET=42");
    put("deep/.htaccess.txt", b"SECRET=42");
    put("run.sh", b"SECRET=42");
    fs::write(folder.path().join("secret.txt"), b"SECRET=42").unwrap();
    let files = StaticFiles::load("/assets", folder.path().join("served")).unwrap();
    let palisade = service::palisade()
        .public_origin("https://api.example")
        .host("127.0.0.1")
        .headers(HeaderSet::new().report_to("/reports"))
        .static_files(files)
        .endpoints(endpoints![special])
        .build()
        .unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    Site { files, server, _folder: folder }
}

fn get(site: &Site, target: &str, fields: &[(&str, &str)]) -> Answer {
    let request = site.server.get(target);
    fields.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
}

#[test]
fn a_file_has_its_type_and_the_headers_of_the_service() {
    let site = site();
    for (name, kind, body) in [
        ("/assets/app.js", "text/javascript; charset=utf-8", "0123456789"),
        ("/assets/a%20b/caf%C3%A9.css", "text/css; charset=utf-8", "p{}"),
        ("/assets/deep/x.json", "application/json", "{}"),
        ("/assets/empty.txt", "text/plain; charset=utf-8", ""),
    ] {
        let answer = get(&site, name, &[]);
        assert_eq!((answer.status, answer.text().as_str()), (200, body), "{name}");
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{name}");
        assert_eq!(answer.header("accept-ranges"), Some("bytes"));
        let csp = answer.header("content-security-policy").unwrap();
        assert!(csp.starts_with("default-src 'none'"), "{csp}");
        assert!(answer.header("x-request-id").is_some() && answer.header("set-cookie").is_none());
    }
    assert_eq!(get(&site, "/assets/special.js", &[]).text(), "an endpoint");
}

#[test]
fn a_page_runs_what_it_holds_and_nothing_else() {
    let site = site();
    for target in ["/assets/index.html", "/assets/"] {
        let answer = get(&site, target, &[]);
        assert_eq!((answer.status, answer.text().as_str()), (200, PAGE), "{target}");
        let csp = answer.header("content-security-policy").unwrap().to_owned();
        let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
        let (script, style) = (hash("start()"), hash("p { color: red }"));
        assert!(csp.contains(&format!("script-src 'self' 'sha256-{script}'")), "{csp}");
        assert!(csp.contains(&format!("style-src 'self' 'sha256-{style}'")), "{csp}");
        assert!(
            csp.starts_with("default-src 'none'; ") && csp.contains("; base-uri 'none'"),
            "{csp}"
        );
        // As on other pages of the service.
        assert!(csp.contains("; upgrade-insecure-requests; report-uri /reports"), "{csp}");
        assert!(answer.header("reporting-endpoints").is_some());
        assert!(answer.header("strict-transport-security").is_some());
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    let picture = get(&site, "/assets/logo.svg", &[]);
    let csp = picture.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'") && csp.ends_with("; sandbox"), "{csp}");
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    let paper = get(&site, "/assets/paper.pdf", &[]);
    assert_eq!(paper.header("content-disposition"), Some("attachment"));
}

#[test]
fn nothing_else_is_reached() {
    let site = site();
    for target in [
        "/assets",
        "/assets/nowhere.js",
        "/assets/deep",
        "/assets/deep/",
        "/assets/.env",
        "/assets/deep/.htaccess.txt",
        "/assets/run.sh",
        "/assets/APP.JS",
        "/assets/app.js/",
        "/assets/app.js%20",
        "/assets/~root",
        "/assets/C:/x.txt",
        "/secret.txt",
        "/assets/...",
    ] {
        let answer = get(&site, target, &[]);
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"), "{target}");
        assert_eq!(answer.header("cache-control"), Some("no-store, max-age=0"));
        assert!(!answer.text().contains("SECRET") && !answer.text().contains("served"));
    }
    for target in [
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/%2e%2e%2fsecret.txt",
        "/assets/%252e%252e/secret.txt",
        "/assets/..%5csecret.txt",
        "/assets/..\\secret.txt",
        "/assets/..;/secret.txt",
        "/assets//etc/passwd",
        "/assets/./app.js",
        "/assets/deep/../app.js",
        "/assets/app.js%00.txt",
        "/assets/%c0%ae%c0%ae/secret.txt",
        "/assets/%ff",
        "//assets/app.js",
        "/assets/%2e",
    ] {
        let mut connection = Connection::open(site.server.address());
        let head = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        connection.write(head.as_bytes());
        let answer = connection.answer().unwrap();
        assert_eq!(answer.status, 400, "{target}");
        assert!(!answer.text().contains("SECRET"), "{target}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"] {
        let answer = site.server.request(method, "/assets/app.js").send();
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method}");
    }
}

#[test]
fn a_head_is_that_of_the_file_and_no_more() {
    let site = site();
    let whole = get(&site, "/assets/app.js", &[]);
    let mut connection = Connection::open(site.server.address());
    // Ranges are of GET alone (RFC 9110 section 14.2).
    let head = "HEAD /assets/app.js HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=0-1\r\n\r\n\
                HEAD /assets/nowhere.js HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    connection.write(head.as_bytes());
    let raw = connection.rest();
    let raw = String::from_utf8(raw).unwrap().to_ascii_lowercase();
    let (first, second) = raw.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with("http/1.1 200") && first.contains("content-length: 10"), "{first}");
    let etag = whole.header("etag").unwrap().to_ascii_lowercase();
    assert!(first.contains(&format!("etag: {etag}")), "{first}");
    assert!(second.starts_with("http/1.1 404"), "no body between: {second}");
    assert!(second.ends_with("\r\n\r\n"), "{second}");
}

#[test]
fn conditions_are_those_of_the_standard() {
    let site = site();
    let whole = get(&site, "/assets/app.js", &[]);
    let etag = whole.header("etag").unwrap();
    let modified = whole.header("last-modified").unwrap();
    assert!(etag.starts_with('"') && etag.len() == 24, "{etag}");
    let (early, late) = ("Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 01 Jan 2097 00:00:00 GMT");
    let weak = format!("W/{etag}");
    let among = format!("\"x\", {etag}");
    for (fields, status) in [
        (&[("If-None-Match", etag)][..], 304),
        (&[("If-None-Match", &weak)], 304),
        (&[("If-None-Match", &among)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"x\"")], 200),
        (&[("If-None-Match", "nonsense")], 200),
        (&[("If-Modified-Since", modified)], 304),
        (&[("If-Modified-Since", late)], 304),
        (&[("If-Modified-Since", early)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        // The tag is finer than the date, and decides.
        (&[("If-None-Match", "\"x\""), ("If-Modified-Since", late)], 200),
        (&[("If-None-Match", etag), ("If-Modified-Since", early)], 304),
        (&[("If-Match", etag)], 200),
        (&[("If-Match", "*")], 200),
        (&[("If-Match", &weak)], 412),
        (&[("If-Match", "\"x\"")], 412),
        (&[("If-Match", "nonsense")], 400),
        (&[("If-Unmodified-Since", modified)], 200),
        (&[("If-Unmodified-Since", early)], 412),
        (&[("If-Match", "\"x\""), ("If-None-Match", etag)], 412),
    ] {
        let answer = get(&site, "/assets/app.js", fields);
        assert_eq!(answer.status, status, "{fields:?}");
        if status == 304 {
            assert!(answer.body.is_empty(), "{fields:?}");
            assert_eq!(answer.header("etag"), Some(etag));
            assert_eq!(answer.header("cache-control"), Some("no-cache"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
        if status == 412 {
            assert_eq!(answer.problem(), "precondition-failed", "{fields:?}");
        }
    }
}

#[test]
fn one_range_is_answered_and_several_are_not() {
    let site = site();
    let etag = get(&site, "/assets/app.js", &[]).header("etag").unwrap().to_owned();
    let get = |target: &str, fields: &[(&str, &str)]| get(&site, target, fields);
    for (range, part, place) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=5-18446744073709551615", "56789", "bytes 5-9/10"),
    ] {
        let answer = get("/assets/app.js", &[("Range", range)]);
        assert_eq!((answer.status, answer.text().as_str()), (206, part), "{range}");
        assert_eq!(answer.header("content-range"), Some(place), "{range}");
        let other = get("/assets/app.js", &[("Range", range), ("If-Range", "\"x\"")]);
        assert_eq!((other.status, other.body.len()), (200, 10), "{range}");
        let same = get("/assets/app.js", &[("Range", range), ("If-Range", &etag)]);
        assert_eq!(same.status, 206, "{range}");
    }
    for range in
        ["bytes=0-1,3-4", "bytes=0-1,x", "bytes=4-2", "bytes=x-", "bytes=", "bytes", "lines=0-1"]
    {
        let answer = get("/assets/app.js", &[("Range", range)]);
        assert_eq!((answer.status, answer.body.len()), (200, 10), "{range}");
    }
    assert_eq!(
        get("/assets/app.js", &[("Range", "bytes=0-1"), ("Range", "bytes=0-1")]).status,
        200
    );
    for (target, range, length) in [
        ("/assets/app.js", "bytes=10-", 10),
        ("/assets/app.js", "bytes=18446744073709551616-", 10),
        ("/assets/app.js", "bytes=-0", 10),
        ("/assets/empty.txt", "bytes=0-", 0),
    ] {
        let answer = get(target, &[("Range", range)]);
        assert_eq!(answer.status, 416, "{target} {range}");
        assert_eq!(answer.header("content-range"), Some(format!("bytes */{length}").as_str()));
        assert_eq!(answer.problem(), "range-not-satisfiable");
    }
}

#[test]
fn what_cannot_change_is_kept() {
    let site = site();
    let for_ever = Some("public, max-age=31536000, immutable");
    assert_eq!(get(&site, "/assets/app.3f2a9c1b.js", &[]).header("cache-control"), for_ever);
    let url = site.files.url("app.js").unwrap();
    assert!(url.starts_with("/assets/app.js?v="), "{url}");
    let answer = get(&site, &url, &[]);
    assert_eq!((answer.text().as_str(), answer.header("cache-control")), ("0123456789", for_ever));
    // A digest of something else is an address of something that is not there any more.
    for query in ["?v=", "?v=x", "?V=1", &format!("{}x", &url["/assets/app.js".len()..])] {
        let answer = get(&site, &format!("/assets/app.js{query}"), &[]);
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{query}");
    }
    let integrity = site.files.integrity("app.js").unwrap();
    assert!(integrity.starts_with("sha384-") && integrity.len() == 71, "{integrity}");
}

#[test]
fn files_are_in_the_inventory_and_stand_in_nobodys_way() {
    let site = site();
    assert_eq!(get(&site, "/nowhere", &[]).status, 404);
    let all = palisade::Endpoints::new().with_files(site.files);
    let policy = all.policies().next().unwrap();
    assert_eq!(policy.route.unwrap().path, "/assets/{file}*");
    assert_eq!(policy.access.to_string(), "public");
    // Twice the same path would be one that never answers.
    let twice = service::palisade().static_files(site.files).static_files(site.files).build();
    assert!(twice.unwrap_err().complaints().concat().contains("declared twice"));
}

#[test]
fn pages_of_other_sites_embed_the_files_of_a_folder_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("logo.png"), b"picture").unwrap();
    let reason = "the pages of partners show the logo";
    let loaded = |mount: &str, policy: ResourcePolicy| {
        StaticFiles::at(mount).resource_policy(policy, reason).load(folder.path()).unwrap()
    };
    let palisade = Palisade::builder()
        .static_files(StaticFiles::load("/own", folder.path()).unwrap())
        .static_files(loaded("/site", ResourcePolicy::SameSite))
        .static_files(loaded("/public", ResourcePolicy::CrossOrigin));
    let palisade = palisade.build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    for (path, policy) in [
        ("/own/logo.png", "same-origin"),
        ("/site/logo.png", "same-site"),
        ("/public/logo.png", "cross-origin"),
        // A refused file has no policy of its own.
        ("/own/none.png", "same-origin"),
    ] {
        let answer = server.get(path).send();
        assert_eq!(answer.header("cross-origin-resource-policy"), Some(policy), "{path}");
    }
    for mount in ["/site", "/public"] {
        let range = server.get(&format!("{mount}/logo.png")).header("Range", "bytes=0-1").send();
        let policy = range.header("cross-origin-resource-policy");
        assert_eq!((range.status, policy == Some("same-origin")), (206, false), "{mount}");
    }
    for reason in ["", "partners", "........... ....."] {
        let files = StaticFiles::at("/a").resource_policy(ResourcePolicy::CrossOrigin, reason);
        let refused = files.load(folder.path());
        assert!(matches!(refused, Err(StaticFilesError::Reason(_))), "{reason:?}");
    }
}
