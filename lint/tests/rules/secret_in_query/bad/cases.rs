use actix_web::{HttpResponse, Result, web};

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    password: String,
}

#[derive(serde::Deserialize)]
struct Call {
    api_key: String,
}

type Search = web::Query<Call>;

async fn login(query: web::Query<Login>) -> HttpResponse { //~ secret_in_query
    HttpResponse::Ok().json(query.name.len())
}

async fn call(query: web::Query<Call>) -> HttpResponse { //~ secret_in_query
    HttpResponse::Ok().json(query.api_key.len())
}

async fn aliased(query: Search) -> HttpResponse { //~ secret_in_query
    HttpResponse::Ok().json(query.api_key.len())
}
