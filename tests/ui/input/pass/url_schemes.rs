use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Link {
    #[validate(url, length(max = 200))]
    #[input(schemes("https", "ftp"))]
    link: String,
    #[validate(email, length(max = 254))]
    mail: Option<String>,
}

pub fn main() {}
