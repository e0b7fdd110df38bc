use actix_web::{HttpResponse, Result, web};

use actix_web::HttpRequest;

async fn configured(settings: web::Data<Settings>) -> HttpResponse {
    HttpResponse::Ok().json(format!("{}/reset", settings.base_url))
}

async fn relative(id: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().json(format!("/reset/{id}"))
}

// trap: a line in the log is not a link
async fn logged(request: HttpRequest) -> HttpResponse {
    // A log line, not a link.
    tracing::info!("asked for {}", request.connection_info().host());
    HttpResponse::Ok().finish()
}
