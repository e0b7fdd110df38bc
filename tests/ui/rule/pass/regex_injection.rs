use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let _ = regex::Regex::new(&regex::escape(name.as_str()));
    HttpResponse::Ok().finish()
}

fn main() {}
