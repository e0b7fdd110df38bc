//! Sessions over real sockets: in memory, and over two instances with a real Redis.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::{
    Palisade, Redis,
    prelude::*,
    session::{RedisSessionStore, Sessions},
};
use palisade_tests::{
    audit,
    client::{Answer, Request},
    redis::RedisServer,
    server::Server,
    token::token,
};
use proptest::prelude::*;

use crate::service;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(length(min = 1, max = 32))]
    name: String,
    #[validate(length(max = 64))]
    scope: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Basket {
    items: u32,
}

#[post("/login")]
#[public(reason = "a test: whoever asks is let in")]
#[validated]
async fn log_in(login: Form<Login>, session: Session) -> Result<SafeRedirect> {
    if login.name == "fails-later" {
        session.begin(&login.name, [""; 0]).await?;
        return Err(Problem::conflict("after the session began"));
    }
    session.begin(&login.name, login.scope.split_whitespace()).await?;
    Ok(SafeRedirect::to("/"))
}

#[post("/logout")]
#[public(reason = "ends what there is")]
async fn log_out(session: Session) -> Result<SafeRedirect> {
    session.end().await?;
    Ok(SafeRedirect::to("/"))
}

#[post("/logout-fails")]
#[public(reason = "ends what there is, and fails behind that")]
async fn log_out_and_fail(session: Session) -> Result<NoContent> {
    session.end().await?;
    Err(Problem::conflict("after the session ended"))
}

#[post("/logout-everywhere")]
#[public(reason = "ends what there is")]
async fn log_out_everywhere(session: Session) -> Result<NoContent> {
    session.end_everywhere().await?;
    Ok(NoContent)
}

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/admin")]
#[require_scope("admin")]
#[credentials(session)]
async fn admin(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/greeting")]
#[public]
async fn greeting(session: Session) -> Result<String> {
    Ok(session.subject().await?.unwrap_or_else(|| "stranger".to_owned()))
}

#[post("/basket")]
#[authenticated]
async fn fill_basket(session: Session) -> Result<String> {
    let items = session.data::<Basket>().await?.map_or(0, |basket| basket.items) + 1;
    session.keep(&Basket { items }).await?;
    Ok(items.to_string())
}

#[post("/open")]
#[authenticated]
#[cross_site(allow, reason = "a test of what does not start")]
async fn wide_open() -> NoContent {
    NoContent
}

fn builder(sessions: Sessions) -> palisade::Builder {
    service::palisade().sessions(sessions)
}

fn start(sessions: Sessions) -> Server {
    let endpoints = endpoints![
        log_in,
        log_out,
        log_out_and_fail,
        log_out_everywhere,
        me,
        admin,
        greeting,
        fill_basket
    ];
    let palisade = builder(sessions).endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn login(server: &Server, name: &str, scope: &str) -> Request {
    let form = format!("name={name}&scope={scope}");
    server.post("/login").header("Content-Type", "application/x-www-form-urlencoded").body(form)
}

/// The pair of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    set.split(';').next().unwrap().to_owned()
}

fn enter(server: &Server, name: &str, scope: &str) -> String {
    let answer = login(server, name, scope).send();
    assert_eq!(answer.status, 303, "{}", answer.text());
    cookie(&answer)
}

fn whose(server: &Server, cookie: &str) -> Option<String> {
    let answer = server.get("/me").header("Cookie", cookie).send();
    (answer.status == 200).then(|| answer.text())
}

#[test]
fn a_session_is_a_caller_like_any_other() {
    let server = start(Sessions::in_memory());
    let answer = login(&server, "ada", "admin").send();
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-session="), "{set}");
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
    let ada = cookie(&answer);
    assert_eq!(whose(&server, &ada).as_deref(), Some("ada"));
    let get = |path: &str, cookie: &str| server.get(path).header("Cookie", cookie).send();
    assert_eq!(get("/admin", &ada).text(), "ada");
    let grace = enter(&server, "grace", "");
    assert_eq!(get("/admin", &grace).status, 403);
    assert_eq!(get("/greeting", &grace).text(), "grace");
    assert_eq!(server.get("/greeting").send().text(), "stranger");
    // Tokens go on beside it, but not together with it, and not where sessions alone are taken.
    let bearer = token("edsger", "admin");
    assert_eq!(server.get("/me").bearer(&bearer).send().text(), "edsger");
    assert_eq!(server.get("/me").bearer(&bearer).header("Cookie", &ada).send().status, 400);
    let answer = server.get("/admin").bearer(&bearer).send();
    assert_eq!((answer.status, answer.all("www-authenticate")), (401, vec!["session"]));
    // Where another kind would help too, its own challenge is enough.
    assert_eq!(server.get("/me").send().all("www-authenticate"), ["Bearer"]);
}

#[test]
fn a_log_in_has_a_new_id_and_ends_the_old_session() {
    let server = start(Sessions::in_memory());
    // An id that an attacker has planted is not taken over.
    let planted = format!("__Host-session={}", "A".repeat(43));
    let answer = login(&server, "ada", "").header("Cookie", &planted).send();
    let first = cookie(&answer);
    assert_ne!(first, planted);
    assert_eq!(whose(&server, &planted), None);
    let second = cookie(&login(&server, "ada", "admin").header("Cookie", &first).send());
    assert_ne!(second, first);
    assert_eq!(whose(&server, &first), None, "the id from before the log-in");
    assert_eq!(whose(&server, &second).as_deref(), Some("ada"));
}

#[test]
fn a_log_out_ends_it_on_the_server() {
    let server = start(Sessions::in_memory());
    let (ada, other) = (enter(&server, "ada", ""), enter(&server, "ada", ""));
    let answer = server.post("/logout").header("Cookie", &ada).send();
    assert_eq!(answer.status, 303);
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-session=;") && set.ends_with("; Max-Age=0"), "{set}");
    // "cookies" would be those of the whole registrable domain.
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert_eq!(answer.all("set-cookie").len(), 1);
    assert_eq!(whose(&server, &ada), None, "a copy of the cookie");
    assert_eq!(whose(&server, &other).as_deref(), Some("ada"));
    let with_form = format!("{}; __Host-form=x", enter(&server, "ada", ""));
    let answer = server.post("/logout").header("Cookie", &with_form).send();
    let taken = answer.all("set-cookie").into_iter().filter(|set| set.ends_with("; Max-Age=0"));
    let taken: Vec<_> = taken.filter_map(|set| set.split('=').next()).collect();
    assert_eq!(taken, ["__Host-session", "__Host-form"]);
    let everywhere = server.post("/logout-everywhere").header("Cookie", &other);
    let third = enter(&server, "ada", "");
    let grace = enter(&server, "grace", "");
    assert_eq!(everywhere.send().status, 204);
    assert_eq!((whose(&server, &other), whose(&server, &third)), (None, None));
    assert_eq!(whose(&server, &grace).as_deref(), Some("grace"));
    assert_eq!(server.post("/logout").send().status, 303, "nothing to end is no mistake");
}

#[test]
fn it_ends_when_nobody_uses_it_and_at_its_age() {
    let second = Duration::from_secs(1);
    let server = start(Sessions::in_memory().idle(second * 4).lifetime(second * 12));
    let (idle, used) = (enter(&server, "idle", ""), enter(&server, "used", ""));
    let began = Instant::now();
    while began.elapsed() < second * 6 {
        assert_eq!(whose(&server, &used).as_deref(), Some("used"), "{:?}", began.elapsed());
        thread::sleep(Duration::from_millis(250));
    }
    assert_eq!(whose(&server, &idle), None);
    thread::sleep((second * 13).saturating_sub(began.elapsed()));
    assert_eq!(whose(&server, &used), None, "used all the time, and too old");
}

#[test]
fn browsers_are_sent_to_the_login_page_and_programs_are_told() {
    let server = start(Sessions::in_memory().login_page("/login"));
    let html = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
    let answer = server.get("/admin").header("Accept", html).send();
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.body.is_empty());
    for request in [
        server.get("/admin"),
        server.get("/admin").header("Accept", "application/json"),
        server.post("/basket").header("Accept", html),
    ] {
        assert_eq!(request.send().status, 401);
    }
    let grace = enter(&server, "grace", "");
    let answer = server.get("/admin").header("Accept", html).header("Cookie", &grace).send();
    assert_eq!(answer.status, 403, "known, and not allowed: a login would not help");
}

#[test]
fn a_cookie_that_comes_twice_is_nobodys() {
    let server = start(Sessions::in_memory());
    let ada = enter(&server, "ada", "");
    let twice = format!("{ada}; __Host-session=x");
    assert_eq!(server.get("/me").header("Cookie", &twice).send().status, 400);
    assert_eq!(server.get("/greeting").header("Cookie", &twice).send().text(), "stranger");
}

/// What some reader of cookies takes for the session's is not that of a browser: no page can plant one.
#[test]
fn only_the_name_itself_is_the_session() {
    let server = start(Sessions::in_memory());
    let ada = enter(&server, "ada", "");
    let value = ada.strip_prefix("__Host-session=").unwrap();
    assert_eq!(whose(&server, &format!("a=1;{ada};b=2")).as_deref(), Some("ada"));
    for cookie in [
        format!("\u{a0}__Host-session={value}"),
        format!("\u{2000}__Host-session={value}"),
        format!("\u{feff}__Host-session={value}"),
        format!("a=b,__Host-session={value}"),
        format!("a=b&__Host-session={value}"),
        format!("a=\"__Host-session={value}\""),
        format!("a=\"b; __Host-session={value}\""),
        format!("a=\"b\\\"; __Host-session=\"{value}"),
        format!("=__Host-session={value}"),
        format!("=; =__Host-session={value}"),
        format!("__host-session={value}"),
        format!("__HOST-SESSION={value}"),
        format!("__Host%2Dsession={value}"),
        format!("%5F_Host-session={value}"),
        format!("__Host-session%3D{value}"),
        format!("__Host-session2={value}"),
        format!("x__Host-session={value}"),
        format!("$Version=1; $__Host-session={value}"),
        format!("__Host-session=\"{value}\""),
        format!("__Host-session={value}%00"),
        format!("__Host-session={value}\u{a0}"),
        format!("__Host-session={}", value.to_lowercase()),
        value.to_owned(),
    ] {
        let status = server.get("/me").header("Cookie", &cookie).send().status;
        assert!(matches!(status, 400 | 401), "{cookie:?}: {status}");
        assert_eq!(server.get("/greeting").header("Cookie", &cookie).send().text(), "stranger");
    }
    // A cookie that occurs twice identifies no session, in whatever form.
    for twice in [
        format!("{ada}; {ada}"),
        format!("__Host-session=; {ada}"),
        format!("{ada}; __Host-session"),
        format!("__Host-session=\"x\"; {ada}"),
        format!("{ada};\t__Host-session=x"),
    ] {
        assert_eq!(server.get("/me").header("Cookie", &twice).send().status, 400, "{twice:?}");
    }
    let lines = server.get("/me").header("Cookie", &ada).header("Cookie", "__Host-session=x");
    assert_eq!(lines.send().status, 400);
}

#[test]
fn what_it_keeps_is_its_own() {
    let server = start(Sessions::in_memory());
    let (ada, grace) = (enter(&server, "ada", ""), enter(&server, "grace", ""));
    let fill = |cookie: &str| server.post("/basket").header("Cookie", cookie).send().text();
    assert_eq!([fill(&ada), fill(&ada), fill(&grace)], ["1", "2", "1"]);
    assert_eq!(fill(&enter(&server, "ada", "")), "1", "another session of the same subject");
}

#[test]
fn a_handler_that_fails_logs_nobody_in() {
    let server = start(Sessions::in_memory());
    let answer = login(&server, "fails-later", "").send();
    assert_eq!((answer.status, answer.header("set-cookie")), (409, None));
}

/// The session has ended, and its cookie goes. That is all that a refusal says of it.
#[test]
fn a_handler_that_fails_behind_a_log_out_takes_the_cookie_alone() {
    let server = start(Sessions::in_memory());
    let ada = enter(&server, "ada", "");
    let answer = server.post("/logout-fails").header("Cookie", &ada).send();
    assert_eq!(answer.status, 409);
    assert!(answer.header("set-cookie").unwrap().ends_with("; Max-Age=0"), "{answer:?}");
    assert_eq!(answer.header("clear-site-data"), None);
    assert_eq!(whose(&server, &ada), None);
}

#[test]
fn a_visitor_who_is_sent_to_the_login_page_is_in_the_log_as_refused() {
    audit::listen();
    let server = start(Sessions::in_memory().login_page("/login"));
    let answer = server.get("/admin").header("Accept", "text/html").send();
    assert_eq!(answer.status, 303);
    let event = audit::events("request_id", answer.header("x-request-id").unwrap()).remove(0);
    assert_eq!(event.get("status").map(String::as_str), Some("401"), "{event:?}");
    assert_eq!(event.get("reason").map(String::as_str), Some("no-credentials"), "{event:?}");
}

#[test]
fn another_site_can_neither_log_in_nor_out() {
    let server = start(Sessions::in_memory());
    let ada = enter(&server, "ada", "");
    for request in [
        login(&server, "eve", ""),
        server.post("/logout").header("Cookie", &ada),
        server.post("/basket").header("Cookie", &ada),
    ] {
        assert_eq!(request.header("Sec-Fetch-Site", "cross-site").send().status, 403);
    }
    assert_eq!(whose(&server, &ada).as_deref(), Some("ada"));
}

#[test]
fn what_cannot_work_does_not_start() {
    let refused = |sessions: Sessions, endpoints| {
        let built = Palisade::builder().sessions(sessions).endpoints(endpoints).build();
        built.map(|_| ()).unwrap_err().to_string()
    };
    let open = refused(Sessions::in_memory(), endpoints![wide_open]);
    assert!(open.contains("takes sessions and has `#[cross_site(allow)]`"), "{open}");
    let page = refused(Sessions::in_memory().login_page("//evil.example"), endpoints![me]);
    assert!(page.contains("`login_page`"), "{page}");
    let year = Duration::from_secs(365 * 86_400);
    let long = refused(Sessions::in_memory().lifetime(year), endpoints![me]);
    assert!(long.contains("`lifetime`"), "{long}");
    let none = Palisade::builder().endpoints(endpoints![greeting]).build();
    // Looked for when the service begins to serve; a built one answers 500.
    if let Ok(palisade) = none {
        let server = Server::start(move || {
            App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
        });
        assert_eq!(server.get("/greeting").send().status, 500);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_other_cookie_passes(value in "[!#-+\\--:<-\\[\\]-~]{0,80}") {
        static SERVER: std::sync::LazyLock<Server> =
            std::sync::LazyLock::new(|| start(Sessions::in_memory()));
        let cookie = format!("__Host-session={value}");
        prop_assert_eq!(SERVER.get("/me").header("Cookie", &cookie).send().status, 401);
    }

    #[test]
    fn no_changed_cookie_passes(at in 0_usize..43, letter in "[A-Za-z0-9_-]") {
        static SERVER: std::sync::LazyLock<(Server, String)> = std::sync::LazyLock::new(|| {
            let server = start(Sessions::in_memory());
            let cookie = enter(&server, "ada", "");
            (server, cookie)
        });
        let (server, cookie) = &*SERVER;
        let mut changed = cookie.clone();
        let at = changed.len() - 43 + at;
        changed.replace_range(at..=at, &letter);
        let expected = (changed == *cookie).then_some("ada");
        let found = whose(server, &changed);
        prop_assert_eq!(found.as_deref(), expected);
    }
}

/// Connects on a runtime that goes on, as that of `#[palisade::main]` does.
pub(crate) fn connect(url: String) -> RedisSessionStore {
    connect_as(url, "shop")
}

/// The same, for the sessions of this service.
fn connect_as(url: String, service: &'static str) -> RedisSessionStore {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let redis = Redis::new(&url.into(), "test").unwrap();
            send.send(RedisSessionStore::connect(&redis, service).await.unwrap()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receive.recv_timeout(Duration::from_secs(10)).unwrap()
}

/// The same server and the same prefix: a mistake of two services that their names make up for.
#[test]
fn a_session_is_unknown_to_another_service_of_the_same_prefix() {
    let Some(redis) = RedisServer::launch() else { return };
    let of = |service: &'static str| start(Sessions::kept_in(connect_as(redis.url(), service)));
    let (here, there) = (of("shop"), of("admin"));
    let ada = enter(&there, "ada", "admin");
    assert_eq!((whose(&there, &ada).as_deref(), whose(&here, &ada)), (Some("ada"), None));
    // A record that is copied to a key of the other service still names its own service.
    let copy = "for _, key in ipairs(redis.call('KEYS', 'test:session:admin:*')) do
                  if not string.find(key, ':of:', 1, true) then
                    redis.call('COPY', key, (string.gsub(key, ':admin:', ':shop:')))
                  end
                end
                return tostring(#redis.call('KEYS', 'test:session:shop:*'))";
    assert_eq!(redis.command(&["EVAL", copy, "0"]), "1");
    assert_eq!(whose(&here, &ada), None);
    assert_eq!(whose(&there, &ada).as_deref(), Some("ada"));
}

#[test]
fn instances_share_sessions_and_their_end() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let [a, b] = [(); 2].map(|()| start(Sessions::kept_in(connect(redis.url()))));
    let ada = enter(&a, "ada", "admin");
    assert_eq!(whose(&b, &ada).as_deref(), Some("ada"));
    let (one, two) = (enter(&a, "grace", ""), enter(&b, "grace", ""));
    assert_eq!(b.post("/logout-everywhere").header("Cookie", &two).send().status, 204);
    assert_eq!((whose(&a, &one), whose(&a, &two)), (None, None));

    // Nothing in the store is a cookie.
    let secret = ada.split_once('=').unwrap().1;
    let found = |pattern: &str| {
        let script = "return table.concat(redis.call('KEYS', ARGV[1]), ' ')";
        redis.command(&["EVAL", script, "0", pattern])
    };
    assert!(found("*").contains("test:session:"), "{}", found("*"));
    assert!(!found("*").contains(secret), "{}", found("*"));

    // The seventeenth of one subject ends the first.
    let many: Vec<String> = (0..17).map(|_| enter(&a, "many", "")).collect();
    assert_eq!(whose(&b, &many[0]), None);
    assert_eq!(whose(&b, &many[16]).as_deref(), Some("many"));

    // Out of reach: neither a pass nor a log-out.
    redis.stop();
    assert_eq!(b.get("/me").header("Cookie", &ada).send().status, 503);
    assert_eq!(b.post("/logout").header("Cookie", &ada).send().status, 503);
    assert_eq!(login(&b, "ada", "").send().status, 503);
    assert_eq!(b.get("/me").send().status, 401, "nothing had to be looked up");
}
