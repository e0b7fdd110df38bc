//! Newtypes, keys and members of tuples in a body: one mistake does not hide others.

use std::{collections::HashMap, sync::LazyLock};

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::server::Server;
use secrecy::{ExposeSecret, SecretBox};
use serde_json::json;

#[derive(Deserialize, Serialize, Input)]
struct UserId(u64);

#[derive(Deserialize, Serialize, Input, Default)]
struct Nick(Option<Text<4>>);

#[derive(Deserialize, Serialize, Validate, Input, PartialEq, Eq, Hash)]
#[serde(transparent)]
struct Hour {
    #[validate(range(max = 23))]
    hour: u8,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Body {
    owner: Option<UserId>,
    #[serde(default)]
    nick: Nick,
    #[validate(length(max = 4))]
    hours: Option<HashMap<Hour, u8>>,
    pair: Option<(u8, f32)>,
    count: Option<u8>,
    secret: Option<SecretBox<f32>>,
}

#[post("/values")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn values(body: Json<Body>) -> NoContent {
    let Body { owner, nick, hours, pair, count, secret } = body.into_inner();
    let secret = secret.map(|secret| *secret.expose_secret());
    let _read = (owner.map(|own| own.0), nick.0, hours, pair, count, secret);
    NoContent
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let palisade = Palisade::builder().endpoints(endpoints![values]).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

#[test]
fn what_fits_is_taken() {
    for body in [
        r#"{"owner": null, "nick": null}"#,
        r#"{"owner": 7, "nick": "a", "hours": {"7": 1}, "pair": [1, 0.5], "count": 1, "secret": 7}"#,
        "{}",
    ] {
        let answer = SERVER.post("/values").json(body).send();
        assert_eq!(answer.status, 204, "{body}: {}", answer.text());
    }
}

#[test]
fn each_mistake_is_told_and_no_other() {
    for (body, pointer, code) in [
        // `null` means none around a newtype and within one.
        (r#"{"owner": null, "count": "x"}"#, "/count", "type"),
        (r#"{"nick": null, "count": "x"}"#, "/count", "type"),
        (r#"{"nick": "12345"}"#, "/nick", "length"),
        (r#"{"owner": "x", "nick": null}"#, "/owner", "type"),
        // The rules of a key hold, and those of what is too large for its type.
        (r#"{"hours": {"7": 1, "24": 1}}"#, "/hours", "range"),
        (r#"{"pair": [1, 1e39]}"#, "/pair/1", "value"),
        (r#"{"secret": 1e39}"#, "/secret", "value"),
    ] {
        let answer = SERVER.post("/values").json(body).send();
        let errors = &answer.json()["errors"];
        let told = (&errors[0]["pointer"], &errors[0]["code"], errors.as_array().map(Vec::len));
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(told, (&json!(pointer), &json!(code), Some(1)), "{body}: {errors}");
    }
}
