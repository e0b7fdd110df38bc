use palisade::prelude::*;

#[derive(Deserialize, Clone)]
struct Claims {}

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let _ = jsonwebtoken::dangerous::insecure_decode::<Claims>(name.as_str());
    HttpResponse::Ok().finish()
}

fn main() {}
