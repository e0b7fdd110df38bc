use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;
use std::process::Command;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let listing = format!("ls {}", name.as_str());
    let _ = Command::new("sh").arg("-c").arg(&listing).spawn();
    sqlx::query("SELECT ".to_owned() + name.as_str());
    HttpResponse::Ok().finish()
}

fn main() {}
