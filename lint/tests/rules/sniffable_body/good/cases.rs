use actix_web::{HttpResponse, Result, web};

async fn plain(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(format!("hello {name}"))
}

async fn header(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().insert_header(("Content-Type", "application/json")).body(name.into_inner())
}

// trap: a number cannot be taken for a page
async fn number(id: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().body(format!("item {id}"))
}
