use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Envelope<T: Input> {
    data: T,
}

#[post("/texts")]
#[authenticated]
#[validated]
async fn texts(text: Json<Envelope<Text<40>>>) -> NoContent {
    let _text = &text.data;
    NoContent
}

fn main() {}
