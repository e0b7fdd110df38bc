use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Envelope<T: Input> {
    data: T,
}

#[post("/texts")]
#[authenticated]
#[validated]
async fn texts(_text: Json<Envelope<String>>) {}

fn main() {}
