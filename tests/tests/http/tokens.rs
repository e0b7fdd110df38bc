//! Hostile tokens and credentials over real sockets, against a service that knows keys of every
//! kind.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::App;
use palisade::{
    Palisade,
    auth::{KeySet, Verifier},
    prelude::*,
};
use palisade_tests::{
    client::Answer,
    hostile::{AUDIENCE, Forge, ISSUER, Kind, SUBJECT, table},
    server::Server,
};

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

fn start(forge: &Forge) -> Server {
    let keys = KeySet::from_jwk_set(forge.jwk_set().as_bytes()).unwrap();
    let verifier = Verifier::new(keys, ISSUER, AUDIENCE).unwrap();
    let palisade = Palisade::builder()
        .auth(verifier)
        .endpoints(endpoints![me])
        .dangerous_no_service_limit("one client sends every hostile token")
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// 400 or 401 as RFC 6750 says, with its challenge, and no word of why.
fn is_refused(answer: &Answer, status: u16) -> bool {
    let challenge = match status {
        400 => "Bearer error=\"invalid_request\"",
        _ => "Bearer error=\"invalid_token\"",
    };
    answer.status == status
        && answer.header("www-authenticate") == Some(challenge)
        && answer.json().get("detail").is_none()
        && answer.header("x-frame-options").is_some()
}

#[test]
fn every_hostile_token_is_refused_over_a_socket() {
    let forge = Forge::generate();
    let server = start(&forge);
    let table = table(&forge, now());
    assert!(table.len() >= 650, "only {} variants", table.len());
    let mut wrong = Vec::new();
    let mut sent = 0;
    for hostile in &table {
        // A line break would end the field: that is another request, not another token.
        if hostile.token.contains(['\r', '\n', '\0']) {
            continue;
        }
        sent += 1;
        let answer = server.get("/me").bearer(&hostile.token).send();
        // Bytes that no field may hold are refused by the dispatcher, below the app.
        let is_field =
            hostile.token.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
        let is_below = !is_field && answer.status == 400;
        if !is_below && !is_refused(&answer, hostile.expect) {
            wrong.push(format!("{}: {}, not {}", hostile.name, answer.status, hostile.expect));
        }
    }
    assert!(sent >= 600, "{sent}");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
fn honest_tokens_of_every_kind_pass_over_a_socket() {
    let forge = Forge::generate();
    let server = start(&forge);
    for kind in Kind::ALL {
        let answer = server.get("/me").bearer(&forge.valid(kind, now())).send();
        assert_eq!((answer.status, answer.text().as_str()), (200, SUBJECT), "{}", kind.name());
    }
}

#[test]
fn credentials_are_read_from_one_header_and_nowhere_else() {
    let forge = Forge::generate();
    let server = start(&forge);
    let token = forge.valid(Kind::ALL[0], now());

    // By the firewall, before authentication.
    let answer = server.get("/me").bearer(&token).bearer(&token).send();
    assert_eq!((answer.status, answer.problem().as_str()), (400, "bad-request"), "two headers");

    let answer = server.get(&format!("/me?access_token={token}")).send();
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));

    for (value, status) in [
        ("Basic YTpi".to_owned(), 401),
        (format!("bearer {token}"), 200),
        (format!("BEARER {token}"), 200),
        (format!("Bearer  {token}"), 400),
        (format!("Bearer\t{token}"), 400),
        (format!("Bearer {token}, Bearer {token}"), 400),
        (format!("Bearer {token} x"), 400),
        ("Bearer".to_owned(), 400),
        (token, 401),
    ] {
        let answer = server.get("/me").header("Authorization", &value).send();
        assert_eq!(answer.status, status, "{value:.30}");
    }
}
