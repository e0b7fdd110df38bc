use palisade::prelude::*;
use std::os::unix::fs::PermissionsExt as _;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = std::fs::Permissions::from_mode(0o777);
    HttpResponse::Ok().finish()
}

fn main() {}
