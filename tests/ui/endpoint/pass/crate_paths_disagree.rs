use palisade as tollgate;
use palisade::prelude::*;

#[tollgate::get("/a", crate = tollgate)]
#[tollgate::authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
