//! What keeps a service from starting is refused at the first request of an endpoint that an app
//! mounts by itself: 500, with a line in the log, and the handler never runs.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{App, web};
use palisade::{Palisade, prelude::*, session::Sessions};
use palisade_tests::{audit, client::Request, server::Server, token::token};

use crate::service;

/// How often a handler of this file ran.
static RUNS: AtomicUsize = AtomicUsize::new(0);

fn ran() -> &'static str {
    RUNS.fetch_add(1, Ordering::Relaxed);
    "ran"
}

#[derive(Debug, Deserialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Loose {
    id: u8,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Outer {
    #[validate(nested)]
    inner: Loose,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Strict {
    id: u8,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Clash {
    csrf_token: Text<100>,
}

static PART: std::sync::LazyLock<regex::Regex> =
    std::sync::LazyLock::new(|| regex::Regex::new("[a-z]+").unwrap());

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Partial {
    #[validate(regex(path = *PART), length(max = 16))]
    name: String,
}

static ANYTHING: std::sync::LazyLock<regex::Regex> =
    std::sync::LazyLock::new(|| regex::Regex::new("^.+$").unwrap());

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Open {
    #[validate(regex(path = *ANYTHING), length(max = 16))]
    name: String,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), reason = "a type that no service should have")]
enum Endless {
    Number(u8),
    Again(Box<Endless>),
}

struct Odd(&'static str);

impl ScopeName for Odd {
    fn scope_name(&self) -> &'static str {
        self.0
    }
}

const TWO_WORDS: Odd = Odd("two words");

/// Plain: the list of endpoints cannot have it.
#[public(reason = "a test of what does not start")]
#[validated]
async fn nested(item: Json<Outer>) -> String {
    format!("{} {}", ran(), item.inner.id)
}

#[post("/routed-nested")]
#[public(reason = "a test of what does not start")]
#[validated]
async fn routed_nested(item: Json<Outer>) -> String {
    format!("{} {}", ran(), item.inner.id)
}

#[public(reason = "a test of what does not start")]
#[validated(unknown_fields = allow, reason = "the sender adds fields at will")]
async fn needless(item: Json<Strict>) -> String {
    format!("{} {}", ran(), item.id)
}

#[post("/cross")]
#[authenticated]
#[cross_site(allow, reason = "called by the partner's page")]
async fn cross() -> &'static str {
    ran()
}

#[post("/clash/{id}")]
#[public(reason = "a test of what does not start")]
#[cross_site(token)]
#[validated]
async fn clash(id: Path<u8>, form: Form<Clash>) -> String {
    format!("{} {id} {}", ran(), form.csrf_token.as_str())
}

#[get("/typed")]
#[require_scope(TWO_WORDS)]
async fn typed() -> &'static str {
    ran()
}

#[get("/partial/{name}")]
#[public]
#[validated]
async fn partial(name: Path<Partial>) -> String {
    format!("{} {}", ran(), name.name)
}

#[get("/open/{name}")]
#[public]
#[validated]
async fn open(name: Path<Open>) -> String {
    format!("{} {}", ran(), name.name)
}

#[post("/endless")]
#[public(reason = "a test of what does not start")]
#[validated]
async fn endless(value: Json<Endless>) -> String {
    format!("{} {value:?}", ran())
}

/// What can work, mounted beside the others.
#[post("/fine")]
#[public(reason = "a test of what starts")]
#[validated]
async fn fine(item: Json<Strict>) -> String {
    item.id.to_string()
}

fn server() -> Server {
    audit::listen();
    let palisade = service::palisade().sessions(Sessions::in_memory()).build().unwrap();
    Server::start(move || {
        App::new()
            .route("/nested", web::post().to(nested))
            .route("/needless", web::post().to(needless))
            .service(routed_nested)
            .service(cross)
            .service(clash)
            .service(typed)
            .service(partial)
            .service(open)
            .service(endless)
            .service(fine)
            .wrap(palisade.clone())
    })
}

/// Sends a request of one of the cases.
type Send = fn(&Server, &str) -> Request;

fn form(server: &Server, body: &str) -> Request {
    let request =
        server.post("/clash/3").header("content-type", "application/x-www-form-urlencoded");
    request.body(body)
}

#[test]
fn what_keeps_a_service_from_starting_is_500_elsewhere() {
    let server = server();
    let body = r#"{"inner":{"id":1,"evil":2}}"#;
    let cases: [(&str, Send, &str); 9] = [
        ("nested", |server, body| server.post("/nested").json(body), "drops unknown fields"),
        (
            "routed_nested",
            |server, body| server.post("/routed-nested").json(body),
            "drops unknown fields",
        ),
        ("needless", |server, _| server.post("/needless").json(r#"{"id":1}"#), "remove it"),
        ("cross", |server, _| server.post("/cross").bearer(&token("ada", "")), "takes sessions"),
        ("clash", |server, _| form(server, "csrf_token=x"), "the token's"),
        (
            "typed",
            |server, _| server.get("/typed").bearer(&token("ada", "two words")),
            "no token can carry",
        ),
        ("partial", |server, _| server.get("/partial/ada"), "matches a part"),
        ("open", |server, _| server.get("/open/ada"), "lets any character in"),
        ("endless", |server, _| server.post("/endless").json("1"), "again in its own place"),
    ];
    for (name, request, says) in cases {
        // Each worker judges at its first request, and answers the same to those that follow. The
        // cause is in the log once: a client must not fill it.
        for turn in 0..6 {
            let answer = request(&server, body).send();
            assert_eq!((answer.status, answer.problem().as_str()), (500, "internal"), "{name}");
            assert!(!answer.text().contains("unknown fields"), "the cause is for the log");
            let id = answer.header("x-request-id").unwrap_or_default().to_owned();
            if turn == 0 {
                let lines = audit::events("request_id", &id);
                assert!(lines.iter().any(|line| format!("{line:?}").contains(says)), "{lines:?}");
            }
        }
        assert_eq!(audit::count(&[&format!("`{name}` ("), says]), 1, "{name}");
    }
    assert_eq!(RUNS.load(Ordering::Relaxed), 0, "no handler may run");
    let answer = server.post("/fine").json(r#"{"id":7}"#).send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "7"));
}

#[test]
fn the_same_endpoints_in_a_list_do_not_start() {
    let built = |endpoints| {
        let builder = service::palisade().sessions(Sessions::in_memory());
        builder.endpoints(endpoints).build().map(drop)
    };
    for (endpoints, says) in [
        (endpoints![routed_nested], "drops unknown fields"),
        (endpoints![cross], "takes sessions"),
        (endpoints![clash], "the token's"),
        (endpoints![typed], "no token can carry"),
        (endpoints![partial], "matches a part"),
        (endpoints![open], "lets any character in"),
        (endpoints![endless], "again in its own place"),
    ] {
        let failure = built(endpoints).unwrap_err().to_string();
        assert!(failure.contains(says), "{says}: {failure}");
    }
    assert!(built(endpoints![fine]).is_ok());
}

#[test]
fn a_condition_in_the_list_leaves_an_endpoint_out() {
    mod handlers {
        use palisade::prelude::*;

        #[get("/ping")]
        #[public]
        pub(super) async fn ping() -> &'static str {
            "pong"
        }

        #[get("/dump")]
        #[public]
        pub(super) async fn dump() -> &'static str {
            "all secrets"
        }

        pub(super) trait Mounts {
            const HANDLER: named;
        }

        pub(super) struct Holder;

        impl Mounts for Holder {
            const HANDLER: named = named;
        }

        #[get("/named")]
        #[public]
        pub(super) async fn named() -> &'static str {
            "by its holder"
        }
    }
    use handlers::{Holder, Mounts, dump, ping};

    let listed = endpoints![
        ping,
        #[cfg(any())]
        dump,
        #[cfg(any())]
        not::even::there,
        #[cfg(all())]
        <Holder as Mounts>::HANDLER,
    ];
    let _never_mounted = endpoints![dump];
    let palisade = Palisade::builder().endpoints(listed).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    for (path, status) in [("/ping", 200), ("/named", 200), ("/dump", 404)] {
        assert_eq!(server.get(path).send().status, status, "{path}");
    }
}

mod overlaid {
    //! A module in palisade's place decides nothing: what an expansion calls belongs to types.

    use actix_web::{App, web};
    use palisade::prelude::*;
    use palisade_tests::{server::Server, token::token};

    use crate::service;

    mod guards {
        #[expect(dead_code, reason = "the expansion must not call any of these")]
        pub(super) mod __private {
            pub(in super::super) use palisade::__private::*;

            pub(in super::super) fn mount(route: actix_web::Route) -> actix_web::Route {
                route.to(|| async { "UNGUARDED" })
            }

            pub(in super::super) fn register(app: &mut AppService) {
                let bare = actix_web::web::route().to(|| async { "UNGUARDED" });
                actix_web::web::resource("/admin").route(bare).register(app);
            }

            pub(in super::super) fn answer() -> &'static str {
                "UNGUARDED"
            }

            pub(in super::super) const fn check_argument() {}
        }
    }

    #[get("/admin", crate = guards)]
    #[require_scope("admin")]
    async fn admin() -> &'static str {
        "guarded"
    }

    #[require_scope("admin", crate = guards)]
    async fn plain() -> &'static str {
        "guarded"
    }

    #[test]
    fn the_guards_of_palisade_run() {
        let listed = service::palisade().endpoints(endpoints![admin]).build().unwrap();
        let bare = service::palisade().build().unwrap();
        let by_list = Server::start(move || {
            App::new().configure(|config| listed.mount(config)).wrap(listed.clone())
        });
        let by_hand = Server::start(move || {
            App::new().service(admin).route("/plain", web::get().to(plain)).wrap(bare.clone())
        });
        for (server, path) in [(&by_list, "/admin"), (&by_hand, "/admin"), (&by_hand, "/plain")] {
            assert_eq!(server.get(path).send().status, 401, "{path}");
            let other = server.get(path).bearer(&token("ada", "other")).send();
            assert_eq!(other.status, 403, "{path}");
            let good = server.get(path).bearer(&token("ada", "admin")).send();
            assert_eq!(good.text(), "guarded", "{path}");
        }
    }
}
