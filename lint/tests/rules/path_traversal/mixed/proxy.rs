use actix_web::{HttpResponse, get, web};

#[get("/a")]
async fn a(name: web::Path<String>) -> HttpResponse {
    let file = format!("/files/{name}");
    HttpResponse::Ok().insert_header(("X-Accel-Redirect", file)).finish() //~ path_traversal
}

#[get("/b")]
async fn b(name: web::Path<String>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.append_header(("x-sendfile", name.into_inner())); //~ path_traversal
    response.finish()
}

#[get("/c")]
async fn c(number: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().insert_header(("x-accel-redirect", format!("/files/{number}"))).finish()
}

#[get("/d")]
async fn d(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().insert_header(("x-name", name.into_inner())).finish()
}

