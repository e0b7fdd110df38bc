//! What requests of other sites spend: nothing that their visitor needs.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use actix_web::App;
use palisade::{
    Palisade,
    limit::{KeyPart, LimitHandle},
    prelude::*,
};
use palisade_tests::{
    client::{Answer, Connection, Request},
    server::Server,
    token::token,
};

use crate::{limits::items, service};

const LISTED: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Of the service's own limit and of each endpoint's. What comes back takes more than a minute.
const QUOTA: u32 = 40;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(email, length(max = 254))]
    email: String,
    password: Text<128>,
}

#[get("/page")]
#[public]
#[rate_limit("40/hour", by = ip)]
async fn page() -> &'static str {
    "ok"
}

#[get("/mine")]
#[authenticated]
#[rate_limit("40/hour", by = subject)]
async fn mine() -> &'static str {
    "ok"
}

#[get("/searches")]
#[public]
#[rate_limit("40/hour", by = ip, count = failures)]
async fn failed_search() -> Result<&'static str> {
    Err(Problem::bad_request("nothing to search for"))
}

#[get("/everybody")]
#[public]
#[rate_limit("40/hour", by = global)]
async fn everybody() -> &'static str {
    "ok"
}

#[post("/saves")]
#[public(reason = "a test of other sites")]
#[rate_limit("40/hour", by = ip)]
async fn save() -> NoContent {
    NoContent
}

#[post("/taken")]
#[public(reason = "a test of other sites")]
#[cross_site(allow, reason = "a test of other sites")]
#[rate_limit("40/hour", by = ip)]
async fn taken_from_anywhere() -> NoContent {
    NoContent
}

/// The login of the documentation.
#[post("/login")]
#[public(reason = "whoever logs in has no identity yet")]
#[rate_limit("20/hour", by = ip, count = failures, ban = "30 refusals in 1 hour, 1 day")]
#[rate_limit("5/15 min", by = body("email"), count = failures)]
#[concurrency_limit(4, by = ip)]
#[validated]
async fn log_in(login: Json<Login>) -> Result<NoContent> {
    if login.password.as_str() == "the right one" {
        Ok(NoContent)
    } else {
        Err(Problem::new(palisade::Kind::InvalidGrant))
    }
}

struct Service {
    server: Server,
    palisade: Palisade,
}

impl Service {
    fn start() -> Self {
        Self::start_with(service::palisade())
    }

    fn start_with(builder: palisade::Builder) -> Self {
        let palisade = builder
            .service_limit(QUOTA, Duration::from_secs(3_600), QUOTA)
            .endpoints(endpoints![
                page,
                mine,
                failed_search,
                everybody,
                save,
                taken_from_anywhere,
                log_in
            ])
            .build()
            .unwrap();
        let own = palisade.clone();
        let server = Server::start(move || {
            App::new().configure(|config| own.mount(config)).wrap(own.clone())
        });
        Self { server, palisade }
    }

    fn left(&self, limit: &LimitHandle, key: KeyPart<'_>) -> u32 {
        let runtime = actix_web::rt::System::new();
        runtime.block_on(limit.standing(&[key])).unwrap().remaining
    }

    /// What a visitor has left of the service's own limit.
    fn own_of_service(&self) -> u32 {
        self.left(&self.palisade.limits().service().unwrap(), KeyPart::Address(HERE))
    }

    /// What other sites have left of it, asked by one request of them.
    fn others_of_service(&self) -> u32 {
        let answer = self.server.get("/nowhere").header("Sec-Fetch-Site", "cross-site").send();
        left_of(&answer, "service") + 1
    }

    fn log_in(&self, password: &str) -> Request {
        let body = format!(r#"{{"email":"ada@example.org","password":"{password}"}}"#);
        self.server.post("/login").header("Sec-Fetch-Site", "same-origin").json(&body)
    }
}

/// What an answer says is left of a limit.
fn left_of(answer: &Answer, name: &str) -> u32 {
    let items = items(answer.header("ratelimit").unwrap());
    let (_, parameters) = items.iter().find(|(own, _)| own == name).unwrap();
    let (_, left) = parameters.iter().find(|(key, _)| key == "r").unwrap();
    u32::try_from(*left).unwrap()
}

/// Which count of the service's own limit moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Own,
    Others,
}

type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)], u16, Count);

#[test]
fn each_request_spends_one_count_of_the_services_limit() {
    use Count::{Others, Own};
    const ASKED: (&str, &str) = ("Access-Control-Request-Method", "GET");
    let rows: [Row; 25] = [
        ("GET", "/page", &[], 200, Own),
        ("GET", "/page", &[("Sec-Fetch-Site", "none")], 200, Own),
        ("GET", "/page", &[("Sec-Fetch-Site", "same-origin")], 200, Own),
        ("GET", "/page", &[("Sec-Fetch-Site", "same-site")], 200, Others),
        ("GET", "/page", &[("Sec-Fetch-Site", "cross-site")], 200, Others),
        ("GET", "/page", &[("Sec-Fetch-Site", "")], 200, Others),
        ("GET", "/page", &[("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "none")], 200, Others),
        ("GET", "/page", &[("Sec-Fetch-Site", "cross-site"), ("Origin", LISTED)], 200, Own),
        ("GET", "/page", &[("Sec-Fetch-Site", "cross-site"), ("Origin", EVIL)], 200, Others),
        ("GET", "/page", &[("Origin", LISTED)], 200, Own),
        ("GET", "/page", &[("Origin", EVIL)], 200, Others),
        ("GET", "/page", &[("Origin", "null")], 200, Others),
        ("GET", "/nowhere", &[("Sec-Fetch-Site", "cross-site")], 404, Others),
        ("GET", "/nowhere", &[], 404, Own),
        ("POST", "/saves", &[("Sec-Fetch-Site", "same-origin")], 204, Own),
        ("POST", "/saves", &[("Sec-Fetch-Site", "cross-site")], 403, Others),
        ("POST", "/saves", &[("Origin", EVIL)], 403, Others),
        ("POST", "/taken", &[("Sec-Fetch-Site", "cross-site")], 204, Others),
        ("PUT", "/saves", &[("Sec-Fetch-Site", "cross-site")], 405, Others),
        ("GET", "/a/..;/b", &[], 400, Others),
        ("GET", "/a/..;/b", &[("Sec-Fetch-Site", "same-origin")], 400, Others),
        ("OPTIONS", "/page", &[("Origin", LISTED), ASKED], 204, Own),
        ("OPTIONS", "/page", &[("Origin", EVIL), ASKED], 403, Others),
        (
            "OPTIONS",
            "/page",
            &[("Sec-Fetch-Site", "cross-site"), ("Origin", LISTED), ASKED],
            204,
            Own,
        ),
        ("OPTIONS", "/page", &[("Origin", EVIL)], 405, Others),
    ];
    for (method, target, fields, status, count) in rows {
        let service = Service::start();
        let request = service.server.request(method, target);
        let request =
            fields.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = request.send();
        let what = format!("{method} {target} {fields:?}");
        assert_eq!(answer.status, status, "{what}");
        let (own, others) = (service.own_of_service(), service.others_of_service());
        let expected = match count {
            Own => (QUOTA - 1, QUOTA),
            Others => (QUOTA, QUOTA - 1),
        };
        assert_eq!((own, others), expected, "{what}");
    }
}

#[test]
fn another_host_is_refused_on_the_other_count() {
    let service = Service::start();
    let address = service.server.address();
    let mut connection = Connection::open(address);
    for turn in 0..=QUOTA {
        connection.write(b"GET /page HTTP/1.1\r\nHost: other.example\r\n\r\n");
        let status = connection.answer().unwrap().status;
        assert_eq!(status, if turn < QUOTA { 421 } else { 429 }, "request {turn}");
    }
    assert_eq!(service.own_of_service(), QUOTA);
}

#[test]
fn what_is_refused_before_routing_has_a_limit_and_takes_none_of_the_visitors() {
    let service = Service::start();
    let malformed = || service.server.get("/a/..;/b").send().status;
    let preflight = || {
        let asked = service.server.request("OPTIONS", "/page").header("Origin", EVIL);
        asked.header("Access-Control-Request-Method", "GET").send().status
    };
    let statuses: Vec<_> = (0..QUOTA / 2).flat_map(|_| [malformed(), preflight()]).collect();
    assert!(statuses.chunks(2).all(|pair| pair == [400, 403]), "{statuses:?}");
    assert_eq!((malformed(), preflight()), (429, 429));
    assert_eq!(service.server.get("/page").send().status, 200);
}

#[test]
fn a_page_that_loads_images_spends_nothing_of_its_visitors_limits() {
    let bearer = token("visitor", "");
    for target in ["/page", "/mine", "/searches"] {
        // Each request spends the service's limit too, which ends later here.
        let service = Service::start_with(service::palisade());
        let handle = |service: &Service| match target {
            "/mine" => service.palisade.limits().of::<mine>("subject").unwrap(),
            "/page" => service.palisade.limits().of::<page>("ip").unwrap(),
            _ => service.palisade.limits().of::<failed_search>("ip").unwrap(),
        };
        let key =
            if target == "/mine" { KeyPart::Subject("visitor") } else { KeyPart::Address(HERE) };
        let ask = |site: &str| {
            let request = service.server.get(target).header("Sec-Fetch-Site", site);
            request.bearer(&bearer).send().status
        };
        let good = if target == "/searches" { 400 } else { 200 };
        let statuses: Vec<_> = (0..QUOTA).map(|_| ask("cross-site")).collect();
        assert!(statuses.iter().all(|status| *status == good), "{target} {statuses:?}");
        assert_eq!(ask("cross-site"), 429, "{target}: not without a limit");
        let limit = handle(&service);
        assert_eq!(service.left(&limit, key), QUOTA, "{target}: the visitor's own count");
        assert_eq!(ask("none"), good, "{target}");
        assert_eq!(service.left(&limit, key), QUOTA - 1, "{target}");
    }
}

#[test]
fn a_count_that_callers_share_is_not_doubled() {
    let service = Service::start();
    for _ in 0..QUOTA / 2 {
        service.server.get("/everybody").send();
        service.server.get("/everybody").header("Sec-Fetch-Site", "cross-site").send();
    }
    let limit = service.palisade.limits().of::<everybody>("global").unwrap();
    assert_eq!(service.left(&limit, KeyPart::Global), 0);
}

#[test]
fn an_endpoint_for_all_sites_has_one_count_for_requests_that_change_state() {
    let service = Service::start_with(service::palisade());
    let post =
        |site: &str| service.server.post("/taken").header("Sec-Fetch-Site", site).send().status;
    let mut passed = 0;
    for _ in 0..QUOTA {
        passed += ["none", "cross-site"].map(post).iter().filter(|status| **status == 204).count();
    }
    assert_eq!(passed, usize::try_from(QUOTA).unwrap(), "a header doubles no quota here");
}

#[test]
fn a_page_of_another_site_locks_nobody_out_of_the_login() {
    let service = Service::start_with(service::palisade());
    for turn in 0..50 {
        let request = service.server.post("/login").header("Sec-Fetch-Site", "cross-site");
        let answer = request.header("Content-Type", "text/plain").body("x").send();
        // After its quota with the service, the page is refused by that.
        let expected = if turn < QUOTA { 403 } else { 429 };
        assert_eq!(answer.status, expected, "{turn}");
    }
    let limit = service.palisade.limits().of::<log_in>("ip").unwrap();
    assert_eq!(service.left(&limit, KeyPart::Address(HERE)), 20);
    assert_eq!(service.log_in("the right one").send().status, 204);
}

#[test]
fn failures_of_the_caller_count_and_those_of_other_sites_do_not() {
    let service = Service::start();
    let limit = service.palisade.limits().of::<log_in>("ip").unwrap();
    let left = || service.left(&limit, KeyPart::Address(HERE));
    let own = |request: Request| request.header("Sec-Fetch-Site", "same-origin");
    let post = || service.server.post("/login");
    for (request, status, counts) in [
        (service.log_in("the right one"), 204, false),
        (service.log_in("a wrong one"), 400, true),
        (own(post()).json("{"), 400, true),
        (own(post()).header("Content-Type", "text/plain").body("x"), 415, true),
        (own(post()).json(r#"{"email":"no address","password":"x"}"#), 422, true),
        (post().header("Sec-Fetch-Site", "cross-site").json("{}"), 403, false),
        (post().header("Sec-Fetch-Site", "same-site").json("{}"), 403, false),
        (post().header("Origin", EVIL).json("{}"), 403, false),
        (service.server.post("/login/..;/").json("{}"), 400, false),
    ] {
        let before = left();
        assert_eq!(request.send().status, status);
        assert_eq!(before - left(), u32::from(counts), "{status}");
    }
}

#[test]
fn blocked_networks_are_refused_before_anything_is_judged() {
    let builder = service::palisade().blocked_network("127.0.0.0/8");
    let service = Service::start_with(builder);
    let preflight = service.server.request("OPTIONS", "/page").header("Origin", LISTED);
    let mut connection = Connection::open(service.server.address());
    connection.write(b"GET /page HTTP/1.1\r\nHost: other.example\r\n\r\n");
    assert_eq!(connection.answer().unwrap().status, 403);
    for request in [
        service.server.get("/page"),
        service.server.get("/a/..;/b"),
        preflight.header("Access-Control-Request-Method", "GET"),
    ] {
        let answer = request.send();
        assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden"));
    }
    assert_eq!(service.palisade.limits().metrics().barred, 4);
}

#[test]
fn a_block_holds_whatever_site_a_request_claims() {
    let service = Service::start();
    let limit = service.palisade.limits().of::<page>("ip").unwrap();
    let runtime = actix_web::rt::System::new();
    let key = [KeyPart::Address(HERE)];
    let ask = |site: &str| service.server.get("/page").header("Sec-Fetch-Site", site).send().status;
    runtime.block_on(limit.block(&key, Duration::from_secs(600))).unwrap();
    assert_eq!(["none", "cross-site"].map(ask), [429, 429]);
    runtime.block_on(limit.unblock(&key)).unwrap();
    assert_eq!(["none", "cross-site"].map(ask), [200, 200]);
}
