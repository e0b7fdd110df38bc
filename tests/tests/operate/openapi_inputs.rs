//! The schema of an input type against the service that reads the type: what one takes, the other takes.
//!
//! Every value of a valid body is replaced by values from a pool, removed, and repeated, and every object
//! gets a member that it does not declare. A body that the schema refuses must be 422. One that it takes
//! must be 204, except where a rule without a word in JSON Schema decides.

use std::{cell::RefCell, collections::BTreeMap, sync::LazyLock};

use jsonschema::Validator;
use palisade::{
    Endpoints, Palisade,
    input::{Patch, line},
    openapi::OpenApi,
    prelude::*,
};
use palisade_tests::{client::Connection, server::Server};
use proptest::{prelude::*, test_runner::TestRunner};
use regex::Regex;
use serde_json::{Value, json};
use uuid::Uuid;

static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\A[A-Z]{2}[0-9]?\z").unwrap());

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new("^(?:[a-c]+|é|x{2,3})$").unwrap());

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Texts {
    #[validate(length(min = 2, max = 4))]
    name: String,
    #[validate(length(equal = 3))]
    three: String,
    #[validate(email, length(max = 30))]
    mail: String,
    #[validate(url, length(max = 60))]
    link: String,
    #[validate(url, length(max = 60))]
    #[input(schemes("ftp", "mailto"))]
    other_link: String,
    #[validate(ip, length(max = 60))]
    address: String,
    #[validate(ip(v4 = true), length(max = 60))]
    v4: String,
    #[validate(ip(v6 = true), length(max = 60))]
    v6: String,
    #[validate(non_control_character, length(max = 9))]
    plain: String,
    #[validate(contains(pattern = "a.b"), length(max = 9))]
    with: String,
    #[validate(does_not_contain(pattern = "a.b"), length(max = 9))]
    without: Option<String>,
    #[validate(contains(pattern = "x"), does_not_contain(pattern = "y"), length(max = 9))]
    both: Option<String>,
    #[validate(length(max = 9), regex(path = *CODE))]
    code: String,
    #[validate(length(max = 9), regex(path = *WORD), contains(pattern = "b"))]
    word: Option<String>,
    slug: Slug,
    id: Uuid,
    letter: char,
    #[validate(length(max = 9), custom(function = "line"))]
    line: String,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Numbers {
    #[validate(range(min = 1, max = 1_000))]
    qty: u32,
    #[validate(range(exclusive_min = -1.5, max = 2.5))]
    weight: Option<f64>,
    #[validate(range(min = -5, exclusive_max = 5))]
    offset: i8,
    byte: u8,
    wide: u64,
    least: i64,
    nonzero: std::num::NonZero<i16>,
    flag: bool,
    user: UserId,
}

#[derive(Clone, Copy, Deserialize, Serialize, Input)]
struct UserId(u64);

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Shapes {
    #[validate(length(min = 1, max = 3))]
    tag_list: Vec<Text<4>>,
    #[validate(length(max = 2))]
    by_name: BTreeMap<Text<3>, u8>,
    #[validate(nested, length(max = 2))]
    parts: Vec<Part>,
    #[validate(nested)]
    batch: Batch<Part>,
    #[validate(nested)]
    maybe: Option<Versioned<UserId>>,
    pair: (u8, bool),
    row: [u8; 2],
    kind: Kind,
    size: Size,
    pay: Pay,
    step: Step,
    #[serde(default)]
    count: u8,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    title: Patch<Text<4>>,
    #[serde(default)]
    #[validate(range(min = 2, max = 5))]
    days: Patch<u8>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Part {
    no: u8,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Batch<T: Input + Validate + Serialize> {
    #[validate(nested, length(min = 1, max = 2))]
    items: Vec<T>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Versioned<T: Input> {
    version: u8,
    value: T,
}

#[derive(Deserialize, Input)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    LargeOne,
    #[serde(alias = "tiny")]
    SmallOne,
}

#[derive(Deserialize, Input)]
#[serde(tag = "unit", content = "value", deny_unknown_fields)]
enum Size {
    Meters(u16),
    None,
}

#[derive(Deserialize, Input)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Pay {
    Card { year: u16 },
    Cash {},
}

#[derive(Deserialize, Input)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Step {
    Stop,
    Walk(u8),
    Ride { line: Text<2> },
    Pair(u8, u8),
}

#[post("/texts")]
#[public(reason = "a test of what is documented")]
#[validated]
async fn take_texts(texts: Json<Texts>) -> NoContent {
    let Texts { name, three, mail, link, other_link, address, v4, v6, .. } = &*texts;
    let Texts { plain, with, without, both, code, word, slug, id, letter, line, .. } = &*texts;
    let _ = (name, three, mail, link, other_link, address, v4, v6);
    let _ = (plain, with, without, both, code, word, slug, id, letter, line);
    NoContent
}

#[post("/numbers")]
#[public(reason = "a test of what is documented")]
#[validated]
async fn take_numbers(numbers: Json<Numbers>) -> NoContent {
    let Numbers { qty, weight, offset, byte, wide, least, nonzero, flag, user } = &*numbers;
    let _ = (qty, weight, offset, byte, wide, least, nonzero, flag, user.0);
    NoContent
}

#[post("/shapes")]
#[public(reason = "a test of what is documented")]
#[validated]
async fn take_shapes(shapes: Json<Shapes>) -> NoContent {
    let Shapes { tag_list, by_name, parts, batch, maybe, pair, row, count, .. } = &*shapes;
    let _ = (tag_list, by_name, pair, row, count);
    let _ = (parts.first().map(|part| part.no), batch.items.len());
    let _ = maybe.as_ref().map(|maybe| (maybe.version, maybe.value.0));
    let _ = match (&shapes.kind, &shapes.size, &shapes.pay) {
        (Kind::LargeOne, Size::Meters(meters), _) => *meters,
        (Kind::SmallOne, Size::None, Pay::Card { year }) => *year,
        (_, _, Pay::Cash {} | Pay::Card { .. }) => 0,
    };
    let _ = match &shapes.step {
        Step::Ride { line } => line.len(),
        Step::Stop => 0,
        Step::Walk(steps) | Step::Pair(steps, _) => usize::from(*steps),
    };
    NoContent
}

#[post("/change")]
#[public(reason = "a test of what is documented")]
#[validated]
async fn take_change(change: Json<Change>) -> NoContent {
    let _ = (change.title.is_absent(), change.days.is_absent());
    NoContent
}

fn endpoints() -> Endpoints {
    endpoints![take_texts, take_numbers, take_shapes, take_change]
}

/// A valid body of each type, with every field.
fn bodies() -> [(&'static str, &'static str, Value); 4] {
    let texts = json!({
        "name": "abc", "three": "abc", "mail": "a@b.example", "link": "https://b.example/x",
        "other_link": "ftp://b.example/x", "address": "127.0.0.1", "v4": "127.0.0.1", "v6": "::1",
        "plain": "abc", "with": "xa.b", "without": "a-b", "both": "x", "code": "AB1",
        "word": "b", "slug": "a-b", "id": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "letter": "é",
        "line": "abc",
    });
    let numbers = json!({
        "qty": 1, "weight": 2.5, "offset": -5, "byte": 255, "wide": u64::MAX, "least": i64::MIN,
        "nonzero": -1, "flag": true, "user": 7,
    });
    let shapes = json!({
        "tagList": ["a"], "byName": { "a": 1 }, "parts": [{ "no": 1 }],
        "batch": { "items": [{ "no": 2 }] }, "maybe": { "version": 1, "value": 7 },
        "pair": [1, true], "row": [1, 2], "kind": "large-one",
        "size": { "unit": "Meters", "value": 3 }, "pay": { "type": "card", "year": 2030 },
        "step": { "ride": { "line": "7" } }, "count": 1,
    });
    let change = json!({ "title": "a", "days": 2 });
    [
        ("/texts", "Texts", texts),
        ("/numbers", "Numbers", numbers),
        ("/shapes", "Shapes", shapes),
        ("/change", "Change", change),
    ]
}

/// Values on both sides of the bounds of the types and the rules above.
fn pool() -> Vec<Value> {
    let mut pool = vec![
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!([1, 2]),
        json!([1, true]),
        json!([1, 2, 3]),
        json!(["a", "b", "c"]),
        json!(["a", "b", "c", "d"]),
        json!({ "no": 1 }),
        json!({ "no": 256 }),
        json!([{ "no": 1 }, { "no": 2 }]),
        json!([{ "no": 1 }, { "no": 2 }, { "no": 3 }]),
        json!({ "a": 1, "b": 2 }),
        json!({ "a": 1, "b": 2, "c": 3 }),
        json!({ "long": 1 }),
        json!({ "unit": "None" }),
        json!({ "unit": "None", "value": null }),
        json!({ "unit": "Meters" }),
        json!({ "unit": "Meters", "value": 65_536 }),
        json!({ "type": "cash" }),
        json!({ "type": "cash", "year": 1 }),
        json!({ "type": "card" }),
        json!({ "walk": 1 }),
        json!({ "walk": 256 }),
        json!({ "walk": 1, "stop": null }),
        json!({ "stop": null }),
        json!({ "pair": [1, 2] }),
        json!({ "pair": [1] }),
        json!({ "ride": { "line": "777" } }),
        json!({ "items": [] }),
        json!({ "version": 1, "value": -1 }),
    ];
    let numbers = [0, 1, -1, 2, 4, 5, -5, -6, 127, 128, 255, 256, 1_000, 1_001, 65_535, 65_536];
    pool.extend(numbers.map(|number: i64| json!(number)));
    pool.extend([i64::MAX, i64::MIN, i64::from(u32::MAX) + 1].map(|number| json!(number)));
    pool.extend([json!(u64::MAX), json!(1.5), json!(-1.5), json!(-1.4), json!(2.5), json!(2.6)]);
    pool.extend(TEXTS.map(|text| json!(text)));
    pool
}

const TEXTS: [&str; 56] = [
    "",
    "a",
    "ab",
    "abc",
    "abcd",
    "abcde",
    "aaaaaaaaa",
    "aaaaaaaaaa",
    "é",
    "éé",
    "ééé",
    "😀",
    "😀😀😀😀",
    "😀😀😀😀😀",
    "e\u{301}",
    "a\u{7f}",
    "a\u{85}",
    "a\nb",
    "a\n",
    "a\tb",
    "a\u{2028}b",
    "a.b",
    "aab",
    "a-b",
    "A.B",
    "-a",
    "a-",
    "a--b",
    "xy",
    "x",
    "xx",
    "xxx",
    "xxxx",
    "b",
    "acb",
    "AB",
    "AB1",
    "AB12",
    "ABé",
    "xAB1",
    "AB1\n",
    "large-one",
    "small-one",
    "tiny",
    "LargeOne",
    "stop",
    "walk",
    "a@b.example",
    "a@@b.example",
    "http://b.example",
    "https://b.example/x?y#z",
    "javascript:alert(1)",
    "mailto:a@b.example",
    "192.0.2.1",
    "192.0.2.256",
    "2001:db8::1",
];

/// The places of all values in a document, as JSON pointers.
fn pointers(value: &Value, own: &str, all: &mut Vec<String>) {
    all.push(own.to_owned());
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, member)| pointers(member, &format!("{own}/{name}"), all));
        }
        Value::Array(elements) => {
            let each = elements.iter().enumerate();
            each.for_each(|(at, element)| pointers(element, &format!("{own}/{at}"), all));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The body with one change, for each change.
fn changed(body: &Value) -> Vec<Value> {
    let mut all = vec![body.clone()];
    let mut places = Vec::new();
    pointers(body, "", &mut places);
    for place in &places {
        for value in pool() {
            let mut copy = body.clone();
            *copy.pointer_mut(place).unwrap() = value;
            all.push(copy);
        }
        let mut copy = body.clone();
        match copy.pointer_mut(place).unwrap() {
            Value::Object(members) => members.insert("unknown".to_owned(), json!(1)).is_none(),
            Value::Array(elements) => {
                elements.extend(elements.clone());
                true
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        };
        all.push(copy);
        let Some((parent, name)) = place.rsplit_once('/') else { continue };
        let mut copy = body.clone();
        match copy.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.remove(name).unwrap()),
            Value::Array(elements) => drop(elements.remove(name.parse().unwrap())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => unreachable!(),
        }
        all.push(copy);
    }
    all
}

/// Asks the schema of a type and the service that reads it.
struct Judges {
    schema: Validator,
    path: &'static str,
    connection: Connection,
}

impl Judges {
    fn new(server: &Server, path: &'static str, name: &str) -> Self {
        let document = OpenApi::of(&endpoints(), "inputs", "1.0.0");
        let schema = json!({
            "$ref": format!("#/components/schemas/{name}"),
            "components": document.value()["components"],
        });
        let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        Self { schema, path, connection: Connection::open(server.address()) }
    }

    /// What the schema and the service say of a body.
    fn judge(&mut self, body: &Value) -> (bool, bool) {
        let text = body.to_string();
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{text}",
            self.path,
            text.len()
        );
        self.connection.write(request.as_bytes());
        let answer = self.connection.answer().unwrap();
        assert!(matches!(answer.status, 204 | 422), "{} {text}: {}", answer.status, answer.text());
        (self.schema.is_valid(body), answer.status == 204)
    }
}

fn server() -> Server {
    Server::serve(
        Palisade::builder()
            .endpoints(endpoints())
            .dangerous_no_service_limit("the test asks as fast as it can"),
    )
}

/// Whether a rule that JSON Schema has no word for refuses a body: `custom` of `line`.
fn is_refused_without_a_word(body: &Value) -> bool {
    let line = body.get("line").and_then(Value::as_str);
    line.is_some_and(|text| text.contains(|c: char| c.is_control() || c == '\u{2028}'))
}

/// Whether a body writes `null` as the content of a variant without content: it is taken, and the document has
/// the short form alone.
fn is_written_longer_than_documented(body: &Value) -> bool {
    let size = json!({ "unit": "None", "value": null });
    body["size"] == size || body["step"] == json!({ "stop": null })
}

#[test]
fn a_schema_takes_what_the_service_takes() {
    let server = server();
    for (path, name, body) in bodies() {
        let mut judges = Judges::new(&server, path, name);
        let mut counts = [0_u32; 2];
        let mut differ = Vec::new();
        for body in changed(&body) {
            let (documented, taken) = judges.judge(&body);
            let is_known = match documented {
                true => is_refused_without_a_word(&body),
                false => is_written_longer_than_documented(&body),
            };
            if documented != taken && !is_known {
                differ.push(format!("the schema {documented}, the service {taken}: {body}"));
            }
            counts[usize::from(taken)] += 1;
        }
        assert!(differ.is_empty(), "{path}: {} differ\n{}", differ.len(), differ.join("\n"));
        assert!(counts.iter().all(|count| *count > 10), "{path}: {counts:?}");
    }
}

#[test]
fn random_texts_are_judged_alike() {
    let server = server();
    let (path, name, body) = bodies()[0].clone();
    let judges = RefCell::new(Judges::new(&server, path, name));
    let text = "[a-cxyA-C0-9.@:/é\u{7f}\u{301}😀-]{0,6}";
    let fields = vec!["name", "three", "plain", "with", "without", "both", "code", "word", "slug"];
    let strategy = (prop::sample::select(fields), text);
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() };
    let judged = TestRunner::new(config).run(&strategy, |(field, text)| {
        let mut body = body.clone();
        body[field] = json!(text);
        let (documented, taken) = judges.borrow_mut().judge(&body);
        prop_assert_eq!(documented, taken, "{}: {:?}", field, text);
        Ok(())
    });
    judged.unwrap();
}
