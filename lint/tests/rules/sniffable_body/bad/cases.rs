use actix_web::{HttpResponse, Result, web};

async fn echo(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().body(name.into_inner()) //~ sniffable_body
}

async fn greeting(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().body(format!("hello {name}")) //~ sniffable_body
}

async fn refusal(name: web::Path<String>) -> HttpResponse {
    let mut response = HttpResponse::BadRequest();
    response.body(["no such item: ", name.as_str()].concat()) //~ sniffable_body
}
