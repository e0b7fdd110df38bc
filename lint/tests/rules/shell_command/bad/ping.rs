use actix_web::{HttpResponse, get, web};
use std::process::Command;
use tokio::process::Command as AsyncCommand;

#[derive(serde::Deserialize)]
struct Ping {
    host: String,
    count: Option<u32>,
}

#[get("/ping")]
async fn chained(query: web::Query<Ping>) -> HttpResponse {
    let output = Command::new("sh").arg("-c").arg(format!("ping -c 1 {}", query.host)).output(); //~ shell_command
    HttpResponse::Ok().json(output.is_ok())
}

#[get("/many")]
async fn listed(query: web::Query<Ping>) -> HttpResponse {
    let line = format!("ping -c {} {}", query.count.unwrap_or(1), query.host);
    let out = AsyncCommand::new("bash")
        .args(&["-c", &line]) //~ shell_command
        .output()
        .await;
    HttpResponse::Ok().json(out.is_ok())
}

#[get("/steps")]
async fn in_steps(query: web::Query<Ping>) -> HttpResponse {
    let mut command = Command::new("/bin/sh");
    command.arg("-c");
    command.arg(&query.host); //~ shell_command
    let status = web::block(move || command.status()).await;
    HttpResponse::Ok().json(status.is_ok())
}

async fn chosen(tool: web::Path<String>) -> HttpResponse {
    let done = Command::new(tool.as_str()).status(); //~ shell_command
    HttpResponse::Ok().json(done.is_ok())
}
