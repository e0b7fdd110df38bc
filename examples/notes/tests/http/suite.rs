//! What the service does, wherever it is deployed.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use palisade_tests::client::Answer;
use serde_json::{Value, json};

use crate::{
    deployment::Deployment,
    person::{PASSWORD, Person, log_in, text},
};

#[test]
fn one_instance_on_sqlite() {
    suite(&Deployment::on_sqlite(&[]));
}

/// What is written for the authors of the libraries holds no secret either: each instance looks through its
/// log when it ends.
#[test]
fn one_instance_that_writes_everything() {
    suite(&Deployment::on_sqlite(&[("RUST_LOG", "trace")]));
}

#[test]
fn two_instances_on_postgres_and_redis() {
    let Some(service) = Deployment::on_postgres_and_redis(&[]) else { return };
    assert_eq!(service.instances(), 2);
    suite(&service);
    let log = service.log();
    assert!(!log.contains("lacks the permission") && !log.contains("NOPERM"), "{log}");
}

// By themselves: a sign-up has a limit by address.
#[test]
fn names_and_passwords_on_sqlite() {
    names_and_passwords(&Deployment::on_sqlite(&[]));
}

#[test]
fn names_and_passwords_on_postgres_and_redis() {
    let Some(service) = Deployment::on_postgres_and_redis(&[]) else { return };
    names_and_passwords(&service);
}

fn names_and_passwords(service: &Deployment) {
    names_that_look_alike_are_one_account(service);
    passwords_that_are_guessed_first_are_refused(service);
}

fn suite(service: &Deployment) {
    names_are_unique_in_any_case(service);
    a_failed_login_tells_nothing(service);
    guesses_at_one_account_come_to_an_end(service);
    a_refresh_token_is_good_once(service);
    a_log_out_holds_everywhere(service);
    notes_are_kept_changed_and_deleted(service);
    a_client_changes_the_version_that_it_has_read(service);
    input_has_bounds(service);
    notes_of_others_are_not_there(service);
    a_shared_note_is_read_and_no_more(service);
    a_search_takes_every_character_for_itself(service);
    pages_follow_each_other(service);
    an_export_is_complete_and_ones_own(service);
    changes_at_the_same_time_do_not_undo_each_other(service);
    assert!(!service.log().contains(PASSWORD), "a password is in the log");
}

fn names_are_unique_in_any_case(service: &Deployment) {
    let first = Person::new(service, "Grace");
    for taken in ["Grace", "grace", "GRACE"] {
        let credentials = json!({"name": taken, "password": PASSWORD}).to_string();
        let answer = service.request("POST", "/signup").json(&credentials).send();
        assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"), "{taken}");
    }
    for bad in ["", " grace", "gracе", "g'r", "a b", "-a", &"x".repeat(65)] {
        let credentials = json!({"name": bad, "password": PASSWORD}).to_string();
        let answer = service.request("POST", "/signup").json(&credentials).send();
        assert_eq!(answer.status, 422, "{bad}");
    }
    for bad in ["", "short", &"x".repeat(129)] {
        let credentials = json!({"name": "somebody", "password": bad}).to_string();
        let answer = service.request("POST", "/signup").json(&credentials).send();
        assert_eq!(answer.status, 422, "{bad}");
        assert!(bad.is_empty() || !answer.text().contains(bad), "an answer repeats a password");
    }
    assert_eq!(log_in(service, "gRACE", PASSWORD).status, 200);
    assert!(first.list("").is_empty());
}

fn names_that_look_alike_are_one_account(service: &Deployment) {
    let alice = Person::new(service, "Alice");
    let sign_up = |name: &str| {
        let credentials = json!({"name": name, "password": PASSWORD}).to_string();
        service.request("POST", "/signup").json(&credentials).send()
    };
    for alike in ["alice", "aIice", "ALlCE", "a1ice", "AL1CE", "allce"] {
        let answer = sign_up(alike);
        assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"), "{alike}");
    }
    for [first, alike] in [["b0b", "Bob"], ["Rnarnie", "marnie"], ["o.O", "0.0"]] {
        assert_eq!(sign_up(first).status, 201, "{first}");
        assert_eq!(sign_up(alike).status, 409, "{alike}");
    }
    for other in ["ann", "anna", "rob", "alicia", "malice", "al.ice"] {
        assert_eq!(sign_up(other).status, 201, "{other}");
    }
    // With capitals a name could look like another one.
    let note = alice.note("whose", "");
    assert_eq!(note["owner"], json!("alice"));
    let noted = sign_up("CarOl").json();
    assert_eq!(noted["name"], json!("carol"));
}

fn passwords_that_are_guessed_first_are_refused(service: &Deployment) {
    let sign_up = |name: &str, password: &str| {
        let credentials = json!({"name": name, "password": password}).to_string();
        service.request("POST", "/signup").json(&credentials).send()
    };
    for (name, password, code) in [
        ("pw12345", "password", "common_password"),
        ("pw12345", "PassWord1", "common_password"),
        ("pw12345", "12345678", "common_password"),
        ("pw12345", "pw12345x", "contains_name"),
        ("PW12345", "my pw12345 is long", "contains_name"),
        ("hopper@example.org", "Hopper1906", "contains_name"),
    ] {
        let answer = sign_up(name, password);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (422, "invalid-input"),
            "{password}"
        );
        let errors = &answer.json()["errors"];
        assert_eq!(errors[0]["pointer"], json!("/password"), "{errors}");
        assert_eq!(errors[0]["code"], json!(code), "{password}");
        // The field itself is called so.
        let repeats = password != "password" && answer.text().contains(password);
        assert!(!repeats, "an answer repeats a password");
        // What is stored already passes: a log-in only fails for being wrong.
        assert_eq!(log_in(service, name, password).status, 400);
    }
    assert_eq!(sign_up("pw12345", PASSWORD).status, 201);
}

fn a_failed_login_tells_nothing(service: &Deployment) {
    let ada = Person::new(service, "ada");
    let wrong = log_in(service, &ada.name, "not the password");
    let unknown = log_in(service, "nobody", "not the password");
    assert_eq!((wrong.status, wrong.problem().as_str()), (400, "invalid-grant"));
    assert_eq!((unknown.status, &unknown.body), (wrong.status, &wrong.body));
    let names = |answer: &Answer| -> BTreeSet<String> {
        answer.headers.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&wrong), names(&unknown));

    // Both do the work of one hash: an early answer would be many times as fast.
    let time = |name: &str| {
        let mut times: Vec<Duration> = (0..3)
            .map(|_| {
                let began = Instant::now();
                assert_eq!(log_in(service, name, "not the password").status, 400);
                began.elapsed()
            })
            .collect();
        times.sort();
        times[1]
    };
    let (known, unknown) = (time("ada"), time("nobody-else"));
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.2..5.0).contains(&ratio), "{known:?} for a user, {unknown:?} for nobody");
}

fn guesses_at_one_account_come_to_an_end(service: &Deployment) {
    let person = Person::new(service, "guessed-at");
    for number in 0..10 {
        let name = if number % 2 == 0 { "guessed-at" } else { "Guessed-At" };
        assert_eq!(log_in(service, name, "not the password").status, 400, "{number}");
    }
    for instance in 0..service.instances() {
        let refused = log_in(service, &person.name, PASSWORD);
        assert_eq!((refused.status, refused.problem().as_str()), (429, "quota-exceeded"));
        let violated = &refused.json()["violated-policies"];
        assert_eq!(*violated, json!(["guesses-at-one"]), "instance {instance}");
    }
    let other = Person::new(service, "not-guessed-at");
    assert_eq!(log_in(service, &other.name, PASSWORD).status, 200);
    // Sessions stay valid.
    assert!(person.list("").is_empty());
}

fn a_refresh_token_is_good_once(service: &Deployment) {
    let person = Person::new(service, "refresher");
    let refresh = |token: &str| {
        let body = json!({"refresh_token": token}).to_string();
        service.request("POST", "/refresh").json(&body).send()
    };
    let answer = refresh(&person.refresh);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let next = answer.json();
    let access = text(&next["access_token"]);
    assert_eq!(service.request("GET", "/notes").bearer(&access).send().status, 200);
    assert_ne!(next["refresh_token"], person.refresh.as_str());

    let again = refresh(&person.refresh);
    assert_eq!((again.status, again.problem().as_str()), (400, "invalid-grant"));
    // Two parties held it, so this login has ended, with the access tokens of both.
    for number in 0..service.instances() {
        for access in [&access, &person.access] {
            wait_for_401(service, number, access);
        }
    }
    assert_eq!(refresh(&text(&next["refresh_token"])).status, 400);
    assert_eq!(refresh(&access).status, 422, "an access token is none");
    let as_access = service.request("GET", "/notes").bearer(&person.refresh).send();
    assert_eq!(as_access.status, 401, "and a refresh token is no access token");
}

/// Waits until an instance has heard that a token was revoked.
pub(crate) fn wait_for_401(service: &Deployment, number: usize, access: &str) {
    let began = Instant::now();
    while service.request_to(number, "GET", "/notes").bearer(access).send().status != 401 {
        assert!(began.elapsed() < Duration::from_secs(2), "instance {number} has not heard");
        thread::sleep(Duration::from_millis(5));
    }
}

fn a_log_out_holds_everywhere(service: &Deployment) {
    let phone = Person::new(service, "linus");
    let laptop = Person::log_in(service, "linus");
    assert_eq!(phone.get("/notes").status, 200);
    // An access token from before a refresh is one of the same login.
    let body = json!({"refresh_token": phone.refresh}).to_string();
    let renewed = service.request("POST", "/refresh").json(&body).send().json();
    let (before, mut phone) = (phone.access.clone(), phone);
    phone.access = text(&renewed["access_token"]);
    phone.refresh = text(&renewed["refresh_token"]);
    assert_eq!(service.request("GET", "/notes").bearer(&before).send().status, 200);
    assert_eq!(service.request("POST", "/logout").send().status, 401);
    assert_eq!(phone.request("POST", "/logout").send().status, 204);
    for number in 0..service.instances() {
        for access in [&phone.access, &before] {
            wait_for_401(service, number, access);
        }
        let body = json!({"refresh_token": phone.refresh}).to_string();
        let answer = service.request_to(number, "POST", "/refresh").json(&body).send();
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-grant"));
    }
    assert_eq!(laptop.get("/notes").status, 200, "another login goes on");
    let body = json!({"refresh_token": laptop.refresh}).to_string();
    assert_eq!(service.request("POST", "/refresh").json(&body).send().status, 200);
    // A client that sends its refresh token along is not turned away.
    let tablet = Person::log_in(service, "linus");
    let body = json!({"refresh_token": tablet.refresh});
    assert_eq!(tablet.send("POST", "/logout", &body).status, 204);
}

fn notes_are_kept_changed_and_deleted(service: &Deployment) {
    let person = Person::new(service, "keeper");
    let answer =
        person.send("POST", "/notes", &json!({"title": "Füße", "body": "line\nline\t“x”"}));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let note = answer.json();
    let place = format!("/notes/{}", text(&note["id"]));
    assert_eq!(answer.header("location"), Some(place.as_str()));
    assert_eq!((&note["title"], &note["owner"]), (&json!("Füße"), &json!("keeper")));
    assert_eq!(person.get(&place).json(), note);

    let changed = person.send("PATCH", &place, &json!({"title": "Feet"}));
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!((&changed["title"], &changed["body"]), (&json!("Feet"), &note["body"]));
    assert_eq!(changed["created"], note["created"]);
    assert!(text(&changed["changed"]) >= text(&note["changed"]));
    assert_eq!(person.get(&place).json(), changed);
    assert_eq!(person.list("search=feet").len(), 1, "a search sees the change");
    assert!(person.list("search=f%C3%BC%C3%9Fe").is_empty());

    assert_eq!(person.request("DELETE", &place).send().status, 204);
    assert_eq!(person.get(&place).status, 404);
    assert_eq!(person.request("DELETE", &place).send().status, 404);
    assert!(person.export().is_empty());
}

fn a_client_changes_the_version_that_it_has_read(service: &Deployment) {
    let person = Person::new(service, "versioner");
    let made = person.send("POST", "/notes", &json!({"title": "first", "body": ""}));
    assert_eq!((made.status, made.header("etag")), (201, Some("\"1\"")));
    let place = made.header("location").unwrap().to_owned();
    let with =
        |method: &str, name: &str, tag: &str| person.request(method, &place).header(name, tag);
    assert_eq!(person.get(&place).header("etag"), Some("\"1\""));
    assert_eq!(with("GET", "If-None-Match", "\"1\"").send().status, 304);
    let change = |tag: &str| with("PATCH", "If-Match", tag).json("{\"title\": \"second\"}").send();
    let changed = change("\"1\"");
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
    for stale in ["\"1\"", "W/\"2\""] {
        let refused = change(stale);
        assert_eq!((refused.status, refused.problem().as_str()), (412, "precondition-failed"));
    }
    assert_eq!(with("GET", "If-None-Match", "\"1\"").send().json(), changed.json());
    assert_eq!(with("DELETE", "If-Match", "\"1\"").send().status, 412);
    // It evaluates no conditions.
    let share = person.request("POST", &format!("{place}/share")).header("If-Match", "\"2\"");
    let answer = share.json("{\"name\": \"nobody-of-this-name\"}").send();
    assert_eq!((answer.status, answer.problem().as_str()), (412, "conditions-not-evaluated"));
    assert_eq!(with("DELETE", "If-Match", "\"2\"").send().status, 204);
    assert_eq!(person.get(&place).status, 404);
}

fn input_has_bounds(service: &Deployment) {
    let person = Person::new(service, "bounded");
    let refused = [
        json!({"title": "", "body": ""}),
        json!({"title": "x".repeat(201), "body": ""}),
        json!({"title": "x", "body": "x".repeat(10_001)}),
        json!({"title": "a\u{0}b", "body": ""}),
        json!({"title": "a\nb", "body": ""}),
        json!({"title": "x", "body": "a\u{0}b"}),
        json!({"title": "x", "body": "a\u{1}b"}),
        json!({"title": "x", "body": "a\u{1b}b"}),
        json!({"title": "x", "body": "a\u{85}b"}),
        json!({"title": "a\u{2028}b", "body": ""}),
        json!({"title": "x"}),
        json!({"title": 7, "body": ""}),
        json!({"title": "x", "body": "", "owner": "ada"}),
        json!({"title": "x", "body": "", "id": "7"}),
    ];
    for body in &refused {
        let answer = person.send("POST", "/notes", body);
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"), "{body}");
    }
    let huge = json!({"title": "x", "body": "x".repeat(200_000)});
    assert_eq!(person.send("POST", "/notes", &huge).status, 413);
    let largest = json!({"title": "ü".repeat(200), "body": "😀".repeat(10_000)});
    assert_eq!(person.send("POST", "/notes", &largest).status, 201);
    assert!(person.list(&format!("search={}", "a".repeat(64))).is_empty());
    for query in [
        format!("search={}", "a".repeat(65)).as_str(),
        "limit=0",
        "limit=x",
        "sort=body",
        "sort=title%20desc",
        "order=up",
        "after=x",
        "search=a%00b",
        "page=2",
        "sort=title&sort=title",
    ] {
        let status = person.get(&format!("/notes?{query}")).status;
        assert!(matches!(status, 400 | 422), "{query}: {status}");
    }
    assert_eq!(person.list("limit=1000").len(), 1, "more than a page is a page");
}

fn notes_of_others_are_not_there(service: &Deployment) {
    let (owner, other) = (Person::new(service, "owner"), Person::new(service, "other"));
    let note = owner.note("mine", "only mine");
    let place = format!("/notes/{}", text(&note["id"]));
    let nowhere = "/notes/0190d8f0-0000-7000-8000-000000000000";
    let missing = other.get(nowhere);
    assert_eq!(missing.status, 404);
    let change = json!({"title": "theirs"});
    for (method, below, body) in [
        ("GET", "", None),
        ("PATCH", "", Some(&change)),
        ("DELETE", "", None),
        ("POST", "/share", Some(&json!({"name": "other"}))),
    ] {
        let target = format!("{place}{below}");
        let answer = match body {
            Some(body) => other.send(method, &target, body),
            None => other.request(method, &target).send(),
        };
        assert_eq!((answer.status, &answer.body), (404, &missing.body), "{method} {target}");
        let anonymous = service.request(method, &target).send();
        assert_eq!(anonymous.status, 401, "{method} {target}");
    }
    assert!(other.list("").is_empty() && other.export().is_empty());
    assert!(other.list("search=mine").is_empty());
    assert_eq!(owner.get(&place).json(), note);
}

fn a_shared_note_is_read_and_no_more(service: &Deployment) {
    let (owner, reader) = (Person::new(service, "writer"), Person::new(service, "Reader"));
    let stranger = Person::new(service, "stranger");
    let note = owner.note("shared", "with a reader");
    let place = format!("/notes/{}", text(&note["id"]));
    let share = |name: &str| owner.send("POST", &format!("{place}/share"), &json!({"name": name}));
    let (known, unknown) = (share("reader"), share("no-such-user"));
    assert_eq!((known.status, unknown.status), (204, 204), "who has an account is not told");
    assert_eq!(share("READER").status, 204, "a share can be repeated");
    assert_eq!(share("writer").status, 204, "one with oneself is none");

    assert_eq!(reader.get(&place).json(), note);
    assert_eq!(reader.list("search=SHARED"), std::slice::from_ref(&note));
    assert!(reader.export().is_empty(), "an export has one's own notes alone");
    assert_eq!(owner.list("").len(), 1);
    for answer in [
        reader.send("PATCH", &place, &json!({"title": "theirs"})),
        reader.request("DELETE", &place).send(),
        reader.send("POST", &format!("{place}/share"), &json!({"name": "stranger"})),
        stranger.get(&place),
    ] {
        assert_eq!(answer.status, 404);
    }
    assert_eq!(owner.request("DELETE", &place).send().status, 204);
    assert_eq!(reader.get(&place).status, 404);
    assert!(reader.list("").is_empty());
}

fn a_search_takes_every_character_for_itself(service: &Deployment) {
    let person = Person::new(service, "searcher");
    for (title, body) in
        [("100% sure", "under_score"), ("100 sure", "underXscore"), ("Straße", "ÄRGER! [a-z]")]
    {
        person.note(title, body);
    }
    for (search, found) in [
        ("100%25", 1),
        ("100", 2),
        ("%25", 1),
        ("_", 1),
        ("r_s", 1),
        ("!", 1),
        ("[a-z]", 1),
        ("SURE", 2),
        ("%C3%A4rger", 1),
        ("STRA%C3%9FE", 1),
        ("%5C", 0),
        ("", 3),
        ("sure%0Aunder", 2),
    ] {
        assert_eq!(person.list(&format!("search={search}")).len(), found, "{search}");
    }
}

fn pages_follow_each_other(service: &Deployment) {
    let person = Person::new(service, "reader-of-pages");
    let titles = ["b", "a", "c", "b", "it's", "b", "Z", "é"];
    let ids: BTreeSet<String> =
        titles.iter().map(|title| text(&person.note(title, "")["id"])).collect();
    let mut cursors = Vec::new();
    for (sort, field) in [("title", "title"), ("created", "created")] {
        for order in ["asc", "desc"] {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let target = format!("/notes?sort={sort}&order={order}&limit=3{after}");
                let answer = person.get(&target);
                assert_eq!(answer.status, 200, "{target}: {}", answer.text());
                let page = answer.json();
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= 3);
                seen.extend(items.iter().cloned());
                let Some(next) = page["next"].as_str() else { break };
                cursors.push((sort, next.to_owned()));
                after = format!("&after={next}");
                assert!(seen.len() <= titles.len(), "pages that do not end");
            }
            let all: BTreeSet<String> = seen.iter().map(|note| text(&note["id"])).collect();
            assert_eq!((seen.len(), all), (titles.len(), ids.clone()), "{sort} {order}");
            let keys: Vec<String> = seen.iter().map(|note| text(&note[field])).collect();
            let sorted = keys.windows(2).all(|two| match order {
                "asc" => two[0] <= two[1],
                _ => two[0] >= two[1],
            });
            assert!(sorted, "{sort} {order}: {keys:?}");
        }
    }
    // Every parameter may be there and empty, as a form sends it.
    let (bare, empty) = (
        person.get("/notes").json(),
        person.get("/notes?search=&sort=&order=&limit=&after=").json(),
    );
    assert_eq!(bare["items"].as_array().map(Vec::len), Some(titles.len()));
    assert_eq!(bare, empty);
    let by_title = person.get("/notes?search=&sort=title&order=&limit=&after=").json();
    assert_eq!(by_title["items"], person.get("/notes?sort=title").json()["items"]);
    for twice in ["sort=&sort=title", "limit=&limit=3", "after=&after="] {
        assert_eq!(person.get(&format!("/notes?{twice}")).status, 422, "{twice}");
    }
    for (sort, cursor) in &cursors {
        let other = if *sort == "title" { "created" } else { "title" };
        let answer = person.get(&format!("/notes?sort={other}&after={cursor}"));
        assert_eq!(answer.status, 400, "a cursor of another sort");
    }
    // A cursor of another user only says where among one's own notes a page begins.
    let stranger = Person::new(service, "cursor-thief");
    for (sort, cursor) in &cursors {
        assert!(stranger.list(&format!("sort={sort}&after={cursor}")).is_empty());
    }
}

fn an_export_is_complete_and_ones_own(service: &Deployment) {
    let person = Person::new(service, "exporter");
    assert!(person.export().is_empty());
    // Two pages and a bit of the export's own.
    let titles: Vec<String> = (0..203).map(|number| format!("note {number}")).collect();
    for (number, title) in titles.iter().enumerate() {
        person.note(title, "text");
        if matches!(number, 99 | 100) {
            assert_eq!(person.export().len(), number + 1, "at the edge of a page");
        }
    }
    let exported: Vec<Value> = person.export();
    let kept: Vec<String> = exported.iter().map(|note| text(&note["title"])).collect();
    assert_eq!(kept, titles);
}

fn changes_at_the_same_time_do_not_undo_each_other(service: &Deployment) {
    let person = Person::new(service, "racer");
    let note = person.note("race", "start");
    let place = format!("/notes/{}", text(&note["id"]));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|number| {
                let (person, place) = (&person, &place);
                scope.spawn(move || {
                    let change = json!({"body": format!("by {number}")});
                    person.send("PATCH", place, &change).status
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    // All of them have read the same version, so that one is served.
    let tag = person.get(&place).header("etag").unwrap().to_owned();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|number| {
                let (person, place, tag) = (&person, &place, &tag);
                scope.spawn(move || {
                    let change = json!({"body": format!("by {number}")}).to_string();
                    let request = person.request("PATCH", place).header("If-Match", tag);
                    request.json(&change).send().status
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 412)), "{statuses:?}");
}
