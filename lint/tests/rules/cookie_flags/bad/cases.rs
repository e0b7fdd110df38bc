use actix_web::{HttpResponse, Result, web};

use actix_web::cookie::{Cookie, SameSite};

async fn bare() -> HttpResponse {
    HttpResponse::Ok().cookie(Cookie::new("session", "1")).finish() //~ cookie_flags
}

async fn built() -> HttpResponse {
    let cookie = Cookie::build("session", "1").path("/").http_only(true).finish();
    HttpResponse::Ok().cookie(cookie).finish() //~ cookie_flags
}

async fn switched_off() -> HttpResponse {
    let cookie = Cookie::build("session", "1").secure(false).http_only(true).same_site(SameSite::Lax).finish();
    HttpResponse::Ok().cookie(cookie).finish() //~ cookie_flags
}
