use actix_web::cookie::{Cookie, SameSite};
use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let cookie = Cookie::build("session", name.as_str());
    let cookie = cookie.secure(true).http_only(true).same_site(SameSite::Strict).finish();
    HttpResponse::Ok().cookie(cookie).finish()
}

fn main() {}
