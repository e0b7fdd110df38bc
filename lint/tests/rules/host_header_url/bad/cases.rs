use actix_web::{HttpResponse, Result, web};

use actix_web::HttpRequest;

async fn reset(request: HttpRequest) -> HttpResponse {
    let link = format!("https://{}/reset", request.connection_info().host()); //~ host_header_url
    HttpResponse::Ok().json(link)
}

async fn forwarded(request: HttpRequest) -> HttpResponse {
    let host = request.headers().get("x-forwarded-host").and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    let link = format!("https://{host}/confirm"); //~ host_header_url
    HttpResponse::Ok().json(link)
}

async fn plain(request: HttpRequest) -> HttpResponse {
    let info = request.connection_info();
    let host = info.host().to_owned();
    let link = format!("{}://{}/feed", info.scheme(), host); //~ host_header_url
    HttpResponse::Ok().json(link)
}
