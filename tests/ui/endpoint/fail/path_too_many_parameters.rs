use palisade::prelude::*;

#[get(
    "/{p0}/{p1}/{p2}/{p3}/{p4}/{p5}/{p6}/{p7}/{p8}/{p9}/{p10}/{p11}/{p12}/{p13}/{p14}/{p15}/{p16}"
)]
#[public]
#[validated]
async fn handler(_: Path<u64>) -> &'static str {
    "ok"
}

fn main() {}
