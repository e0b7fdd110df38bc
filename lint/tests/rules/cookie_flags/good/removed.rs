use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

async fn logout(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(mut cookie) = request.cookie("session") {
        // trap: a cookie that is taken away
        cookie.make_removal();
        response.cookie(cookie);
    }
    response.finish()
}

fn session(token: &str) -> Cookie<'_> {
    Cookie::build("session", token).secure(true).http_only(true).same_site(SameSite::Lax).path("/").finish()
}

async fn login(request: HttpRequest) -> HttpResponse {
    let token = request.path().to_owned();
    HttpResponse::Ok().cookie(session(&token)).finish()
}
