use palisade::prelude::*;

#[derive(Deserialize, Serialize, Input)]
struct Url(u8);

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Link {
    #[input(schemes("https"))]
    link: Url,
}

fn main() {}
