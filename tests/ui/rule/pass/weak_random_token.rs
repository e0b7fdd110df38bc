use palisade::prelude::*;
use palisade_tests::stand_in::fastrand;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let delay = fastrand::u64(..);
    let _ = delay;
    HttpResponse::Ok().finish()
}

fn main() {}
