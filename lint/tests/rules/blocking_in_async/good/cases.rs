use actix_web::{HttpResponse, Result, web};

async fn asynchronous(path: web::Data<std::path::PathBuf>) -> HttpResponse {
    HttpResponse::Ok().json(tokio::fs::read(path.as_path()).await.is_ok())
}

// trap: a file opened inside `web::block`
async fn moved(path: web::Data<std::path::PathBuf>) -> HttpResponse {
    let text = web::block(move || std::fs::read_to_string(path.as_path())).await;
    HttpResponse::Ok().json(text.is_ok())
}

fn start() -> std::io::Result<String> {
    std::fs::read_to_string("settings.toml")
}
