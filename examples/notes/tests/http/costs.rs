//! What one account or one name costs, and what an answer reveals about it.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use palisade_tests::timing::{Kind, alike, samples};
use serde_json::{Value, json};

use crate::{
    deployment::Deployment,
    person::{PASSWORD, Person, log_in, text},
};

/// No limits, which a test that asks thousands of times would meet.
const UNLIMITED: &[(&str, &str)] = &[("PALISADE_LIMITS", "off")];

#[test]
fn what_an_account_costs_has_an_end_on_sqlite() {
    let service = Deployment::on_sqlite(UNLIMITED);
    a_page_ends_by_its_bytes(&service);
    an_account_keeps_so_many_bytes(&service);
    sharing_tells_nothing_of_names(&service);
}

#[test]
fn what_an_account_costs_has_an_end_on_postgres() {
    let Some(service) = Deployment::on_postgres_and_redis(UNLIMITED) else { return };
    a_page_ends_by_its_bytes(&service);
    an_account_keeps_so_many_bytes(&service);
    sharing_tells_nothing_of_names(&service);
}

/// What an account costs is bounded by address too, since accounts are free.
#[test]
fn an_address_has_bounds_of_bytes_and_of_accounts_for_a_day() {
    const DAY: &str = "w=86400";
    let service = Deployment::on_sqlite(&[]);
    let person = Person::new(&service, "writer");
    let note = person.note("a note", "");
    let place = format!("/notes/{}", text(&note["id"]));
    let bytes = [("bytes", 20_u32 << 20), ("bytes-of-an-address", 100 << 20)];
    for (method, target, body, bounds) in [
        ("POST", "/notes", json!({"title": "another", "body": ""}), &bytes[..]),
        ("PATCH", &place, json!({"body": "changed"}), &bytes),
        ("POST", "/signup", json!({"name": "other", "password": PASSWORD}), &[("day", 500)]),
    ] {
        let answer = person.send(method, target, &body);
        let told = answer.header("ratelimit-policy").unwrap().to_owned();
        for (name, quota) in bounds {
            let start = format!("\"{name}\";q={quota};");
            let is_bound = |one: &str| one.trim().starts_with(&start) && one.ends_with(DAY);
            assert!(told.split(',').any(is_bound), "{method} {target}: no {start} in {told}");
        }
    }
}

fn a_page_ends_by_its_bytes(service: &Deployment) {
    let person = Person::new(service, "writer-of-pages");
    // As long in the database as any, and six times as long in JSON where it escapes.
    let long = "\u{201c}\n\"\\".repeat(2_500);
    let ids: Vec<String> =
        (0..40).map(|number| text(&person.note(&format!("{number}"), &long)["id"])).collect();
    let (mut seen, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let answer = person.get(&format!("/notes?order=asc&limit=100{after}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.body.len() <= (256 << 10) + 4_096, "{} bytes", answer.body.len());
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        assert!(!items.is_empty());
        seen.extend(items.iter().map(|note| text(&note["id"])));
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, ids, "every note once, in order");
    assert!(pages > 1, "{pages}");
}

fn an_account_keeps_so_many_bytes(service: &Deployment) {
    let person = Person::new(service, "hoarder");
    let long = "\u{1f600}".repeat(10_000);
    let note = json!({"title": "t", "body": long});
    let mut kept = Vec::new();
    let refused = loop {
        let answer = person.send("POST", "/notes", &note);
        if answer.status != 201 {
            break answer;
        }
        kept.push(text(&answer.json()["id"]));
        assert!(kept.len() < 400, "there is no end");
    };
    assert_eq!((refused.status, refused.problem().as_str()), (409, "conflict"));
    assert_eq!(kept.len(), (10 << 20) / 40_001);
    // What is there can be made smaller, and not larger.
    let small = person.note("small", "");
    let place = format!("/notes/{}", text(&small["id"]));
    assert_eq!(person.send("PATCH", &place, &json!({"body": long})).status, 409);
    assert_eq!(person.send("PATCH", &place, &json!({"body": "a little"})).status, 200);
    let first = format!("/notes/{}", kept[0]);
    assert_eq!(person.request("DELETE", &first).send().status, 204);
    assert_eq!(person.request("DELETE", &first).send().status, 404, "counted once");
    assert_eq!(person.send("PATCH", &place, &json!({"body": long})).status, 200);
    assert_eq!(person.send("POST", "/notes", &note).status, 409);
}

fn sharing_tells_nothing_of_names(service: &Deployment) {
    let owner = Person::new(service, "sharer");
    let known = Person::new(service, "known-reader");
    let note = owner.note("shared", "");
    let place = format!("/notes/{}", text(&note["id"]));
    let share =
        |name: &str| owner.send("POST", &format!("{place}/share"), &json!({"name": name})).status;
    // An account of tomorrow does not read by what was shared with its name today.
    assert_eq!(share("taken-later"), 204);
    let later = Person::new(service, "taken-later");
    assert_eq!(later.get(&place).status, 404);
    assert!(later.list("").is_empty());
    assert_eq!(share("Taken-Later"), 204);
    assert_eq!(later.get(&place).status, 200, "a share that is repeated holds");
    // Names count, whether or not there is such a user.
    for number in 0..99 {
        assert_eq!(share(&format!("no-such-user-{number}")), 204);
    }
    assert_eq!(share("known-reader"), 409);
    assert_eq!(share("no-such-user-at-all"), 409);
    assert_eq!(share("no-such-user-7"), 204, "one that was asked for before");
    assert_eq!(share("taken-later"), 204);
    assert_eq!(known.get(&place).status, 404);
}

#[test]
fn answers_that_are_alike_take_the_same_time_on_sqlite() {
    take_the_same_time(&Deployment::on_sqlite(UNLIMITED), 2_000);
}

#[test]
fn answers_that_are_alike_take_the_same_time_on_postgres() {
    let Some(service) = Deployment::on_postgres_and_redis(UNLIMITED) else { return };
    take_the_same_time(&service, 400);
}

/// A refusal takes as long as one that has to look further, a log-in or a sign-up the time of a hash:
/// there fewer samples have to do, unless more are asked for.
fn take_the_same_time(service: &Deployment, shares: usize) {
    let owner = Person::new(service, "owner");
    let stranger = Person::new(service, "stranger");
    let note = owner.note("mine", "a secret");
    let place = format!("/notes/{}", text(&note["id"]));
    // Names of the same length, each asked for once, as one who looks for accounts would.
    for number in 0..20 {
        Person::new(service, &format!("user-{number:04}"));
    }
    let share = |note: &Value, name: &str| {
        let place = format!("/notes/{}/share", text(&note["id"]));
        assert_eq!(owner.send("POST", &place, &json!({"name": name})).status, 204);
    };
    // Shares with existing and with unknown users: twenty names of each kind on every note.
    let mut notes = Vec::new();
    alike("sharing", samples(shares), |kind, number| {
        if number % 20 == 0 && kind == Kind::First {
            notes.push(owner.note("shared", ""));
        }
        let note = notes.last().unwrap().clone();
        let name = match kind {
            Kind::First => format!("user-{:04}", number % 20),
            Kind::Other => format!("none-{:04}", number % 20),
            Kind::Again => format!("nunc-{:04}", number % 20),
        };
        let began = Instant::now();
        share(&note, &name);
        began.elapsed().as_nanos()
    });
    alike("a note that is denied and one that is missing", samples(200), |kind, _| {
        let target = match kind {
            Kind::First => place.clone(),
            Kind::Other | Kind::Again => format!("/notes/{}", uuid::Uuid::now_v7()),
        };
        let began = Instant::now();
        assert_eq!(stranger.get(&target).status, 404);
        began.elapsed().as_nanos()
    });
    // Tokens of logins that have ended, and tokens that were never given out.
    let ended: Vec<String> = (0..20)
        .map(|_| {
            let person = Person::log_in(service, "stranger");
            assert_eq!(person.request("POST", "/logout").send().status, 204);
            person.refresh
        })
        .collect();
    alike("a refresh token of a login that has ended", samples(200), |kind, number| {
        let token = &ended[number % ended.len()];
        // Of the same form: its last characters are others.
        let token = match kind {
            Kind::First => token.clone(),
            Kind::Other => format!("{}{:04}", &token[..token.len() - 4], number % 10_000),
            Kind::Again => format!("{}{:04}", &token[..token.len() - 4], (number + 5_000) % 10_000),
        };
        let body = json!({"refresh_token": token}).to_string();
        let began = Instant::now();
        let answer = service.request("POST", "/refresh").json(&body).send();
        let took = began.elapsed().as_nanos();
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-grant"));
        took
    });
    alike("a log-in", samples(40), |kind, _| {
        let name = match kind {
            Kind::First => "owner",
            Kind::Other => "owner-x",
            Kind::Again => "owner-y",
        };
        let began = Instant::now();
        assert_eq!(log_in(service, name, "not the password").status, 400);
        began.elapsed().as_nanos()
    });
    alike("a sign-up", samples(40), |kind, number| {
        let name = match kind {
            Kind::First => "owner".to_owned(),
            Kind::Other => format!("fresh-{number}"),
            Kind::Again => format!("fresher-{number}"),
        };
        let credentials = json!({"name": name, "password": PASSWORD}).to_string();
        let began = Instant::now();
        service.request("POST", "/signup").json(&credentials).send();
        began.elapsed().as_nanos()
    });
}

#[test]
fn others_log_in_while_one_account_searches_on_sqlite() {
    others_log_in_while_one_searches(&Deployment::on_sqlite(BEHIND_A_PROXY));
}

#[test]
fn others_log_in_while_one_account_searches_on_postgres() {
    let Some(service) = Deployment::on_postgres_and_redis(BEHIND_A_PROXY) else { return };
    others_log_in_while_one_searches(&service);
}

/// Where the test says from which address a request comes.
const BEHIND_A_PROXY: &[(&str, &str)] = &[("PALISADE_TRUSTED_PROXIES", "127.0.0.1")];
/// Searches that one account has under way, if it has its way.
const SEARCHES: usize = 40;
/// Log-ins of another account in each of two rounds; an address has 60 a minute.
const LOG_INS: usize = 20;

/// The limits are those of the service. Medians are printed. One that is refused tries again after
/// `PAUSE_MILLISECONDS` (50): without a pause, the clients take more of the machine than the service.
#[expect(clippy::print_stdout, reason = "figures of the run, shown on demand")]
fn others_log_in_while_one_searches(service: &Deployment) {
    let (searcher, other) = (Person::new(service, "searcher"), Person::new(service, "another"));
    let long = "a".repeat(10_000);
    for number in 0..200 {
        searcher.note(&format!("{number}"), &long);
    }
    let log_ins = || {
        let mut times: Vec<_> = (0..LOG_INS)
            .map(|_| {
                let began = Instant::now();
                let answer = log_in(service, &other.name, PASSWORD);
                assert_eq!(answer.status, 200, "{}", answer.text());
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[LOG_INS / 2]
    };
    let pause = Duration::from_millis(
        std::env::var("PAUSE_MILLISECONDS").map_or(50, |text| text.parse().unwrap()),
    );
    let quiet = log_ins();
    let (ended, answered, refused) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    // What takes long: it looks like every beginning, and is found nowhere.
    let target = format!("/notes?search={}b", "a".repeat(63));
    let busy = thread::scope(|scope| {
        for _ in 0..SEARCHES {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let search = searcher.request("GET", &target);
                    let status = search.header("X-Forwarded-For", "203.0.113.7").send().status;
                    assert!([200, 429].contains(&status), "a search is answered with {status}");
                    if status == 200 {
                        answered.fetch_add(1, Ordering::Relaxed);
                    } else {
                        refused.fetch_add(1, Ordering::Relaxed);
                        // What is measured is searches, and not the clients of this machine.
                        thread::sleep(pause);
                    }
                }
            });
        }
        // Ends the threads where a log-in is refused, too.
        let _end = Ends(&ended);
        log_ins()
    });
    let (answered, refused) = (answered.into_inner(), refused.into_inner());
    println!(
        "a log-in takes {quiet:.1?}, and {busy:.1?} ({:.2} times that) while {SEARCHES} connections \
         of one account search: {answered} searches, {refused} refused",
        busy.as_secs_f64() / quiet.as_secs_f64()
    );
    assert!(answered > 0 && refused > 0, "{answered} searches, {refused} refused");
}

/// Ends threads when it goes.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
