use actix_web::{HttpResponse, get, web};
use std::process::Command;

#[derive(serde::Deserialize)]
struct Ping {
    host: String,
    action: String,
}

#[get("/argv")]
async fn argv(query: web::Query<Ping>) -> HttpResponse {
    let out = Command::new("ping").args(["-c", "1", "--"]).arg(&query.host).output();
    HttpResponse::Ok().json(out.is_ok())
}

// trap: a constant script that is given arguments
#[get("/positional")]
async fn positional(query: web::Query<Ping>) -> HttpResponse {
    // The script is constant; what follows are its arguments.
    let out = Command::new("sh").args(["-c", "grep -- \"$1\" words", "sh"]).arg(&query.host).output();
    HttpResponse::Ok().json(out.is_ok())
}

#[get("/allowed")]
async fn allowed(query: web::Query<Ping>) -> HttpResponse {
    let action = match query.action.as_str() {
        "start" => "start",
        "stop" => "stop",
        _ => return HttpResponse::BadRequest().finish(),
    };
    let out = Command::new("sh").arg("-c").arg(format!("service web {action}")).output();
    HttpResponse::Ok().json(out.is_ok())
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

#[get("/checked")]
async fn checked(query: web::Query<Ping>) -> HttpResponse {
    if !is_host(&query.host) {
        return HttpResponse::BadRequest().finish();
    }
    let out = Command::new("sh").arg("-c").arg(format!("host {}", query.host)).output();
    HttpResponse::Ok().json(out.is_ok())
}
