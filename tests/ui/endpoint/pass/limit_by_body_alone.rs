use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    email: Text<200>,
}

#[post("/login")]
#[public(reason = "a caller that logs in has no identity yet")]
#[rate_limit("5/15 min", by = body("email"), count = failures)]
#[rate_limit("50/15 min", by = ip)]
#[validated]
async fn login(_login: Json<Login>) -> NoContent {
    NoContent
}

fn main() {}
