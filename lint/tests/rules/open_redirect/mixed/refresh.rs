use actix_web::{HttpResponse, get, http::header, web};

#[get("/a")]
async fn a(next: web::Path<String>) -> HttpResponse {
    let to = format!("0;url={}", next.into_inner());
    HttpResponse::Ok().insert_header(("Refresh", to)).finish() //~ open_redirect
}

#[get("/b")]
async fn b(next: web::Path<String>) -> HttpResponse {
    let to = format!("0;url={next}");
    HttpResponse::Ok().insert_header((header::REFRESH, to)).finish() //~ open_redirect
}

#[get("/c")]
async fn c(seconds: web::Path<u8>) -> HttpResponse {
    let again = seconds.to_string();
    HttpResponse::Ok().insert_header(("refresh", again)).finish()
}
