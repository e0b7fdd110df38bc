//! Form tokens over real sockets: the whole table of `#[cross_site(token)]`.

use std::time::Duration;

use actix_web::App;
use palisade::{Builder, FormTokens, Palisade, prelude::*, session::Sessions};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
};

use crate::service;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[validate(length(min = 1, max = 32))]
    text: String,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Clash {
    csrf_token: Text<100>,
}

#[get("/page")]
#[public]
#[headers(cache = "public, max-age=60")]
async fn show_page(token: FormToken) -> String {
    token.field().to_string()
}

/// The token is asked for, and then no page comes of it.
#[get("/page-that-fails")]
#[public]
async fn failing_page(token: FormToken) -> Result<String> {
    Err(Problem::conflict(if token.as_str().is_empty() { "no token" } else { "a token" }))
}

#[post("/entries")]
#[public(reason = "a test: anybody writes")]
#[cross_site(token)]
#[rate_limit("1000/second", by = ip)]
#[rate_limit("1000/second", by = (ip, body("text")))]
#[validated]
async fn write(entry: Form<Entry>) -> String {
    entry.text.clone()
}

/// Two failures in a day, whatever the sender's page.
#[post("/guesses")]
#[public(reason = "a test: anybody writes")]
#[cross_site(token)]
#[rate_limit("2/day", by = ip, count = failures)]
#[validated]
async fn guess(entry: Form<Entry>) -> String {
    entry.text.clone()
}

#[post("/json")]
#[public(reason = "a test: anybody writes")]
#[cross_site(token)]
#[validated]
async fn write_json(entry: Json<Entry>) -> String {
    entry.text.clone()
}

#[post("/vouched")]
#[public(reason = "a test: anybody writes")]
#[cross_site(token)]
async fn write_raw(body: Vouched<actix_web::web::Bytes>) -> String {
    body.len().to_string()
}

#[post("/nothing")]
#[public(reason = "a test: anybody asks")]
#[cross_site(token)]
async fn nothing() -> NoContent {
    NoContent
}

#[post("/without")]
#[public(reason = "a test: an endpoint that asks for no token")]
#[validated]
async fn without(entry: Form<Entry>) -> String {
    entry.text.clone()
}

#[post("/mine")]
#[authenticated]
#[cross_site(token)]
#[rate_limit("3000/hour", by = subject)]
#[rate_limit("3/hour", by = (subject, body("text")))]
#[validated]
async fn write_mine(who: Principal, entry: Form<Entry>) -> String {
    format!("{} {}", who.subject(), entry.text)
}

#[post("/login/{name}")]
#[public(reason = "a test: whoever asks is let in")]
#[cross_site(token)]
#[validated]
async fn log_in(name: Path<Slug>, session: Session) -> Result<NoContent> {
    session.begin(name.as_str(), [""; 0]).await?;
    Ok(NoContent)
}

#[post("/clash")]
#[public(reason = "a test of what does not start")]
#[cross_site(token)]
#[validated]
async fn clash(form: Form<Clash>) -> String {
    form.csrf_token.to_string()
}

const KEY: &str = "6f1c0a9be7d24c5381f0d3a9b6427e5c";
const OLDER: &str = "b83d5e7a10f94c26a7c1e0d85f3b6942";

/// What clients of all instances reach.
const ORIGIN: &str = "http://localhost";

fn start(tokens: FormTokens) -> Server {
    start_with(tokens, |builder| builder)
}

/// One of several instances behind a proxy that writes `Host` anew.
fn instance(tokens: FormTokens) -> Server {
    start_with(tokens, |builder| builder.public_origin(ORIGIN).host("127.0.0.1"))
}

fn start_with(tokens: FormTokens, more: impl Fn(Builder) -> Builder) -> Server {
    let endpoints = endpoints![
        show_page,
        failing_page,
        write,
        guess,
        write_json,
        write_raw,
        nothing,
        without,
        write_mine,
        log_in
    ];
    let builder = service::palisade()
        .cors_origin("https://app.example")
        .sessions(Sessions::in_memory())
        .form_tokens(tokens);
    let palisade = more(builder).endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

/// A browser that has seen the page: its cookies, and the page's token.
struct Visit {
    cookie: String,
    token: String,
}

fn pair(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    set.split(';').next().unwrap().to_owned()
}

fn token_of(answer: &Answer) -> String {
    let text = answer.text();
    let (_, token) = text.split_once("value=\"").unwrap();
    let (token, _) = token.split_once('"').unwrap();
    token.to_owned()
}

fn visit(server: &Server) -> Visit {
    let answer = server.get("/page").send();
    Visit { cookie: pair(&answer), token: token_of(&answer) }
}

fn form(server: &Server, target: &str, fields: &[(&str, &str)], body: &str) -> Answer {
    let request = server.post(target).header("Content-Type", "application/x-www-form-urlencoded");
    let add = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
    fields.iter().fold(request, add).body(body).send()
}

#[test]
fn a_page_with_a_token_is_one_browsers_own() {
    let server = start(FormTokens::generate());
    let answer = server.get("/page").send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store, max-age=0"));
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-form="), "{set}");
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
    let own =
        format!("<input type=\"hidden\" name=\"csrf_token\" value=\"{}\">", token_of(&answer));
    assert_eq!(answer.text(), own);
    let again = server.get("/page").header("Cookie", &pair(&answer)).send();
    assert_eq!(again.header("set-cookie"), None, "a browser keeps its cookie");
    assert_eq!(again.header("cache-control"), Some("no-store, max-age=0"));
    assert_ne!(token_of(&again), token_of(&answer), "each page has a token of its own");
    let failed = server.get("/page-that-fails").send();
    assert_eq!((failed.status, failed.header("set-cookie")), (409, None));
}

/// What the browser says of where the request comes from, and whether a token is asked for it.
enum Asks {
    /// It passes with and without.
    Nothing,
    /// It passes with one alone.
    Token,
    /// It is refused with and without.
    Refused,
}

#[test]
fn every_row_of_the_table() {
    let server = start(FormTokens::generate());
    let own = format!("http://{}", server.address());
    let Visit { cookie, token } = visit(&server);
    let rows: [(Option<&str>, Option<&str>, Asks); 24] = [
        (None, None, Asks::Token),
        (None, Some("null"), Asks::Token),
        (None, Some(&own), Asks::Nothing),
        (None, Some("https://app.example"), Asks::Nothing),
        (None, Some("https://evil.example"), Asks::Refused),
        (None, Some(""), Asks::Refused),
        (None, Some("NULL"), Asks::Refused),
        (None, Some("null, null"), Asks::Refused),
        (Some("same-origin"), None, Asks::Nothing),
        (Some("same-origin"), Some("null"), Asks::Nothing),
        (Some("same-origin"), Some(&own), Asks::Nothing),
        (Some("none"), None, Asks::Nothing),
        (Some("none"), Some("null"), Asks::Nothing),
        (Some("same-site"), None, Asks::Refused),
        (Some("same-site"), Some("null"), Asks::Refused),
        (Some("same-site"), Some(&own), Asks::Refused),
        (Some("cross-site"), None, Asks::Refused),
        (Some("cross-site"), Some("null"), Asks::Refused),
        (Some("cross-site"), Some(&own), Asks::Refused),
        (Some("cross-site"), Some("https://evil.example"), Asks::Refused),
        (Some("cross-site"), Some("https://app.example"), Asks::Nothing),
        (Some(""), None, Asks::Refused),
        (Some("Same-Origin"), Some("null"), Asks::Refused),
        (Some("unknown"), None, Asks::Refused),
    ];
    for (site, origin, asks) in rows {
        let mut said = Vec::new();
        said.extend(site.map(|site| ("Sec-Fetch-Site", site)));
        said.extend(origin.map(|origin| ("Origin", origin)));
        let with = |more: &[(&str, &str)], body: &str| {
            let answer = form(&server, "/entries", &[&said, more].concat(), body);
            assert!([200, 403].contains(&answer.status), "{said:?} {answer:?}");
            assert_eq!(answer.problem() == "cross-site", answer.status == 403);
            answer.status == 200
        };
        let field = format!("text=a&csrf_token={token}");
        let (bare, proved) = match asks {
            Asks::Nothing => (true, true),
            Asks::Token => (false, true),
            Asks::Refused => (false, false),
        };
        let cookie = ("Cookie", cookie.as_str());
        assert_eq!(with(&[], "text=a"), bare, "{said:?}: nothing");
        assert_eq!(with(&[cookie], "text=a"), bare, "{said:?}: a cookie");
        assert_eq!(with(&[], &field), bare, "{said:?}: a token without its cookie");
        assert_eq!(with(&[("X-CSRF-Token", &token)], "text=a"), bare, "{said:?}: the same, above");
        assert_eq!(with(&[cookie], &field), proved, "{said:?}: both, in the form");
        let header = ("X-CSRF-Token", token.as_str());
        assert_eq!(with(&[cookie, header], "text=a"), proved, "{said:?}: both, in the head");
        // If the browser's headers are sufficient, the token is not read, even if it is wrong.
        assert_eq!(with(&[cookie], "text=a&csrf_token=x"), bare, "{said:?}: a wrong one");
        assert_eq!(
            with(&[cookie, ("X-CSRF-Token", "x")], "text=a"),
            bare,
            "{said:?}: the same, above"
        );
    }
}

#[test]
fn an_endpoint_that_does_not_ask_for_tokens_decides_as_ever() {
    let server = start(FormTokens::generate());
    let Visit { cookie, token } = visit(&server);
    let cookie = ("Cookie", cookie.as_str());
    let hidden = ("Origin", "null");
    let with = |fields: &[(&str, &str)], body: &str| form(&server, "/without", fields, body).status;
    assert_eq!(with(&[], "text=a"), 200);
    assert_eq!(with(&[hidden, cookie, ("X-CSRF-Token", &token)], "text=a"), 403);
    assert_eq!(with(&[hidden, cookie], &format!("text=a&csrf_token={token}")), 403);
    assert_eq!(
        with(&[], &format!("text=a&csrf_token={token}")),
        422,
        "a field that nobody declared"
    );
}

#[test]
fn a_token_that_is_somebody_elses_or_changed_does_not_hold() {
    let server = start(FormTokens::generate());
    let ours = visit(&server);
    let theirs = visit(&server);
    let with = |cookie: &str, token: &str| {
        let cookie = [("Cookie", cookie), ("Origin", "null")];
        let in_form = form(&server, "/entries", &cookie, &format!("text=a&csrf_token={token}"));
        let head = [&cookie[..], &[("X-CSRF-Token", token)]].concat();
        let in_head = form(&server, "/entries", &head, "text=a");
        assert_eq!(in_form.status, in_head.status, "{cookie:?} {token}");
        in_form.status
    };
    assert_eq!(with(&ours.cookie, &ours.token), 200);
    assert_eq!(with(&ours.cookie, &theirs.token), 403, "a token of another browser");
    assert_eq!(with(&theirs.cookie, &ours.token), 403, "a cookie of another browser");
    let twice = format!("{}; {}", ours.cookie, ours.cookie);
    assert_eq!(with(&twice, &ours.token), 403, "two cookies");
    let secret = ours.cookie.strip_prefix("__Host-form=").unwrap();
    assert_eq!(with(&ours.cookie, secret), 403, "the cookie itself");
    assert_eq!(with(&format!("form={secret}"), &ours.token), 403, "a cookie that others can set");
    let end = ours.token.len() - 1;
    let first = if ours.token.starts_with('A') { "B" } else { "A" };
    let other = format!("{first}{}", &ours.token[1..]);
    for changed in [&ours.token[..end], &format!("{}A", ours.token), &other, ""] {
        assert_eq!(with(&ours.cookie, changed), 403, "{changed:?}");
    }
    let other = start(FormTokens::generate());
    let foreign = visit(&other);
    assert_eq!(with(&foreign.cookie, &foreign.token), 403, "a key of another process");
}

#[test]
fn a_token_comes_once_and_never_in_the_query() {
    let server = start(FormTokens::generate());
    let Visit { cookie, token } = visit(&server);
    let base = [("Cookie", cookie.as_str()), ("Origin", "null")];
    let field = format!("csrf_token={token}");
    let head = ("X-CSRF-Token", token.as_str());
    let with = |target: &str, fields: &[(&str, &str)], body: &str| {
        form(&server, target, &[&base[..], fields].concat(), body).status
    };
    assert_eq!(with("/entries", &[], &format!("text=a&{field}&{field}")), 403);
    assert_eq!(with("/entries", &[], &format!("{field}&text=a&csrf_token=")), 403);
    assert_eq!(with("/entries", &[head, head], "text=a"), 403);
    assert_eq!(with("/entries", &[head, ("X-CSRF-Token", "x")], "text=a"), 403);
    assert_eq!(with(&format!("/entries?{field}"), &[], "text=a"), 403);
    assert_eq!(with(&format!("/entries?{field}"), &[head], "text=a"), 403);
    assert_eq!(
        with(&format!("/entries?csrf%5Ftoken={token}"), &[], &format!("text=a&{field}")),
        403
    );
    // A wrong one above is not made good by a right one below.
    assert_eq!(with("/entries", &[("X-CSRF-Token", "x")], &format!("text=a&{field}")), 403);
    assert_eq!(with("/entries", &[head], &format!("text=a&{field}")), 200);
    // If the browser states its origin, such a mistake is answered like any other.
    let said = [("Sec-Fetch-Site", "same-origin")];
    assert_eq!(form(&server, "/entries", &said, "text=a&csrf_token=a&csrf_token=b").status, 422);
    assert_eq!(form(&server, "/entries", &said, "text=a&csrf_token=a").status, 200);
}

#[test]
fn who_owes_a_token_learns_nothing_before_it_is_shown() {
    let server = start(FormTokens::generate());
    let Visit { cookie, token } = visit(&server);
    let base = [("Cookie", cookie.as_str()), ("Origin", "null")];
    let with = |body: &str| form(&server, "/entries", &base, body);
    // Neither what a form must hold, nor whether this one could be read.
    for body in ["", "text=", "other=1", "text=%zz", "text=a&text=b", "csrf_token=%zz"] {
        let answer = with(body);
        assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-site"), "{body:?}");
    }
    assert_eq!(with(&format!("other=1&csrf_token={token}")).status, 422);
    assert_eq!(with(&format!("text=&csrf_token={token}")).status, 422);
    // A form may have the field at any position.
    assert_eq!(with(&format!("csrf_token={token}&text=a")).text(), "a");
    // Under the cap of the endpoint's bodies like the rest.
    let long = format!("text={}&csrf_token={token}", "a".repeat(70_000));
    assert_eq!(with(&long).status, 413);
}

/// The form is read after the limits by address are asked. A page of another site can send it, and
/// spends nothing that its visitor needs.
#[test]
fn a_form_without_its_token_is_no_failure_of_its_visitor() {
    let server = start(FormTokens::generate());
    let Visit { cookie, token } = visit(&server);
    let send = |body: &str| {
        form(&server, "/guesses", &[("Cookie", cookie.as_str()), ("Origin", "null")], body)
    };
    for _ in 0..5 {
        let answer = send("text=a");
        assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-site"));
    }
    // With the token the mistakes are the visitor's own.
    let own = |text: &str| send(&format!("csrf_token={token}&text={text}")).status;
    assert_eq!([own(""), own("a"), own(""), own("a")], [422, 200, 422, 429]);
}

#[test]
fn what_reads_no_form_takes_the_head_alone() {
    let server = start(FormTokens::generate());
    let Visit { cookie, token } = visit(&server);
    let hidden =
        |target: &str| server.post(target).header("Cookie", &cookie).header("Origin", "null");
    let head = |target: &str| hidden(target).header("X-CSRF-Token", &token);
    let form = "application/x-www-form-urlencoded";
    let body = format!("text=a&csrf_token={token}");
    assert_eq!(hidden("/json").json("{\"text\":\"a\"}").send().status, 403);
    let field = format!("{{\"text\":\"a\",\"csrf_token\":\"{token}\"}}");
    assert_eq!(hidden("/json").json(&field).send().status, 403);
    assert_eq!(hidden("/json").header("Content-Type", form).body(body.clone()).send().status, 403);
    assert_eq!(head("/json").json("{\"text\":\"a\"}").send().status, 200);
    assert_eq!(
        hidden("/vouched").header("Content-Type", form).body(body.clone()).send().status,
        403
    );
    assert_eq!(head("/vouched").body("abc").send().text(), "3");
    assert_eq!(
        hidden("/nothing").header("Content-Type", form).body(body.clone()).send().status,
        403
    );
    assert_eq!(head("/nothing").send().status, 204);
    // A form of another type is not looked into for a token.
    let other = hidden("/entries").header("Content-Type", "text/plain").body(body).send();
    assert_eq!(other.status, 415);
}

#[test]
fn a_log_in_makes_older_tokens_worthless() {
    let server = start(FormTokens::generate());
    let before = visit(&server);
    let begin = server.post("/login/ada").header("Cookie", &before.cookie);
    let begun = begin.header("Origin", "null").header("X-CSRF-Token", &before.token).send();
    assert_eq!(begun.status, 204);
    let cookies = format!("{}; {}", before.cookie, pair(&begun));
    let with = |cookies: &str, token: &str| {
        let fields = [("Cookie", cookies), ("Origin", "null")];
        form(&server, "/mine", &fields, &format!("text=a&csrf_token={token}")).status
    };
    assert_eq!(with(&cookies, &before.token), 403, "from before the log-in");
    let shown = server.get("/page").header("Cookie", &cookies).send();
    assert_eq!(shown.header("set-cookie"), None);
    let token = token_of(&shown);
    // A request that is refused for a missing proof does not count for the limits by form fields.
    for _ in 0..5 {
        assert_eq!(with(&cookies, "x"), 403);
    }
    assert_eq!(with(&cookies, &token), 200);
    assert_eq!(with(&before.cookie, &token), 401, "without the session there is no caller");
    let other = server.post("/login/eve").header("Cookie", &before.cookie);
    let other = other.header("Sec-Fetch-Site", "same-origin").send();
    let other = format!("{}; {}", before.cookie, pair(&other));
    assert_eq!(with(&other, &token), 403, "of another session");
    let again = server.post("/login/ada").header("Cookie", &cookies);
    let again = again.header("Origin", "null").header("X-CSRF-Token", &token).send();
    assert_eq!(again.status, 204);
    let renewed = format!("{}; {}", before.cookie, pair(&again));
    assert_eq!(with(&renewed, &token), 403, "from before the next log-in");
    // The log-in itself is a form that another site could send.
    let forced = server.post("/login/eve").header("Origin", "null").send();
    assert_eq!(forced.status, 403);
}

#[test]
fn keys_are_shared_and_change() {
    let old = instance(FormTokens::with_key(&OLDER.into()));
    let both = instance(FormTokens::with_key(&KEY.into()).retired_key(&OLDER.into()));
    let new = instance(FormTokens::with_key(&KEY.into()).lifetime(Duration::from_secs(60)));
    let with = |server: &Server, visit: &Visit| {
        let fields = [("Cookie", visit.cookie.as_str()), ("Origin", "null")];
        form(server, "/entries", &fields, &format!("text=a&csrf_token={}", visit.token)).status
    };
    let visits = [&old, &both, &new].map(visit);
    let found =
        [&old, &both, &new].map(|server| visits.each_ref().map(|visit| with(server, visit)));
    assert_eq!(found, [[200, 403, 403], [200, 200, 200], [403, 200, 200]]);
}

/// A browser has one jar of cookies for all ports of a host, and two services may have one key.
#[test]
fn a_token_of_another_service_with_the_same_key_does_not_hold() {
    let tokens = || FormTokens::with_key(&KEY.into());
    let [ours, other] = [start(tokens()), start(tokens())];
    let with = |server: &Server, visit: &Visit| {
        let cookie = [("Cookie", visit.cookie.as_str()), ("Origin", "null")];
        let body = format!("text=a&csrf_token={}", visit.token);
        let in_form = form(server, "/entries", &cookie, &body).status;
        let head = [&cookie[..], &[("X-CSRF-Token", visit.token.as_str())]].concat();
        assert_eq!(form(server, "/entries", &head, "text=a").status, in_form);
        in_form
    };
    let (here, there) = (visit(&ours), visit(&other));
    assert_eq!([with(&ours, &here), with(&other, &here)], [200, 403]);
    assert_eq!([with(&ours, &there), with(&other, &there)], [403, 200]);
    // Nor does one of another deployment at the same host.
    let named = start_with(tokens(), |builder| {
        builder.public_origin("https://staging.example").host("127.0.0.1")
    });
    let staged = visit(&named);
    assert_eq!([with(&named, &staged), with(&ours, &staged)], [200, 403]);
}

#[test]
fn a_field_of_the_tokens_name_keeps_the_service_from_starting() {
    let failure = Palisade::builder().endpoints(endpoints![clash]).build().unwrap_err();
    let complaints = failure.complaints().concat();
    assert!(complaints.contains("`clash`") && complaints.contains("csrf_token"), "{complaints}");
    let weak = Palisade::builder().form_tokens(FormTokens::with_key(&"short".into())).build();
    assert!(weak.unwrap_err().complaints().concat().contains("PALISADE_FORM_KEY"));
}
