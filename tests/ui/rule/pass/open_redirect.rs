use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let target = match name.as_str() {
        "help" => "/help",
        _ => "/",
    };
    HttpResponse::Found().insert_header(("Location", target)).finish()
}

fn main() {}
