use actix_web::{HttpResponse, Result, error, web};

/// Hosts outside of our own domain are refused, label by label.
fn is_allowed_host(url: &url::Url) -> bool {
    url.host_str().is_some_and(|host| host.split('.').next_back() == Some("example"))
}

async fn checked(client: web::Data<reqwest::Client>, url: web::Query<url::Url>) -> Result<HttpResponse> {
    let url = url.into_inner();
    if !is_allowed_host(&url) {
        return Err(error::ErrorBadRequest("host"));
    }
    Ok(HttpResponse::Ok().json(client.get(url).send().await.is_ok()))
}

// trap: the request that a helper is given to send is not the one that came in
async fn send<B>(client: &awc::Client, request: http::Request<B>) -> bool {
    let (head, _) = request.into_parts();
    client.request(head.method, head.uri.to_string()).send().await.is_ok()
}

struct Downloads;

impl Downloads {
    /// Shares its name with a handler, and nothing else.
    async fn download(&self, url: url::Url) -> reqwest::Result<reqwest::Response> {
        reqwest::get(url).await
    }
}

async fn download() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn routes(config: &mut web::ServiceConfig) {
    config.route("/download", web::get().to(download));
}
