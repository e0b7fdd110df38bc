// audit

use actix_web::{get, post, web, HttpRequest, HttpResponse, Responder};
use std::process::{Command, Stdio};
use tokio::process::Command as TokioCommand;
use serde::Deserialize;

#[derive(Deserialize)]
struct Ping { host: String, count: Option<u8> }

#[get("/ping")]
async fn ping(q: web::Query<Ping>) -> impl Responder {
    let cmd = format!("ping -c {} {}", q.count.unwrap_or(1), q.host);
    let out = Command::new("/bin/sh").args(["-c", &cmd]).output().unwrap(); //~ shell_command
    HttpResponse::Ok().body(out.stdout)
}

#[get("/ping2")]
async fn ping_ok(q: web::Query<Ping>) -> impl Responder {
    let Ok(ip) = q.host.parse::<std::net::IpAddr>() else { return HttpResponse::BadRequest().finish() };
    let out = TokioCommand::new("ping").arg("-c1").arg(ip.to_string()).output().await.unwrap();
    HttpResponse::Ok().body(out.stdout)
}

#[post("/convert")]
async fn convert(body: web::Json<Convert>) -> actix_web::Result<HttpResponse> {
    let Convert { input, format } = body.into_inner();
    let script = "convert ".to_string() + &input + " out." + &format;
    let status = TokioCommand::new("bash")
        .arg("-lc")
        .arg(&script) //~ shell_command
        .stdout(Stdio::null())
        .status()
        .await?;
    Ok(HttpResponse::Ok().json(status.success()))
}

#[post("/run")]
async fn run_tool(req: HttpRequest) -> impl Responder {
    let tool = req.headers().get("X-Tool").and_then(|v| v.to_str().ok()).unwrap_or("ls");
    match Command::new(tool).spawn() { //~ shell_command
        Ok(mut child) => { let _ = child.wait(); HttpResponse::Ok().finish() }
        Err(e) => { log::error!("{e}"); HttpResponse::InternalServerError().finish() }
    }
}

#[post("/run2")]
async fn run_tool_ok(req: HttpRequest) -> impl Responder {
    let tool = match req.headers().get("X-Tool").and_then(|v| v.to_str().ok()) {
        Some("date") => "date",
        Some("uptime") => "uptime",
        _ => return HttpResponse::BadRequest().finish(),
    };
    match Command::new(tool).spawn() {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn shell(line: &str) -> std::io::Result<String> {
    let out = Command::new("sh").arg("-c").arg(line).output()?; //~ shell_command
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[get("/dns/{name}")]
async fn dns(path: web::Path<String>) -> impl Responder {
    let name = path.into_inner();
    match shell(&format!("dig +short {}", name)) {
        Ok(text) => HttpResponse::Ok().content_type("text/plain").body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

pub fn git_clone(url: &str, dest: &str) -> anyhow::Result<()> {
    let mut cmd = Command::new("sh");
    cmd.arg("-c");
    cmd.arg(format!("git clone {url} {dest}")); //~ shell_command
    anyhow::ensure!(cmd.status()?.success());
    Ok(())
}

pub fn git_clone_ok(url: &str, dest: &str) -> anyhow::Result<()> {
    let mut cmd = Command::new("git");
    cmd.arg("clone").arg("--").arg(url).arg(dest);
    anyhow::ensure!(cmd.status()?.success());
    Ok(())
}
