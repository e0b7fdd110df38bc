use actix_web::{HttpResponse, Result, web};

use regex::Regex;

async fn escaped(query: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(Regex::new(&format!("^{}$", regex::escape(&query))).is_ok())
}

async fn constant(query: web::Path<String>) -> HttpResponse {
    let word = Regex::new(r"^[a-z]+$").unwrap();
    HttpResponse::Ok().json(word.is_match(&query))
}

// trap: one of two constants, chosen by a request
async fn chosen(query: web::Path<String>) -> HttpResponse {
    let pattern = if *query == "digits" { "^[0-9]+$" } else { "^[a-z]+$" };
    HttpResponse::Ok().json(Regex::new(pattern).is_ok())
}
