//! Several kinds of credentials: which are taken where, and what two of them in one request are.

use actix_web::{App, http::header::HeaderValue};
use palisade::{
    Palisade,
    auth::{Attempt, Authenticator, Presented, Refusal},
    prelude::*,
};
use palisade_tests::{server::Server, token};

/// A key in a header of its own; "later" decides how it answers.
#[derive(Debug)]
struct StaffKey {
    waits: bool,
}

impl Authenticator for StaffKey {
    fn name(&self) -> &'static str {
        "staff_key"
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        let Some(key) = presented.headers().get("x-staff-key") else {
            return Attempt::Now(Ok(None));
        };
        let outcome = match key.as_bytes() {
            b"of grace" => presented
                .identify("grace")
                .issuer("staff")
                .scopes(["items:read"])
                .claims(&serde_json::json!({"desk": 4}))
                .build()
                .map(Some),
            b"ended" => {
                presented.identify("grace").expires_at(presented.now_unix()).build().map(Some)
            }
            b"out of reach" => Err(Refusal::Undecidable),
            _ => Err(Refusal::InvalidCredentials { why: "no such key" }),
        };
        if self.waits {
            return Attempt::Later(Box::pin(async move {
                actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
                outcome
            }));
        }
        Attempt::Now(outcome)
    }

    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        if let Refusal::InvalidCredentials { .. } = refusal {
            return Some(HeaderValue::from_static("StaffKey error=\"invalid_key\""));
        }
        matches!(refusal, Refusal::NoCredentials).then(|| HeaderValue::from_static("StaffKey"))
    }
}

#[get("/any")]
#[authenticated]
async fn any(who: Principal) -> String {
    format!("{} of {}", who.subject(), who.issuer())
}

#[get("/tokens")]
#[authenticated]
#[credentials(bearer)]
async fn tokens(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/staff")]
#[require_scope("items:read")]
#[credentials(staff_key)]
async fn staff(who: Principal) -> String {
    #[derive(serde::Deserialize)]
    struct Desk {
        desk: u32,
    }
    let desk = who.claims::<Desk>().map(|claims| claims.desk);
    format!("{} at {}", who.subject(), desk.unwrap_or_default())
}

#[get("/write")]
#[require_scope("items:write")]
async fn write() -> &'static str {
    "written"
}

#[get("/open")]
#[public]
async fn open() -> &'static str {
    "open"
}

fn start(waits: bool) -> Server {
    let palisade = Palisade::builder()
        .auth(token::verifier())
        .authenticator(StaffKey { waits })
        .endpoints(endpoints![any, tokens, staff, write, open])
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

#[test]
fn each_endpoint_takes_the_kinds_that_it_names() {
    for waits in [false, true] {
        let server = start(waits);
        let ada = token::token("ada", "items:read");
        let by_key = |path| server.get(path).header("X-Staff-Key", "of grace").send();
        let by_token = |path| server.get(path).bearer(&ada).send();

        assert_eq!(by_key("/any").text(), "grace of staff");
        assert_eq!(by_token("/any").text(), format!("ada of {}", token::ISSUER));
        assert_eq!(by_token("/tokens").text(), "ada");
        assert_eq!(by_key("/staff").text(), "grace at 4");

        // What is not named is not looked at: it is as if nothing had come.
        let answer = by_key("/tokens");
        assert_eq!((answer.status, answer.all("www-authenticate")), (401, vec!["Bearer"]));
        let answer = by_token("/staff");
        assert_eq!((answer.status, answer.all("www-authenticate")), (401, vec!["StaffKey"]));
        let both = server.get("/tokens").bearer(&ada).header("X-Staff-Key", "wrong").send();
        assert_eq!((both.status, both.text().as_str()), (200, "ada"));
    }
}

#[test]
fn nobody_is_identified_by_nothing_and_every_scheme_is_named() {
    let server = start(false);
    let answer = server.get("/any").send();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.all("www-authenticate"), ["Bearer", "StaffKey"]);
    assert_eq!(server.get("/open").header("X-Staff-Key", "wrong").send().status, 200);
}

#[test]
fn whoever_refuses_says_why_and_the_others_what_else_to_send() {
    let server = start(false);
    let answer = server.get("/any").header("X-Staff-Key", "wrong").send();
    assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthenticated"));
    assert_eq!(answer.all("www-authenticate"), ["Bearer", "StaffKey error=\"invalid_key\""]);
    assert!(!answer.text().contains("no such key"), "{}", answer.text());

    let answer = server.get("/any").bearer("a.b.c").send();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.all("www-authenticate"), ["Bearer error=\"invalid_token\"", "StaffKey"]);

    assert_eq!(server.get("/any").header("X-Staff-Key", "ended").send().status, 401);
    let answer = server.get("/any").header("X-Staff-Key", "out of reach").send();
    assert_eq!((answer.status, answer.all("www-authenticate")), (503, vec![]));

    // The scope is missing from what this kind brings: a token is not what would help.
    let answer = server.get("/write").header("X-Staff-Key", "of grace").send();
    assert_eq!((answer.status, answer.problem().as_str()), (403, "insufficient-scope"));
    assert_eq!(answer.all("www-authenticate"), Vec::<&str>::new());
}

#[test]
fn two_kinds_in_one_request_are_malformed_whatever_they_are_worth() {
    for waits in [false, true] {
        let server = start(waits);
        let good = token::token("ada", "items:read");
        for bearer in [good.as_str(), "a.b.c"] {
            for key in ["of grace", "wrong", "out of reach"] {
                let answer = server.get("/any").bearer(bearer).header("X-Staff-Key", key).send();
                assert_eq!(
                    (answer.status, answer.problem().as_str()),
                    (400, "malformed-credentials"),
                    "{key}"
                );
            }
        }
    }
}

#[test]
fn a_name_that_nobody_has_stops_the_start() {
    let failure = Palisade::builder().auth(token::verifier()).endpoints(endpoints![staff]).build();
    let complaints = failure.unwrap_err().complaints().join("\n");
    assert!(complaints.contains("takes the credentials `staff_key`"), "{complaints}");
    assert!(complaints.contains("the service has `bearer`"), "{complaints}");

    let builder = Palisade::builder().auth(token::verifier());
    let twice =
        builder.authenticator(StaffKey { waits: false }).authenticator(StaffKey { waits: true });
    let complaints = twice.build().unwrap_err().complaints().join("\n");
    assert!(complaints.contains("two authenticators are called `staff_key`"), "{complaints}");
}

/// Mounted past the checks of the start: it must not be more open for it.
#[test]
fn an_endpoint_whose_credentials_are_not_configured_answers_no_request() {
    let palisade = Palisade::builder().auth(token::verifier()).build().unwrap();
    let server = Server::start(move || App::new().service(staff).wrap(palisade.clone()));
    assert_eq!(server.get("/staff").send().status, 500);
    let palisade = Palisade::builder().build().unwrap();
    let server = Server::start(move || App::new().service(any).wrap(palisade.clone()));
    assert_eq!(server.get("/any").bearer(&token::token("ada", "")).send().status, 503);
}
