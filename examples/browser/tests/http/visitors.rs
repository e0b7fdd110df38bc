//! What every visitor may do.

use serde_json::json;

use crate::instance::{Instance, pair};

const SCRIPT: &str = "<script>alert('it\"s')</script>";
const ESCAPED: &str = "&#60;script&#62;alert(&#39;it&#34;s&#39;)&#60;/script&#62;";

#[test]
fn an_entry_is_kept_and_the_newest_is_first() {
    let book = Instance::start(&[]);
    let answer = book.form("/entries", &[("text", "by a form")]).send();
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    assert!(answer.body.is_empty());

    book.write("another");
    book.write("a third");

    let entries = book.get("/api/entries").json();
    let entry = &entries[0];
    assert_eq!((&entry["id"], &entry["text"]), (&json!(3), &json!("a third")));
    let written = entry["written"].as_str().unwrap();
    assert!(written.ends_with('Z'), "{entry}");
    assert!(book.get("/").text().contains(&format!("<time datetime=\"{written}\">")));
    let answer = book.get("/api/entries/count");
    assert_eq!((answer.status, answer.text().as_str()), (200, "3"));
    assert_eq!(book.texts("limit=2"), ["a third", "another"]);
    assert_eq!(book.texts("before=3&limit=1"), ["another"]);
}

#[test]
fn what_is_no_entry_is_refused() {
    let book = Instance::start(&[]);
    let long = "x".repeat(501);
    for text in ["", "   ", "two\nlines", "a\0b", "\u{1b}[2J", long.as_str()] {
        let answer = book.form("/entries", &[("text", text)]).send();
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"), "{text:?}");
    }
    let fields = [("text", "hello"), ("id", "7")];
    assert_eq!(book.form("/entries", &fields).send().status, 422);
    let json = book.request("POST", "/entries").json(r#"{"text":"hello"}"#);
    assert_eq!(json.send().status, 415);
    let huge = "x".repeat(9 * 1024);
    assert_eq!(book.form("/entries", &[("text", &huge)]).send().status, 413);
    assert_eq!(book.get("/api/entries/count").text(), "0");
    book.write(&"ü".repeat(500));
}

#[test]
fn another_site_writes_nothing() {
    let book = Instance::start(&[("PALISADE_CORS_ORIGINS", "https://friend.example")]);
    let send = |site: &str, origin: &str| {
        let form = book.form("/entries", &[("text", origin)]);
        form.header("Sec-Fetch-Site", site).header("Origin", origin).send()
    };
    let own = book.at("");
    assert_eq!(send("same-origin", &own).status, 303);
    assert_eq!(send("cross-site", "https://friend.example").status, 303);
    for (site, origin) in [("cross-site", "https://evil.example"), ("same-site", own.as_str())] {
        assert_eq!(send(site, origin).problem(), "cross-site", "{site} {origin}");
    }
    assert_eq!(book.texts(""), ["https://friend.example", own.as_str()]);
}

#[test]
fn the_twenty_first_entry_of_a_minute_waits() {
    let book = Instance::start(&[]);
    let refused = (1..100).find_map(|number| {
        let answer = book.form("/entries", &[("text", &number.to_string())]).send();
        (answer.status != 303).then_some((number, answer))
    });
    let (number, answer) = refused.unwrap();
    assert_eq!(answer.problem(), "quota-exceeded");
    // A slow machine gives units back while the requests are on their way.
    assert!((21..40).contains(&number), "{number}");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    // Reading goes on.
    assert_eq!(book.get("/").status, 200);
}

#[test]
fn what_visitors_write_is_text_on_every_page() {
    let book = Instance::start(&[]);
    book.write(SCRIPT);
    let page = book.get("/");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains(ESCAPED) && !page.text().contains(SCRIPT), "{}", page.text());

    let greeting = book.get(&format!("/greet?{}", pair("name", SCRIPT)));
    assert_eq!(greeting.status, 200);
    assert!(!greeting.text().contains(SCRIPT), "{}", greeting.text());
    // The heading, and the value of the field.
    assert_eq!(greeting.text().matches(ESCAPED).count(), 2, "{}", greeting.text());
    assert!(book.get("/greet").text().contains("Hello, stranger!"));
    let long = format!("/greet?name={}", "x".repeat(101));
    assert_eq!(book.get(&long).status, 422);

    let searched = book.get(&format!("/?{}", pair("search", SCRIPT))).text();
    // The entry that is found, and the value of the field, here and for the next page.
    assert_eq!(searched.matches(ESCAPED).count(), 3, "{searched}");
    assert!(!searched.contains(SCRIPT), "{searched}");
    assert_eq!(book.texts(""), [SCRIPT], "kept as it came");
}

#[test]
fn links_to_pages_may_carry_parameters_of_others() {
    let book = Instance::start(&[]);
    for target in ["/?fbclid=x", "/?utm_source=news&utm_medium=mail", "/greet?name=ada&gclid=1"] {
        assert_eq!(book.get(target).status, 200, "{target}");
    }
    assert_eq!(book.get("/api/entries?fbclid=x").status, 422, "no page");
}

#[test]
fn scripts_and_styles_of_a_page_run_by_a_nonce_of_its_own() {
    let book = Instance::start(&[]);
    let nonce = |target: &str| {
        let page = book.get(target);
        let csp = page.header("content-security-policy").unwrap();
        let nonce = csp.split_once("script-src 'nonce-").unwrap().1.split_once('\'').unwrap().0;
        let text = page.text();
        let (scripts, styles) = (text.matches("<script").count(), text.matches("<style").count());
        let marked = text.matches(&format!(" nonce=\"{nonce}\">")).count();
        assert_eq!(marked, scripts + styles, "{target}: {text}");
        assert!(csp.contains("require-trusted-types-for 'script'"), "{csp}");
        assert!(!text.contains(" style=") && !text.contains(" onclick="), "{text}");
        nonce.to_owned()
    };
    assert_ne!(nonce("/"), nonce("/"));
    nonce("/login");
    nonce("/greet?name=ada");
    let icon = book.get("/icon.svg");
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")));
    let tag = icon.header("etag").unwrap();
    let known = book.request("GET", "/icon.svg").header("If-None-Match", tag).send();
    assert_eq!((known.status, known.header("etag")), (304, Some(tag)));
    let other = book.request("GET", "/icon.svg").header("If-None-Match", "\"x\"").send();
    assert_eq!(other.status, 200);
    assert_eq!(book.request("POST", "/icon.svg").send().status, 405);
}

#[test]
fn a_search_finds_what_is_looked_for_and_nothing_else() {
    let book = Instance::start(&[]);
    for text in ["100% cocoa", "1000 beans", "snake_case", "snakeXcase", "Ünïcödé", "it's !a"] {
        book.write(text);
    }
    for (search, found) in [
        ("%", &["100% cocoa"][..]),
        ("_", &["snake_case"]),
        ("100%", &["100% cocoa"]),
        ("e_c", &["snake_case"]),
        ("ÜNÏ", &["Ünïcödé"]),
        ("'", &["it's !a"]),
        ("!a", &["it's !a"]),
        ("' OR 1=1 --", &[]),
        ("1000", &["1000 beans"]),
    ] {
        assert_eq!(book.texts(&pair("search", search)), found, "{search}");
        let page = book.get(&format!("/?{}", pair("search", search))).text();
        assert_eq!(page.matches("<time").count(), found.len(), "{search}: {page}");
    }
    assert_eq!(book.texts("search=").len(), 6);
    for bad in ["search=a&search=b", "limit=0", "before=x"] {
        assert_eq!(book.get(&format!("/api/entries?{bad}")).status, 422, "{bad}");
        assert_eq!(book.get(&format!("/?{bad}")).status, 422, "{bad}");
    }
    // What links carry from elsewhere is an error of the API, and none of a page.
    assert_eq!(book.get("/api/entries?order=text").status, 422);
    assert_eq!(book.get("/?order=text").status, 200);
    let long = format!("/api/entries?search={}", "x".repeat(101));
    assert_eq!(book.get(&long).status, 422);
    assert_eq!(book.request("DELETE", "/api/entries").send().status, 405);
    assert_eq!(book.request("POST", "/api/entries/count").send().status, 405);
}

#[test]
fn a_page_has_an_end_and_leads_to_the_next() {
    let book = Instance::start(&[("PALISADE_LIMITS", "off")]);
    for number in 1..=102 {
        book.write(&format!("entry {number}"));
    }
    assert_eq!(book.texts("").len(), 50);
    assert_eq!(book.texts("limit=1000").len(), 100);
    let page = book.get("/").text();
    assert_eq!(page.matches("<time").count(), 50);
    assert!(page.contains(r#"name="before" value="53""#), "{page}");
    let last = book.get("/?search=&before=3").text();
    assert_eq!(last.matches("<time").count(), 2);
    assert!(page.contains("<form id=\"older\">") && last.contains("<form id=\"older\" hidden>"));
}
