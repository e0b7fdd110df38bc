use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    qty: u32,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Envelope<T: Input> {
    data: T,
}

#[post("/lines")]
#[authenticated]
#[validated]
async fn lines(_line: Json<Envelope<Line>>) {}

fn main() {}
