use palisade::prelude::*;

#[post("/login")]
#[public(reason = "whoever logs in has no identity yet")]
#[rate_limit("20/hour", by = ip)]
#[rate_limit("5/15 min", by = body("email"), count = failures)]
async fn login(_body: Vouched<String>) -> NoContent {
    NoContent
}

fn main() {}
