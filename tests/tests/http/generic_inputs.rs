//! Input types with parameters: type arguments are judged as if they were written there.

use std::sync::LazyLock;

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::{client::Answer, server::Server};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Page<T: Input + Validate + Serialize> {
    #[validate(nested, length(min = 1, max = 3))]
    all_items: Vec<T>,
    after: Option<Slug>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    #[validate(length(min = 2, max = 4))]
    sku: String,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "why_is_given"))]
struct Envelope<T, const MAX: usize>
where
    T: Input + Serialize,
{
    data: T,
    #[validate(length(max = 2))]
    more: Vec<T>,
    why: Text<MAX>,
}

fn why_is_given<T: Input + Serialize, const MAX: usize>(
    envelope: &Envelope<T, MAX>,
) -> std::result::Result<(), validator::ValidationError> {
    if envelope.why.is_empty() { Err(validator::ValidationError::new("why")) } else { Ok(()) }
}

#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Change<T: Input> {
    Set { value: T },
    Clear {},
}

#[derive(Deserialize, Serialize, Input, Clone, Copy)]
struct Kept<T: Input>(T);

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Tree<T: Input + Serialize> {
    value: T,
    #[validate(nested, length(max = 3))]
    #[serde(default)]
    below: Vec<Tree<T>>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search<T: Input + Serialize> {
    after: Option<T>,
    #[input(list = repeat)]
    #[validate(length(max = 3))]
    tag: Vec<T>,
}

#[post("/pages")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn pages(page: Json<Page<Envelope<Change<Kept<u8>>, 5>>>) -> Json<Value> {
    Json(json!(page.into_inner()))
}

#[post("/lines")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn lines(page: Json<Page<Line>>) -> Json<Value> {
    Json(json!(page.into_inner()))
}

#[post("/trees")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn trees(tree: Json<Tree<Text<3>>>) -> Json<Value> {
    Json(json!(tree.into_inner()))
}

#[get("/numbers")]
#[public]
#[validated]
async fn numbers(search: Query<Search<u8>>) -> Json<Value> {
    Json(json!(search.into_inner()))
}

#[post("/texts")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn texts(search: Form<Search<Text<3>>>) -> Json<Value> {
    Json(json!(search.into_inner()))
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let endpoints = endpoints![pages, lines, trees, numbers, texts];
    let palisade = Palisade::builder().endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

fn told(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{}", answer.text());
    let problem = answer.json();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap().iter();
    errors.map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

fn assert_told(answer: &Answer, errors: &[(&str, &str)]) {
    let found = told(answer);
    let found: Vec<_> = found.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
    assert_eq!(found, errors, "{}", answer.text());
}

#[test]
fn what_stands_for_a_parameter_is_read_and_written_back() {
    for (target, body) in [
        ("/lines", json!({"allItems": [{"sku": "ab"}, {"sku": "abcd"}], "after": "x"})),
        (
            "/pages",
            json!({"allItems": [
                {"data": {"kind": "set", "value": 7}, "more": [{"kind": "clear"}], "why": "x"},
            ], "after": null}),
        ),
        ("/trees", json!({"value": "a", "below": [{"value": "b", "below": []}]})),
    ] {
        let answer = SERVER.post(target).json(&body.to_string()).send();
        assert_eq!((answer.status, answer.json()), (200, body), "{target}");
    }
    let answer = SERVER.get("/numbers?after=3&tag=1&tag=2").send();
    assert_eq!(answer.json(), json!({"after": 3, "tag": [1, 2]}));
    let form = SERVER.post("/texts").header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(form.body(b"tag=a".to_vec()).send().json(), json!({"after": null, "tag": ["a"]}));
}

#[test]
fn every_bound_and_rule_of_it_holds_at_its_own_place() {
    let ask = |body: &str| SERVER.post("/lines").json(body).send();
    assert_told(&ask(r#"{"allItems": []}"#), &[("/allItems", "length")]);
    assert_told(
        &ask(r#"{"allItems": [{"sku": "a"}, {"sku": "abcde"}]}"#),
        &[("/allItems/0/sku", "length"), ("/allItems/1/sku", "length")],
    );
    assert_told(
        &ask(r#"{"allItems": [{"sku": "ab", "x": 1}]}"#),
        &[("/allItems/0/x", "unknown_field")],
    );
    assert_told(
        &ask(r#"{"all_items": []}"#),
        &[("/all_items", "unknown_field"), ("/allItems", "missing")],
    );
    let page = |data: &str, why: &str| {
        let body = format!(r#"{{"allItems": [{{"data": {data}, "more": [], "why": "{why}"}}]}}"#);
        SERVER.post("/pages").json(&body).send()
    };
    let clear = r#"{"kind": "clear"}"#;
    assert_eq!(page(clear, "x").status, 200);
    assert_told(&page(clear, "123456"), &[("/allItems/0/why", "length")]);
    assert_told(&page(clear, ""), &[("/allItems/0", "why")]);
    assert_told(
        &page(r#"{"kind": "set", "value": 256}"#, "x"),
        &[("/allItems/0/data/value", "value")],
    );
    assert_told(
        &page(r#"{"kind": "clear", "kind": "clear"}"#, "x"),
        &[("/allItems/0/data/kind", "duplicate")],
    );
    let tree = r#"{"value": "a", "below": [{"value": "b"}, {"value": "bbbb"}]}"#;
    assert_told(&SERVER.post("/trees").json(tree).send(), &[("/below/1/value", "length")]);
    let deep = format!("{}{}", r#"{"value":"a","below":["#.repeat(100), "]}".repeat(100));
    assert_eq!(SERVER.post("/trees").json(&deep).send().status, 400);
    assert_told(&SERVER.get("/numbers?tag=1&tag=x").send(), &[("/tag/1", "type")]);
    assert_told(&SERVER.get("/numbers?after=256").send(), &[("/after", "type")]);
}
