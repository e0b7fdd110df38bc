use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Link {
    #[validate(url, length(max = 200))]
    #[input(schemes("javascript", "HTTPS"))]
    link: String,
    #[validate(length(max = 200))]
    #[input(schemes("https"))]
    text: String,
}

fn main() {}
