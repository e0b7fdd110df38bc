use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(format!("hello {}", name.as_str()))
}

fn main() {}
