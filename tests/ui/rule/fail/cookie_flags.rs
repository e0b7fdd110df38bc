use palisade::prelude::*;
use actix_web::cookie::{Cookie, SameSite};

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let cookie = Cookie::new("session", name.as_str());
    HttpResponse::Ok().cookie(cookie).finish()
}

fn main() {}
