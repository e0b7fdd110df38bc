use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct All {
    a: (u8, i64, f64, bool, char),
    b: Option<std::net::IpAddr>,
    c: std::num::NonZero<u32>,
    d: [Slug; 3],
    #[serde(skip)]
    e: String,
    #[validate(range(min = 1, max = 9))]
    f: u32,
    #[validate(length(min = 1))]
    g: Text<9>,
}

fn main() {}
