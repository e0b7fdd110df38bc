//! The media type of a body: parameters by their grammar, and answers that say what is taken.

use std::sync::LazyLock;

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Name {
    name: Text<8>,
}

#[route("/json", method = "POST", method = "PUT", method = "PATCH")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn json(name: Json<Name>) -> String {
    name.name.to_string()
}

#[post("/form")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn form(name: Form<Name>) -> String {
    name.name.to_string()
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let palisade = Palisade::builder().endpoints(endpoints![json, form]).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

fn send(request: Request, content_type: &str, body: &str) -> Answer {
    request.header("Content-Type", content_type).body(body).send()
}

const BODY: &str = r#"{"name": "ada"}"#;

#[test]
fn labels_of_utf_8_are_taken_and_other_charsets_are_not() {
    for (parameters, status) in [
        ("", 200),
        (";", 200),
        ("; charset=utf8", 200),
        ("; charset=utf-8", 200),
        (";charset=\"UTF-8\"", 200),
        ("; charset=us-ascii", 200),
        ("; charset=x-unicode20utf8", 200),
        ("; profile=\"a;charset=utf-16\"", 200),
        ("; profile=\"a\\\";charset=utf-16\"; charset=utf8", 200),
        ("; odata.metadata=minimal; charset=utf-8", 200),
        ("; charset=utf-16", 415),
        ("; charset=iso-8859-1", 415),
        ("; charset=utf-8; charset=utf-16", 415),
        ("; charset=\"utf-16", 415),
        ("; charset=", 415),
        ("; charset", 415),
        ("; x=\"a\" charset=utf-8", 415),
    ] {
        let answer = send(SERVER.post("/json"), &format!("application/json{parameters}"), BODY);
        assert_eq!(answer.status, status, "{parameters}: {}", answer.text());
        let encoded = format!("application/x-www-form-urlencoded{parameters}");
        let answer = send(SERVER.post("/form"), &encoded, "name=ada");
        assert_eq!(answer.status, status, "{encoded}: {}", answer.text());
    }
    let broken = [br#"{"name": ""#.as_slice(), &[0xff], br#""}"#].concat();
    let ascii = SERVER.post("/json").header("Content-Type", "application/json; charset=us-ascii");
    assert_eq!(ascii.body(broken).send().status, 400, "what is no UTF-8 is refused all the same");
}

#[test]
fn a_refusal_says_which_types_are_taken() {
    let answer = send(SERVER.post("/json"), "text/plain", BODY);
    assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported-media-type"));
    assert_eq!(answer.header("accept"), Some("application/json"));
    assert_eq!((answer.header("accept-patch"), answer.header("accept-encoding")), (None, None));
    assert_eq!(answer.json()["title"], "Unsupported media type");

    let answer = send(SERVER.post("/form"), "application/json", BODY);
    assert_eq!(answer.header("accept"), Some("application/x-www-form-urlencoded"));

    let answer = send(SERVER.request("PATCH", "/json"), "text/plain", BODY);
    assert_eq!(answer.header("accept-patch"), Some("application/json"));
    assert_eq!(answer.header("accept"), Some("application/json"));

    let answer = send(SERVER.post("/json"), "application/json; charset=utf-16", BODY);
    assert_eq!(answer.json()["detail"], "the charset is not UTF-8");
    assert_eq!(SERVER.post("/json").body(BODY).send().json()["detail"], "Content-Type is missing");
}

#[test]
fn a_refusal_says_that_the_coding_was_wrong() {
    let answer = SERVER.post("/json").header("Content-Encoding", "gzip").json(BODY).send();
    assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported-content-encoding"));
    assert_eq!(answer.header("accept-encoding"), Some("identity"));
    assert_eq!(answer.header("accept"), None);
    assert_eq!(answer.json()["title"], "Unsupported content coding");
    let answer = SERVER.post("/json").header("Content-Encoding", "identity").json(BODY).send();
    assert_eq!(answer.status, 200);
}

#[test]
fn types_of_patches_are_no_plain_json() {
    for content_type in ["application/merge-patch+json", "application/json-patch+json"] {
        for method in ["POST", "PATCH"] {
            let answer = send(SERVER.request(method, "/json"), content_type, BODY);
            assert_eq!(answer.status, 415, "{method} {content_type}");
        }
    }
    assert_eq!(send(SERVER.post("/json"), "application/vnd.names+json", BODY).status, 200);
}
