use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    qty: u32,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Envelope<T: Input + Validate> {
    #[validate(nested)]
    data: T,
}

#[post("/lines")]
#[authenticated]
#[validated]
async fn lines(line: Json<Envelope<Line>>) -> NoContent {
    let _qty = line.data.qty;
    NoContent
}

fn main() {}
