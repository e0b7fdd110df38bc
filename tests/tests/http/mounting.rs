//! Where and how endpoints are mounted, and what happens where the guards are not.

use actix_web::{App, web};
use palisade::{Palisade, prelude::*};
use palisade_tests::{server::Server, token::token};

use crate::service;

#[get("/own/{id}")]
#[public]
#[validated]
async fn own(id: Path<u32>) -> String {
    id.to_string()
}

#[get("/pair/{a}/{b}")]
#[public]
#[validated]
async fn pair(ids: Path<(u32, Slug)>) -> String {
    format!("{} {}", ids.0, ids.1)
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Ids {
    id: u32,
}

#[get("/named/{id}")]
#[public]
#[validated]
async fn named(ids: Path<Ids>) -> String {
    ids.id.to_string()
}

#[get("/info")]
#[public]
async fn info(info: RequestInfo, client: ClientAddr) -> String {
    format!("{} {} {}", info.method(), info.pattern().unwrap_or_default(), client)
}

#[get("/stateful")]
#[public]
async fn stateful(state: Data<String>) -> String {
    state.to_string()
}

/// Plain: mounted by hand, under a path that the macro does not know.
#[require_scope("plain")]
#[validated]
async fn plain(who: Principal, id: Path<u32>) -> String {
    format!("{} {}", who.subject(), id)
}

/// Plain, because Actix's own attribute expands first.
#[actix_web::get("/actix-first")]
#[public(reason = "a test of the stacking order")]
#[rate_limit("1/hour", by = ip)]
async fn actix_first() -> &'static str {
    "first"
}

/// Absorbed: palisade's attribute expands first and takes Actix's along.
#[public]
#[rate_limit("1/hour", by = ip)]
#[actix_web::get("/actix-last")]
async fn actix_last() -> &'static str {
    "last"
}

fn routed(config: &mut web::ServiceConfig) {
    config.service(own).service(pair).service(named).service(info).service(stateful);
}

#[test]
fn a_path_argument_reads_the_endpoints_own_parameters() {
    let palisade = service::palisade().build().unwrap();
    let server = Server::start(move || {
        App::new()
            .configure(routed)
            .service(web::scope("/{id}/{tenant}").configure(routed))
            .wrap(palisade.clone())
    });
    for prefix in ["", "/77/acme"] {
        for (path, expected) in [("/own/3", "3"), ("/pair/3/b", "3 b"), ("/named/3", "3")] {
            let answer = server.get(&format!("{prefix}{path}")).send();
            assert_eq!((answer.status, answer.text().as_str()), (200, expected), "{prefix}{path}");
        }
    }
    assert_eq!(server.get("/info").send().text(), "GET /info 127.0.0.1");
}

#[test]
fn without_the_app_stage_an_endpoint_answers_500() {
    let palisade = service::palisade().build().unwrap();
    let server = Server::start(move || {
        // The runtime in the app data does not prove that its stage was passed.
        App::new()
            .app_data(Data::new(palisade.clone()))
            .configure(routed)
            .service(actix_last)
            .service(actix_first)
            .route("/plain/{id}", web::get().to(plain))
    });
    for path in ["/own/3", "/actix-last", "/actix-first", "/plain/3"] {
        let answer = server.get(path).bearer(&token("ada", "plain")).send();
        assert_eq!((answer.status, answer.problem().as_str()), (500, "internal"), "{path}");
    }
}

#[test]
fn missing_state_is_500_without_a_word() {
    let palisade = service::palisade().build().unwrap();
    let server = Server::start(move || App::new().service(stateful).wrap(palisade.clone()));
    let answer = server.get("/stateful").send();
    assert_eq!((answer.status, answer.problem().as_str()), (500, "internal"));
    assert!(!answer.text().contains("String"));
}

#[test]
fn plain_handlers_have_the_same_guards() {
    let palisade = service::palisade().build().unwrap();
    let server = Server::start(move || {
        App::new()
            .route("/plain/{id}", web::get().to(plain))
            .route("/wrong/{a}/{b}", web::get().to(plain))
            .service(actix_first)
            .service(actix_last)
            .wrap(palisade.clone())
    });
    assert_eq!(server.get("/plain/3").send().status, 401);
    assert_eq!(server.get("/plain/3").bearer(&token("ada", "other")).send().status, 403);
    let good = token("ada", "plain");
    assert_eq!(server.get("/plain/3").bearer(&good).send().text(), "ada 3");
    assert_eq!(server.get("/plain/x").bearer(&good).send().status, 422);
    assert_eq!(server.get("/wrong/3/4").bearer(&good).send().status, 500);
    for path in ["/actix-first", "/actix-last"] {
        assert_eq!(server.get(path).send().status, 200);
        assert_eq!(server.get(path).send().status, 429);
    }
}

#[test]
fn a_service_without_keys_cannot_identify_anybody() {
    let palisade = Palisade::builder().build().unwrap();
    let server = Server::start(move || {
        App::new().route("/plain/{id}", web::get().to(plain)).wrap(palisade.clone())
    });
    // Not 401: that has to name a scheme to come back with (RFC 9110 section 15.5.2).
    for request in [server.get("/plain/3"), server.get("/plain/3").bearer(&token("ada", "plain"))] {
        let answer = request.send();
        assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
    }
}

#[test]
fn proxies_in_private_networks_of_any_size_are_believed() {
    let wide = service::palisade()
        .trusted_proxy("127.0.0.0/8")
        .trusted_proxy("10.0.0.0/8")
        .trusted_proxy("fc00::/7")
        .build()
        .unwrap();
    let server = Server::start(move || App::new().service(info).wrap(wide.clone()));
    let answer = server.get("/info").header("x-forwarded-for", "192.0.2.7, 10.1.2.3").send();
    assert_eq!(answer.text(), "GET /info 192.0.2.7");
}

mod starting {
    //! What is refused when a service starts.

    use palisade::{Endpoints, Palisade, prelude::*};

    use crate::service;

    #[get("/a/{id}")]
    #[require_scope("a")]
    #[validated]
    async fn first(id: Path<u32>) -> String {
        id.to_string()
    }

    #[get("/a/{id}")]
    #[authenticated]
    #[validated]
    async fn again(id: Path<u32>) -> String {
        id.to_string()
    }

    #[put("/a/{other}")]
    #[authenticated]
    #[validated]
    async fn renamed(id: Path<u32>) -> String {
        id.to_string()
    }

    #[get("/shared")]
    #[public]
    #[rate_limit("1/second", by = ip, store = shared)]
    async fn shared() -> &'static str {
        ""
    }

    struct Misspelt;

    impl ScopeName for Misspelt {
        fn scope_name(&self) -> &'static str {
            "two words"
        }
    }

    #[get("/typed")]
    #[require_scope(Misspelt)]
    async fn typed() -> &'static str {
        ""
    }

    #[track_caller]
    fn complaint(endpoints: Endpoints, with_keys: bool, says: &[&str]) {
        let builder = if with_keys { service::palisade() } else { Palisade::builder() };
        let failure = builder.endpoints(endpoints).build().unwrap_err();
        let all = failure.to_string();
        for part in says {
            assert!(all.contains(part), "{all}");
        }
    }

    #[test]
    fn an_identity_that_nothing_can_check() {
        complaint(endpoints![first], false, &["`first`", "PALISADE_AUTH_KEYS"]);
    }

    #[test]
    fn the_same_method_and_path_twice() {
        complaint(endpoints![first, again], true, &["declared twice", "`first`", "`again`"]);
    }

    #[test]
    fn the_same_path_with_other_names() {
        complaint(endpoints![first, renamed], true, &["/a/{id} and /a/{other}"]);
    }

    #[test]
    fn a_shared_limit_without_a_shared_store() {
        complaint(endpoints![shared], true, &["`shared`", "store"]);
    }

    #[test]
    fn a_typed_scope_that_no_token_can_carry() {
        complaint(endpoints![typed], true, &["`typed`", "two words"]);
    }

    #[test]
    fn settings_that_weaken_without_saying_so() {
        let few = std::num::NonZeroUsize::MIN;
        for (builder, says) in [
            (service::palisade().trusted_proxy("0.0.0.0/1").trusted_proxy("128.0.0.0/1"), "/8 of"),
            (service::palisade().trusted_proxy("::/1").trusted_proxy("8000::/1"), "/16 of"),
            (service::palisade().limit_slots(few), "`limit_slots` is 1"),
            (service::palisade().host("*.co.uk"), "anybody can register"),
            (service::palisade().host("*.github.io"), "anybody can register"),
            (service::palisade().host("co.uk"), "anybody can register"),
            (service::palisade().dangerous_no_service_limit(".........."), "needs a reason"),
            (service::palisade().dangerous_any_host("aaaaaaaaaa"), "needs a reason"),
        ] {
            let failure = builder.build().map(drop).unwrap_err().to_string();
            assert!(failure.contains(says), "{says}: {failure}");
        }
    }

    #[test]
    fn every_mistake_at_once() {
        let failure = Palisade::builder()
            .cors_origin("*")
            .trusted_proxy("everyone")
            .endpoints(endpoints![first, shared])
            .build()
            .unwrap_err();
        assert!(failure.complaints().len() >= 4, "{failure}");
    }
}

mod own_units {
    //! The bare function is there for unit tests, and only there.

    use palisade::prelude::*;

    #[get("/double/{n}")]
    #[public]
    #[validated]
    async fn double(n: Path<u32>) -> String {
        (*n * 2).to_string()
    }

    #[tokio::test]
    async fn a_handler_can_be_called_without_its_guards() {
        assert_eq!(double::unguarded(Path::from(21)).await, "42");
    }
}

#[test]
fn an_app_of_ones_own_gets_what_the_builder_adds() {
    let palisade = Palisade::builder()
        .endpoints(endpoints![stateful])
        .data("what the builder adds".to_owned())
        .configure(|config| {
            config.route("/by-hand", web::get().to(|| async { "added by hand" }));
        })
        .build()
        .unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let answer = server.get("/stateful").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "what the builder adds"));
    let answer = server.get("/by-hand").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "added by hand"));
}
