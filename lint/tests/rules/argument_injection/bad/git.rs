use actix_web::{HttpResponse, web};
use std::process::Command;

async fn clone(url: web::Path<String>) -> HttpResponse {
    let done = Command::new("git").arg("clone").arg(url.as_str()).status(); //~ argument_injection
    HttpResponse::Ok().json(done.is_ok())
}

async fn fetch(form: web::Form<(String, String)>) -> HttpResponse {
    let done = Command::new("curl").args(["-s", &form.0.0]).status(); //~ argument_injection
    HttpResponse::Ok().json(done.is_ok())
}

async fn tar(name: web::Path<String>) -> HttpResponse {
    let mut command = Command::new("tar");
    command.arg("xf");
    command.arg(name.into_inner()); //~ argument_injection
    HttpResponse::Ok().json(command.status().is_ok())
}
