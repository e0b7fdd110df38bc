use actix_web::{HttpResponse, Result, web};

use actix_web::cookie::{Cookie, SameSite};

async fn chained() -> HttpResponse {
    let cookie = Cookie::build("session", "1").path("/").secure(true).http_only(true).same_site(SameSite::Strict).finish();
    HttpResponse::Ok().cookie(cookie).finish()
}

// trap: flags that are set one by one after the cookie was made
async fn set_later() -> HttpResponse {
    let mut cookie = Cookie::new("session", "1");
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    HttpResponse::Ok().cookie(cookie).finish()
}

async fn read(request: actix_web::HttpRequest) -> HttpResponse {
    let known = request.cookie("session").is_some();
    HttpResponse::Ok().json(known)
}
