use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Corner {
    place: (u32, u32),
}

#[post("/corners")]
#[public(reason = "anyone may draw")]
#[validated]
async fn corner(corner: Json<Corner>) -> NoContent {
    let _place = corner.place;
    NoContent
}

fn main() {}
