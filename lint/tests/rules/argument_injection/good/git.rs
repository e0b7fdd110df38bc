use actix_web::{HttpResponse, web};
use std::process::Command;

async fn clone(url: web::Path<String>) -> HttpResponse {
    let done = Command::new("git").args(["clone", "--"]).arg(url.as_str()).status();
    HttpResponse::Ok().json(done.is_ok())
}

// trap: a value behind a prefix of the service cannot start with a dash
async fn named(url: web::Path<String>) -> HttpResponse {
    // The value cannot start with a dash.
    let done = Command::new("convert").arg(format!("input={url}")).status();
    HttpResponse::Ok().json(done.is_ok())
}

async fn numbered(id: web::Path<u64>) -> HttpResponse {
    let done = Command::new("kill").arg(id.to_string()).status();
    HttpResponse::Ok().json(done.is_ok())
}
