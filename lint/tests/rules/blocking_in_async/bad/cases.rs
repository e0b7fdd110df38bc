use actix_web::{HttpResponse, Result, web};

async fn read(path: web::Data<std::path::PathBuf>) -> HttpResponse {
    let text = std::fs::read_to_string(path.as_path()); //~ blocking_in_async
    HttpResponse::Ok().json(text.is_ok())
}

async fn wait() -> HttpResponse {
    std::thread::sleep(std::time::Duration::from_secs(1)); //~ blocking_in_async
    HttpResponse::Ok().finish()
}

async fn call() -> HttpResponse {
    let page = reqwest::blocking::get("https://example.com/"); //~ blocking_in_async
    HttpResponse::Ok().json(page.is_ok())
}
