//! Lists and check boxes in query strings and forms.

use std::{collections::BTreeSet, sync::LazyLock};

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::{client::Answer, server::Server};
use serde_json::json;

#[derive(Deserialize, Serialize, Input, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Blue,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Filter {
    /// `tag=a&tag=b`
    #[validate(length(max = 3))]
    #[input(list = repeat)]
    #[serde(rename = "tag", alias = "tag[]")]
    tags: Vec<Text<4>>,
    /// `ids=1,2`
    #[validate(length(max = 3))]
    #[input(list = comma)]
    ids: Option<Vec<u16>>,
    #[validate(length(max = 2))]
    #[input(list = repeat)]
    colors: Option<BTreeSet<Color>>,
    #[validate(length(min = 1, max = 3))]
    #[input(list = comma, empty = absent)]
    #[serde(default = "all")]
    sort_by: Vec<Slug>,
    #[input(checkbox)]
    only_new: bool,
    exact: Option<bool>,
    page: Option<u8>,
}

fn all() -> Vec<Slug> {
    vec![Slug::new("id").unwrap()]
}

#[get("/items")]
#[public]
#[validated]
async fn query(filter: Query<Filter>) -> Json<Filter> {
    Json(filter.into_inner())
}

#[post("/items")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn form(filter: Form<Filter>) -> Json<Filter> {
    Json(filter.into_inner())
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let palisade = Palisade::builder().endpoints(endpoints![query, form]).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

/// The same fields, as a query string and as a form.
fn both(fields: &str) -> [Answer; 2] {
    let post = SERVER.post("/items").header("Content-Type", "application/x-www-form-urlencoded");
    [SERVER.get(&format!("/items?{fields}")).send(), post.body(fields).send()]
}

#[track_caller]
fn reads(fields: &str, expected: &serde_json::Value) {
    for answer in both(fields) {
        let mut read = answer.json();
        assert_eq!(answer.status, 200, "{fields}: {}", answer.text());
        if let Some(read) = read.as_object_mut() {
            read.retain(|name, value| expected.get(name).is_some() || !value.is_null());
        }
        assert_eq!(&read, expected, "{fields}");
    }
}

#[test]
fn lists_are_read_in_the_style_that_their_fields_say() {
    let some = |tags: &[&str], more: serde_json::Value| {
        let mut all = json!({"tag": tags, "sortBy": ["id"], "onlyNew": false});
        let (Some(all_fields), Some(more)) = (all.as_object_mut(), more.as_object()) else {
            panic!("objects");
        };
        all_fields.extend(more.clone());
        all
    };
    reads("", &some(&[], json!({})));
    reads("tag=a", &some(&["a"], json!({})));
    reads("tag=a&page=1&tag=b", &some(&["a", "b"], json!({"page": 1})));
    reads("tag%5B%5D=a&tag[]=b", &some(&["a", "b"], json!({})));
    reads("tag=a%2Cb", &some(&["a,b"], json!({})));
    reads("tag=", &some(&[""], json!({})));
    reads("ids=1,2,65535", &some(&[], json!({"ids": [1, 2, 65535]})));
    reads("ids=1%2C2", &some(&[], json!({"ids": [1, 2]})));
    reads("ids=", &some(&[], json!({"ids": []})));
    reads("colors=red&colors=blue&colors=red", &some(&[], json!({"colors": ["red", "blue"]})));
    reads("sortBy=", &some(&[], json!({})));
    reads("sortBy=name,id", &some(&[], json!({"sortBy": ["name", "id"]})));
}

#[test]
fn check_boxes_are_on_or_absent() {
    let read = |fields: &str| both(fields).map(|answer| answer.json()["onlyNew"].clone());
    assert_eq!(read(""), [json!(false), json!(false)]);
    assert_eq!(read("onlyNew=on"), [json!(true), json!(true)]);
    assert_eq!(read("onlyNew=true"), [json!(true), json!(true)]);
    assert_eq!(read("onlyNew=false"), [json!(false), json!(false)]);
}

#[test]
fn mistakes_in_lists_are_told_at_their_elements() {
    for (fields, pointer, code) in [
        ("tag=a&tag=12345", "/tag/1", "length"),
        ("tag=a&tag=b&tag=c&tag=d", "/tag", "length"),
        ("ids=1,x", "/ids/1", "type"),
        ("ids=1,,2", "/ids/1", "type"),
        ("ids=1&ids=2", "/ids", "duplicate"),
        ("colors=red&colors=green", "/colors/1", "variant"),
        ("sortBy=Id", "/sortBy/0", "value"),
        ("page=1&page=2", "/page", "duplicate"),
        ("onlyNew=on&onlyNew=on", "/onlyNew", "duplicate"),
        ("onlyNew=yes", "/onlyNew", "type"),
        ("onlyNew=", "/onlyNew", "type"),
        ("tags=a", "/tags", "unknown_field"),
    ] {
        for answer in both(fields) {
            let errors = &answer.json()["errors"];
            assert_eq!(answer.status, 422, "{fields}");
            assert_eq!(
                (&errors[0]["pointer"], &errors[0]["code"]),
                (&json!(pointer), &json!(code))
            );
        }
    }
    // Two names of one field.
    for answer in both("tag=a&tag[]=b") {
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["code"]),
            (422, &json!("duplicate"))
        );
    }
}

#[test]
fn a_form_has_a_bounded_number_of_pairs() {
    let pairs = |count: usize| vec!["tag=a"; count].join("&");
    // Of so many the list says what it takes, of more nothing is read.
    for (count, status) in [(1_024, 422), (1_025, 400)] {
        let request =
            SERVER.post("/items").header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(request.body(pairs(count)).send().status, status, "{count}");
    }
}

#[test]
fn on_is_a_value_of_check_boxes_alone() {
    for fields in ["page=on", "exact=on"] {
        for answer in both(fields) {
            assert_eq!(answer.status, 422, "{fields}: {}", answer.text());
        }
    }
    for answer in both("exact=true") {
        assert_eq!(answer.json()["exact"], json!(true), "{}", answer.text());
    }
    for answer in both("page=01") {
        assert_eq!(answer.json()["errors"][0]["pointer"], "/page", "{}", answer.text());
    }
}
