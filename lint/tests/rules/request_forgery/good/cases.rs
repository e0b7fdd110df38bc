use actix_web::{HttpResponse, Result, web};

use reqwest::{Client, Url};

#[derive(serde::Deserialize)]
struct Hook {
    url: String,
    id: String,
}

const ALLOWED: &[&str] = &["api.example.com", "images.example.com"];

async fn constant_host(query: web::Query<Hook>, client: web::Data<Client>) -> HttpResponse {
    let sent = client.get(format!("https://api.example.com/users/{}", query.id)).send().await;
    HttpResponse::Ok().json(sent.is_ok())
}

// trap: a host from the configuration
async fn configured(query: web::Query<Hook>, client: web::Data<Client>, settings: web::Data<Settings>) -> HttpResponse {
    let sent = client.get(format!("{}/users/{}", settings.base_url, query.id)).send().await;
    HttpResponse::Ok().json(sent.is_ok())
}

async fn listed(query: web::Query<Hook>) -> Result<HttpResponse> {
    let url = Url::parse(&query.url).map_err(actix_web::error::ErrorBadRequest)?;
    let host = url.host_str().unwrap_or_default();
    if !ALLOWED.contains(&host) {
        return Ok(HttpResponse::BadRequest().finish());
    }
    Ok(HttpResponse::Ok().json(reqwest::get(url).await.is_ok()))
}

fn is_allowed(url: &Url) -> bool {
    matches!(url.host_str(), Some(host) if ALLOWED.contains(&host))
}

async fn helper(query: web::Query<Hook>) -> Result<HttpResponse> {
    let url = Url::parse(&query.url).map_err(actix_web::error::ErrorBadRequest)?;
    if !is_allowed(&url) {
        return Ok(HttpResponse::BadRequest().finish());
    }
    Ok(HttpResponse::Ok().json(reqwest::get(url).await.is_ok()))
}

async fn cached(cache: web::Data<std::collections::HashMap<String, String>>, query: web::Query<Hook>) -> HttpResponse {
    // A map, not a client.
    HttpResponse::Ok().json(cache.get(&query.id))
}
