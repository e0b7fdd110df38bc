use palisade::prelude::*;

#[derive(Deserialize, Clone)]
struct Claims {}

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let key = jsonwebtoken::DecodingKey::from_secret(&[]);
    let checks = jsonwebtoken::Validation::default();
    let _ = jsonwebtoken::decode::<Claims>(name.as_str(), &key, &checks);
    HttpResponse::Ok().finish()
}

fn main() {}
