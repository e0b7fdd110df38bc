use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct All {
    a: (u8, i64, f64, bool, char),
    b: Option<std::net::IpAddr>,
    c: std::num::NonZero<u32>,
    d: [Slug; 3],
    e: Kind,
    #[serde(skip)]
    f: String,
    #[validate(range(min = 1, max = 9))]
    g: u32,
    #[validate(length(min = 1))]
    h: Text<9>,
}

#[derive(Deserialize, Input)]
enum Kind {
    Small,
    Large,
}

fn main() {}
