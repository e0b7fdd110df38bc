use palisade::prelude::*;
use palisade_tests::stand_in::fastrand;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let reset_token = fastrand::u64(..).to_string();
    drop(reset_token);
    HttpResponse::Ok().finish()
}

fn main() {}
