use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    HttpResponse::Found().insert_header(("Location", name.as_str())).finish()
}

fn main() {}
