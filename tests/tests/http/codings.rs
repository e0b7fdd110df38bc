//! Compressed answers over real sockets.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    sync::LazyLock,
    time::Duration,
};

use actix_web::http::StatusCode;
use futures_util::StreamExt as _;
use palisade::{MarkupPage, StreamedJson, prelude::*, session::Sessions};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
    token::token,
};
use tokio::sync::watch;

use crate::service;

/// What `/codings/list` answers.
static LIST: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&(0..400).collect::<Vec<u32>>()).unwrap());

const CODINGS: [&str; 3] = ["gzip", "br", "zstd"];

#[get("/codings/list")]
#[public]
#[compress]
async fn give_list() -> Json<Vec<u32>> {
    Json((0..400).collect())
}

#[get("/codings/plain")]
#[public]
async fn give_plain() -> Json<Vec<u32>> {
    Json((0..400).collect())
}

#[get("/codings/large")]
#[public]
#[compress]
async fn give_large() -> Json<Vec<u32>> {
    Json((0..200_000).collect())
}

#[get("/codings/small")]
#[public]
#[compress]
async fn give_small() -> Json<Vec<u32>> {
    Json((0..100).collect())
}

#[get("/codings/mine")]
#[authenticated]
#[compress(reason = "a list of numbers is no secret")]
async fn give_mine(_who: Principal) -> Json<Vec<u32>> {
    Json((0..400).collect())
}

#[get("/codings/form")]
#[public]
#[compress(reason = "a form token differs on each page")]
async fn give_form(token: FormToken) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(token.as_str().repeat(100))
}

#[post("/codings/login")]
#[public(reason = "a test: whoever asks is let in")]
#[compress(reason = "the body of a log-in is a list of numbers")]
async fn give_log_in(session: Session) -> Result<Json<Vec<u32>>> {
    session.begin("ada", [""; 0]).await?;
    Ok(Json((0..400).collect()))
}

#[get("/codings/cookie")]
#[public]
#[compress]
async fn give_cookie() -> HttpResponse {
    HttpResponse::Ok().insert_header(("Set-Cookie", "a=b")).json((0..400).collect::<Vec<u32>>())
}

#[get("/codings/page")]
#[public]
#[compress]
async fn give_page() -> MarkupPage {
    MarkupPage(maud::html! { @for n in 0..400 { p { (n) } } })
}

#[get("/codings/fails")]
#[public]
#[compress]
async fn give_fails() -> Result<Json<Vec<u32>>> {
    Err(Problem::conflict("x".repeat(3_000)))
}

/// Answers of every kind, by a word of the path.
#[get("/codings/kind/{kind}")]
#[public]
#[compress]
#[validated]
async fn give_kind(kind: Path<Slug>) -> HttpResponse {
    let text = "text ".repeat(1_000);
    let mut answer = HttpResponse::Ok();
    answer.content_type("text/plain");
    match kind.as_str() {
        "strong" => answer.insert_header(("ETag", "\"7\"")),
        "weak" => answer.insert_header(("ETag", "W/\"7\"")),
        "known" => answer.status(StatusCode::NOT_MODIFIED).insert_header(("ETag", "\"7\"")),
        "ranges" => answer.insert_header(("Accept-Ranges", "bytes")),
        "part" => answer
            .status(StatusCode::PARTIAL_CONTENT)
            .insert_header(("Content-Range", "bytes 0-4999/9000")),
        "picture" => answer.content_type("image/png"),
        "archive" => answer.content_type("application/zip"),
        "events" => answer.content_type("text/event-stream"),
        "coded" => answer.insert_header(("Content-Encoding", "br")),
        "digest" => answer.insert_header(("Content-Digest", "sha-256=:AA==:")),
        "kept" => answer.insert_header(("Cache-Control", "no-transform")),
        "created" => answer.status(StatusCode::CREATED),
        "untyped" => return HttpResponse::Ok().body(text),
        "empty" => return HttpResponse::NoContent().finish(),
        _ => &mut answer,
    };
    if kind.as_str() == "known" { answer.finish() } else { answer.body(text) }
}

/// The second line comes when the test says so.
static GATE: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::channel(false).0);

#[get("/codings/stream")]
#[public]
#[compress]
async fn give_stream() -> StreamedJson<u32> {
    let first = futures_util::stream::iter([Ok::<_, Problem>(1)]);
    let second = futures_util::stream::once(async {
        let mut gate = GATE.subscribe();
        gate.wait_for(|open| *open).await.unwrap();
        Ok(2)
    });
    StreamedJson::lines(first.chain(second))
}

fn server() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| {
        let endpoints = endpoints![
            give_list,
            give_plain,
            give_large,
            give_small,
            give_mine,
            give_form,
            give_log_in,
            give_cookie,
            give_page,
            give_fails,
            give_kind,
            give_stream
        ];
        Server::serve(service::palisade().sessions(Sessions::in_memory()).endpoints(endpoints))
    });
    &SERVER
}

fn get(target: &str) -> Request {
    server().get(target)
}

fn accepting(target: &str, codings: &str) -> Answer {
    get(target).header("Accept-Encoding", codings).send()
}

/// The body of an answer, decoded by what its head says.
#[track_caller]
pub(crate) fn decoded(answer: &Answer) -> Vec<u8> {
    let mut text = Vec::new();
    let body = &answer.body[..];
    match answer.header("content-encoding") {
        None => text.extend(body),
        Some("gzip") => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut text).unwrap();
        }
        Some("br") => {
            brotli::Decompressor::new(body, 4096).read_to_end(&mut text).unwrap();
        }
        Some("zstd") => {
            zstd::stream::read::Decoder::new(body).unwrap().read_to_end(&mut text).unwrap();
        }
        Some(other) => panic!("{other}"),
    }
    text
}

/// Whether caches know that the answer depends on what the client takes.
pub(crate) fn varies(answer: &Answer) -> bool {
    let fields = answer.all("vary").join(", ").to_ascii_lowercase();
    fields.split(',').any(|field| field.trim() == "accept-encoding")
}

#[test]
fn the_client_chooses_the_coding() {
    for (codings, coding) in [
        ("gzip", Some("gzip")),
        ("br", Some("br")),
        ("zstd", Some("zstd")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip;q=1, br;q=0.5", Some("gzip")),
        ("gzip;q=0, identity", None),
        ("identity;q=1, *;q=0", None),
        ("identity;q=0, gzip", Some("gzip")),
        ("deflate", None),
        ("", None),
        ("*", Some("zstd")),
        ("gzip;q=x", None),
    ] {
        let answer = accepting("/codings/list", codings);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{codings}");
        assert_eq!(decoded(&answer), LIST.as_bytes(), "{codings}");
        assert!(varies(&answer), "{codings}: {:?}", answer.headers);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let length = answer.header("content-length").map(str::to_owned);
        assert_eq!(length, Some(answer.body.len().to_string()), "{codings}");
        if coding.is_some() {
            assert!(answer.body.len() < LIST.len(), "{codings}");
        }
    }
    let nothing = get("/codings/list").send();
    assert_eq!((nothing.header("content-encoding"), varies(&nothing)), (None, true));
    let lines = get("/codings/list").header("Accept-Encoding", "br;q=0.1");
    let lines = lines.header("Accept-Encoding", "gzip").send();
    assert_eq!(lines.header("content-encoding"), Some("gzip"));
}

#[test]
fn nothing_is_compressed_that_does_not_say_so() {
    let answer = accepting("/codings/plain", "gzip, br, zstd");
    assert_eq!((answer.header("content-encoding"), varies(&answer)), (None, false));
    assert_eq!(answer.text(), *LIST);
}

#[test]
fn an_answer_to_head_has_the_head_of_one_to_get() {
    for target in ["/codings/list", "/codings/large", "/codings/small", "/codings/page"] {
        for coding in CODINGS {
            let get = accepting(target, coding);
            let mut connection = TcpStream::connect(server().address()).unwrap();
            let head = format!(
                "HEAD {target} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: {coding}\r\n\
                 Connection: close\r\n\r\n",
                server().address()
            );
            connection.write_all(head.as_bytes()).unwrap();
            let mut head = String::new();
            connection.read_to_string(&mut head).unwrap();
            let (head, body) = head.split_once("\r\n\r\n").unwrap();
            assert_eq!(body, "");
            let of_head = |name: &str| {
                head.lines()
                    .filter_map(|line| line.split_once(": "))
                    .find(|(own, _)| own.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_owned())
            };
            for name in ["content-encoding", "content-length", "content-type", "transfer-encoding"]
            {
                assert_eq!(of_head(name).as_deref(), get.header(name), "{target} {coding} {name}");
            }
        }
    }
}

#[test]
fn a_large_answer_is_whole() {
    let whole = get("/codings/large").send();
    assert!(whole.body.len() > 1 << 20);
    for coding in CODINGS {
        let answer = accepting("/codings/large", coding);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert_eq!(answer.header("content-length"), None);
        assert!(answer.body.len() * 2 < whole.body.len(), "{coding}");
        assert!(decoded(&answer) == whole.body, "{coding}");
    }
}

#[test]
fn what_gains_nothing_or_would_be_wrong_leaves_as_it_is() {
    let small = accepting("/codings/small", "gzip");
    assert_eq!((small.header("content-encoding"), varies(&small)), (None, true));
    for kind in ["picture", "archive", "events", "part", "digest", "kept", "untyped", "empty"] {
        let answer = accepting(&format!("/codings/kind/{kind}"), "gzip");
        assert_eq!(answer.header("content-encoding"), None, "{kind}");
        assert!(varies(&answer), "{kind}");
        if kind != "empty" {
            assert_eq!(answer.text(), "text ".repeat(1_000), "{kind}");
        }
    }
    let coded = accepting("/codings/kind/coded", "gzip");
    assert_eq!(coded.header("content-encoding"), Some("br"));
    assert_eq!(coded.text(), "text ".repeat(1_000), "as the handler made it");
    for kind in ["created", "else"] {
        let answer = accepting(&format!("/codings/kind/{kind}"), "gzip");
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{kind}");
        assert_eq!(decoded(&answer), "text ".repeat(1_000).as_bytes());
    }
    let problem = accepting("/codings/fails", "gzip");
    assert_eq!((problem.status, problem.problem().as_str()), (409, "conflict"));
    assert_eq!(problem.header("content-encoding"), None);
}

#[test]
fn a_strong_tag_names_the_coding() {
    let tag = |answer: &Answer| answer.header("etag").map(str::to_owned).unwrap();
    assert_eq!(tag(&get("/codings/kind/strong").send()), "\"7\"");
    for coding in CODINGS {
        let strong = accepting("/codings/kind/strong", coding);
        assert_eq!(tag(&strong), format!("\"7~{coding}\""));
        assert_eq!(tag(&accepting("/codings/kind/weak", coding)), "W/\"7\"");
        // The answer names the entity tag that the client has.
        let known = get("/codings/kind/known").header("Accept-Encoding", coding);
        let known = known.header("If-None-Match", &tag(&strong)).send();
        assert_eq!((known.status, tag(&known)), (304, tag(&strong)));
        assert!(varies(&known) && known.header("content-encoding").is_none());
    }
    let known = get("/codings/kind/known").header("Accept-Encoding", "gzip");
    assert_eq!(tag(&known.header("If-None-Match", "\"7\"").send()), "\"7\"");
    let ranges = accepting("/codings/kind/ranges", "gzip");
    assert_eq!(ranges.header("accept-ranges"), None);
    assert_eq!(get("/codings/kind/ranges").send().header("accept-ranges"), Some("bytes"));
}

#[test]
fn answers_for_one_caller_are_compressed_for_its_own_pages_alone() {
    let mine = |site: Option<&str>| {
        let request = get("/codings/mine").bearer(&token("ada", ""));
        let request = request.header("Accept-Encoding", "gzip");
        let answer = match site {
            Some(site) => request.header("Sec-Fetch-Site", site).send(),
            None => request.send(),
        };
        assert_eq!((answer.status, decoded(&answer)), (200, LIST.as_bytes().to_vec()));
        let varies_by_site = answer.all("vary").join(",").contains("sec-fetch-site");
        assert!(varies(&answer) && varies_by_site, "{:?}", answer.headers);
        answer.header("content-encoding").is_some()
    };
    assert!(mine(None) && mine(Some("same-origin")) && mine(Some("none")));
    assert!(!mine(Some("cross-site")) && !mine(Some("same-site")) && !mine(Some("x")));
}

#[test]
fn what_sets_a_cookie_is_compressed_for_a_reason_alone() {
    let cookie = accepting("/codings/cookie", "gzip");
    assert_eq!((cookie.status, cookie.header("content-encoding")), (200, None));
    let form = accepting("/codings/form", "gzip");
    assert_eq!((form.status, form.header("content-encoding")), (200, Some("gzip")));
    let log_in = server().post("/codings/login").header("Accept-Encoding", "gzip").send();
    assert_eq!((log_in.status, log_in.header("content-encoding")), (200, Some("gzip")));
    assert!(log_in.header("set-cookie").is_some());
}

#[test]
fn a_page_stays_a_page() {
    let plain = get("/codings/page").send();
    for coding in CODINGS {
        let coded = accepting("/codings/page", coding);
        assert_eq!(coded.header("content-encoding"), Some(coding));
        assert_eq!(decoded(&coded), plain.body);
        for name in ["content-security-policy", "content-type", "cross-origin-opener-policy"] {
            assert_eq!(coded.header(name), plain.header(name), "{name}");
        }
        assert!(coded.header("cross-origin-opener-policy").is_some());
    }
}

#[test]
fn a_stream_flows() {
    GATE.send_replace(false);
    let mut connection = TcpStream::connect(server().address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "GET /codings/stream HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n\
         Connection: close\r\n\r\n",
        server().address()
    );
    connection.write_all(head.as_bytes()).unwrap();
    // The first line is there while the second does not exist.
    let mut text = Vec::new();
    while !readable(&text).starts_with(b"1\n") {
        let mut piece = [0; 4096];
        let length = connection.read(&mut piece).unwrap();
        assert!(length > 0, "{:?}", text.escape_ascii().to_string());
        text.extend(&piece[..length]);
    }
    GATE.send_replace(true);
    connection.read_to_end(&mut text).unwrap();
    assert_eq!(readable(&text), b"1\n2\n");
    assert!(text.ends_with(b"0\r\n\r\n"), "it is whole");
}

/// What can be decoded of the chunks that have come.
fn readable(answer: &[u8]) -> Vec<u8> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Vec::new();
    };
    let (mut coded, mut rest) = (Vec::new(), &answer[end + 4..]);
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let length =
            usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        let Some(chunk) = rest.get(line + 2..line + 2 + length) else { break };
        coded.extend(chunk);
        let Some(after) = rest.get(line + 4 + length..) else { break };
        rest = after;
    }
    let mut text = Vec::new();
    // An unexpected end is where the stream is now.
    let _so_far = flate2::read::GzDecoder::new(&coded[..]).read_to_end(&mut text);
    text
}

#[test]
fn curl_decodes_each_coding() {
    for coding in CODINGS {
        let curl = Command::new("curl")
            .args(["-sS", "--noproxy", "*", "--compressed", "-D", "/dev/stderr", "-H"])
            .arg(format!("Accept-Encoding: {coding}"))
            .arg(format!("http://{}/codings/list", server().address()))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&curl.stderr).into_owned();
        // A curl that was built without this coding says so.
        if error.contains("Unrecognized content encoding") && coding != "gzip" {
            continue;
        }
        assert_eq!(String::from_utf8_lossy(&curl.stdout), *LIST, "{coding}: {error}");
        let coded = format!("content-encoding: {coding}");
        assert!(error.to_ascii_lowercase().contains(&coded), "{coding}: {error}");
    }
}
