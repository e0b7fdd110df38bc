use palisade::prelude::*;

type Login = Json<Text<200>>;
type State = Data<u32>;

#[post("/login")]
#[public(reason = "whoever logs in has no identity yet")]
#[rate_limit("20/hour", by = ip)]
#[rate_limit("5/15 min", by = body("email"), count = failures)]
#[validated]
async fn login(_login: Login, _state: State) -> NoContent {
    NoContent
}

fn main() {}
