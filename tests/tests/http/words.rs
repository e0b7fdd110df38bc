//! Rules mean what their names say, and no member comes twice, over real sockets.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::LazyLock};

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::server::Server;
use regex::Regex;
use serde_json::json;

static PART: LazyLock<Regex> = LazyLock::new(|| Regex::new("[a-z]+").unwrap());

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Contact {
    #[validate(email, length(max = 300))]
    mail: String,
    #[validate(url, length(max = 300))]
    link: Option<String>,
    #[validate(length(max = 4))]
    #[serde(default)]
    labels: BTreeMap<Text<8>, u32>,
    #[input(allow(unbounded), reason = "a test reads nothing of it")]
    #[serde(default)]
    rest: serde_json::Value,
}

#[post("/contacts")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn add(contact: Json<Contact>) -> String {
    let Contact { mail, link, labels, rest } = contact.into_inner();
    format!("{mail} {link:?} {} {rest}", labels.len())
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Partial {
    #[validate(regex(path = *PART), length(max = 16))]
    name: String,
}

#[get("/partial/{name}")]
#[public]
#[validated]
async fn partial(name: Path<Partial>) -> String {
    name.into_inner().name
}

#[test]
fn what_is_more_than_an_address_or_comes_twice_is_422() {
    let palisade = Palisade::builder().endpoints(endpoints![add]).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let send = |body: &str| server.post("/contacts").json(body).send();
    let fine = r#"{"mail":"ada@münchen.de","link":"https://example.org/","labels":{"a":1,"b":2},"rest":{"a":{"a":1}}}"#;
    assert_eq!(send(fine).status, 200, "{}", send(fine).text());
    for (body, pointer, code) in [
        (r#"{"mail":"a@x\r\nX-Other: 1 [127.0.0.1]"}"#, "/mail", "email"),
        (r#"{"mail":"a@b.org, c@d.org"}"#, "/mail", "email"),
        (r#"{"mail":"a@b.org","link":"javascript:x"}"#, "/link", "url"),
        (r#"{"mail":"a@b.org","link":"data:text/plain,x"}"#, "/link", "url"),
        (r#"{"mail":"a@b.org","labels":{"a":1,"a":2}}"#, "/labels/a", "duplicate"),
        (r#"{"mail":"a@b.org","labels":{"a":1,"\u0061":2}}"#, "/labels/a", "duplicate"),
        (r#"{"mail":"a@b.org","rest":[{"a":{"b":1,"b":1}}]}"#, "/rest/0/a/b", "duplicate"),
        (r#"{"mail":"a@b.org","mail":"a@b.org"}"#, "/mail", "duplicate"),
    ] {
        let answer = send(body);
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"), "{body}");
        let told = json!([{"in": "body", "pointer": pointer, "code": code}]);
        assert_eq!(answer.json()["errors"], told, "{body}");
    }
}

#[test]
fn what_cannot_work_is_named_before_the_service_listens() {
    let failure = Palisade::builder().endpoints(endpoints![partial]).build().unwrap_err();
    let all = failure.to_string();
    assert!(all.contains("`name`") && all.contains("allow(partial_pattern)"), "{all}");

    let huge = NonZeroUsize::MAX;
    let failure = Palisade::builder()
        .endpoints(endpoints![add])
        .token_cache(huge)
        .limit_slots(huge)
        .workers(huge)
        .default_body_limit(u64::MAX)
        .build()
        .unwrap_err();
    let all = failure.to_string();
    for setting in ["PALISADE_TOKEN_CACHE", "limit_slots", "workers", "default_body_limit"] {
        assert!(all.contains(setting), "{setting}: {all}");
    }
    assert_eq!(failure.complaints().len(), 4, "{all}");
    assert!(failure.complaints().iter().all(|one| one.contains("set at most")), "{all}");
    let (small, fewest) = (NonZeroUsize::new(4).unwrap(), NonZeroUsize::new(4_096).unwrap());
    let builder = Palisade::builder().endpoints(endpoints![add]).token_cache(small);
    assert!(builder.limit_slots(fewest).workers(small).default_body_limit(1).build().is_ok());
}
