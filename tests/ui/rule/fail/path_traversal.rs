use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let _ = std::fs::read(format!("reports/{}", name.as_str()));
    HttpResponse::Ok().finish()
}

fn main() {}
