//! What only the administrator may do.

use std::time::Instant;

use palisade_tests::{
    client::Answer,
    timing::{Kind, alike, samples},
};

use crate::instance::{Instance, PASSWORD};

const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

fn log_in(book: &Instance, name: &str, password: &str) -> Answer {
    book.form("/login", &[("name", name), ("password", password)]).send()
}

/// The cookie of a new session.
fn enter(book: &Instance) -> String {
    let answer = log_in(book, "admin", PASSWORD);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/admin")));
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-session="), "{set}");
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

fn admin(book: &Instance, cookie: &str) -> Answer {
    book.request("GET", "/admin").header("Cookie", cookie).send()
}

#[test]
fn only_a_session_sees_the_page_and_a_log_out_ends_it() {
    let book = Instance::start(&[]);
    assert_eq!(book.get("/admin").status, 401);
    let browser = book.request("GET", "/admin").header("Accept", HTML).send();
    assert_eq!((browser.status, browser.header("location")), (303, Some("/login")));
    assert_eq!(book.get("/login").status, 200);

    let (cookie, other) = (enter(&book), enter(&book));
    book.write("<b>hello</b>");
    let page = admin(&book, &cookie);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("&#60;b&#62;hello&#60;/b&#62;"), "{}", page.text());
    assert!(page.text().contains(r#"action="/admin/entries/1/delete""#), "{}", page.text());
    let bad = book.request("GET", "/admin?limit=0").header("Cookie", &cookie).send();
    assert_eq!(bad.status, 422);

    let answer = book.request("POST", "/logout").header("Cookie", &cookie).send();
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-session=;") && set.ends_with("; Max-Age=0"), "{set}");
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert_eq!(admin(&book, &cookie).status, 401, "a copy of the cookie");
    assert_eq!(admin(&book, &other).status, 200);
    let forged = book.request("POST", "/logout").header("Cookie", &other);
    assert_eq!(forged.header("Sec-Fetch-Site", "cross-site").send().status, 403);
    assert_eq!(admin(&book, &other).status, 200, "another site has logged somebody out");
}

#[test]
fn an_entry_is_deleted_by_a_session_of_the_same_site_alone() {
    let friend = "https://friend.example";
    let book = Instance::start(&[("PALISADE_CORS_ORIGINS", friend)]);
    book.write("one");
    book.write("two");
    let cookie = enter(&book);
    let delete = |id: &str| book.request("POST", &format!("/admin/entries/{id}/delete"));
    let with = |id: &str| delete(id).header("Cookie", &cookie);

    assert_eq!(delete("1").send().status, 401);
    assert_eq!(delete("1").header("Accept", HTML).send().status, 401);
    assert_eq!(delete("1").header("Cookie", "__Host-session=x").send().status, 401);
    for site in ["cross-site", "same-site"] {
        assert_eq!(with("1").header("Sec-Fetch-Site", site).send().problem(), "cross-site");
    }
    // Pages of this origin may write into the book, and no more.
    let listed = with("1").header("Sec-Fetch-Site", "cross-site").header("Origin", friend);
    assert_eq!(listed.send().problem(), "cross-site");
    assert_eq!(with("x").send().status, 422);
    assert_eq!(with("-1").send().status, 404);
    assert_eq!(book.texts(""), ["two", "one"]);

    let answer = with("2").header("Sec-Fetch-Site", "same-origin").send();
    assert_eq!((answer.status, answer.header("location")), (303, Some("/admin")));
    assert_eq!(book.texts(""), ["one"]);
    assert_eq!(with("2").send().status, 404, "it is gone");
    book.write("three");
    assert_eq!(with("2").send().status, 404, "its id does not come back");
}

#[test]
fn a_wrong_name_and_a_wrong_password_are_answered_alike() {
    let book = Instance::start(&[]);
    let known = log_in(&book, "admin", "wrong horse battery");
    let unknown = log_in(&book, "ada", PASSWORD);
    assert_eq!((known.status, known.problem().as_str()), (400, "invalid-grant"));
    assert_eq!(known.body, unknown.body);
    assert_eq!((known.header("set-cookie"), unknown.header("set-cookie")), (None, None));
    assert_eq!(log_in(&book, "admin", "short").status, 422);
    let fields = [("name", "admin"), ("password", PASSWORD)];
    let forged = book.form("/login", &fields).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(forged.send().status, 403, "another site has logged somebody in");
    assert!(!book.log().contains(PASSWORD) && !book.log().contains("wrong horse"));
}

#[test]
fn guesses_have_an_end_and_log_ins_have_none() {
    let book = Instance::start(&[]);
    for _ in 0..12 {
        enter(&book);
    }
    for _ in 0..10 {
        assert_eq!(log_in(&book, "admin", "wrong horse battery").status, 400);
    }
    let refused = log_in(&book, "admin", PASSWORD);
    assert_eq!(refused.problem(), "quota-exceeded");
    assert!(refused.text().contains("guesses"), "{}", refused.text());
    // Failed guesses of another client do not count for this one.
    assert_eq!(log_in(&book, "ada", "wrong horse battery").status, 400);
}

#[test]
fn a_wrong_password_and_an_unknown_name_take_the_same_time() {
    let book = Instance::start(&[("PALISADE_LIMITS", "off")]);
    alike("a log-in", samples(40), |kind, _| {
        let name = match kind {
            Kind::First => "admin",
            Kind::Other => "adnim",
            Kind::Again => "admni",
        };
        let began = Instant::now();
        let answer = log_in(&book, name, "not the password");
        let took = began.elapsed().as_nanos();
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-grant"));
        took
    });
    // A session that has ended, and one that there never was.
    let ended = enter(&book);
    let answer = book.request("POST", "/logout").header("Cookie", &ended).send();
    assert_eq!(answer.status, 303);
    alike("a session that has ended", samples(200), |kind, number| {
        let cookie = match kind {
            Kind::First => ended.clone(),
            Kind::Other => format!("{}{number:04}", &ended[..ended.len() - 4]),
            Kind::Again => format!("{}{:04}", &ended[..ended.len() - 4], number + 5_000),
        };
        let began = Instant::now();
        assert_eq!(admin(&book, &cookie).status, 401);
        began.elapsed().as_nanos()
    });
}
