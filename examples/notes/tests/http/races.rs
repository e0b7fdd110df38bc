//! Requests that meet: of those that exclude each other one is done, and none is done twice.

use std::{collections::BTreeMap, thread};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use palisade_tests::client::Answer;
use serde_json::{Value, json};

use crate::{
    deployment::Deployment,
    person::{PASSWORD, Person, log_in, text},
    suite::wait_for_401,
};

/// Where the test says from which address a request comes.
const BEHIND_A_PROXY: &[(&str, &str)] = &[("PALISADE_TRUSTED_PROXIES", "127.0.0.1")];

#[test]
fn requests_that_meet_on_sqlite() {
    requests_that_meet(&Deployment::on_sqlite(BEHIND_A_PROXY));
}

#[test]
fn requests_that_meet_on_postgres_and_redis() {
    let Some(service) = Deployment::on_postgres_and_redis(BEHIND_A_PROXY) else { return };
    requests_that_meet(&service);
}

fn requests_that_meet(service: &Deployment) {
    one_of_many_sign_ups_gets_the_name(service);
    guesses_at_once_are_no_more_than_guesses(service);
    a_note_is_deleted_once(service);
    nothing_of_a_login_outlives_its_log_out(service);
    a_cursor_that_was_made_up_shows_no_more(service);
    one_address_has_so_many_passwords_hashed_at_once(service);
}

/// So many at once, with their numbers.
fn at_once<T: Send>(count: usize, ask: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let asked: Vec<_> = (0..count)
            .map(|number| {
                scope.spawn({
                    let ask = &ask;
                    move || ask(number)
                })
            })
            .collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    })
}

/// How often each status came.
fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_default() += 1;
    }
    counts
}

/// A request with a name and a password from this address.
fn with_password(
    service: &Deployment,
    target: &str,
    address: &str,
    name: &str,
    password: &str,
) -> Answer {
    let credentials = json!({"name": name, "password": password}).to_string();
    let request = service.request("POST", target).header("X-Forwarded-For", address);
    request.json(&credentials).send()
}

fn one_of_many_sign_ups_gets_the_name(service: &Deployment) {
    let answers = at_once(8, |number| {
        let name = if number % 2 == 0 { "Zed" } else { "zed" };
        with_password(service, "/signup", "203.0.113.1", name, PASSWORD)
    });
    assert_eq!(statuses(&answers), BTreeMap::from([(201, 1), (409, 7)]));
}

/// Guesses that are sent at the same time are counted like guesses that are sent one after another.
fn guesses_at_once_are_no_more_than_guesses(service: &Deployment) {
    let _person = Person::new(service, "guessed-at-once");
    let answers = at_once(16, |_| {
        with_password(service, "/login", "203.0.113.2", "guessed-at-once", "not the password")
    });
    assert_eq!(statuses(&answers), BTreeMap::from([(400, 10), (429, 6)]));
    let right = with_password(service, "/login", "203.0.113.2", "guessed-at-once", PASSWORD);
    assert_eq!(right.status, 429);
    // From elsewhere, its owner still gets in.
    assert_eq!(log_in(service, "guessed-at-once", PASSWORD).status, 200);
}

fn a_note_is_deleted_once(service: &Deployment) {
    let person = Person::new(service, "deleter");
    let kept = person.note("kept", "");
    let place = format!("/notes/{}", text(&person.note("deleted", "")["id"]));
    let counts = statuses(&at_once(8, |_| person.request("DELETE", &place).send()));
    // A deletion that finds the note gone on its way is one all the same.
    assert!(counts.keys().all(|status| [204, 404].contains(status)), "{counts:?}");
    assert!(counts.contains_key(&204), "{counts:?}");
    assert_eq!(person.get(&place).status, 404);
    assert_eq!(person.list(""), [kept]);
}

fn nothing_of_a_login_outlives_its_log_out(service: &Deployment) {
    let _person = Person::new(service, "leaver");
    for round in 0..6 {
        let login = Person::log_in(service, "leaver");
        let body = json!({"refresh_token": login.refresh}).to_string();
        let answers = at_once(4, |number| match number {
            0 => login.request("POST", "/logout").send(),
            _ => service.request("POST", "/refresh").json(&body).send(),
        });
        let (log_out, refreshed) = answers.split_first().unwrap();
        // A second use of the token may have ended the login first.
        assert!(matches!(log_out.status, 204 | 401), "round {round}: {}", log_out.status);
        let mut access = vec![login.access.clone()];
        let mut refresh = vec![login.refresh.clone()];
        for answer in refreshed {
            assert!(matches!(answer.status, 200 | 400), "round {round}: {}", answer.status);
            if answer.status == 200 {
                let tokens = answer.json();
                access.push(text(&tokens["access_token"]));
                refresh.push(text(&tokens["refresh_token"]));
            }
        }
        assert!(access.len() <= 2, "round {round}: one token was good for {}", access.len() - 1);
        for token in &refresh {
            let body = json!({"refresh_token": token}).to_string();
            let answer = service.request("POST", "/refresh").json(&body).send();
            assert_eq!(answer.status, 400, "round {round}: a refresh token lives on");
        }
        for (number, access) in
            (0..service.instances()).flat_map(|n| access.iter().map(move |a| (n, a)))
        {
            wait_for_401(service, number, access);
        }
    }
}

/// A cursor says where among the caller's own rows a page begins, and nothing else.
fn a_cursor_that_was_made_up_shows_no_more(service: &Deployment) {
    let (owner, other) =
        (Person::new(service, "cursor-owner"), Person::new(service, "cursor-maker"));
    owner.note("of somebody else", "");
    let own = other.note("own", "");
    let id = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    let least = "00000000-0000-0000-0000-000000000000";
    let of = |sort: &str, key: Value| {
        let cursor = URL_SAFE_NO_PAD.encode(json!({ sort: key }).to_string());
        other.get(&format!("/notes?sort={sort}&order=asc&after={cursor}"))
    };
    for time in [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999999-23:59",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "1970-01-01T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "now",
        "",
    ] {
        for id in [id, least] {
            shows_no_more(&of("created", json!([time, id])), &own, time);
        }
    }
    for title in ["", "\0", "a\0b", "\u{10ffff}", "' OR 1=1 --", "%", &"x".repeat(1_000)] {
        for id in [id, least] {
            shows_no_more(&of("title", json!([title, id])), &own, title);
        }
    }
    for odd in [json!(null), json!([]), json!(["a", "b", "c"]), json!([7, id]), json!({})] {
        for sort in ["created", "title"] {
            assert_eq!(of(sort, odd.clone()).status, 422, "{odd}");
        }
    }
}

fn shows_no_more(answer: &Answer, own: &Value, what: &str) {
    assert!(matches!(answer.status, 200 | 400 | 422), "{what:?}: {}", answer.status);
    if answer.status == 200 {
        let items = answer.json()["items"].as_array().unwrap().clone();
        assert!(items.iter().all(|item| item == own), "{what}: {items:?}");
    }
}

/// The others wait behind eight of an address, and not behind all that it sends.
fn one_address_has_so_many_passwords_hashed_at_once(service: &Deployment) {
    let other = Person::new(service, "in-no-hurry");
    let (signed_up, log_ins) = thread::scope(|scope| {
        let busy = scope.spawn(|| {
            at_once(40, |number| {
                let name = format!("crowd-{number}");
                with_password(service, "/signup", "203.0.113.3", &name, PASSWORD)
            })
        });
        let log_ins: Vec<u16> =
            (0..8).map(|_| log_in(service, &other.name, PASSWORD).status).collect();
        (busy.join().unwrap(), log_ins)
    });
    assert_eq!(log_ins, [200; 8]);
    let refused: Vec<&Answer> = signed_up.iter().filter(|answer| answer.status != 201).collect();
    assert!(!refused.is_empty(), "40 sign-ups of one address were hashed at once");
    for answer in refused {
        assert_eq!(answer.status, 429, "{}", answer.text());
        assert_eq!(answer.json()["violated-policies"], json!(["ip-concurrent"]));
    }
}
