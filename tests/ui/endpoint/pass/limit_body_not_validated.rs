use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    email: Text<200>,
}

#[post("/login")]
#[public(reason = "whoever logs in has no identity yet")]
#[rate_limit("20/hour", by = ip)]
#[rate_limit("5/15 min", by = (ip, body("email")))]
#[validated]
async fn login(_login: Json<Login>) -> NoContent {
    NoContent
}

fn main() {}
