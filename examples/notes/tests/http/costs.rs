//! What one account or one name costs, and what an answer tells of it.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    deployment::Deployment,
    person::{PASSWORD, Person, log_in, text},
};

/// No limits, which a test that asks thousands of times would meet.
const UNLIMITED: &[(&str, &str)] = &[("PALISADE_LIMITS", "off")];

/// Samples of each kind: of shares; of refusals, which all take as long as one that has to look
/// further; of log-ins and sign-ups, each of which is the work of a hash. The variable
/// `ORACLE_SAMPLES` takes as many of all.
struct Samples {
    shares: usize,
    refusals: usize,
    hashes: usize,
}

impl Samples {
    fn or(shares: usize, refusals: usize, hashes: usize) -> Self {
        let all = std::env::var("ORACLE_SAMPLES").ok().map(|all| all.parse().unwrap());
        Self {
            shares: all.unwrap_or(shares),
            refusals: all.unwrap_or(refusals),
            hashes: all.unwrap_or(hashes),
        }
    }
}

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
    take_the_same_time(&Deployment::on_sqlite(UNLIMITED), &Samples::or(2_000, 200, 40));
}

#[test]
fn answers_that_are_alike_take_the_same_time_on_postgres() {
    let Some(service) = Deployment::on_postgres_and_redis(UNLIMITED) else { return };
    take_the_same_time(&service, &Samples::or(400, 100, 40));
}

fn take_the_same_time(service: &Deployment, samples: &Samples) {
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
    // A share that happens and one that finds nobody: twenty names of each kind on every note.
    let mut notes = Vec::new();
    alike("sharing", samples.shares, |kind, number| {
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
    alike("a note that is denied and one that is missing", samples.refusals, |kind, _| {
        let target = match kind {
            Kind::First => place.clone(),
            Kind::Other | Kind::Again => format!("/notes/{}", uuid::Uuid::now_v7()),
        };
        let began = Instant::now();
        assert_eq!(stranger.get(&target).status, 404);
        began.elapsed().as_nanos()
    });
    alike("a log-in", samples.hashes, |kind, _| {
        let name = match kind {
            Kind::First => "owner",
            Kind::Other => "owner-x",
            Kind::Again => "owner-y",
        };
        let began = Instant::now();
        assert_eq!(log_in(service, name, "not the password").status, 400);
        began.elapsed().as_nanos()
    });
    alike("a sign-up", samples.hashes, |kind, number| {
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

/// What is compared: the first kind with another, and that with itself for a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    First,
    Other,
    Again,
}

/// The chance that a sample of the one takes longer than one of the other is a half (the statistic
/// of Mann and Whitney). The bound is a difference that takes more than one sample in five to tell,
/// with what chance makes of so many samples (three standard deviations of the statistic) and what
/// the machine makes of the control.
#[expect(clippy::print_stdout, reason = "figures of the run, shown on demand")]
fn alike(what: &str, samples: usize, mut take: impl FnMut(Kind, usize) -> u128) {
    let mut times: [Vec<u128>; 3] = Default::default();
    for number in 0..samples {
        // In another order each time: whoever comes first may find caches cold.
        let mut order = [Kind::First, Kind::Other, Kind::Again];
        if number % 20 != 0 {
            order.rotate_left(number % 3);
        }
        for kind in order {
            times[kind as usize].push(take(kind, number));
        }
    }
    let n = f64::from(u32::try_from(samples).unwrap());
    let noise = 3.0 * ((2.0 * n + 1.0) / (12.0 * n * n)).sqrt();
    let [first, other, again] = &times;
    let (found, control) = (longer(first, other), longer(again, other));
    let (found, control) = ((found - 0.5).abs(), (control - 0.5).abs());
    println!("{what}: {samples} samples, difference {found:.3}, of the control {control:.3}");
    assert!(
        found <= 0.1 + noise + 2.0 * control,
        "{what}: one probe is right in {:.0} of 100, by chance {:.0}",
        (0.5 + found) * 100.0,
        (0.5 + control) * 100.0
    );
}

fn longer(one: &[u128], other: &[u128]) -> f64 {
    let mut sorted = other.to_vec();
    sorted.sort_unstable();
    let below = |time: u128| -> f64 {
        let (less, up_to) =
            (sorted.partition_point(|o| *o < time), sorted.partition_point(|o| *o <= time));
        f64::from(u32::try_from(less + up_to).unwrap()) / 2.0
    };
    let pairs = f64::from(u32::try_from(one.len() * other.len()).unwrap());
    one.iter().map(|time| below(*time)).sum::<f64>() / pairs
}
