use palisade::prelude::*;
use std::process::Command;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let _ = Command::new("convert").arg("--").arg(name.as_str()).spawn();
    HttpResponse::Ok().finish()
}

fn main() {}
