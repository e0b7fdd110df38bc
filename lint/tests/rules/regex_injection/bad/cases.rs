use actix_web::{HttpResponse, Result, web};

use regex::{Regex, RegexBuilder};

async fn pattern(query: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(Regex::new(&query).is_ok()) //~ regex_injection
}

async fn around(query: web::Path<String>) -> HttpResponse {
    let pattern = format!("^{}$", query);
    HttpResponse::Ok().json(Regex::new(&pattern).is_ok()) //~ regex_injection
}

async fn built(query: web::Path<String>) -> HttpResponse {
    let found = RegexBuilder::new(query.as_str()).case_insensitive(true).build(); //~ regex_injection
    HttpResponse::Ok().json(found.is_ok())
}
