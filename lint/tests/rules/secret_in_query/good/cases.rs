use actix_web::{HttpResponse, Result, web};

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    password: String,
}

#[derive(serde::Deserialize)]
struct Page {
    page_token_count: u32,
    name: String,
}

async fn in_the_body(form: web::Form<Login>) -> HttpResponse {
    HttpResponse::Ok().json(form.name.len())
}

// trap: a field that mentions the word
async fn page(query: web::Query<Page>) -> HttpResponse {
    HttpResponse::Ok().json(query.name.len())
}

async fn plain(query: web::Query<std::collections::HashMap<String, String>>) -> HttpResponse {
    HttpResponse::Ok().json(query.len())
}
